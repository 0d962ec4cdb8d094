"""What an option waits for: each indication counts with the history that sets it aside (LINE-01)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest
from helpers_facts import HEAD, TODAY
from reference_cohort import checked_in

from escalate import assess
from escalate.assessment import Assessment
from escalate.files.patient_file import patient_of
from escalate.files.yaml_reader import read_text
from escalate.library.model import Library, Rule
from escalate.options.gates import gates_of, grounds, indicated
from escalate.options.model import NotIndicated, Option
from escalate.options.settle import settlements
from escalate.options.verdict import Verdict
from escalate.patient.reader import read_patient
from escalate.problems import PatientRefused
from escalate.report.document import document
from escalate.report.text import text_report
from escalate.truth import Truth

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").rglob("*.yaml"))
EVERY = 5  # so many of the reference cohort stand behind one that is looked at

# Mycophenolate failed, and only rapidly progressive ILD, which the two blanks decide, would lead back to it.
FAILED = """\
diagnosis: {{entity: antisynthetase_syndrome}}
demographics: {{age_years: 51, sex: female, weight_kg: 68, pregnancy: not_pregnant,
               childbearing_potential: no}}
antibodies: [{{name: Jo-1, strength: strong}}]
lung: {{ild: true, fvc_percent_predicted: 68, dlco_percent_predicted: 52, spo2_rest_percent: 97,
       rapidly_progressive: no, oxygen_need: no{lung}}}
activity: {{damage_global_0_10: 1}}
infection: {{active: none, fever: no, hbsag: negative, hbv_dna_iu_per_ml: 0, sars_cov_2_pcr: negative,
            sepsis: no, tuberculosis: none, hcv_rna: negative}}
comorbidities: {{allergies: [], malignancy: none, cancer_screen: negative, oncological_emergency: no,
                inflammatory_bowel_disease: none}}
gut: {{involvement: no}}
labs: {{neutrophils_per_nl: 4}}
therapies:
  - {{drug: prednisolone, dose: 60 mg/day, weeks: 8, response: minimal, stopped_for: inefficacy}}
  - {{drug: mycophenolate, dose: 3 g/day, weeks: 26, response: none}}
"""
BLANKS = {"lung.hrct.progression", "lung.symptoms_worse", "lung.symptoms_worsening_weeks"}

# The same history with hardly anything else, and what the answers that open mycophenolate put into the file.
FIRST = """\
diagnosis: {{entity: antisynthetase_syndrome}}
demographics: {{age_years: 51, sex: female, weight_kg: 68{demographics}}}
antibodies: [{{name: Jo-1, strength: strong}}]
lung: {{ild: true, fvc_percent_predicted: 68, dlco_percent_predicted: 52, spo2_rest_percent: 95{lung}}}
therapies:
  - {{drug: prednisolone, dose: 60 mg/day, weeks: 8, response: minimal, stopped_for: inefficacy}}
  - {{drug: mycophenolate, dose: 3 g/day, weeks: 26, response: none}}
{further}
"""
OPENING = {
    "activity.damage_global_0_10": "0",
    "comorbidities.allergies": "[]",
    "demographics.conception_planned_within_6_months": "no",
    "demographics.pregnancy": "not_pregnant",
    "infection.active": "none",
    "infection.fever": "no",
    "infection.hbsag": "negative",
    "infection.hbv_dna_iu_per_ml": "0",
    "infection.sars_cov_2_pcr": "negative",
    "infection.sepsis": "no",
    "infection.tuberculosis": "none",
    "lung.rapidly_progressive": "yes",
}


def assessed(library: Library, body: str) -> Assessment:
    return assess(
        read_patient(read_text(HEAD + body, "p.yaml", PatientRefused), library, today=TODAY), library
    )


def option_of(assessment: Assessment, therapy: str = "mycophenolate") -> Option:
    option = assessment.option(therapy)
    assert isinstance(option, Option)
    return option


def opening_fields(assessment: Assessment, therapy: str) -> set[str]:
    """The fields that the answers which open a therapy are to be written into."""
    (opens,) = (
        s for s in settlements(option_of(assessment, therapy), assessment.reasons) if s.outcome == "opens"
    )
    return {field for answer in opens.answers for field in answer.fields}


def looked_at(library: Library) -> Iterator[Assessment]:
    for path in EXAMPLES:
        yield assess(patient_of(path.read_bytes(), path.name, library, today=TODAY), library)
    for line in checked_in()[::EVERY]:
        yield assess(patient_of(line.encode(), "cohort.json", library, today=TODAY), library)


def test_whatever_waits_for_data_says_for_which(library: Library) -> None:
    """A field to fill in, or a test that is too old or has to be done: never nothing at all."""
    waiting = [
        (one.patient.id, option)
        for one in looked_at(library)
        for option in one.proposal.options
        if option.verdict is Verdict.DATA_NEEDED
    ]
    silent = [(name, o.therapy.id) for name, o in waiting if not (o.missing or o.waits_for)]

    assert len(waiting) > 300
    assert silent == []


def test_a_drug_that_failed_waits_for_what_would_lead_back_to_it(library: Library) -> None:
    """Rapidly progressive ILD leads back to mycophenolate; the switch that is due no longer does."""
    option = option_of(assessed(library, FAILED.format(lung="")))

    assert option.verdict is Verdict.DATA_NEEDED
    assert {missing.fact for missing in option.missing} == BLANKS
    assert {reason.rule.id for reason in option.unsettled} == {"E2"}


def test_an_indication_that_the_failure_sets_aside_speaks_for_nothing(library: Library) -> None:
    """It gives no reason and no step; what sets it aside stands against the drug."""
    option = option_of(assessed(library, FAILED.format(lung="")))

    assert [reason.rule.id for reason in option.indicated_by] == ["E2"]
    assert [reason.rule.id for reason in option.against] == ["LINE-01"]
    assert option.step is None


def test_what_sets_an_indication_aside_is_shown(library: Library) -> None:
    """In the text and in the JSON, beside the option that stays."""
    assessment = assessed(library, FAILED.format(lung=""))
    text = text_report(assessment).partition("Mycophenolate mofetil [beside the ladder]: DATA NEEDED\n")[2]
    (option,) = (o for o in document(assessment)["options"] if o["therapy"] == "mycophenolate")

    assert text.startswith("   against: Failed before, not tolerated, or being given adequately (LINE-01")
    assert [entry["rule"] for entry in option["against"]] == ["LINE-01"]


def test_both_answers_end_the_waiting(library: Library) -> None:
    """With rapid progression the drug is open, without it is not indicated."""
    rapid = ", symptoms_worsening_weeks: 4, hrct: {progression: yes}"
    slow = ", symptoms_worsening_weeks: 0, hrct: {progression: no}"
    open_again = option_of(assessed(library, FAILED.format(lung=rapid)))
    ended = assessed(library, FAILED.format(lung=slow)).option("mycophenolate")

    assert open_again.verdict.is_open
    assert [reason.rule.id for reason in open_again.indicated_by] == ["E2"]
    assert isinstance(ended, NotIndicated)
    assert ended.rules == ("LINE-01",)


def test_the_answers_that_open_a_failed_drug_open_it(library: Library) -> None:
    """The blanks alone, and whatever is missing in the first example of the README."""
    assert opening_fields(assessed(library, FAILED.format(lung="")), "mycophenolate") == BLANKS

    groups: dict[str, list[str]] = {}
    for field, word in OPENING.items():
        group, name = field.split(".")
        groups.setdefault(group, []).append(f"{name}: {word}")
    inside = {name: f", {', '.join(groups.pop(name))}" for name in ("demographics", "lung")}
    further = "\n".join(f"{group}: {{{', '.join(entries)}}}" for group, entries in groups.items())
    before = assessed(library, FIRST.format(demographics="", lung="", further=""))
    after = assessed(library, FIRST.format(**inside, further=further))

    assert option_of(before).verdict is Verdict.DATA_NEEDED
    assert opening_fields(before, "mycophenolate") == set(OPENING)
    assert option_of(after).verdict.is_open


@pytest.mark.parametrize(
    ("field", "answer", "therapy"),
    [
        ("heart.echo.lvef_percent", "60", "teclistamab"),
        ("heart.echo.lvef_percent", "40", "glucocorticoid_pulse"),
        ("labs.egfr_ml_per_min", "80", "baricitinib"),
        ("comorbidities.allergies", [], "ivig"),
    ],
)
def test_the_one_answer_that_opens_an_option_opens_it(
    field: str, answer: object, therapy: str, variant: Callable[..., Assessment]
) -> None:
    """The complete example without one field, and with the answer that is asked for."""
    assert opening_fields(variant({field: None}), therapy) == {field}
    assert option_of(variant({field: answer}), therapy).verdict.is_open


def some_rules(library: Library) -> dict[str, list[Rule]]:
    """Of mycophenolate: its past, damage, two indications that the past sets aside, two that it does not."""
    chosen = {
        "against": ("LINE-01", "ACT-01"),
        "indicate": ("LAD-S1-MMF", "P-DM-S2-MMF", "P-RELAPSE-AGAIN", "E2"),
    }
    kinds = gates_of(library)["mycophenolate"]
    return {kind: [r for r in kinds[kind] if r.id in ids] for kind, ids in chosen.items()}


def test_a_rule_is_waited_for_just_where_its_answer_can_matter(library: Library) -> None:
    """All values of six rules: a rule is named if some answer to the others leaves the decision to it."""
    of_kind = some_rules(library)
    rules = [rule for kind in of_kind.values() for rule in kind]
    assert len(rules) == 6

    def value_with(values: dict[str, Truth]) -> Callable[[Rule], Truth]:
        return lambda rule: values[rule.key]

    def decides(rule: Rule, values: dict[str, Truth]) -> bool:
        others = [r.key for r in rules if r is not rule and values[r.key] is Truth.UNKNOWN]
        for answers in product((Truth.TRUE, Truth.FALSE), repeat=len(others)):
            whole = values | dict(zip(others, answers, strict=True))
            ways = {
                indicated(of_kind, "mycophenolate", value_with(whole | {rule.key: truth}))
                for truth in (Truth.TRUE, Truth.FALSE)
            }
            if len(ways) == 2:
                return True
        return False

    for drawn in product(Truth, repeat=len(rules)):
        values = {rule.key: truth for rule, truth in zip(rules, drawn, strict=True)}
        if indicated(of_kind, "mycophenolate", value_with(values)) is Truth.FALSE:
            continue
        waiting = grounds(of_kind, "mycophenolate", value_with(values)).waiting
        unknown = [rule for rule in rules if values[rule.key] is Truth.UNKNOWN]

        assert {r.id for r in waiting} == {r.id for r in unknown if decides(r, values)}, values
