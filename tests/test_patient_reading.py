"""A patient file is read field by field, every value with its place, or refused with every problem."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from helpers_patient import HEAD, LIBRARY, TODAY, read, refusal
from hypothesis import given, settings
from hypothesis import strategies as st

from escalate.files.patient_file import load_patient
from escalate.files.yaml_reader import read_text
from escalate.patient.reader import read_patient
from escalate.problems import PatientRefused

PROBLEMS = Path(__file__).parent / "problems" / "patient"


@pytest.mark.parametrize("path", sorted(PROBLEMS.glob("*.yaml")), ids=lambda p: p.stem)
def test_a_bad_file_says_exactly_what_is_wrong(path: Path) -> None:
    """Place, code, message, caret and help of every problem, as `NAME.expected` has them."""
    expected = path.with_suffix(".expected").read_text(encoding="utf-8")

    with pytest.raises(PatientRefused) as refused:
        read_patient(
            read_text(path.read_text(encoding="utf-8"), path.name, PatientRefused), LIBRARY, today=TODAY
        )

    assert str(refused.value) + "\n" == expected


@pytest.mark.parametrize(
    "spelling",
    [
        "",
        "null",
        "~",
        '""',
        "unknown",
        "Unknown",
        "unbekannt",
        '"?"',
        "n/a",
        "k. A.",
        "k.A.",
        "n.d.",
        "n. d.",
    ],
)
@pytest.mark.parametrize(
    "field", ["infection.hbsag", "heart.echo.lvef_percent", "lung.ild", "skin.signs", "heart"]
)
def test_unknown_in_every_spelling(field: str, spelling: str) -> None:
    """Whatever the type of the field, it has no value then: not negative, not no, not normal."""
    assert read(f"{field}: {spelling}\n").values == {}


@pytest.mark.parametrize(
    ("spelling", "value"),
    [
        ("true", True),
        ("yes", True),
        ("Ja", True),
        ("'ja'", True),
        ("false", False),
        ("no", False),
        ("nein", False),
    ],
)
def test_yes_and_no(spelling: str, value: bool) -> None:
    """In English and German, quoted or not."""
    assert read(f"lung.ild: {spelling}\n").value("lung.ild") is value


@pytest.mark.parametrize("spelling", ["on", "off", "1", "0", "y", "n", "maybe", "negative", "[true]"])
def test_nothing_else_is_a_yes_or_no(spelling: str) -> None:
    """A 1 may be a grade, an `on` a drug that is running."""
    (problem,) = refusal(f"lung.ild: {spelling}\n")

    assert problem.code in ("not-a-boolean", "not-a-value")


def test_nested_and_dotted_keys_are_one_field() -> None:
    """Both forms, also mixed, give the same path."""
    patient = read("heart:\n  echo.lvef_percent: 44\nheart.nyha_class: 2\nheart.echo: {gls_percent: -18}\n")

    assert {n: str(v.value) for n, v in patient.values.items()} == {
        "heart.echo.lvef_percent": "44",
        "heart.nyha_class": "2",
        "heart.echo.gls_percent": "-18",
    }


def test_every_value_keeps_its_place_and_its_text() -> None:
    """A reason in the report points at the line that was written."""
    value = read("muscle:\n  ck_u_per_l: 65 ukat/L\n").values["muscle.ck_u_per_l"]

    assert (value.value, value.given, str(value.at)) == (Decimal(3900), "65 ukat/L", "p.yaml:5:15")


def test_enum_words_may_differ_in_case_and_hyphens() -> None:
    """`Not pregnant` is `not_pregnant`; nothing else is guessed."""
    assert read("demographics.pregnancy: Not pregnant\n").value("demographics.pregnancy") == "not_pregnant"


def test_a_score_above_its_scale_is_refused() -> None:
    """120 points cannot be counted out of 80."""
    (problem,) = refusal("muscle: {mmt8: 120, mmt8_scale: 80}\n")

    assert problem.code == "out-of-range"
    assert read("muscle: {mmt8: 80, mmt8_scale: 80}\n").value("muscle.mmt8") == 80


def test_defaults_that_were_used_are_named() -> None:
    """Day, region, result and status."""
    head = "schema: escalate/patient/v1\nid: a\n"
    patient = read("antibodies: [{name: Jo-1}]\ntherapies: [{drug: RTX, response: none}]\n", head=head)

    assert patient.assessed_on == TODAY
    assert patient.region == "eu"
    assert patient.defaults_used == (
        "assessed_on = 2026-10-12 (today)",
        "antibodies[0].result = positive (Jo-1)",
        "therapies[0].status = past (rituximab)",
        "region = eu",
    )


def test_a_file_that_says_everything_uses_no_default() -> None:
    """Nothing to report then."""
    assert read("region: us\n").defaults_used == ()


def test_an_event_that_never_happened() -> None:
    """Known not to have happened, in both languages; only where the contract allows it."""
    patient = read(
        "infection.sars_cov_2_last_on: never\nheart.myocardial_infarction_or_stroke_months_ago: nie\n"
    )

    assert [v.never for v in patient.values.values()] == [True, True]
    assert refusal("heart.echo.date: never\n")[0].code == "not-a-date"


@pytest.mark.parametrize(
    "day", ["12.10.2026", "2026-13-01", "2026-02-30", "2026", "26-01-01", "2026-1-1", "0001-01-01"]
)
def test_only_iso_days(day: str) -> None:
    """A day that could be read in two orders is refused."""
    assert [p.code for p in refusal(f"heart.echo.date: '{day}'\n")] == ["not-a-date"]


def test_a_month_only_where_it_is_marked() -> None:
    """The biopsy may have a month, the echocardiography a day."""
    value = read("diagnosis.biopsy_on: 2025-02\n").values["diagnosis.biopsy_on"]

    assert (value.value, value.latest) == (date(2025, 2, 1), date(2025, 2, 28))
    assert refusal("heart.echo.date: 2025-02\n")[0].code == "not-a-date"


def test_the_id_is_shown_and_may_hold_anything_but_too_much() -> None:
    """Markup and escape sequences are kept as text; who prints them makes them harmless."""
    head = 'schema: escalate/patient/v1\nassessed_on: 2026-10-12\nid: "<script>\\e[31m"\n'

    assert read("", head=head).id == "<script>\x1b[31m"
    assert [p.code for p in refusal("", head=head.replace("<script>", "x" * 201))] == ["too-long"]


@pytest.mark.parametrize(
    "head",
    [
        "",
        "id: a\n",
        "schema: escalate/patient/v1\n",
        "schema: v2\nid: a\n",
        "schema: escalate/patient/v1\nid: unknown\n",
    ],
)
def test_schema_and_id_are_needed(head: str) -> None:
    """Everything else is optional."""
    assert {p.code for p in refusal("region: eu\n", head=head)} <= {"missing-field", "unknown-value"}


@pytest.mark.parametrize("root", ["just text\n", "- a\n", "[1]\n"])
def test_a_file_that_is_no_set_of_fields(root: str) -> None:
    """A list or a text is not a patient."""
    assert [p.code for p in refusal("", head=root)] == ["not-a-mapping"]


def test_all_problems_come_at_once_and_in_order() -> None:
    """Also those inside lists and groups."""
    found = refusal("lung.ild: maybe\nx: 1\ntherapies: [{drug: zzz}]\nheart: {nyha_class: 9}\n")

    assert [(p.at.line, p.code) for p in found] == [
        (4, "not-a-boolean"),
        (5, "unknown-field"),
        (6, "unknown-name"),
        (7, "out-of-range"),
    ]


def test_hostile_keys_are_bounded() -> None:
    """A hundred problems are enough, and none quotes a megabyte."""
    found = refusal("".join(f"{'k' * 900}{n}: 1\n" for n in range(1500)))

    assert len(found) == 101
    assert all(len(p.render()) < 1000 for p in found)


@pytest.mark.parametrize(
    "body",
    ["labs: {igg_g_per_l: 7,5}", "therapies: [{drug: RTX, weeks: 12,5}]", "antibodies: [{name: Jo-1, 5}]"],
)
def test_a_comma_inside_braces_is_explained(body: str) -> None:
    """`{igg_g_per_l: 7,5}` is two fields to YAML, in an entry of a list as well."""
    (problem,) = refusal(f"{body}\n")

    assert problem.help == "inside { } a comma separates fields; write a decimal point, or quote the number"


def test_json_reads_like_yaml() -> None:
    """The same fields, from a client that writes JSON."""
    text = '{"schema": "escalate/patient/v1",\n\t"id": "a", "lung": {"ild": true, "hrct": {"pattern": null}}}'
    patient = read("", head=text, file="p.json")

    assert patient.value("lung.ild") is True
    assert "lung.hrct.pattern" not in patient.values


def test_a_file_is_opened_and_read(tmp_path: Path) -> None:
    """The digest and the name are those of the file."""
    path = tmp_path / "p.yaml"
    path.write_text(HEAD + "lung.ild: no\n", encoding="utf-8")
    patient = load_patient(path, LIBRARY, today=TODAY)

    assert (patient.id, patient.file, patient.value("lung.ild")) == ("case-1", str(path), False)


ANY_TEXT = st.text(max_size=40)
ANY_FIELD = st.sampled_from(sorted(n for n in LIBRARY.facts if "[]" not in n and n not in ("schema", "id")))


@settings(max_examples=200, deadline=None)
@given(ANY_FIELD, ANY_TEXT)
def test_any_text_in_any_field_is_read_or_refused(field: str, text: str) -> None:
    """No text raises anything but the refusal."""
    body = f"{field}: {json.dumps(text)}\n"
    try:
        patient = read(body)
    except PatientRefused as refused:
        found: object = refused.problems
    else:
        found = patient

    assert found


@pytest.mark.parametrize(
    ("written", "help"),
    [
        ("skin: {activity: severe}", "did you mean `skin.cdasi_activity`?"),
        ("labs: {igg: 5}", "did you mean `labs.igg_g_per_l`?"),
        ("heart: {lvef_percent: 50}", "did you mean `heart.echo.lvef_percent`?"),
        ("LVEF: 50", "did you mean `heart.echo.lvef_percent`?"),
        (
            "MRI: normal",
            "did you mean `muscle.mri_oedema` or `heart.mri_not_possible` or `heart.mri` or "
            "`heart.mri_substitute` or `heart.mri.t2_oedema`?",
        ),
        ("lung: {note: x}", "did you mean `note`?"),
        ("heart: {nyha_class: II}", "accepted: 1 to 4"),
        ("therapies: [{drug: foo}]", "names and their synonyms are listed in knowledge/"),
    ],
)
def test_the_help_is_about_the_field_that_was_meant(written: str, help: str) -> None:
    """A wrong key is looked for beside its neighbours first; three letters are close to nothing."""
    assert [problem.help for problem in refusal(written)] == [help]


@pytest.mark.parametrize(
    ("day", "why"), [("2026-02-30", "in the calendar"), ("0001-01-01", "in the years"), ("x", "a day")]
)
def test_a_date_says_what_is_wrong_with_it(day: str, why: str) -> None:
    """A day that does not exist, a year that is a typing error, something else."""
    (problem,) = refusal(f"heart: {{echo: {{date: {day}}}}}")

    assert f"is not {why}" in problem.message
