"""A number of which only a bound is known: what it decides, and what it leaves unknown."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from escalate import assess, load_knowledge
from escalate.commands import cli
from escalate.files.patient_file import patient_of
from escalate.language.facts import Status
from escalate.patient.facts import PatientFacts
from escalate.patient.model import Patient
from escalate.patient.numbers import NotANumber, read_number
from escalate.problems import PatientRefused
from escalate.report.stated import facts_document

HEAD = "schema: escalate/patient/v1\nid: x\nassessed_on: 2026-10-12\n"


def patient(body: str) -> Patient:
    return patient_of((HEAD + body).encode(), "p.yaml", load_knowledge(), today=date(2026, 10, 12))


def facts(body: str) -> PatientFacts:
    return PatientFacts(patient(body), load_knowledge())


def test_a_bound_is_an_unknown_number_with_that_end() -> None:
    """`above` is a least possible value, and the number itself stays unknown."""
    fact = facts("muscle: {ck_u_per_l: {above: 12000}}")["muscle.ck_u_per_l"]

    assert (fact.status, fact.value, fact.low, fact.high) == (Status.UNKNOWN, None, 12000, None)
    assert fact.missing == ("muscle.ck_u_per_l",)


def test_two_bounds_of_the_same_number_are_that_number() -> None:
    """`at_least: 55, at_most: 55` is 55."""
    fact = facts("heart: {echo: {lvef_percent: {at_least: 55, at_most: 55}}}")["heart.echo.lvef_percent"]

    assert (fact.status, fact.value) == (Status.KNOWN, 55)


def test_a_bound_is_converted_like_a_number() -> None:
    """A unit may be stated with a bound."""
    fact = facts('muscle: {ck_u_per_l: {above: "100 ukat/L"}}')["muscle.ck_u_per_l"]

    assert fact.low == 6000


def test_a_ratio_rises_with_its_bound() -> None:
    """CK above 12000 with a limit of 200 is at least 60 times the limit."""
    fact = facts("muscle: {ck_u_per_l: {above: 12000}, ck_uln_u_per_l: 200}")["muscle.ck_ratio_to_uln"]

    assert (fact.low, fact.high) == (60, None)


def test_troponin_below_its_limit_is_not_above_it() -> None:
    """A bound that lies under the limit decides that nothing is raised."""
    body = "heart: {troponin_i: {date: 2026-10-01, ng_per_l: {below: 3}, url_ng_per_l: 14, rising: true}}"
    fact = facts(body)["heart.troponin_i.rising_above_url"]

    assert fact.value is False


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ('"> 12000"', "inequality"),
        ("{over: 12000}", "not-a-value"),
        ("{}", "not-a-value"),
        ("{above: 3, at_least: 4}", "not-a-value"),
        ("{above: 5000, below: 4000}", "not-a-value"),
        ("{above: 5000, at_most: 5000}", "not-a-value"),
        ("{above: many}", "not-a-number"),
        ("{above: 900000}", "out-of-range"),
        ("{above: [3]}", "not-a-value"),
    ],
)
def test_what_is_no_bound_is_refused(value: str, code: str) -> None:
    """A bound as text stays refused, and so does what could not be a bound."""
    with pytest.raises(PatientRefused) as refusal:
        patient(f"muscle: {{ck_u_per_l: {value}}}")

    assert [p.code for p in refusal.value.problems] == [code]


def test_a_list_of_entries_takes_no_bounds() -> None:
    """Weeks of a therapy are a number or unknown."""
    with pytest.raises(PatientRefused):
        patient("therapies: [{drug: MTX, weeks: {above: 4}}]")


EXAMPLE = Path(__file__).parent.parent / "examples/refractory-antisynthetase.yaml"


@pytest.mark.parametrize(
    ("bounds", "verdict"),
    [
        ("{above: 60}", "same"),  # on the open side of every threshold
        ("{below: 30}", "excluded"),
        ("{below: 50}", "data_needed"),
    ],
)
def test_a_bound_decides_where_the_whole_range_agrees(bounds: str, verdict: str) -> None:
    """LVEF above 60 says what 62 says, below 30 what 25 says; below 50 says nothing. Both engines agree."""
    library = load_knowledge()
    text = EXAMPLE.read_text(encoding="utf-8")
    changed = re.sub(r"lvef_percent: *[0-9.]+", f"lvef_percent: {bounds}", text)
    known = assess(patient_of(text.encode(), "p.yaml", library), library).option("teclistamab").verdict

    assessment = assess(patient_of(changed.encode(), "p.yaml", library), library)

    found = str(assessment.option("teclistamab").verdict)
    assert found == (str(known) if verdict == "same" else verdict)


def test_a_bound_is_a_stated_fact_of_the_answer() -> None:
    """JSON says the bound in the field's own unit, so that a change of it is a change."""
    muscle = 'muscle: {ck_u_per_l: {above: "100 ukat/L"}}'
    body = f"{muscle}\nheart: {{echo: {{lvef_percent: {{below: 51, at_least: 50}}}}}}"

    stated = facts_document(patient(body))

    assert stated["muscle.ck_u_per_l"] == "> 6000"
    assert stated["heart.echo.lvef_percent"] == "< 51, >= 50"


def test_a_what_if_with_a_bound_says_the_bound() -> None:
    """A value of which a bound is known is not called unknown."""
    asked = "heart.echo.lvef_percent={above: 40.5}"
    example = Path(__file__).parent.parent / "examples" / "refractory-antisynthetase.yaml"

    result = CliRunner().invoke(cli, ["--lang", "de", "assess", str(example), "--what-if", asked])

    assert "(heart.echo.lvef_percent): 62 % → > 40,5 %" in result.stdout


@pytest.mark.parametrize(
    ("fact", "help_"),
    [
        ("muscle.ck_u_per_l", "write one number, or `{above: 12000}`"),
        ("therapies[].weeks", "write the measured number"),
    ],
)
def test_a_bound_written_as_text_is_told_how_a_bound_is_written(fact: str, help_: str) -> None:
    """Where a field takes bounds the help says so, and nowhere else."""
    found = read_number("> 12000", load_knowledge().facts[fact])

    assert isinstance(found, NotANumber)
    assert found.help.startswith(help_)
