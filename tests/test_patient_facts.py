"""Fields as facts: known, unknown or not applicable (engine.md 3)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers_facts import HEAD, TODAY, facts_of, knowledge, shown

from escalate.files.yaml_reader import read_text
from escalate.language.facts import Status
from escalate.language.tree import AtLevel, Compare, Flag, Leaf, OneOf
from escalate.library.model import ConditionalTest, FindingSpec, Library, Rule
from escalate.patient.facts import PatientFacts
from escalate.patient.reader import read_patient
from escalate.problems import PatientRefused, Span

AT = Span("t.yaml", 1, 1)


def test_a_field_that_is_given_is_known_and_tells_its_place():
    """Value, position, and nothing to ask."""
    fact = facts_of("labs: {igg_g_per_l: 8}\n")["labs.igg_g_per_l"]

    assert (fact.status, fact.value, fact.missing) == (Status.KNOWN, 8, ())
    assert fact.origins[0].line == 4


def test_a_field_that_is_not_given_is_unknown_and_asks_for_itself():
    """Unknown is never no, none, normal or negative."""
    fact = facts_of("")["labs.igg_g_per_l"]

    assert (fact.status, fact.value, fact.missing) == (Status.UNKNOWN, None, ("labs.igg_g_per_l",))


def test_a_name_that_nobody_declared_has_no_entry():
    """A rule that names it is a fault of ours, found at load."""
    with pytest.raises(KeyError):
        facts_of("")["labs.igg"]


def test_an_event_that_never_happened_is_not_applicable():
    """Every test on it is FALSE, and its details are not asked for."""
    facts = facts_of("heart: {myocardial_infarction_or_stroke_months_ago: never}\n")

    assert facts["heart.myocardial_infarction_or_stroke_months_ago"].status is Status.ABSENT
    assert facts["heart.revascularisation_or_tia_months_ago"].status is Status.ABSENT


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", Status.UNKNOWN),
        ("labs: {tpmt: normal}", Status.ABSENT),
        ("labs: {nudt15: deficient}", Status.KNOWN),
        ("labs: {tpmt: normal, nudt15: deficient}", Status.KNOWN),
    ],
)
def test_a_detail_is_spoken_for_by_its_main_field(body, status):
    """`refines`: absent where the main field is known; it counts alone where that one is not."""
    assert facts_of(f"{body}\n")["labs.nudt15"].status is status


def test_a_contradicted_field_is_unknown_and_so_is_what_reads_it():
    """Blanked fields keep their place, so that the report can show them."""
    body = (
        "muscle: {ck_u_per_l: 2000, ck_uln_u_per_l: 200}\ntherapies: [{drug: MTX, stopped_on: 2026-01-01}]\n"
    )
    facts = facts_of(body, frozenset({"muscle.ck_u_per_l", "therapies[0].stopped_on"}))

    assert facts["muscle.ck_u_per_l"].status is Status.UNKNOWN
    assert facts["muscle.ck_u_per_l"].origins[0].line == 4
    assert shown(facts["muscle.ck_ratio_to_uln"]) == "unknown"
    assert shown(facts["therapy.methotrexate.days_since_last_dose"]) == (0, None)


def test_a_contradicted_main_field_leaves_its_details_open():
    """It no longer speaks for them."""
    facts = facts_of("labs: {tpmt: normal}\n", frozenset({"labs.tpmt"}))

    assert facts["labs.nudt15"].status is Status.UNKNOWN


def test_a_contradicted_history_and_antibody_are_unknown():
    """Whole lists and single antibodies can be blanked."""
    body = "antibodies: [{name: Jo-1}]\ntherapies: []\n"
    facts = facts_of(body, frozenset({"antibodies[Jo-1]", "therapies"}))

    assert shown(facts["antibody.jo_1.positive"]) == "unknown"
    assert shown(facts["treatment_naive"]) == "unknown"


def _leaf(test: Flag | OneOf | Compare | AtLevel, *, negated: bool = False) -> Leaf:
    return Leaf(test, negated, "", AT)


def _rule(finding: str, when: Leaf, level: str = "") -> Rule:
    return Rule(finding, finding, finding, "finding", (finding,), when, "", AT, level=level)


def _library() -> Library:
    """The shipped fields, with one Holter rule of a heart grade and tests that are called for by it."""
    from decimal import Decimal

    shipped = knowledge()
    facts = {name: fact for name, fact in shipped.facts.items() if "{" not in name}
    tested = {
        "heart.holter.nsvt": "holter",
        "heart.mri.lge_segments": "mri",
        "heart.echo.gls_percent": "strain",
    }
    for name, test in tested.items():
        facts[name] = replace(facts[name], test=test)
    for name in facts:
        if facts[name].test and name not in tested:
            facts[name] = replace(facts[name], test="")
    rules = (
        _rule("grade", _leaf(Compare("heart.echo.lvef_percent", "<", Decimal(55))), "C1"),
        _rule("grade", _leaf(Flag("heart.holter.nsvt")), "C2"),
        _rule("overlap", _leaf(OneOf("diagnosis.overlap_with", ("systemic_sclerosis",)))),
    )
    due = _leaf(AtLevel("grade", "C1"))
    suspected = _leaf(OneOf("heart.myocarditis", ("suspected",)))
    replaced = _leaf(OneOf("heart.mri_substitute.result", ("normal", "inflammation")))
    tests = {
        "holter": ConditionalTest("holter", ("heart.holter.nsvt",), due, None, None, AT),
        "mri": ConditionalTest("mri", ("heart.mri.lge_segments",), due, suspected, replaced, AT),
        "strain": ConditionalTest("strain", ("heart.echo.gls_percent",), None, None, None, AT),
    }
    findings = {"grade": FindingSpec("grade", "", ("C0", "C1", "C2")), "overlap": FindingSpec("overlap", "")}
    return replace(shipped, facts=facts, rules=rules, tests=tests, findings=findings)


LIBRARY = _library()


@pytest.mark.parametrize(
    ("heart", "holter", "mri", "strain"),
    [
        ("echo: {lvef_percent: 54}", "unknown", "unknown", "absent"),
        ("echo: {lvef_percent: 55}, active_myocarditis: false", "absent", "absent", "absent"),
        ("active_myocarditis: false", "unknown", "unknown", "absent"),
        ("echo: {lvef_percent: 55}, myocarditis: suspected", "absent", "unknown", "absent"),
        ("echo: {lvef_percent: 54}, mri_substitute: {result: normal}", "unknown", "absent", "absent"),
        ("echo: {lvef_percent: 55}, holter: {nsvt: true}", True, "unknown", "absent"),
        ("echo: {lvef_percent: 55, gls_percent: -15}, active_myocarditis: false", "absent", "absent", -15),
    ],
)
def test_a_test_is_owed_while_it_is_called_for(heart, holter, mri, strain):
    """The result where there is one; unknown while called for, possibly called for, or suspected; else
    not applicable. A missing Holter does not call for itself, a pathological one calls for the MRI.
    """
    document = read_text(f"{HEAD}heart: {{{heart}}}\n", "p.yaml", PatientRefused)
    facts = PatientFacts(read_patient(document, LIBRARY, today=TODAY), LIBRARY)

    assert shown(facts["heart.holter.nsvt"]) == holter
    assert shown(facts["heart.mri.lge_segments"]) == mri
    assert shown(facts["heart.echo.gls_percent"]) == strain
