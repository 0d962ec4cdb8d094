"""Patient -> FHIR -> patient: the same verdicts; less told never opens an option."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fhir_bundles import LIBRARY, Resource, bundle, resources_of

from escalate import assess
from escalate.assessment import Assessment
from escalate.fhir.patient_file import patient_file
from escalate.fhir.read import read_bundle
from escalate.files.patient_file import load_patient, patient_of
from escalate.options.verdict import Verdict
from escalate.patient.model import Patient
from escalate.patient.reader import read_patient

EXAMPLE = Path(__file__).parent.parent / "examples" / "refractory-antisynthetase.yaml"
DAY = date(2026, 10, 12)
OPEN = (Verdict.PROPOSE, Verdict.CAUTION, Verdict.CAUTION_HIGH)


@pytest.fixture(scope="module")
def stated() -> Patient:
    return load_patient(EXAMPLE, LIBRARY)


@pytest.fixture(scope="module")
def resources(stated: Patient) -> list[Resource]:
    return resources_of(stated)


def assessed(resources: list[Resource]) -> Assessment:
    found = read_bundle(bundle(*resources), LIBRARY, today=DAY)
    return assess(read_patient(found.patient_document, LIBRARY, today=DAY), LIBRARY)


def verdicts(assessment: Assessment) -> dict[str, str]:
    return {
        one.therapy.id: str(one.verdict)
        for one in (*assessment.proposal.options, *assessment.proposal.not_indicated)
    }


def test_a_complete_patient_comes_back_with_the_same_verdicts(stated, resources) -> None:
    """By LOINC, ATC and the project's own codes nothing of the example is lost."""
    there, back = assess(stated, LIBRARY), assessed(resources)

    assert verdicts(back) == verdicts(there)
    assert {name: v.value for name, v in back.patient.values.items()} == {
        name: v.value for name, v in stated.values.items()
    }


def test_the_imported_file_says_the_same(resources) -> None:
    """What `escalate import` writes is read as the Bundle itself."""
    found = read_bundle(bundle(*resources), LIBRARY, today=DAY)
    text = patient_file(found, LIBRARY, DAY)
    imported = patient_of(text.encode(), "imported.yaml", LIBRARY, today=DAY)

    assert verdicts(assess(imported, LIBRARY)) == verdicts(assessed(resources))


def test_every_fact_names_its_entry(resources) -> None:
    """In the file as a comment, in the assessment as a place."""
    found = read_bundle(bundle(*resources), LIBRARY, today=DAY, name="b.json")
    text = patient_file(found, LIBRARY, DAY)

    assert all(fact.item.path in text for fact in found.facts)
    assert {fact.item.at.file for fact in found.facts} == {f"b.json#{fact.item.path}" for fact in found.facts}


def test_without_the_word_that_it_is_whole_the_history_stands_as_a_comment(resources) -> None:
    """The clinician takes the marks away; until then the file is read, and the history is unknown."""
    partial = resources[:-1]
    found = read_bundle(bundle(*partial), LIBRARY, today=DAY)
    text = patient_file(found, LIBRARY, DAY)
    completed = text.replace("# therapies:", "therapies:").replace("# comorbidities.co_", "# # ")
    completed = "\n".join(
        line[2:] if line.startswith(("#   - drug", "#     ")) else line for line in completed.split("\n")
    )

    assert patient_of(text.encode(), "x.yaml", LIBRARY, today=DAY).therapies is None
    assert len(patient_of(completed.encode(), "x.yaml", LIBRARY, today=DAY).therapies or ()) == 7


def refining(field: str) -> bool:
    """A detail that many files lack, or a result of a test that is not called for in everybody.

    Once it is given it may close what was open: the one exception that the rules name (engine.md 3).
    """
    spec = LIBRARY.facts.plain.get(field)  # type: ignore[attr-defined]
    return spec is not None and bool(spec.refines or spec.test)


@pytest.mark.parametrize("part", range(4))
def test_an_entry_less_never_opens_an_option(resources, part: int) -> None:
    """Each entry taken away in turn: what was not open does not open."""
    whole = verdicts(assessed(resources))
    wrong: list[tuple[str, Any]] = []
    for number in range(part, len(resources), 4):
        left = [one for place, one in enumerate(resources) if place != number]
        fields = read_bundle(bundle(*resources), LIBRARY, today=DAY).entries[number].facts
        if number == 0 or all(refining(field) for field in fields):
            continue
        less = verdicts(assessed(left))
        wrong += [
            (therapy, fields) for therapy in less if less[therapy] in OPEN and whole[therapy] not in OPEN
        ]

    assert wrong == []


@pytest.mark.parametrize(
    ("code", "value", "unit"),
    [("2465-3", 1.0, "g/L"), ("731-0", 1.0, "10*9/L"), ("1988-5", 1.0, "mg/L"), ("2160-0", None, "")],
)
def test_a_value_in_another_unit_gives_the_same_verdicts(resources, code: str, value: Any, unit: str) -> None:
    """IgG in mg/dL, lymphocytes per microlitre, CRP in mg/dL, creatinine by mass."""
    other = {
        "2465-3": ("mg/dL", 100),
        "731-0": ("/uL", 1000),
        "1988-5": ("mg/dL", 0.1),
        "2160-0": ("mg/dL", 1),
    }
    into, times = other[code]
    changed: list[Resource] = []
    for one in resources:
        coding = one.get("code", {}).get("coding", [{}])[0]
        if coding.get("code") == code and value is not None:
            amount = one["valueQuantity"]["value"] * times
            one = {**one, "valueQuantity": {**one["valueQuantity"], "value": round(amount, 6), "code": into}}
        changed.append(one)

    assert verdicts(assessed(changed)) == verdicts(assessed(resources))


def test_a_bound_on_the_open_side_changes_nothing(resources) -> None:
    """LVEF `>= 60` says what 62 says; `> 30` leaves it open to ask."""

    def with_lvef(quantity: dict[str, Any]) -> dict[str, str]:
        changed = [
            {**one, "valueQuantity": {**one["valueQuantity"], **quantity}}
            if one.get("code", {}).get("coding", [{}])[0].get("code") in ("10230-1", "18043-0", "8806-2")
            else one
            for one in resources
        ]
        return verdicts(assessed(changed))

    assert with_lvef({"value": 60, "comparator": ">="}) == verdicts(assessed(resources))
    assert with_lvef({"value": 30, "comparator": ">"})["teclistamab"] == "data_needed"
    assert with_lvef({"value": 30, "comparator": "<"})["teclistamab"] == "excluded"
