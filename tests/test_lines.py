"""What an entry of the history counts as (contract words; dossier 4.5 and 4.6)."""

from __future__ import annotations

import pytest
from helpers_facts import counts_as, facts_of, line_of, shown
from hypothesis import given
from hypothesis import strategies as st

from escalate.patient.lines import read_lines
from escalate.truth import Truth

_KNOWN_LUNG = "lung: {ild: false}\n"
_WEIGHT = "demographics: {weight_kg: 80}\n" + _KNOWN_LUNG


@pytest.mark.parametrize(
    ("entry", "word"),
    [
        ("drug: methotrexate, dose: 20 mg/week, weeks: 20, response: none", "failed"),
        ("drug: methotrexate, dose: 15 mg/week, weeks: 12, response: none", "failed"),
        ("drug: methotrexate, dose: 14.9 mg/week, weeks: 12, response: none", "inadequate_trial"),
        ("drug: methotrexate, dose: 15 mg/week, weeks: 11.9, response: none", "inadequate_trial"),
        ("drug: methotrexate, dose: 10 mg/week, weeks: 6, response: none", "inadequate_trial"),
        ("drug: methotrexate, weeks: 20, response: none", "unknown"),
        ("drug: methotrexate, dose: 20 mg, weeks: 20, response: none", "unknown"),
        ("drug: methotrexate, dose: 20 mg/week, response: none", "unknown"),
        ("drug: methotrexate, dose: 10-20 mg/week, weeks: 20, response: none", "unknown"),
        ("drug: methotrexate, adequate: true, response: none", "failed"),
        ("drug: methotrexate, adequate: true, response: worsening", "failed"),
        ("drug: methotrexate, adequate: true, stopped_for: inefficacy", "failed"),
        ("drug: methotrexate, adequate: true, response: minimal, stopped_for: inefficacy", "failed"),
        ("drug: methotrexate, adequate: true, response: minimal, stopped_for: completed", "unknown"),
        ("drug: methotrexate, adequate: true, response: minimal", "unknown"),
        ("drug: methotrexate, adequate: true, stopped_for: patient_choice", "unknown"),
        ("drug: methotrexate, adequate: false, response: none", "inadequate_trial"),
        ("drug: methotrexate, adequate: true, adherence: poor, response: none", "inadequate_trial"),
        ("drug: methotrexate, stopped_for: intolerance", "stopped_for_toxicity"),
        ("drug: methotrexate, stopped_for: contraindication", "stopped_for_toxicity"),
        ("drug: methotrexate, response: major, stopped_for: completed", "responded"),
        ("drug: methotrexate, response: moderate", "responded"),
        ("drug: methotrexate, response: relapse_after_response", "responded"),
        ("drug: methotrexate, status: planned", "not_a_line"),
        ("drug: methotrexate, status: ongoing, dose: 20 mg/week, weeks: 30", "running"),
        ("drug: methotrexate, status: ongoing, dose: 20 mg/week, weeks: 30, response: none", "failed"),
        ("drug: methotrexate, status: ongoing, dose: 20 mg/week, weeks: 4, response: none", "running"),
        (
            "drug: methotrexate, status: ongoing, dose: 10 mg/week, weeks: 30, response: none",
            "inadequate_trial",
        ),
        ("drug: methotrexate", "unknown"),
    ],
)
def test_each_entry_has_one_word_of_the_contract(entry, word):
    """The least dose and duration count as reached; a doubt about either is unknown, never a failure."""
    assert counts_as(entry, _KNOWN_LUNG) == word


@pytest.mark.parametrize(
    ("entry", "word"),
    [
        ("drug: glucocorticoids, dose: 0.5 mg/kg/day, weeks: 4, response: none", "failed"),
        ("drug: glucocorticoids, dose: 40 mg/day, weeks: 4, response: none", "failed"),
        ("drug: glucocorticoids, dose: 39 mg/day, weeks: 4, response: none", "inadequate_trial"),
        ("drug: glucocorticoids, dose: 60 mg/day, weeks: 8, response: none", "failed"),
        ("drug: glucocorticoids, status: ongoing, dose: 10 mg/day, weeks: 30, response: none", "unknown"),
        ("drug: Dexamethason, dose: 40 mg/day, weeks: 4, response: none", "unknown"),
        ("drug: Methylprednisolon, dose: 48 mg/day, weeks: 8, response: none", "unknown"),
        ("drug: azathioprine, dose: 160 mg/day, weeks: 16, response: none", "failed"),
        ("drug: azathioprine, dose: 150 mg/day, weeks: 16, response: none", "inadequate_trial"),
        ("drug: tacrolimus, trough_ng_per_ml: 5, weeks: 12, response: none", "failed"),
        ("drug: tacrolimus, trough_ng_per_ml: 4.9, weeks: 12, response: none", "inadequate_trial"),
        ("drug: tacrolimus, dose: 4 mg/day, weeks: 12, response: none", "unknown"),
        ("drug: ciclosporin, trough_ng_per_ml: 100, weeks: 12, response: none", "failed"),
        ("drug: ivig, dose: 2 g/kg/4 weeks, weeks: 12, response: none", "failed"),
        ("drug: ivig, dose: 2 g/kg/4 weeks, courses: 3, response: none", "failed"),
        ("drug: ivig, dose: 1 g/kg/4 weeks, weeks: 12, response: none", "inadequate_trial"),
        ("drug: ivig, dose: 160 g/4 weeks, weeks: 12, response: none", "failed"),
        ("drug: rituximab, dose: 2 x 1 g, weeks: 24, response: none", "failed"),
        ("drug: rituximab, dose: 4 x 375 mg/m2, weeks: 24, response: none", "failed"),
        ("drug: rituximab, dose: 2 x 1 g, weeks: 23, response: none", "inadequate_trial"),
        ("drug: rituximab, dose: 2 x 0.5 g, weeks: 24, response: none", "inadequate_trial"),
        ("drug: rituximab, dose: 1 g, weeks: 24, response: none", "unknown"),
        ("drug: cyclophosphamide, dose: 6 x 750 mg/m2, weeks: 24, response: none", "failed"),
        ("drug: cyclophosphamide, dose: 750 mg/m2, courses: 6, weeks: 16, response: none", "failed"),
        (
            "drug: cyclophosphamide, dose: 750 mg/m2, courses: 5, weeks: 24, response: none",
            "inadequate_trial",
        ),
        ("drug: cyclophosphamide, dose: 750 mg/m2, weeks: 24, response: none", "unknown"),
        ("drug: tofacitinib, dose: 5 mg bid, weeks: 12, response: none", "failed"),
        ("drug: tofacitinib, dose: 5 mg/day, weeks: 12, response: none", "inadequate_trial"),
        ("drug: baricitinib, dose: 4 mg/day, weeks: 12, response: none", "failed"),
        ("drug: baricitinib, dose: 2 mg/day, weeks: 12, response: none", "unknown"),
        ("drug: cd19_car_t, weeks: 12, response: none", "failed"),
        ("drug: teclistamab, weeks: 12, response: none", "unknown"),
        ("drug: leflunomide, dose: 20 mg/day, weeks: 40, response: none", "unknown"),
    ],
)
def test_each_drug_has_its_own_minimum(entry, word):
    """Minimum dose and weeks of dossier 4.5, per kg with the body weight; other drugs only as stated."""
    assert counts_as(entry, _WEIGHT) == word


def test_a_dose_per_kg_is_unknown_without_a_weight():
    """The weight is asked for; no typical one is assumed."""
    line = line_of("drug: glucocorticoids, dose: 60 mg/day, weeks: 8, response: none", _KNOWN_LUNG)

    assert line.counts_as == "unknown"
    assert "demographics.weight_kg" in line.missing


@pytest.mark.parametrize(
    ("lung", "word"),
    [
        ("lung: {ild: false}\n", "failed"),
        ("lung: {hrct: {date: 2026-10-01, pattern: normal}}\n", "failed"),
        ("lung: {ild: true}\n", "unknown"),
        ("lung: {hrct: {date: 2026-10-01, pattern: nsip}}\n", "unknown"),
        ("", "unknown"),
    ],
)
def test_between_the_weeks_for_muscle_and_for_the_lung_the_organ_decides(lung, word):
    """Mycophenolate for 16 weeks is enough for muscle (12), not for ILD (24): open where ILD may be meant."""
    entry = "drug: mycophenolate, dose: 2 g/day, weeks: 16, response: none"

    assert counts_as(entry, lung) == word


def test_the_weeks_for_the_lung_are_enough_for_every_organ():
    """Mycophenolate for exactly 24 weeks has failed, whether or not there is ILD."""
    assert counts_as("drug: mycophenolate, dose: 2 g/day, weeks: 24, response: none") == "failed"


@pytest.mark.parametrize(
    ("dates", "word"),
    [
        ("started_on: 2026-01-01, stopped_on: 2026-03-26", "failed"),  # 84 days: exactly 12 weeks
        ("started_on: 2026-01-01, stopped_on: 2026-03-25", "inadequate_trial"),
        ("started_on: 2026-01, stopped_on: 2026-04", "unknown"),  # 59 to 119 days
        ("started_on: 2026-01, stopped_on: 2026-05", "failed"),  # at least 90 days
        ("started_on: 2026-01, stopped_on: 2026-02", "inadequate_trial"),
        ("started_on: 2026-01-01", "unknown"),
        ("started_on: 2026-09-01", "inadequate_trial"),  # it cannot be more than 6 weeks
    ],
)
def test_weeks_come_from_the_dates(dates, word):
    """A month without a day counts as any of its days: only what holds for all of them is decided."""
    assert counts_as(f"drug: methotrexate, dose: 15 mg/week, response: none, {dates}", _KNOWN_LUNG) == word


@pytest.mark.parametrize(
    ("dates", "word"),
    [
        ("started_on: 2026-01-01, stopped_on: 2026-01-15", "unknown"),  # judged on a day nobody wrote down
        ("started_on: 2026-06-01, stopped_on: 2026-06-15", "inadequate_trial"),  # 19 weeks ago
    ],
)
def test_rituximab_works_on_after_its_last_infusion(dates, word):
    """Two infusions are not a trial of two weeks: the day of assessment bounds it from above."""
    assert counts_as(f"drug: rituximab, dose: 2 x 1 g, response: none, {dates}", _KNOWN_LUNG) == word


def test_dates_out_of_order_are_not_counted():
    """Stopped before it started (V37): unknown, with the dates to check; it opens nothing."""
    line = line_of(
        "drug: rituximab, adequate: true, response: none, started_on: 2026-05-01, stopped_on: 2026-03-01"
    )

    assert line.counts_as == "unknown"
    assert line.counts is Truth.UNKNOWN
    assert line.missing == ("therapies[0].started_on", "therapies[0].stopped_on")


def test_toxicity_with_impossible_dates_still_closes_the_drug():
    """What closes an option by itself stays, while the line counts for no higher step."""
    line = line_of(
        "drug: rituximab, stopped_for: intolerance, started_on: 2026-05-01, stopped_on: 2026-03-01"
    )

    assert line.not_again is Truth.TRUE
    assert line.counts is Truth.UNKNOWN


def test_an_inadequate_past_line_may_still_have_been_stopped_for_toxicity():
    """The word says inadequate, but without the reason for stopping it stays open whether it counts."""
    line = line_of("drug: methotrexate, dose: 10 mg/week, weeks: 6, response: none", _KNOWN_LUNG)

    assert line.failed is Truth.FALSE
    assert line.counts is Truth.UNKNOWN
    assert line.missing == ("therapies[0].stopped_for",)


def test_the_sentence_tells_dose_weeks_and_why():
    """The report can quote it as it stands."""
    line = line_of("drug: methotrexate, dose: 20 mg/week, weeks: 20, response: none", _KNOWN_LUNG)

    assert "(20 mg/week, 20 weeks)" in line.because
    assert "no response although the trial was adequate" in line.because
    assert line.at.line == 4


def test_no_history_is_not_an_empty_history():
    """Absent is unknown, [] is treatment-naive."""
    unknown, naive = facts_of(""), facts_of("therapies: []\n")

    assert read_lines(unknown.patient, unknown.library) is None
    assert read_lines(naive.patient, naive.library) == ()
    assert shown(unknown["treatment_naive"]) == "unknown"
    assert unknown["treatment_naive"].missing == ("therapies",)
    assert shown(naive["treatment_naive"]) is True
    assert shown(unknown["lines.failed"]) == (0, None)
    assert shown(naive["lines.failed"]) == 0


_HISTORY = """\
lung: {ild: false}
therapies:
  - {drug: prednisolone, adequate: true, response: none, stopped_for: inefficacy}
  - {drug: GC pulse, adequate: true, response: none, stopped_for: inefficacy}
  - {drug: MTX, stopped_for: intolerance}
  - {drug: HCQ, adequate: true, response: none, stopped_for: inefficacy}
  - {drug: RTX, adequate: true, response: none, stopped_for: inefficacy}
  - {drug: RTX, response: major, stopped_for: completed}
  - {drug: IVIG, weeks: 20, response: none, stopped_for: inefficacy}
  - {drug: tofacitinib, status: planned}
"""


def test_counts_are_of_agents_with_a_range_for_unclear_ones():
    """Glucocorticoids are one agent, hydroxychloroquine none, rituximab twice is one; IVIG is unclear."""
    facts = facts_of(_HISTORY)

    assert shown(facts["lines.failed"]) == (3, 4)
    assert shown(facts["lines.failed_beside_glucocorticoid"]) == (2, 3)
    assert shown(facts["lines.failed_key_agents"]) == (1, 2)
    assert shown(facts["lines.failed_further_agents"]) == (0, 1)
    assert shown(facts["lines.failed_step_1"]) == 1
    assert facts["lines.failed_key_agents"].missing == ("therapies[6].dose",)


def test_facts_of_a_therapy_follow_its_entries():
    """Any failed entry counts; a planned drug was not given; what is not in the history was never given."""
    facts = facts_of(_HISTORY)

    assert shown(facts["therapy.rituximab.failed"]) is True
    assert shown(facts["therapy.rituximab.not_again"]) is True
    assert (
        shown(facts["therapy.methotrexate.failed"]) == "unknown"
    )  # nobody says whether it also had no effect
    assert shown(facts["therapy.methotrexate.failed_or_not_tolerated"]) is True
    assert shown(facts["therapy.methotrexate.tried_adequately"]) is True
    assert shown(facts["therapy.ivig.failed"]) == "unknown"
    assert shown(facts["therapy.tofacitinib.given"]) is False
    assert shown(facts["therapy.daratumumab.given"]) is False
    assert shown(facts["class.cd20_antibody.failed"]) is True
    assert shown(facts["class.jak_inhibitor.given"]) is False


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("drug: mycophenolate, status: ongoing, dose: 2 g/day", True),
        ("drug: mycophenolate, status: ongoing, dose: 1 g/day", False),
        ("drug: mycophenolate, status: ongoing", "unknown"),
        ("drug: mycophenolate, response: moderate, stopped_for: completed", False),
        ("drug: mycophenolate, response: moderate", "unknown"),
    ],
)
def test_what_is_given_adequately_is_not_indicated_again(entry, value):
    """A running drug below its minimum dose may still be optimised; why a past one ended must be known."""
    assert shown(facts_of(f"therapies: [{{{entry}}}]\n")["therapy.mycophenolate.not_again"]) == value


@pytest.mark.parametrize(
    ("history", "value"),
    [
        ("[{drug: RTX, response: relapse_after_response}]", True),
        ("[{drug: RTX, response: major}, {drug: MMF, response: worsening}]", True),
        ("[{drug: MMF, response: worsening}, {drug: RTX, response: major}]", False),
        ("[{drug: RTX, response: major}, {drug: MMF}]", "unknown"),
        ("[{drug: RTX, response: none}]", False),
    ],
)
def test_relapse_after_a_major_response(history, value):
    """A relapse, or worsening on a line after one with a major response."""
    assert shown(facts_of(f"therapies: {history}\n")["lines.major_response_before"]) == value


_PARTS = {
    "status": ["past", "ongoing"],
    "dose": ["20 mg/week", "10 mg/week", "2 x 10 mg/week"],
    "weeks": ["6", "12"],
    "response": ["major", "moderate", "minimal", "none", "worsening", "relapse_after_response"],
    "stopped_for": ["inefficacy", "intolerance", "completed"],
}


@given(st.fixed_dictionaries({part: st.sampled_from(values) for part, values in _PARTS.items()}), st.data())
def test_learning_a_part_of_a_line_never_turns_a_yes_into_a_no(entry, data):
    """What a line counts for may become known, not change, when dose, weeks, response or reason are told."""
    if entry["status"] == "ongoing":
        del entry["stopped_for"]  # together they are a contradiction
    hidden = data.draw(st.sets(st.sampled_from(sorted(set(entry) - {"status"}))))
    less = {part: value for part, value in entry.items() if part not in hidden}

    def told(parts):
        written = ", ".join(f"{part}: {value}" for part, value in parts.items())
        line = line_of(f"drug: methotrexate, {written}", _KNOWN_LUNG)
        return line.failed, line.not_tolerated, line.counts, line.not_again, line.tried_adequately

    for before, after in zip(told(less), told(entry), strict=True):
        assert before in (Truth.UNKNOWN, after)


@pytest.mark.parametrize(
    ("entry", "disputed", "present"),
    [
        ("started_on: 2026-05-01, stopped_on: 2026-03-01", {"started_on", "stopped_on"}, Truth.UNKNOWN),
        ("status: ongoing, stopped_for: inefficacy", {"status"}, Truth.UNKNOWN),
        ("stopped_on: 2026-12-01", {"stopped_on"}, Truth.TRUE),
        ("weeks: 30, started_on: 2026-09-01, status: ongoing", {"weeks", "started_on"}, Truth.TRUE),
    ],
)
def test_a_disputed_line_opens_nothing(entry, disputed, present):
    """Whatever a contradiction names, the line is not counted; that it is still given stays."""
    blanked = frozenset(f"therapies[0].{part}" for part in disputed)
    facts = facts_of(f"therapies: [{{drug: rituximab, adequate: true, response: none, {entry}}}]\n", blanked)
    line = facts.lines[0]

    assert (line.counts_as, line.counts, line.present) == ("unknown", Truth.UNKNOWN, present)
    assert set(line.missing) >= blanked
