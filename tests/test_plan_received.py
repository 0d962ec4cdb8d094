"""Doses that a patient file states, and the steps of the regimen that would follow."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from test_regimen import published

from escalate.commands.pk import command
from escalate.files.knowledge_base import load_knowledge
from escalate.patient.model import PartialDate, Patient, PatientValue, TherapyLine
from escalate.pk.dosing import restart_rules
from escalate.plan.received import going_on, received
from escalate.problems import Span

AT = Span("patient.yaml", 1, 1)
TODAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def rules():
    return restart_rules(load_knowledge(Path(__file__).parent.parent).parameters)


def patient(*lines, **course):
    values = {f"course.{name}": PatientValue(value, AT, str(value)) for name, value in course.items()}
    return Patient(
        id="P", sha256="", file="patient.yaml", assessed_on=TODAY, region="eu", values=values, therapies=lines
    )


def line(drug, dose, start, last=None, status="past"):
    def day(x):
        return PartialDate(x, x) if x else None

    return TherapyLine(0, drug, status, AT, started_on=day(start), last_dose_on=day(last), dose=dose)


def course(kind, first, last, **more):
    return patient(drug="teclistamab", first_dose_on=first, last_dose_on=last, last_dose=kind, **more)


def plain(doses):
    return [(float(d.day), float(d.amount_mg)) for d in doses]


@pytest.mark.parametrize(
    ("kind", "last", "expected"),
    [("step_up_1", 0, [(0, 0.06)]), ("step_up_1", 5, [(0, 0.06), (5, 0.06)]),
     ("step_up_2", 4, [(0, 0.06), (4, 0.3)]), ("weekly_target", 6, [(0, 0.06), (3, 0.3), (6, 1.5)]),
     ("weekly_target", 21, [(0, 0.06), (3, 0.3), (7, 1.5), (14, 1.5), (21, 1.5)]),
     ("biweekly_target", 34, [(0, 0.06), (3, 0.3), (6, 1.5), (20, 1.5), (34, 1.5)])],
)  # fmt: skip
def test_a_course_is_laid_out_between_its_first_and_last_dose(kind, last, expected):
    """The two dates are the file's; what lies between follows the regimen, and that is said."""
    first = date(2026, 10, 1)

    found = received(course(kind, first, first + timedelta(days=last)), "teclistamab", published()[0])

    assert plain(found.doses) == expected
    assert "from the file" in found.notes[0]


def test_the_stated_amount_of_the_last_dose_counts():
    """Where the file says what was given last, the regimen does not."""
    own = course("step_up_2", date(2026, 10, 1), date(2026, 10, 4), last_dose_mg_per_kg=Decimal("0.2"))

    found = received(own, "teclistamab", published()[0])

    assert plain(found.doses)[-1] == (3.0, 0.2)


@pytest.mark.parametrize(
    ("kind", "last", "today", "expected"),
    [("step_up_1", 1, 3, [(3, 0.3), (6, 1.5), (13, 1.5), (20, 1.5), (27, 1.5)]),
     ("step_up_2", 4, 5, [(6, 1.5), (13, 1.5), (20, 1.5), (27, 1.5)]),
     ("step_up_2", 4, 14, [(13, 0.3), (16, 1.5), (23, 1.5), (30, 1.5), (37, 1.5)]),
     ("weekly_target", 14, 15, [(20, 1.5), (27, 1.5)]),
     ("weekly_target", 14, 30, [(29, 1.5), (36, 1.5)])],
)  # fmt: skip
def test_the_regimen_goes_on_where_it_stands(kind, last, today, expected, rules):
    """Not before the nominal day; after a delay with the dose that the label names; nothing twice."""
    so_far = received(course(kind, date(2026, 10, 1), date(2026, 10, last)), "teclistamab", published()[0])

    doses, notes = going_on(so_far, published()[0], date(2026, 10, today), rules)

    assert plain(doses) == expected
    assert any("goes on with" in note for note in notes)


def test_after_a_long_gap_the_regimen_begins_anew(rules):
    """More than 56 days after a weekly dose the label says 0.06 mg/kg; four target doses follow again."""
    so_far = received(
        course("weekly_target", date(2026, 8, 1), date(2026, 8, 28)), "teclistamab", published()[0]
    )

    doses, notes = going_on(so_far, published()[0], TODAY, rules)

    assert [mg for _, mg in plain(doses)] == [0.06, 0.3, 1.5, 1.5, 1.5, 1.5]
    assert "restart at 0.06 mg/kg" in notes[0]


def test_a_finished_regimen_has_nothing_left(rules):
    """Four target doses received: nothing is proposed, and it is said."""
    so_far = received(
        course("weekly_target", date(2026, 10, 20), date(2026, 11, 16)), "teclistamab", published()[0]
    )

    doses, notes = going_on(so_far, published()[0], TODAY, rules)

    assert doses == ()
    assert "has been given" in notes[-1]


def test_a_history_with_dates_is_laid_out():
    """Two infusions of 1 g two weeks apart; a drug every 4 weeks up to its last dose; per kg stays per kg."""
    rituximab = line("rituximab", "2 x 1 g", date(2026, 5, 1), date(2026, 5, 15))
    ivig = line("ivig", "2 g/kg/4 weeks", date(2026, 1, 1), date(2026, 3, 26))

    one = received(patient(rituximab, ivig), "rituximab", None)
    other = received(patient(rituximab, ivig), "ivig", None)

    assert plain(one.doses) == [(0.0, 1000.0), (14.0, 1000.0)]
    assert plain(other.doses) == [(28.0 * i, 2000.0) for i in range(4)]
    assert {dose.per for dose in other.doses} == {"kg"}


@pytest.mark.parametrize(
    "lines",
    [(), (line("rituximab", "2 x 1 g", date(2026, 5, 1)),), (line("rituximab", "tapered", date(2026, 5, 1)),),
     (line("rituximab", "2 x 1 g", date(2026, 5, 1), date(2026, 5, 15), status="planned"),)],
)  # fmt: skip
def test_what_cannot_be_placed_is_not_guessed(lines):
    """Without a last day, without a dose that is understood, or only planned."""
    assert received(patient(*lines), "rituximab", None) is None


def test_the_command_takes_the_course_from_the_file(tmp_path):
    """Received and proposed doses are named apart; --new-course leaves the first out."""
    text = (Path(__file__).parent.parent / "examples" / "refractory-antisynthetase.yaml").read_text()
    path = tmp_path / "patient.yaml"
    own = "{drug: teclistamab, first_dose_on: 2026-10-01, last_dose_on: 2026-10-04, last_dose: step_up_2,"
    path.write_text(text.replace("course: {", f"course: {own} "))

    def entries(*more):
        result = CliRunner().invoke(command, ["--patient", str(path), "--format", "json", *more])
        assert result.exception is None, result.exception
        return [dose["entry"] for dose in json.loads(result.output)["doses"]]

    assert entries()[:2] == ["received: step-up 1", "received: step-up 2"]
    assert all(entry.startswith("proposed") for entry in entries()[2:])
    assert not any(entry.startswith("received") for entry in entries("--new-course"))
