"""Dates of an open option: each from the knowledge, the rest without a date, closed ones refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import vobject
from click.testing import CliRunner, Result
from icalendar import Calendar

from escalate import load_knowledge
from escalate.assessment import Assessment
from escalate.audit.checks.calendars import calendars
from escalate.commands import cli
from escalate.files.yaml_reader import read_text
from escalate.library.languages import spoken as spoken_in
from escalate.library.model import Library
from escalate.library.reading import plain_dict
from escalate.plan.calendar import CalendarEvent, calendar
from escalate.plan.calendar_doses import course_of
from escalate.plan.calendar_entries import FILE, Timing, entries_of, lines_of
from escalate.problems import KnowledgeRefused, UsageError

ROOT = Path(__file__).parent.parent
COMPLETE = str(ROOT / "examples" / "refractory-antisynthetase.yaml")
START = date(2026, 12, 7)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def of(
    assessment: Assessment, therapy: str, start: date = START, **more: object
) -> tuple[CalendarEvent, ...]:
    return calendar(assessment, assessment.option(therapy), start, **more)  # type: ignore[arg-type]


def days(events: tuple[CalendarEvent, ...], kind: str, words: str = "") -> list[tuple[int, int]]:
    """First and last day of the events of a kind, counted from the start."""
    return [
        ((e.first - START).days, (e.last - START).days)
        for e in events
        if e.kind == kind and words in e.title and e.first and e.last
    ]


def settled_by(start: date, therapy: str) -> list[str]:
    """What the calendar of the complete example says is not settled on the day of the first dose."""
    done = run(
        "calendar", COMPLETE, therapy, "--start", start.isoformat(), "--format", "json", "--weeks", "1"
    )
    assert done.exit_code == 0
    events = json.loads(done.stdout)["events"]
    return [e["source"] for e in events if "not open on this day" in e["title"]]


def test_what_is_too_old_by_the_first_dose_is_said_on_its_day() -> None:
    """The work-up of the heart ages first, then that of the lung; immunoglobulin needs neither."""
    assert settled_by(date(2026, 10, 12), "teclistamab") == []
    assert settled_by(date(2026, 11, 1), "teclistamab") == []
    assert settled_by(START, "teclistamab") == ["BCMA-X36"]
    assert settled_by(date(2027, 3, 1), "teclistamab") == ["BCMA-ASK-LUNG", "BCMA-X36"]
    assert settled_by(date(2027, 3, 1), "ivig") == []


@pytest.mark.parametrize("fmt", ["text", "ics"])
def test_it_stands_before_the_first_dose_in_every_form(fmt: str) -> None:
    """Whoever plans the dose reads it first."""
    told = run("calendar", COMPLETE, "teclistamab", "--start", START.isoformat(), "--format", fmt).stdout
    told = " ".join(told.replace("\r\n ", "").split())

    assert 0 < told.index("Cardiac work-up too old") < told.index("step-up 1")


@pytest.fixture(scope="module", params=["en", "de"])
def spoken(request: pytest.FixtureRequest) -> Library:
    return load_knowledge(language=request.param)


def test_every_entry_quotes_its_therapy(spoken: Library) -> None:
    """In both languages the words stand in a line of the therapy; nothing else is read from the file."""
    held = spoken.parameters["calendars"]
    assert isinstance(held, dict)
    named = [name for name in held if name not in ("basis", "source")]
    entries = {name: entries_of(spoken.therapies[name], spoken) for name in named}

    assert all(entries.values())
    assert all(entry.line in lines_of(spoken.therapies[name]) for name in named for entry in entries[name])


# What a word says without a figure.
IN_WORDS = {"weekly": 1, "WEEKLY": 1, "monthly": 1}


def numbers_of(timing: Timing) -> list[int]:
    """The numbers that a line must say; of single days how many they are, or which days of a label."""
    t = timing
    lists = (t.between_days, t.between_weeks, t.every_days, t.every_weeks, t.every_months)
    single = (
        t.lasts_days, t.from_week, t.to_week, t.from_month, t.to_month, t.times, t.before_weeks,
        t.after_last_dose_days, t.after_last_dose_months,
    )  # fmt: skip
    hours = [24 * t.stay_days] if t.stay_days else []
    days = t.on_days or ()
    if len(days) > 1 and days[0] == 0 and days == tuple(range(len(days))):
        days = (len(days),)  # "on 3 days"
    elif days and days[0] >= 0:
        days = tuple(day + 1 for day in days if day)  # day 1 of a label is day 0 here
    else:
        days = (days[0], days[-1]) if days else ()  # "days -5 to -3"
    return [*(n for of in lists for n in of or ()), *(n for n in single if n is not None), *hours, *days]


def test_every_number_stands_in_the_words(library: Library) -> None:
    """No interval, day or limit is made here: each is one that the quoted line prints."""
    for name in library.parameters["calendars"]:  # type: ignore[attr-defined]
        if name in ("basis", "source"):
            continue
        for entry in entries_of(library.therapies[name], library):
            said = {
                0,
                *(int(n) for n in re.findall(r"(?:(?<=days )|(?<=day )|(?<=to ))-\d+|\d+", entry.line)),
            }
            said |= {number for word, number in IN_WORDS.items() if word in entry.line}

            assert set(numbers_of(entry.timing)) <= said, (name, entry.words)


def test_the_engager_from_the_first_dose_on(variant: Callable[..., Assessment]) -> None:
    """Doses of the regimen, two days in hospital from each step-up and the first target dose, checks."""
    events = of(variant({}), "teclistamab")

    assert days(events, "dose") == [(0, 0), (3, 3), (6, 6), (13, 13), (20, 20), (27, 27)]
    assert days(events, "inpatient") == [(0, 2), (3, 5), (6, 8)]
    assert days(events, "heart", "weekly") == [(7, 7), (14, 14), (21, 21), (28, 28)]
    assert days(events, "heart", "before each dose") == days(events, "dose")
    assert days(events, "igg")[:3] == [(14, 14), (28, 28), (42, 42)]
    assert days(events, "igg")[-1] == (182, 182)
    assert days(events, "visit")[-1] == (182, 182)


def test_a_dose_is_in_milligrams_only_with_a_weight(variant: Callable[..., Assessment]) -> None:
    """With one, the text of the dose is the regimen's; without, it stays per kilogram."""
    with_weight = [e.text for e in of(variant({}), "teclistamab") if e.kind == "dose"]

    assert with_weight[0] == "0.06 mg/kg sc = 4.2 mg, 0.42 mL, 1 x 30 mg; usual published dose"
    assessment = variant({})
    therapy = assessment.library.therapies["teclistamab"]
    course = course_of(
        assessment.patient, therapy, therapy.regimens[0], START, None, assessment.library.parameters
    )
    assert {dose.text for dose in course.doses} == {"0.06 mg/kg sc", "0.3 mg/kg sc", "1.5 mg/kg sc"}


def test_another_regimen_by_its_id(variant: Callable[..., Assessment]) -> None:
    """Two target doses; an unknown id is answered with the known ones."""
    assessment = variant({})
    events = of(assessment, "teclistamab", regimen="step_up_and_2_target_doses")

    assert days(events, "dose") == [(0, 0), (3, 3), (6, 6), (13, 13)]
    with pytest.raises(UsageError, match="step_up_and_4_target_doses"):
        of(assessment, "teclistamab", regimen="step_up_and_4_target")


def test_a_condition_of_the_patient_decides_what_is_listed(variant: Callable[..., Assessment]) -> None:
    """Hepatitis B marks a last day, heart grade C1 a Holter; where neither holds, neither is listed."""
    hepatitis = {
        "infection.anti_hbc": "positive",
        "infection.hbv_prophylaxis": "true",
        "infection.hbv_dna_iu_per_ml": "0",
    }  # fmt: skip
    plain = of(variant({}), "teclistamab")
    infected = of(variant(hepatitis), "teclistamab")
    heart = of(variant({"heart.nyha_class": "2"}), "teclistamab")

    assert days(plain, "heart", "Holter") == []
    assert days(heart, "heart", "Holter") == [(14, 28)]
    assert not any("entecavir" in e.title for e in plain)
    assert [e.first for e in infected if "entecavir" in e.title] == [date(2028, 7, 3)]


def test_a_condition_that_is_unknown_gives_no_date(variant: Callable[..., Assessment]) -> None:
    """The line is listed all the same: unknown is never no."""
    assessment = variant({"infection.anti_hbc": None})
    option = assessment.option("ivig")
    entries = assessment.library.parameters["calendars"]
    held = {
        "calendars": {
            **entries,
            "ivig": [e for e in entries["teclistamab"] if "when" in e and "entecavir" in e["words"]],
        }
    }  # type: ignore[index,call-overload]
    therapy = replace(option.therapy, prophylaxis=assessment.library.therapies["teclistamab"].prophylaxis)
    library = replace(assessment.library, parameters={**assessment.library.parameters, **held})
    events = calendar(replace(assessment, library=library), replace(option, therapy=therapy), START)  # type: ignore[type-var]

    assert [e.first for e in events if "Entecavir" in e.text or "entecavir" in e.text] == [None]


def test_what_has_no_interval_stands_without_a_date(
    variant: Callable[..., Assessment], library: Library
) -> None:
    """Every line of the therapy is there, dated or not: none is lost, none is made up."""
    events = of(variant({}), "teclistamab")
    therapy = library.therapies["teclistamab"]
    lines = {*therapy.monitoring, *therapy.prophylaxis}
    left_out = {"HBsAg positive", "Systemic sclerosis or overlap"}

    assert {line for line in lines if not any(line.startswith(w) for w in left_out)} <= {
        e.text for e in events
    }
    assert [e.kind for e in events if e.first is None] == ["undated"] * len(
        [e for e in events if e.first is None]
    )
    assert events[-1].first is None


@pytest.mark.parametrize(
    ("changes", "therapy", "said"),
    [
        ({"heart.echo.lvef_percent": "44"}, "teclistamab", "`excluded`"),
        ({"infection.active": "suspected"}, "teclistamab", "`deferred`"),
        ({"heart.echo.lvef_percent": None}, "teclistamab", "`data_needed` (Echocardiography"),
        ({}, "azathioprine", "`not_indicated`"),
    ],
)
def test_what_is_not_open_has_no_calendar(
    changes: dict[str, str | None], therapy: str, said: str, variant: Callable[..., Assessment]
) -> None:
    """Refused with the verdict and its reasons: a calendar reads as a plan."""
    with pytest.raises(UsageError, match=re.escape(f"no calendar of `{therapy}`: its verdict is")) as refusal:
        of(variant(changes), therapy)

    assert said.split(" (")[0] in str(refusal.value)


def test_only_with_an_override_says_so(tmp_path: Path) -> None:
    """It is open for a conference that records why; the calendar carries the verdict."""
    changed = (ROOT / "examples/refractory-antisynthetase.yaml").read_text()
    path = tmp_path / "p.yaml"
    path.write_text(
        changed.replace("lvef_percent: 62", "lvef_percent: 46").replace("nyha_class: 1", "nyha_class: 2")
    )
    done = run("calendar", str(path), "teclistamab", "--start", "2026-12-07")

    assert done.exit_code == 0
    assert "Teclistamab: only with a recorded override; EU off-label, US off-label" in " ".join(
        done.stdout.split()
    )


RUNNING = {
    "course.drug": "teclistamab", "course.first_dose_on": "2026-10-05", "course.last_dose": "step_up_2",
    "course.last_dose_on": "2026-10-08", "course.hypotension": "none", "course.hypoxia": "none",
    "course.ice_score": "10",
}  # fmt: skip


def test_a_running_course_goes_on(variant: Callable[..., Assessment]) -> None:
    """Received doses are not planned again; weeks count from the first of them, what is past has no day."""
    events = of(variant(RUNNING), "teclistamab", date(2026, 10, 13))
    first, *more = [e for e in events if e.kind == "dose"]

    assert (first.first, first.title) == (date(2026, 10, 13), "Teclistamab, target 1, 1.5 mg/kg sc")
    assert len(more) == 3
    assert [e.first for e in events if e.kind == "igg"][:2] == [date(2026, 10, 19), date(2026, 11, 2)]
    assert min(e.first for e in events if e.first) == date(2026, 10, 13)
    assert any("aciclovir" in e.title for e in events if e.first is None)


def test_a_calendar_does_not_begin_before_the_last_dose(variant: Callable[..., Assessment]) -> None:
    """A start in the past of the course is a mistake in one of the two."""
    with pytest.raises(UsageError, match="the last dose received is of 2026-10-08"):
        of(variant(RUNNING), "teclistamab", date(2026, 10, 8))


def test_cycles_windows_and_counts(variant: Callable[..., Assessment]) -> None:
    """A cycle of several days, and a check that counts from each dose of it."""
    events = of(variant({}), "ivig", weeks=8)

    assert days(events, "dose") == [(0, 4), (28, 32), (56, 60)]
    assert days(events, "laboratory") == [(7, 10), (35, 38), (63, 66)]


def test_the_last_day_of_a_month(variant: Callable[..., Assessment]) -> None:
    """Five months after the 30th of September is the last of February."""
    events = of(variant({}), "teclistamab", date(2027, 9, 3))
    (end,) = [e.first for e in events if e.title.startswith("Contraception")]

    assert end == date(2028, 2, 29)


# -- the file for calendar programs


@pytest.fixture(scope="module")
def file() -> str:
    done = run("calendar", COMPLETE, "teclistamab", "--start", "2026-12-07", "--format", "ics")
    assert done.exit_code == 0
    return done.stdout_bytes.decode()


def test_ics_is_the_same_bytes_twice_without_a_clock(file: str) -> None:
    """Same inputs, same bytes; the stamp is the day of the assessment."""
    again = run("calendar", COMPLETE, "teclistamab", "--start", "2026-12-07", "--format", "ics")

    assert again.stdout_bytes.decode() == file
    assert set(re.findall(r"DTSTAMP:(\S+)", file)) == {"20261012T000000Z"}


def test_ics_holds_to_the_standard(file: str) -> None:
    """CRLF, lines of at most 75 octets, one UID each, an end after each start; two parsers agree."""
    lines = file.split("\r\n")
    first, second = Calendar.from_ical(file), vobject.readOne(file)
    uids = [str(c["uid"]) for c in first.walk() if "uid" in c]

    assert "\n" not in file.replace("\r\n", "")
    assert max(len(line.encode()) for line in lines) <= 75
    assert len(uids) == len(set(uids)) == len(list(second.vevent_list)) + len(list(second.vtodo_list))
    for event in second.vevent_list:
        assert event.dtend.value - event.dtstart.value >= timedelta(days=1)
    (dose, *_rest) = [e for e in second.vevent_list if "step-up 1" in e.summary.value]
    assert dose.dtstart.value == START
    assert dose.summary.value == "refractory-antisynthetase: dose: Teclistamab, step-up 1, 0.06 mg/kg sc"
    assert dose.status.value == "TENTATIVE"


def test_ics_and_json_hold_the_same_events(file: str) -> None:
    """What has no date is a task without one."""
    parsed = json.loads(
        run("calendar", COMPLETE, "teclistamab", "--start", "2026-12-07", "--format", "json").stdout
    )
    read = vobject.readOne(file)

    assert parsed["schema"] == "escalate/calendar/v1"
    assert len(list(read.vevent_list)) == sum(e["first"] is not None for e in parsed["events"])
    assert len(list(read.vtodo_list)) == sum(e["first"] is None for e in parsed["events"])


def test_a_hostile_pseudonym_stays_text(tmp_path: Path) -> None:
    """No line of the file begins with what a patient file says."""
    text = (ROOT / "examples/refractory-antisynthetase.yaml").read_text()
    path = tmp_path / "p.yaml"
    path.write_text(
        text.replace("id: refractory-antisynthetase", 'id: "a;b,c\\\\n\\nBEGIN:VEVENT\\n\\e[31m"')
    )
    done = run("calendar", str(path), "teclistamab", "--start", "2026-12-07", "--format", "ics")
    if done.exit_code == 3:
        return  # refused by the reader
    read = vobject.readOne(done.stdout_bytes.decode())

    assert "\x1b" not in done.stdout
    assert all("a;b,c" in event.summary.value for event in read.vevent_list)


def test_calendar_in_german() -> None:
    """Kinds, doses with a decimal comma, and the lines of the knowledge."""
    done = run("--lang", "de", "calendar", COMPLETE, "teclistamab", "--start", "2026-12-07")

    assert "Dosis: Teclistamab, Aufdosierung 1, 0,06 mg/kg sc" in done.stdout
    assert "4,2 mg" in done.stdout
    assert "IgG alle 2 bis 4 Wochen" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("teclistamab", "--start", "tomorrow"), "--start tomorrow"),
        (("teclistimab", "--start", "2026-12-07"), "teclistamab"),
    ],
)
def test_wrong_use_is_named(arguments: tuple[str, ...], said: str) -> None:
    """A day is a day, a therapy a therapy."""
    done = CliRunner().invoke(cli, ["calendar", COMPLETE, *arguments], standalone_mode=False)

    assert isinstance(done.exception, UsageError)
    assert said in str(done.exception)


CALENDARS = (ROOT / FILE).read_text()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("- words: IgG every 2 to 4 weeks", "- words: IgG every 3 weeks", "these words stand in no line"),
        ("kind: igg", "kind: blood", "`kind` or `with` is none of the known ones"),
        ("every_weeks: [2, 4]", "every_week: [2, 4]", "`every_week` is read by nobody"),
        ("every_weeks: [2, 4]", "every_weeks: [two]", "whole numbers"),
        ("every_weeks: [2, 4]", "every_weeks: [0, 4]", "nothing says when"),
        ("      every_weeks: [2, 4]\n", "", "nothing says when"),
        ("when: heart_grade >= C1", "when: heart_grade >= C9", "C9"),
        ("  teclistamab:\n", "  teclistimab:\n", "`teclistimab` is not a therapy"),
    ],
)
def test_kb_check_finds_an_entry_that_cannot_be_placed(
    old: str, new: str, said: str, library: Library
) -> None:
    """With its place, before anybody asks for a calendar."""
    assert old in CALENDARS
    document = read_text(CALENDARS.replace(old, new, 1), FILE, KnowledgeRefused)
    changed = replace(
        library, parameters={**library.parameters, **plain_dict(spoken_in(document, "en").root)}
    )
    (problem,) = calendars(changed, {FILE: document})

    assert said in problem.message
    assert problem.at.line > 20


def test_the_shipped_calendars_pass_the_check(library: Library) -> None:
    """As `kb check` runs it."""
    assert list(calendars(library, {FILE: read_text(CALENDARS, FILE, KnowledgeRefused)})) == []


def test_a_calendar_does_not_begin_before_its_assessment(variant: Callable[..., Assessment]) -> None:
    """What was open on the day of the assessment says nothing of the days before."""
    with pytest.raises(UsageError, match="2026-10-11, before the day of the assessment, 2026-10-12"):
        of(variant({}), "teclistamab", date(2026, 10, 11))
