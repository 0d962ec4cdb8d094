"""Relations between two readings of one patient, over every vignette of the dossier (V01 to V66)."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from escalate.audit.vignettes import Case, overlay
from escalate.files.vignettes import assessor, vignette_cases
from escalate.files.yaml_reader import read_document, read_text
from escalate.library.model import Library
from escalate.nodes import Mapping, Node, Scalar, Sequence
from escalate.options.model import Option
from escalate.problems import KnowledgeRefused, PatientRefused

FOLDER = Path(__file__).parent / "vignettes"
NORMAL = read_document(FOLDER / "patients" / "complete-normal.yaml", KnowledgeRefused).root
# What a normal value of each says about safety; each case takes its turn with one of them.
SAFETY = (
    "heart.echo.lvef_percent", "heart.troponin_i", "heart.nt_probnp", "heart.ecg.finding", "heart.nyha_class",
    "infection.active", "infection.hbsag", "infection.tuberculosis", "labs.igg_g_per_l",
    "labs.egfr_ml_per_min", "labs.neutrophils_per_nl", "labs.platelets_per_nl", "comorbidities.malignancy",
    "demographics.pregnancy",
)  # fmt: skip
BRANDS = {
    "mycophenolate": "CellCept",
    "tacrolimus": "Prograf",
    "rituximab": "MabThera",
    "methotrexate": "MTX",
}


def dossier_cases() -> Iterator[Case]:
    for file in sorted(FOLDER.glob("V*.yaml")):
        yield from (case for case in vignette_cases(file) if case.expect.get("refused") is None)


CASES = list(dossier_cases())


def changed(patient: Mapping, yaml: str) -> Mapping:
    root = read_text(yaml, "change.yaml", KnowledgeRefused).root
    assert isinstance(root, Mapping)
    return overlay(patient, root)


def at(node: Node | None, path: str) -> Node | None:
    for key in path.split("."):
        node = node.get(key) if isinstance(node, Mapping) else None
    return node


def own(case: Case, fields: tuple[str, ...]) -> str | None:
    """The field of this case: always the same one, spread over the cases."""
    return fields[zlib.crc32(case.name.encode()) % len(fields)] if fields else None


def verdicts(patient: Mapping, library: Library) -> dict[str, Option]:
    assessment = assessor(library)(patient)
    return {option.therapy.id: option for option in assessment.proposal.options}


def is_open(options: dict[str, Option], guarded: frozenset[str] | None = None) -> set[str]:
    return {name for name, o in options.items() if o.verdict.is_open and (guarded is None or name in guarded)}


@pytest.fixture(scope="module")
def cell_therapies(library: Library) -> frozenset[str]:
    return frozenset({*library.classes["bcma_t_cell_engager"], *library.classes["car_t"]})


def otherwise_written(node: Node) -> Node:
    """Keys and lists in the other order, every antibody twice, brand names, other units: the same patient."""
    if isinstance(node, Scalar):
        return node
    if isinstance(node, Sequence):
        return Sequence(tuple(otherwise_written(item) for item in reversed(node.items)), node.at)
    told: list[tuple[Scalar, Node]] = []
    for key, value in reversed(node.entries):
        new = otherwise_written(value)
        if key.text == "antibodies" and isinstance(new, Sequence):
            new = Sequence((*new.items, *new.items), new.at)
        if isinstance(value, Scalar) and value.text.replace(".", "", 1).isdigit():
            if key.text == "weight_kg":
                new = Scalar(f"{float(value.text) * 1000:.0f} g", value.at, plain=False)
            if key.text == "igg_g_per_l":
                new = Scalar(f"{float(value.text) * 100:g} mg/dL", value.at, plain=False)
        if key.text == "drug" and isinstance(value, Scalar):
            new = Scalar(BRANDS.get(value.text, value.text), value.at)
        told.append((key, new))
    return Mapping(tuple(told), node.at)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_relations_hold(case: Case, library: Library, cell_therapies: frozenset[str]) -> None:
    """How a file is written changes nothing; harm opens no cell therapy; what is forgotten opens nothing;
    a normal value closes nothing."""
    before = verdicts(case.patient, library)

    again = verdicts(_mapping(otherwise_written(case.patient)), library)
    assert {n: o.verdict for n, o in again.items()} == {n: o.verdict for n, o in before.items()}

    for harm in HARMS:
        if (after := _read(harm(case.patient), library)) is not None:
            assert is_open(after, cell_therapies) <= is_open(before, cell_therapies)

    known = tuple(f for f in SAFETY if _same(at(case.patient, f), at(NORMAL, f)))
    if (field := own(case, known)) is not None:
        forgotten = _read(changed(case.patient, f"{field}: null"), library)
        assert forgotten is None or is_open(forgotten) <= is_open(before), field

    unknown = tuple(f for f in SAFETY if at(case.patient, f) is None)
    if (field := own(case, unknown)) is not None:
        normal = at(NORMAL, field)
        assert normal is not None, field
        learnt = overlay(case.patient, Mapping(((Scalar(field, case.at), normal),), case.at))
        after = _read(learnt, library)
        assert after is None or is_open(before) <= is_open(after), field


HARMS: tuple[Callable[[Mapping], Mapping], ...] = (
    lambda p: changed(p, "{heart.echo.lvef_percent: 30, heart.nyha_class: 4}"),
    lambda p: changed(p, "{infection.active: active, comorbidities.malignancy: active}"),
)


def _read(patient: Mapping, library: Library) -> dict[str, Option] | None:
    """The options, or None where the change made a file that nobody can read."""
    try:
        return verdicts(patient, library)
    except PatientRefused:
        return None


def _same(one: Node | None, other: Node | None) -> bool:
    return isinstance(one, Scalar) and isinstance(other, Scalar) and one.text == other.text


def _mapping(node: Node) -> Mapping:
    assert isinstance(node, Mapping)
    return node
