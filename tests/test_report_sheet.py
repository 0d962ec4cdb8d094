"""What the chair of a conference looks for, on the page of one patient and in the list of several."""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from escalate import assess, load_knowledge, load_patient
from escalate.assessment import Assessment
from escalate.commands import cli
from escalate.files.patient_file import patient_of
from escalate.library.model import Library
from escalate.problems import UsageError
from escalate.report.html import html_report, index_page, page_names
from escalate.report.markdown import markdown_report
from escalate.report.sheet import Sheet, sheet
from escalate.report.text import text_report
from tests.conftest import EXAMPLES, TODAY
from tests.test_report_html import Read, hostile_file

Variant = Callable[..., Assessment]


@pytest.fixture
def emergency(library: Library) -> Assessment:
    return assess(load_patient(EXAMPLES / "mda5-emergency.yaml", library, today=TODAY), library)


def of(page: Sheet, therapy: str) -> Any:
    return next(entry for entry in (*page.cards, *page.closed, *page.waiting) if entry.id == therapy)


def test_off_label_with_its_counts_in_the_line_of_the_verdict(variant: Variant) -> None:
    """On how many patients it rests, how many died, and for how long they were followed."""
    card = html_report(variant({})).partition('id="option-teclistamab"')[2]
    line = card.partition('<p class="verdict">')[2].partition("</p>")[0]
    text = Read(f"<p>{line}</p>").text

    assert "EU off-label" in text
    assert "4 myositis patients, 2 deaths in 18 (none of the 4), median follow-up 5.1 months" in text


def test_car_t_and_engager_have_no_order(variant: Variant) -> None:
    """Neither is ranked before the other."""
    page = sheet(variant({}))

    assert of(page, "teclistamab").rank == ""
    assert of(page, "cd19_car_t").rank == ""


def test_not_yet_tried_and_why_not(variant: Variant) -> None:
    """By name beside every step-5 option, with how it stands here and a line for the reason."""
    assessment = variant({})
    page = sheet(assessment)
    names = [(u.name, u.here) for u in of(page, "teclistamab").untried]

    assert ("Immunoglobulin IV", "never given; open for discussion") in names
    assert ("JAK inhibitor", "never given; open for discussion") in names
    assert of(page, "cd19_car_t").untried == of(page, "teclistamab").untried
    assert not of(page, "ivig").untried
    assert html_report(assessment).count("passed over because:") == 2 * len(names)


@pytest.mark.parametrize(("stated", "answer"), [("true", "yes"), ("false", "no"), (None, "unknown")])
def test_diagnosis_adherence_and_damage_looked_at_again(
    variant: Variant, stated: str | None, answer: str
) -> None:
    """Yes, no or unknown, for each of the three."""
    fields = ("rechecked", "adherence_checked", "damage_separated_from_activity")
    page = sheet(variant({f"diagnosis.{field}": stated for field in fields}))

    assert [check.answer for check in page.checks] == [answer] * 3


def test_nothing_is_looked_at_again_where_nothing_was_given(emergency: Assessment) -> None:
    """A first treatment has nothing behind it."""
    assert sheet(emergency).checks == ()
    assert "Adherence checked" not in text_report(emergency)


def test_a_past_line_has_dose_weeks_level_and_its_end(variant: Variant) -> None:
    """So that the conference can argue whether it was a fair trial."""
    line = next(line for line in sheet(variant({})).lines if line.drug == "Tacrolimus")

    assert (line.dose, line.level, line.adherence) == ("4 mg/day", "trough 7.5 ng/mL", "good")
    assert line.time == "36 weeks, November 2022 to July 2023"
    assert (line.response, line.ended, line.adequate) == ("no response", "inefficacy", "yes")


@pytest.mark.parametrize(
    ("changes", "change"),
    [
        ({"infection.sars_cov_2_pcr": "positive"}, "yes: once it is over; no day is set"),
        ({"heart.echo.lvef_percent": "44"}, "only with a new result: it counts as lasting"),
    ],
)
def test_whether_what_closes_can_change(variant: Variant, changes: dict[str, str], change: str) -> None:
    """A rule that is not reversible promises no end; one that is says that no day is set."""
    assessment = variant(changes)

    assert of(sheet(assessment), "teclistamab").change == change
    assert f"can it change? {change}" in " ".join(text_report(assessment).split())


def test_one_fact_is_lasting_or_not_for_every_option(variant: Variant) -> None:
    """A pacemaker closes three options, one by a rule that is called reversible: the page says one thing."""
    assessment = variant({"heart.cardiac_device": "true", "infection.hbsag": "positive"})
    page, lasting = sheet(assessment), "only with a new result: it counts as lasting"
    exercise = text_report(assessment).partition("\nExercise and physiotherapy")[2]

    for therapy in ("teclistamab", "cd19_car_t", "exercise"):
        assert of(page, therapy).change == lasting
    assert of(page, "efgartigimod").change == "yes: once it is over; no day is set"  # a deferral never lasts
    assert f"can it change? {lasting}" in exercise.partition("\n\n")[0]


def test_options_that_the_same_closes_stand_together(variant: Variant) -> None:
    """The drugs of a class that fall to one infarction: one row, every name and its step in it."""
    months = "heart.myocardial_infarction_or_stroke_months_ago"
    assessment = variant({months: "8"})
    page, html = sheet(assessment), html_report(assessment)
    (group,) = [rows for rows in page.closed_groups if "tofacitinib" in {row.id for row in rows}]
    title = group[0].reasons[0].title

    assert len(group) > 1
    assert title == "Myocardial infarction or stroke within 365 days"
    assert Read(html).text.partition("Closed, and by what")[2].count(title) == 1
    assert text_report(assessment).count(f"by: {title}") == 1
    assert markdown_report(assessment).partition("## Closed")[2].count(title) == 1
    for row in group:
        assert f'id="option-{row.id}"' in html
        assert f"**{row.name}** ({row.place})" in markdown_report(assessment)


def test_the_text_names_what_closes_besides_and_its_day(variant: Variant) -> None:
    """Not the bare id of a rule: its title, and the first day to look again."""
    changes = {"heart.cardiac_device": "true", "infection.sars_cov_2_last_on": "2026-09-03"}
    text = " ".join(text_report(variant(changes)).split())

    assert "84 days ago, with heart disease of any grade (BCMA-X07, look again from 2026-11-26)" in text


def test_the_text_asks_for_at_most_five_and_for_nothing_that_cannot_be_done(library: Library) -> None:
    """As the page does: what stands in the place of an examination is asked for instead."""
    raw = b"{schema: escalate/patient/v1, id: a, heart: {mri_not_possible: device}}"
    text = text_report(assess(patient_of(raw, "patient.yaml", library, today=TODAY), library))
    asked = text.partition("WHAT TO MEASURE NEXT")[2].partition("FINDINGS")[0]

    assert "  5. " in asked
    assert "  6. " not in asked
    assert "Heart MRI with" not in asked
    assert "Cannot be done: Why no heart MRI: device" in " ".join(asked.split())


def test_the_first_day_to_look_again(variant: Variant) -> None:
    """The infection of 3 September with a heart that is not normal: not before 26 November."""
    changes = {"infection.sars_cov_2_last_on": "2026-09-03", "heart.nyha_class": "2"}
    text = Read(html_report(variant(changes))).text
    closed = text.partition("Closed, and by what")[2]

    assert "3 September 2026" in closed
    assert "not before 26 November 2026" in closed


def test_a_near_miss_is_marked_with_both_outcomes(variant: Variant) -> None:
    """At the option, in a table of its own, at a glance, and in every other form of the report."""
    assessment = variant({"labs.igg_g_per_l": "4.0"})
    page = Read(html_report(assessment)).text
    card = html_report(assessment).partition('id="option-teclistamab"')[2].partition("</header>")[0]

    assert "near miss: at IgG 3.9 g/L: deferred" in Read(card).text
    assert "Near misses: IgG: 4.0 g/L" in page.partition("Alerts")[0]
    assert "IgG: 4.0 g/L" in markdown_report(assessment)
    assert "IgG: 4.0 g/L" in text_report(assessment)


def test_disputed_values_stand_side_by_side(variant: Variant) -> None:
    """What the letter says beside what was measured."""
    notices = sheet(variant({"heart.echo.lvef_percent": "44"})).notices
    (dispute,) = [n.disputed for n in notices if n.mark == "contradiction"]

    assert [d.what for d in dispute] == ["Heart involvement as referred", "LVEF"]
    assert dispute[1].value == "44 % (5 October 2026), below 45 %"


def test_six_ways_without_a_further_drug(variant: Variant, emergency: Assessment) -> None:
    """Each has its line, whether or not a rule speaks for it."""
    keys = ["stay", "diagnostic_review", "taper", "rehabilitation", "trial", "referral"]

    for assessment in (variant({}), emergency):
        assert [way.key for way in sheet(assessment).ways] == keys


def test_a_way_that_a_rule_speaks_for_says_why(variant: Variant) -> None:
    """Refractory, and nobody looked at the diagnosis again: back to it."""
    (way,) = [
        w for w in sheet(variant({"diagnosis.rechecked": "false"})).ways if w.key == "diagnostic_review"
    ]

    assert [said.rule for said, _do in way.said] == ["REF-06"]


def test_referral_names_what_the_centre_lacks(variant: Variant) -> None:
    """The option, and what its rule says."""
    changes = {"centre.immune_effector_experience": "false", "centre.night_contact": None}
    (way,) = [w for w in sheet(variant(changes)).ways if w.key == "referral"]

    assert way.state == ("Teclistamab: Closed at this site; referral to an expert centre can be proposed.",)


def test_what_is_owed_first_is_always_there(variant: Variant, emergency: Assessment) -> None:
    """Nine duties; what no field states is a line to write on, and never made up."""
    full = {duty.title: duty for duty in sheet(variant({})).owed}
    poor = {duty.title: duty for duty in sheet(emergency).owed}

    assert list(full) == list(poor)
    assert len(full) == 9
    assert ("Cancer screen", "negative (15 July 2026)") in full["Cancer panel"].known
    assert ("HBsAg", "not stated") in poor["Hepatitis B"].known
    assert full["The patient's own wish"].blanks == ("in the patient's words",)


@pytest.mark.parametrize(
    ("stated", "asked"),
    [
        ({"sex": "male"}, ["Wish for children"]),
        ({"sex": "female", "pregnancy": "not_applicable"}, []),
        ({"sex": "female", "childbearing_potential": "false"}, ["Pregnancy or breastfeeding"]),
        ({"sex": "female"}, ["Pregnancy or breastfeeding", "Childbearing potential", "Wish for children"]),
        ({"sex": None}, ["Pregnancy or breastfeeding", "Childbearing potential", "Wish for children"]),
    ],
)
def test_what_the_file_rules_out_is_not_owed(
    variant: Variant, stated: dict[str, str | None], asked: list[str]
) -> None:
    """No question about a pregnancy of a man or after the menopause; an unknown sex rules nothing out."""
    fields = ("pregnancy", "childbearing_potential", "contraception", "wish_for_children")
    empty = {f"demographics.{field}": None for field in fields}
    page = sheet(variant({**empty, **{f"demographics.{field}": value for field, value in stated.items()}}))
    title = "Fertility" if stated["sex"] == "male" else "Pregnancy and fertility"
    (duty,) = [duty for duty in page.owed if duty.title == title]

    assert [label for label, value in duty.known if value == "not stated"] == asked


def test_a_question_says_how_soon_and_what_may_stand_in_its_place(variant: Variant) -> None:
    """ "Cannot be done" is an answer, and names the alternative."""
    missing = {
        "heart.mri.t2_oedema": None,
        "heart.mri.lge_segments": None,
        "heart.syncope_unexplained": "true",
    }
    asks = {ask.fact: ask for ask in sheet(variant(missing)).asks}

    assert asks["heart.mri.t2_oedema"].soon == "an examination by appointment"
    assert "claustrophobia" in asks["heart.mri.t2_oedema"].instead
    assert "FDG-PET" in asks["heart.mri.t2_oedema"].instead.replace("fdg pet", "FDG-PET")


def test_what_cannot_be_done_is_not_asked_for(variant: Variant) -> None:
    """The question is then for the examination in its place."""
    missing = {
        "heart.mri.t2_oedema": None,
        "heart.mri.lge_segments": None,
        "heart.syncope_unexplained": "true",
    }
    asks = {ask.fact: ask for ask in sheet(variant({**missing, "heart.mri_not_possible": "device"})).asks}
    texts = [ask.text for fact, ask in asks.items() if fact.startswith("heart.mri")]

    assert all("in place of the heart MRI" in text for text in texts)
    assert all(not ask.instead for ask in asks.values())


def test_rehabilitation_says_what_is_open_of_exercise(variant: Variant) -> None:
    """Also where no rule sends anybody there."""
    ways = {way.key: way for way in sheet(variant({})).ways}

    assert ways["rehabilitation"].state == ("Exercise and physiotherapy: open for discussion",)


def test_a_decision_that_has_ended_says_when(variant: Variant) -> None:
    """Not "lapsed until", which sounds as if it came back on that day."""
    override = {"rule": "BCMA-X04", "therapy": "teclistamab", "on_date": "2026-09-01", "until": "2026-10-01"}
    told = markdown_report(variant({"overrides": [override], "heart.echo.lvef_percent": "44"}))

    assert "earlier conference (lapsed on 1 October 2026): no reason is recorded (1 September 2026)" in told


FEVER = {
    "drug": "teclistamab",
    "first_dose_on": "2026-09-28",
    "last_dose_on": "2026-10-07",
    "temperature_c": "38.3",
}


@pytest.mark.parametrize(
    ("rule", "changes", "verdict"),
    [
        (
            "BCMA-X10",
            {"heart.echo.lvef_percent": "45", "course": FEVER},
            "deferred",
        ),  # a caution of a closed option
        ("BCMA-X10", {"heart.echo.lvef_percent": "45", "labs.igg_g_per_l": None}, "data_needed"),
        ("BCMA-X10", {"heart.echo.lvef_percent": "45"}, "caution_high"),
        ("BCMA-X10", {}, "propose"),  # the rule does not speak today
        (
            "BCMA-X20a",
            {"heart.echo.lvef_percent": "44", "infection.sars_cov_2_last_on": "2026-10-01"},
            "excluded",
        ),
    ],
)
def test_every_decision_of_an_earlier_conference_is_on_the_page(
    variant: Variant, rule: str, changes: dict[str, Any], verdict: str
) -> None:
    """With its end, in every form, whether its option is open, waits or is closed, and by whatever rule."""
    override = {"rule": rule, "therapy": "teclistamab", "reason": "Lungs get worse", "until": "2026-12-14"}
    assessment = variant({**changes, "overrides": [override]})
    said = "earlier conference (until 14 December 2026): Lungs get worse; the verdict stays"
    plain = said.replace("14 December 2026", "2026-12-14")

    assert str(assessment.option("teclistamab").verdict) == verdict
    assert Read(html_report(assessment)).text.count(said) == 1
    assert markdown_report(assessment).count(said) == 1
    for only in (None, "teclistamab"):
        assert " ".join(text_report(assessment, only).split()).count(plain) == 1


def test_a_course_that_runs_is_at_the_top_on_the_ladder_and_among_the_lines(variant: Variant) -> None:
    """With first and last dose and its place in the schedule, as the file states them."""
    stated = {**FEVER, "last_dose": "weekly_target", "last_dose_mg_per_kg": "1.5"}
    assessment = variant({"course": stated})
    page, read = sheet(assessment), Read(html_report(assessment)).text
    days = "first dose 28 September 2026; last dose 7 October 2026"
    (row,) = [line for line in page.lines if line.drug == "Teclistamab"]
    chips = [(chip.name, chip.word) for stair in page.stairs for chip in stair.chips]
    text = " ".join(text_report(assessment).split())

    assert page.course == f"Teclistamab: being given; {days} (weekly target, 1.5 mg/kg)"
    assert page.course in read.partition("What is open")[0]
    assert page.course in markdown_report(assessment)
    assert (row.dose, row.level, row.time) == ("1.5 mg/kg", "weekly target", days)
    assert row.counts_as == "being given"
    assert ("Teclistamab", "being given") in chips
    assert ("Teclistamab", "next dose: deferred") in chips
    assert text.count("Teclistamab: being given; first dose 2026-09-28; last dose 2026-10-07") == 2


def test_a_course_beside_an_unknown_history_is_shown(variant: Variant) -> None:
    """And what of it the file does not state is said; without a course there is no line of it."""
    assessment = variant({"therapies": None, "course": {"drug": "cd19_car_t", "first_dose_on": "2026-09-28"}})
    said = "given in the present course; first dose 28 September 2026; last dose not stated"

    assert sheet(assessment).course.endswith(said)
    assert "history unknown" in Read(html_report(assessment)).text
    assert "given in the present course |" in markdown_report(assessment)
    assert sheet(variant({})).course == ""


@pytest.mark.parametrize(
    ("drug", "changes", "answer"),
    [
        (
            "azathioprine",
            {"diagnosis.entity": "inclusion_body_myositis"},
            "not indicated: No immunosuppression",
        ),
        (
            "teclistamab",
            {"heart.echo.lvef_percent": "44"},
            "excluded: Advanced heart disease (C3)",
        ),
        ("teclistamab", {"labs.igg_g_per_l": None}, "data needed: IgG"),
        ("ivig", {}, "open for discussion"),
    ],
)
def test_a_drug_that_is_asked_for_is_answered(
    variant: Variant, drug: str, changes: dict[str, Any], answer: str
) -> None:
    """In "What is asked": its verdict, and what stands behind it."""
    stated = yaml.load((EXAMPLES / "refractory-antisynthetase.yaml").read_text(), yaml.BaseLoader)
    lines = [*stated["therapies"], {"drug": drug, "status": "planned"}]
    assessment = variant({**changes, "therapies": lines})
    (said,) = sheet(assessment).requests

    assert said.startswith("Asked for: ")
    assert f", {answer}" in said
    assert said in Read(html_report(assessment)).text.partition("What is open")[0]
    assert said.split(",")[0] in " ".join(text_report(assessment).split())
    assert said.split(",")[0] in markdown_report(assessment)


def test_the_ladder_of_the_text_has_the_words_of_the_verdicts(variant: Variant) -> None:
    """No "caution" beside an option that is "open with caution"."""
    ladder = " ".join(text_report(variant({"heart.echo.lvef_percent": "50"})).split())

    assert "Teclistamab: open with caution" in ladder.partition("OPEN OPTIONS")[0]


def test_what_cannot_be_done_names_its_alternative(variant: Variant) -> None:
    """Where the file says so."""
    (line,) = sheet(variant({"heart.mri_not_possible": "claustrophobia"})).cannot

    assert "claustrophobia" in line
    assert "endomyocardial biopsy" in line


def test_the_same_options_are_named_once_among_the_questions(emergency: Assessment) -> None:
    """A question that decides what the one before decides says so."""
    asks = sheet(emergency).asks
    pairs = [(a, b) for a, b in pairwise(asks) if (a.decides, a.more) == (b.decides, b.more)]

    assert all(b.as_before for _a, b in pairs)
    assert len(asks) <= 5


def test_the_early_warning_of_an_emergency_that_holds_is_left_out(emergency: Assessment) -> None:
    """E1 is there; that it may be beginning says nothing more."""
    ids = [notice.id for notice in sheet(emergency).notices]

    assert "E1" in ids
    assert "E1-PRE" not in ids
    assert "E1-PRE" in [alert.id for alert in emergency.proposal.alerts]


def test_a_calendar_has_real_days(variant: Variant) -> None:
    """From the day of the first dose; without it there is none."""
    rows = of(sheet(variant({}), date(2026, 12, 7)), "teclistamab").calendar
    doses = [row.days for row in rows if row.kind == "dose"]

    assert doses[0] == "2026: 7 Dec"
    assert doses[-1] == "2027: 3 Jan"
    assert of(sheet(variant({})), "teclistamab").calendar == ()


def test_a_start_before_the_last_dose_of_a_course_is_said(variant: Variant) -> None:
    """In place of its calendar; the rest of the page, and of the list, is there."""
    course = {"drug": "teclistamab", "first_dose_on": "2026-10-01", "last_dose_on": "2026-10-04"}
    seen = {"hypotension": "none", "hypoxia": "none", "ice_score": 10}
    assessment = variant({"course": course | {"last_dose": "step_up_2"} | seen})
    (row,) = of(sheet(assessment, date(2026, 10, 2)), "teclistamab").calendar

    assert row.title == "the calendar starts on 2026-10-02; the last dose received is of 2026-10-04"


def test_figures_of_a_simulation_have_three_digits(variant: Variant) -> None:
    """Between 192 and 1080 nobody reads a fourth."""
    exposure = " ".join(of(sheet(variant({})), "teclistamab").exposure)

    assert "AUC 0-inf 482 µg*day/mL; 90 % of virtual patients 192 to 1080" in exposure


def test_days_are_written_as_the_language_writes_them(variant: Variant) -> None:
    """In German with a full stop behind the day; text and JSON keep the form of the files."""
    german = load_knowledge(language="de")
    patient = load_patient(EXAMPLES / "refractory-antisynthetase.yaml", german, today=TODAY)
    assessment = assess(patient, german)

    assert sheet(assessment).day == "12 October 2026"  # nobody speaks German outside a report
    assert "beurteilt am 12. Oktober 2026" in html_report(assessment)
    assert "2026-10-12" in text_report(assessment)


def test_the_list_puts_emergencies_first(library: Library, variant: Variant, emergency: Assessment) -> None:
    """Else in the order given, each with a link to its page and what is missing first."""
    assessments = [variant({}), emergency]
    read = Read(index_page(assessments, page_names(assessments, "html"), ["torn.yaml"]))

    assert not read.wrong
    assert read.values("href")[:2] == ["02-mda5-emergency.html", "01-refractory-antisynthetase.html"]
    assert "torn.yaml" in read.text
    assert "script" not in read.tags


@pytest.mark.parametrize("name", ["../../etc/passwd", "CON", "a/b\\c:d", "…", "x" * 200])
def test_no_id_leads_out_of_the_folder(name: str, variant: Variant) -> None:
    """A file name holds letters, digits and hyphens, and begins with its number."""
    (file,) = page_names([variant({"id": name})], "html")

    assert file.startswith("01-")
    assert file.removesuffix(".html").replace("-", "").isalnum()
    assert len(file) < 60


def test_hostile_text_is_text_in_the_list(tmp_path: Path, library: Library) -> None:
    """The id of a patient neither runs nor leads anywhere."""
    assessment = assess(load_patient(hostile_file(tmp_path), library, today=TODAY), library)
    read = Read(index_page([assessment], page_names([assessment], "html")))

    assert "<script>alert(1)</script>" in read.text
    assert "script" not in read.tags


def test_several_patients_are_written_into_a_folder(tmp_path: Path) -> None:
    """A page each and the list; a refused file is named there and refused as ever; nobody else may read."""
    torn = tmp_path / "torn.yaml"
    torn.write_text("schema: escalate/patient/v1\nid: x\nlabs: {igg: 3}\n", encoding="utf-8")
    files = [EXAMPLES / "early-dermatomyositis.yaml", torn, EXAMPLES / "mda5-emergency.yaml"]
    folder = tmp_path / "conference"
    result = CliRunner().invoke(cli, ["assess", *map(str, files), "--format", "html", "-o", str(folder)])

    assert result.exit_code == 3
    names = sorted(file.name for file in folder.iterdir())
    assert names == ["01-early-dermatomyositis.html", "02-mda5-emergency.html", "index.html"]
    assert "torn.yaml" in (folder / "index.html").read_text(encoding="utf-8")
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_one_patient_goes_into_a_folder_that_is_there(tmp_path: Path) -> None:
    """As the only one of a list."""
    file = str(EXAMPLES / "early-dermatomyositis.yaml")
    result = CliRunner().invoke(cli, ["assess", file, "--format", "html", "-o", str(tmp_path)])

    assert result.exit_code == 0
    assert sorted(f.name for f in tmp_path.iterdir()) == ["01-early-dermatomyositis.html", "index.html"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """With the word of the system, and no half list."""
    folder = tmp_path / "not" / "there"
    files = [str(EXAMPLES / "early-dermatomyositis.yaml"), str(EXAMPLES / "mda5-emergency.yaml")]
    result = CliRunner().invoke(cli, ["assess", *files, "--format", "html", "-o", str(folder)])

    assert isinstance(result.exception, UsageError)
    assert "No such file or directory" in str(result.exception)


def test_a_test_that_is_too_old_is_what_is_missing_first(variant: Variant) -> None:
    """Nothing is unknown, and still an option waits: the page says for what, first and in its row."""
    page = html_report(variant({"heart.echo.date": "2026-01-05"}))
    text = markdown_report(variant({"heart.echo.date": "2026-01-05"}))
    first = page.partition("The fact that is missing first")[2].partition("</section>")[0]

    assert "Cardiac work-up too old" in first
    assert "none that would change a verdict" not in page
    assert "Cardiac work-up too old (BCMA-X36" in text


def test_an_exposure_has_the_same_figures_in_text_and_on_the_page(variant: Variant) -> None:
    """One figure in two precisions would look like two figures; a volume too."""
    assessment = variant({})
    told = " ".join(text_report(assessment).split())
    card = of(sheet(assessment), "teclistamab")

    assert [line for line in (*card.exposure[:4], *card.regimen[:3]) if line not in told] == []
