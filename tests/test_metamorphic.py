"""What must change nothing, and what must never open: relations between two readings of one patient."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from escalate import assess, load_patient
from escalate.assessment import Assessment
from escalate.library.model import Library

EXAMPLES = Path(__file__).parent.parent / "examples"
NAMES = ["refractory-antisynthetase", "early-dermatomyositis", "mda5-emergency"]
Patient = dict[str, Any]


def read(name: str) -> Patient:
    patient: Patient = yaml.load((EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)
    return patient


def verdicts(patient: Patient, library: Library, folder: Path) -> dict[str, str]:
    path = folder / "patient.yaml"
    path.write_text(yaml.safe_dump(patient, sort_keys=False, allow_unicode=True), encoding="utf-8")
    result: Assessment = assess(load_patient(path, library), library)
    return {o.therapy.id: str(o.verdict) for o in result.proposal.options}


def reversed_keys(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: reversed_keys(node[key]) for key in reversed(node)}
    return [reversed_keys(item) for item in node] if isinstance(node, list) else node


def reversed_lists(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: reversed_lists(value) for key, value in node.items()}
    return [reversed_lists(item) for item in reversed(node)] if isinstance(node, list) else node


def antibodies_twice(patient: Patient) -> Patient:
    again = [dict(antibody) for antibody in patient["antibodies"]]  # copies: the file would hold aliases
    return {**patient, "antibodies": [*patient["antibodies"], *again]}


def other_spellings(patient: Patient) -> Patient:
    brands = {
        "mycophenolate": "CellCept",
        "tacrolimus": "Prograf",
        "rituximab": "MabThera",
        "daratumumab": "Darzalex",
    }
    lines = [
        {**line, "drug": brands.get(line["drug"], line["drug"])} for line in patient.get("therapies", [])
    ]
    return {**patient, "therapies": lines}


def other_units(patient: Patient) -> Patient:
    changed = {
        section: dict(value) if isinstance(value, dict) else value for section, value in patient.items()
    }
    weight = changed["demographics"]["weight_kg"]
    changed["demographics"]["weight_kg"] = f"{weight}000 g"
    if igg := changed.get("labs", {}).get("igg_g_per_l"):
        changed["labs"]["igg_g_per_l"] = f"{float(igg) * 100:g} mg/dL"
    return changed


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "change",
    [reversed_keys, reversed_lists, antibodies_twice, other_spellings, other_units],
    ids=lambda f: f.__name__,
)
def test_how_a_file_is_written_changes_no_verdict(
    name: str, change: Callable[[Patient], Patient], library: Library, tmp_path: Path
):
    """Order of keys and lists, repeated entries, brand names and other units mean the same patient."""
    patient = read(name)

    assert verdicts(change(patient), library, tmp_path) == verdicts(patient, library, tmp_path)


CLOSED = {
    "an active infection": {"infection": {"active": "active"}},
    "a low LVEF": {"heart": {"echo": {"lvef_percent": "40"}}},
    "an active cancer": {"comorbidities": {"malignancy": "active"}},
    "an untested heart": {"heart": {"troponin_i": None}},
}
OPEN = {"propose", "caution", "caution_high"}


def merged(node: Any, change: Any) -> Any:
    if not isinstance(change, dict):
        return change
    result = dict(node or {})
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def without_each(patient: Patient, kept: dict[str, Any]) -> list[tuple[str, Patient]]:
    """The patient without one group or field of the first two levels, but for what closes."""
    smaller = []
    for section, value in patient.items():
        if section in ("schema", "id", "assessed_on"):
            continue
        if section not in kept:
            smaller.append((section, {k: v for k, v in patient.items() if k != section}))
        for key in value if isinstance(value, dict) else ():
            if key not in kept.get(section, {}):
                smaller.append(
                    (f"{section}.{key}", {**patient, section: {k: v for k, v in value.items() if k != key}})
                )
    return smaller


@pytest.mark.parametrize("why", list(CLOSED))
def test_forgetting_something_never_opens_an_engager_or_car_t(why: str, library: Library, tmp_path: Path):
    """Whatever else is left out of the file, what closes or is asked for stays so."""
    closed = merged(read("refractory-antisynthetase"), CLOSED[why])

    for left_out, patient in without_each(closed, CLOSED[why]):
        found = verdicts(patient, library, tmp_path)
        assert found.get("teclistamab") not in OPEN, left_out
        assert found.get("cd19_car_t") not in OPEN, left_out
