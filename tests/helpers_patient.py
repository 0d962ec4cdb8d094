"""A small library for tests of patient reading: the real fields, a few names."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from escalate.files.yaml_reader import read_text
from escalate.library.fold import fold
from escalate.library.model import FactType, Library, Rails, Vocabulary
from escalate.patient.model import Patient
from escalate.patient.reader import read_patient
from escalate.problems import PatientRefused, Problem

TODAY = date(2026, 10, 12)
FIELDS = Path(__file__).parents[1] / "knowledge" / "fields.yaml"


def _vocabulary(names: dict[str, list[str]], refused: dict[str, str] | None = None) -> Vocabulary:
    spellings = {fold(s): name for name, synonyms in names.items() for s in (name, *synonyms)}
    return Vocabulary(spellings, {n: n for n in names}, {fold(k): v for k, v in (refused or {}).items()})


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _facts() -> dict[str, FactType]:
    facts: dict[str, FactType] = {}
    for name, f in yaml.load(FIELDS.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader).items():
        low, high = f.get("range", (None, None))
        facts[name] = FactType(
            name,
            f["type"],
            unit=f.get("unit", ""),
            low=_number(low),
            high=_number(high),
            values=tuple(f.get("values", ())),
            accepts_never=f.get("never", False),
            refines=f.get("refines", ""),
            also=tuple(f.get("also", ())),
            ask=f["ask"],
            label=f["label"],
            names=f.get("names", ""),
            month=f.get("month", False),
            default=f.get("default", ""),
            dated_by=f.get("dated_by", ""),
            not_before=f.get("not_before", ""),
            unit_needed_below=_number(f.get("unit_needed_below")),
            max_length=f.get("max_length"),
        )
    return facts


LIBRARY = Library(
    version="0",
    digest="sha256:0",
    facts=_facts(),
    tests={},
    findings={},
    rules=(),
    therapies={},
    classes={},
    entities=_vocabulary(
        {
            "dermatomyositis": ["DM"],
            "antisynthetase_syndrome": ["ASyS", "Antisynthetase-Syndrom"],
            "inclusion_body_myositis": ["IBM", "Einschlusskörpermyositis"],
        }
    ),
    antibodies=_vocabulary(
        {"Jo-1": ["anti-Jo-1"], "PL-7": [], "MDA5": ["CADM-140"], "TIF1-gamma": ["TIF1γ"], "Ro52": []}
    ),
    drugs=_vocabulary(
        {
            "rituximab": ["RTX", "MabThera"],
            "ciclosporin": ["CsA", "Sandimmun"],
            "cyclophosphamide": ["CYC", "Cyclophosphamid", "Endoxan"],
            "tacrolimus": ["TAC", "Prograf"],
            "tocilizumab": ["TOC", "TCZ"],
            "tofacitinib": ["TOF", "Xeljanz"],
            "teclistamab": ["Tecvayli"],
            "glucocorticoids": ["Prednisolon", "prednisone"],
            "statin": [],
        },
        {"CTX": "write cyclophosphamide, ceftriaxone or cetuximab"},
    ),
    evidence={},
    parameters={},
    pk_models={},
    ladder=(),
    overlaps=_vocabulary({"systemic_sclerosis": ["SSc", "Sklerodermie"]}),
    rails=Rails((), (), {}, {}),
)

HEAD = "schema: escalate/patient/v1\nid: case-1\nassessed_on: 2026-10-12\n"


def read(body: str, *, head: str = HEAD, as_of: date | None = None, file: str = "p.yaml") -> Patient:
    """The patient of a file that begins with schema, id and assessed_on."""
    return read_patient(read_text(head + body, file, PatientRefused), LIBRARY, today=TODAY, as_of=as_of)


def refusal(body: str, *, head: str = HEAD, file: str = "p.yaml") -> tuple[Problem, ...]:
    """The problems of a file that must be refused."""
    try:
        read(body, head=head, file=file)
    except PatientRefused as refused:
        return refused.problems
    raise AssertionError("the file was read")
