"""Lists of a patient file, what is hidden on an earlier day, and what cannot hold together."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from helpers_patient import LIBRARY, read

from escalate.patient.contradictions import find_contradictions
from escalate.patient.model import PartialDate


def test_absent_unknown_and_empty_lists_differ() -> None:
    """Absent and unknown: not looked for. []: looked for and none."""
    assert read("").therapies is None
    assert read("therapies: unknown\n").therapies is None
    assert read("therapies:\n").therapies is None
    assert read("therapies: []\n").therapies == ()
    assert read("antibodies: []\n").antibodies == ()
    assert read("skin.signs: []\n").value("skin.signs") == frozenset()
    assert read("antibody_panel: []\n").antibody_panel == ()


def test_not_determined_is_no_negative_result() -> None:
    """`n.d.` is unknown, also where the default of an absent result is positive."""
    patient = read("antibodies:\n  - {name: Jo-1, result: n.d.}\n  - {name: MDA5}\n")

    assert [e.result for e in patient.antibodies or ()] == [None, "positive"]


def test_contradicting_entries_stay_in_the_list() -> None:
    """The reader drops nothing; the contradiction is found afterwards."""
    patient = read("antibodies: [{name: Jo-1, result: positive}, {name: anti-Jo-1, result: negative}]\n")

    assert [e.result for e in patient.antibodies or ()] == ["positive", "negative"]
    assert [c.id for c in find_contradictions(patient, LIBRARY)] == ["ANTIBODY-BOTH"]
    assert find_contradictions(patient, LIBRARY)[0].makes_unknown == ("antibodies[Jo-1]",)


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ("status: ongoing", "ongoing"),
        ("status: planned", "planned"),
        ("response: none", "past"),
        ("stopped_on: 2025-03", "past"),
        ("stopped_for: intolerance", "past"),
        ("status: unknown, response: none", None),
        ("started_on: 2025-03", None),
        ("weeks: 12", None),
    ],
)
def test_the_status_of_a_line(parts: str, status: str | None) -> None:
    """Past by default where something says that it ended; else it may be running, and is asked for."""
    (line,) = read(f"therapies: [{{drug: RTX, {parts}}}]\n").therapies or ()

    assert line.status == status


def test_a_line_of_therapy_with_everything() -> None:
    """Numbers as decimals, counts as whole numbers, months as the days they may be."""
    (line,) = (
        read(
            "therapies:\n  - drug: CYC\n    status: past\n    started_on: 2024-02\n"
            "    stopped_on: 2024-08-31\n"
            "    weeks: 26\n    dose: 2 x 1 g\n    cumulative_dose_g: 4,5\n    courses: 6\n    adequate: ja\n"
            "    adherence: good\n    response: minimal\n    stopped_for: inefficacy\n    note: <b>x</b>\n"
        ).therapies
        or ()
    )

    assert line.started_on == PartialDate(date(2024, 2, 1), date(2024, 2, 29))
    assert str(line.started_on) == "2024-02"
    assert (line.cumulative_dose_g, line.courses, line.adequate) == (Decimal("4.5"), 6, True)
    assert (line.dose, line.note) == ("2 x 1 g", "<b>x</b>")
    assert str(line.places["weeks"]) == "p.yaml:9:12"


AS_OF = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("body", "hidden"),
    [
        ("heart.echo: {date: 2026-03-02, lvef_percent: 40}", True),
        ("heart.echo: {date: 2026-03-01, lvef_percent: 40}", False),
        ("heart.echo: {lvef_percent: 40}", False),
        ("lung: {function_on: 2026-04-01, fvc_percent_predicted: 60, dlco_percent_predicted: 50}", True),
        ("diagnosis: {biopsy_on: 2026-04, biopsy: necrotising}", True),
        ("diagnosis: {biopsy_on: 2026-03, biopsy: necrotising}", False),
        ("comorbidities: {cancer_screen_on: 2026-04-01, cancer_screen: negative}", True),
        ("infection.sars_cov_2_last_on: 2026-04-01", True),
        ("infection.sars_cov_2_last_on: never", False),
        ("course: {drug: teclistamab, first_dose_on: 2026-04-01, seizure: true}", True),
        ("activity.baseline: {on: 2026-04-01, haq_di: 1}", True),
    ],
)
def test_what_is_dated_later_is_hidden(body: str, hidden: bool) -> None:
    """A group goes with its day; what has no day stays."""
    patient = read(body + "\n", as_of=AS_OF)

    assert patient.assessed_on == AS_OF
    assert (patient.values == {}) is hidden


def test_lines_on_an_earlier_day() -> None:
    """Not begun: not there. Stopped later: running, its end not known. A plan is still a plan."""
    patient = read(
        "therapies:\n"
        "  - {drug: CYC, started_on: 2025-01, stopped_on: 2025-06, response: none, weeks: 20}\n"
        "  - {drug: RTX, started_on: 2026-01-01, stopped_on: 2026-06-01, response: none, weeks: 20}\n"
        "  - {drug: TAC, started_on: 2026-05-01, status: ongoing}\n"
        "  - {drug: teclistamab, started_on: 2026-11-01, status: planned}\n",
        as_of=AS_OF,
    )

    assert [(t.entry, t.status, t.response, t.weeks) for t in patient.therapies or ()] == [
        (0, "past", "none", 20),
        (1, "ongoing", None, None),
        (3, "planned", None, None),
    ]


def test_overrides_are_read_and_hidden_by_their_day() -> None:
    """What a conference decided later was not decided then."""
    body = "overrides: [{rule: X, therapy: Tecvayli, by: board, on_date: 2026-05-01, until: 2026-12-01}]\n"
    (kept,) = read(body).overrides

    assert (kept.rule, kept.therapy, kept.until) == ("X", "teclistamab", date(2026, 12, 1))
    assert read(body, as_of=AS_OF).overrides == ()


def test_what_is_seen_in_a_course_is_not_dated_by_its_first_dose() -> None:
    """A fever has no day of its own: none is told for it, and before the first dose there was none."""
    body = "course: {drug: teclistamab, first_dose_on: 2026-09-28, temperature_c: 38.3}\n"
    fever = LIBRARY.facts["course.temperature_c"]

    assert (fever.dated_by, fever.not_before) == ("", "course.first_dose_on")
    assert read(body, as_of=date(2026, 9, 28)).value("course.temperature_c") == Decimal("38.3")
    assert read(body, as_of=date(2026, 9, 27)).value("course.temperature_c") is None


@pytest.mark.parametrize(
    ("body", "found", "unknown"),
    [
        ("heart.echo.date: 2026-10-13", "DATE-FUTURE", ("heart.echo.date",)),
        ("therapies: [{drug: RTX, started_on: 2026-11}]", "DATE-FUTURE", ("therapies[0].started_on",)),
        (
            "therapies: [{drug: RTX, started_on: 2025-06, stopped_on: 2025-05}]",
            "LINE-ORDER",
            ("therapies[0].started_on", "therapies[0].stopped_on"),
        ),
        (
            "therapies: [{drug: RTX, started_on: 2025-06-10, last_dose_on: 2025-06-01}]",
            "LINE-ORDER",
            ("therapies[0].started_on", "therapies[0].last_dose_on"),
        ),
        (
            "therapies: [{drug: RTX, status: ongoing, stopped_on: 2025-05}]",
            "LINE-STATUS",
            ("therapies[0].status",),
        ),
        (
            "therapies: [{drug: RTX, status: planned, response: none}]",
            "LINE-STATUS",
            ("therapies[0].status",),
        ),
        (
            "therapies: [{drug: RTX, response: major, stopped_for: inefficacy}]",
            "LINE-EFFECT",
            ("therapies[0].response", "therapies[0].stopped_for"),
        ),
        (
            "therapies: [{drug: RTX, started_on: 2025-05-01, stopped_on: 2025-05-29, weeks: 12}]",
            "LINE-DURATION",
            ("therapies[0].weeks", "therapies[0].started_on", "therapies[0].stopped_on"),
        ),
        (
            "course: {first_dose_on: 2026-02-01, last_dose_on: 2026-01-01}",
            "COURSE-ORDER",
            ("course.first_dose_on", "course.last_dose_on"),
        ),
        (
            "demographics.age_years: 30\ndiagnosis.age_at_onset_years: 31",
            "AGE-ORDER",
            ("demographics.age_years", "diagnosis.age_at_onset_years"),
        ),
    ],
)
def test_contradictions_between_two_statements(body: str, found: str, unknown: tuple[str, ...]) -> None:
    """Each names what counts as unknown until somebody has looked, and where it stands."""
    (contradiction,) = find_contradictions(read(body + "\n"), LIBRARY)

    assert (contradiction.id, contradiction.makes_unknown) == (found, unknown)
    assert contradiction.at


@pytest.mark.parametrize(
    "body",
    [
        "heart.echo.date: 2026-10-12",
        "therapies: [{drug: RTX, started_on: 2026-11-01, status: planned}]",
        "therapies: [{drug: RTX, started_on: 2025-06, stopped_on: 2025-06-01}]",
        "therapies: [{drug: RTX, response: moderate, stopped_for: inefficacy}]",
        "therapies: [{drug: RTX, started_on: 2025-05-01, stopped_on: 2025-05-29, weeks: 4}]",
        "antibodies: [{name: Jo-1}, {name: Jo-1, result: borderline}, {name: Ro52, result: negative}]",
        "demographics.age_years: 30\ndiagnosis: {age_at_onset_years: 30, disease_duration_months: 370}",
    ],
)
def test_what_can_hold_together_is_no_contradiction(body: str) -> None:
    """The same day, the same month, a plan, rounding."""
    assert find_contradictions(read(body + "\n"), LIBRARY) == ()
