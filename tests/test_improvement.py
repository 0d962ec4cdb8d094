"""The Total Improvement Score (dossier 4.2) and both forms of IMACS worsening (4.3, WORS-01).

V38 and V39 of the dossier are about the score, which no vignette file can say: they are tests here.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from helpers_facts import HEAD, TODAY, knowledge
from hypothesis import given
from hypothesis import strategies as st

from escalate.commands import cli
from escalate.commands.tis import score_patient
from escalate.files.yaml_reader import read_text
from escalate.patient.core_set import BASELINE, Visit, limit_field
from escalate.patient.improvement import band_points, category, total_improvement_score
from escalate.patient.improvement_criteria import Criteria, Measure, criteria_of
from escalate.patient.reader import read_patient
from escalate.patient.worsening import Judged
from escalate.problems import PatientRefused
from escalate.report.improvement import Scored, improvement_text
from escalate.truth import Truth

BEFORE = {
    "physician_global_0_10": "8",
    "patient_global_0_10": "8",
    "extramuscular_global_0_10": "5",
    "haq_di": "1.5",
    "mmt8": "110",
    "ck_u_per_l": "3000",
}
AFTER = {
    "physician_global_0_10": "3",
    "patient_global_0_10": "1",
    "extramuscular_global_0_10": "2",
    "haq_di": "0.75",
    "mmt8": "140",
    "ck_u_per_l": "300",
}
LIMITS = {"ck_u_per_l": Decimal(200)}
GLOBALS = ("physician_global_0_10", "patient_global_0_10", "extramuscular_global_0_10", "haq_di")


def criteria() -> Criteria:
    return criteria_of(knowledge())


def measure(name: str) -> Measure:
    return next(m for m in criteria().measures if m.name == name)


def visit(group: str, scale: str = "150", **values: str) -> Visit:
    """A visit; an empty scale is one that the file does not state."""
    read = {name: Decimal(value) for name, value in values.items()}
    return Visit(read, Decimal(scale) if scale else None, group)


def between(before: Visit, after: Visit, limits: dict[str, Decimal] | None = None) -> Any:
    return total_improvement_score(before, after, LIMITS if limits is None else limits, criteria())


def body(before: dict[str, str], after: dict[str, str], *more: str, group: str = "baseline") -> str:
    """A patient file with one earlier visit and the present one, scale 150 and a limit for CK of 200."""
    now = [f"activity.{name}: {after[name]}" for name in GLOBALS if name in after]
    muscle = [f"muscle.{name}: {after[name]}" for name in ("mmt8", "ck_u_per_l") if name in after]
    earlier = [f"activity.{group}.{name}: {value}" for name, value in before.items()]
    fixed = ["muscle.mmt8_scale: 150", "muscle.ck_uln_u_per_l: 200", "diagnosis.entity: dermatomyositis"]
    dropped = {line.partition(":")[0] for line in more}
    lines = [line for line in (*now, *muscle, *earlier, *fixed) if line.partition(":")[0] not in dropped]
    return "\n".join((*lines, *more, ""))


def scored(text: str) -> Scored:
    patient = read_patient(read_text(HEAD + text, "p.yaml", PatientRefused), knowledge(), today=TODAY)
    return score_patient(patient, knowledge())


def run(tmp_path: Path, text: str, *arguments: str) -> Result:
    file = tmp_path / "p.yaml"
    file.write_text(HEAD + text, encoding="utf-8")
    return CliRunner().invoke(cli, ["tis", str(file), *arguments])


def test_v38_the_worked_check_is_80_and_major() -> None:
    """V38: the inputs of dossier 4.2, measure by measure; strength exactly 20 % gives 20, not 27.5."""
    found = between(visit(BASELINE, **BEFORE), visit("", **AFTER))

    assert {c.measure.name: (c.percent, c.points) for c in found.changes} == {
        "physician_global_0_10": (50, 20),
        "patient_global_0_10": (70, 10),
        "mmt8": (20, 20),
        "haq_di": (25, Decimal("7.5")),
        "enzyme": (90, Decimal("7.5")),
        "extramuscular_global_0_10": (30, 15),
    }
    assert (found.total, found.category) == (Decimal("80.0"), "major")


def test_v38_the_command_prints_80_major(tmp_path: Path) -> None:
    """V38 as a user runs it, in text and JSON."""
    text = run(tmp_path, body(BEFORE, AFTER))
    parsed = json.loads(run(tmp_path, body(BEFORE, AFTER), "--format", "json").stdout)

    assert text.exit_code == 0
    assert "Total Improvement Score: 80.0 of 100, major improvement" in text.stdout
    assert (parsed["status"], parsed["score"], parsed["category"]) == ("computed", 80.0, "major")


def test_v39_without_haq_it_is_not_computable_and_says_the_partial_maximum(tmp_path: Path) -> None:
    """V39: HAQ is asked for, nothing is imputed and no category is given."""
    after = {name: value for name, value in AFTER.items() if name != "haq_di"}
    text = run(tmp_path, body(BEFORE, after))
    parsed = json.loads(run(tmp_path, body(BEFORE, after), "--format", "json").stdout)

    assert text.exit_code == 0
    assert "Not computable" in text.stdout
    assert "72.5 of a partial maximum of 90.0; no category" in " ".join(text.stdout.split())
    assert (parsed["status"], parsed["score"], parsed["category"]) == ("not_computable", None, None)
    assert (parsed["partial_points"], parsed["partial_maximum"]) == (72.5, 90)
    assert [(m["measure"], [f["fact"] for f in m["facts"]]) for m in parsed["missing"]] == [
        ("haq_di", ["activity.haq_di"])
    ]


def test_v35_a_score_that_fits_both_scales_is_not_counted() -> None:
    """V35: MMT-8 78 without a scale; the scale is asked for."""
    found = scored(body(BEFORE | {"mmt8": "60"}, AFTER | {"mmt8": "78"}, "muscle.mmt8_scale: unknown"))

    assert found.improvement is not None
    assert found.improvement.total is None
    assert [m.fields for m in found.improvement.missing] == [
        ("activity.baseline.mmt8_scale", "muscle.mmt8_scale")
    ]


@pytest.mark.parametrize("name", [*GLOBALS, "mmt8", "enzyme"])
def test_each_band_is_open_below_and_closed_above(name: str) -> None:
    """Exactly the end of a band still belongs to it; a hair more belongs to the next (TIS-01)."""
    row = measure(name)
    hair = Decimal("1e-20")

    for number, end in enumerate(row.ends):
        assert band_points(row, end) == row.points[number]
        assert band_points(row, end + hair) == row.points[number + 1]
    assert band_points(row, Decimal(-50)) == 0
    assert band_points(row, Decimal(0)) == 0


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("physician_global_0_10", ["0", "7.5", "15", "17.5", "20"]),
        ("patient_global_0_10", ["0", "2.5", "5", "7.5", "10"]),
        ("haq_di", ["0", "5", "7.5", "7.5", "10"]),
        ("enzyme", ["0", "2.5", "5", "7.5", "7.5"]),
        ("extramuscular_global_0_10", ["0", "7.5", "12.5", "15", "20"]),
        ("mmt8", ["0", "10", "20", "27.5", "32.5"]),
    ],
)
def test_points_are_those_of_the_published_table(name: str, printed: list[str]) -> None:
    """Dossier 4.2, and the ends of the bands: 2, 10, 20, 30 for strength, 5, 15, 25, 40 for the rest."""
    row = measure(name)

    assert [str(p) for p in row.points] == printed
    assert list(row.ends) == ([2, 10, 20, 30] if name == "mmt8" else [5, 15, 25, 40])


def test_all_maxima_add_up_to_100() -> None:
    assert criteria().maximum == 100


@pytest.mark.parametrize(
    ("points", "word"),
    [("0", None), ("19.9", None), ("20", "minimal"), ("39.9", "minimal"), ("40", "moderate"),
     ("59.9", "moderate"), ("60", "major"), ("100", "major")],
)  # fmt: skip
def test_a_category_begins_at_its_cut_off(points: str, word: str | None) -> None:
    assert category(Decimal(points), criteria()) == word


@pytest.mark.parametrize(
    ("after", "points"), [("139.5", "10"), ("140", "10"), ("140.01", "20"), ("155", "20"), ("155.01", "27.5")]
)
def test_strength_counts_upwards_in_percent_of_its_scale(after: str, points: str) -> None:
    """15 points of 150 are 10 % exactly."""
    found = between(visit(BASELINE, mmt8="125"), visit("", mmt8=after))

    assert next(c.points for c in found.changes) == Decimal(points)


def test_an_enzyme_falls_in_percent_of_its_range_and_not_of_its_baseline() -> None:
    """TIS-03: CK from 3000 to 1500 with a limit of 200 is 50 % of 15 times the limit."""
    found = between(visit(BASELINE, ck_u_per_l="3000"), visit("", ck_u_per_l="1500"))

    assert [(c.range, c.percent) for c in found.changes] == [(3000, 50)]


def test_the_enzyme_is_the_one_that_was_most_abnormal_at_baseline() -> None:
    """Aldolase 5 times its limit outranks CK 3 times; what it is now does not matter."""
    limits = LIMITS | {"aldolase_u_per_l": Decimal(8)}
    before = visit(BASELINE, ck_u_per_l="600", aldolase_u_per_l="40")
    after = visit("", ck_u_per_l="9000", aldolase_u_per_l="16")
    found = between(before, after, limits)

    assert [(c.label, c.range, c.percent) for c in found.changes] == [("Muscle enzyme (Aldolase)", 48, 50)]


def test_a_missing_value_of_the_chosen_enzyme_is_not_replaced_by_another_enzyme() -> None:
    limits = LIMITS | {"aldolase_u_per_l": Decimal(8)}
    before = visit(BASELINE, ck_u_per_l="600", aldolase_u_per_l="40")
    found = between(before, visit("", ck_u_per_l="100"), limits)

    assert [m.fields for m in found.missing if m.measure.name == "enzyme"] == [("labs.aldolase_u_per_l",)]


def test_an_enzyme_without_its_limit_leaves_the_choice_open() -> None:
    """LDH might have been the most abnormal one: its limit is asked for."""
    before = visit(BASELINE, ck_u_per_l="3000", ldh_u_per_l="900")
    found = between(before, visit("", **AFTER))

    assert [m.fields for m in found.missing if m.measure.name == "enzyme"] == [("labs.ldh_uln_u_per_l",)]
    assert limit_field("ck_u_per_l") == "muscle.ck_uln_u_per_l"


def test_a_transaminase_that_the_liver_explains_is_no_muscle_enzyme() -> None:
    """ALT 20 times its limit would be chosen, were it not for GGT and bilirubin."""
    labs = ("activity.baseline.alt_u_per_l: 800", "labs.alt_u_per_l: 40", "labs.alt_uln_u_per_l: 40")
    plain = scored(body(BEFORE, AFTER, *labs))
    liver = scored(body(BEFORE, AFTER, *labs, "labs.liver_cause_of_transaminases: true"))

    assert "Muscle enzyme (ALT)" in improvement_text(plain)
    assert "Muscle enzyme (CK)" in improvement_text(liver)


def test_the_scale_of_80_only_where_both_visits_were_counted_on_it() -> None:
    both = between(visit(BASELINE, "80", mmt8="40"), visit("", "80", mmt8="56"))
    mixed = between(visit(BASELINE, "150", mmt8="40"), visit("", "80", mmt8="56"))

    assert [(c.range, c.percent) for c in both.changes] == [(80, 20)]
    assert mixed.changes == ()
    assert "never converted" in next(m.because for m in mixed.missing if m.measure.name == "mmt8")


def test_a_baseline_without_a_scale_is_read_like_the_score_of_now_and_says_so() -> None:
    found = between(visit(BASELINE, "", mmt8="60"), visit("", "150", mmt8="90"))

    assert [(c.range, c.percent) for c in found.changes] == [(150, 20)]
    assert "states no scale" in found.notes[0]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("diagnosis.entity: inclusion_body_myositis",), "inclusion body myositis"),
        (("diagnosis.entity: juvenile_dermatomyositis",), "Juvenile"),
        (("demographics.age_years: 17",), "adults"),
        (("lung.ild: true", "muscle.involvement: false", "skin.involvement: false"), "isolated"),
        (("heart.active_myocarditis: true", "muscle.involvement: false", "skin.rash: none"), "isolated"),
        (("heart.involvement: present", "muscle.involvement: false", "skin.rash: none"), "isolated"),
    ],
)
def test_where_it_is_not_validated_there_is_no_score(
    more: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    """TIS-04: not applicable, with the reason and without points."""
    text = body(BEFORE, AFTER, *more)
    parsed = json.loads(run(tmp_path, text, "--format", "json").stdout)

    assert (parsed["status"], parsed["score"], parsed["measures"]) == ("not_applicable", None, [])
    assert sentence in parsed["because"]
    assert "Not applicable" in run(tmp_path, text).stdout


@pytest.mark.parametrize(
    "more",
    [
        ("demographics.age_years: 18",),
        ("lung.ild: true", "muscle.involvement: true"),
        ("lung.ild: true", "muscle.involvement: false", "skin.involvement: true"),
        ("lung.ild: true", "muscle.involvement: false"),
        ("lung.ild: false", "muscle.involvement: false", "skin.involvement: false"),
    ],
)
def test_it_applies_unless_the_lung_or_heart_is_known_to_be_alone(more: tuple[str, ...]) -> None:
    assert scored(body(BEFORE, AFTER, *more)).status == "computed"


def test_a_baseline_after_the_assessment_counts_for_nothing() -> None:
    """Nobody can say when it was: every measure is missing, and the contradiction is shown."""
    found = scored(body(BEFORE, AFTER, "activity.baseline.on: 2027-01-01"))

    assert found.improvement is not None
    assert len(found.improvement.missing) == 6
    assert any("day of assessment" in note for note in found.notes)


values = st.decimals(0, 10, places=2)


@given(before=st.fixed_dictionaries(dict.fromkeys(BEFORE, values)), after=values, step=values)
def test_a_better_value_never_lowers_the_score(
    before: dict[str, Decimal], after: Decimal, step: Decimal
) -> None:
    """Monotone in each measure, and always between 0 and the maximum."""

    def score(value: Decimal) -> Decimal:
        now = dict.fromkeys(BEFORE, value) | {"mmt8": 150 - value, "haq_di": value * 3 / 10}
        first = before | {"mmt8": Decimal(140), "haq_di": before["haq_di"] * 3 / 10}
        found = between(
            Visit(first, Decimal(150), BASELINE), Visit(now, Decimal(150)), {"ck_u_per_l": Decimal(1)}
        )
        assert found.total is not None
        return Decimal(found.total)

    worse, better = score(after), score(max(after - step, Decimal(0)))

    assert 0 <= worse <= better <= 100


@given(gone=st.sets(st.sampled_from(sorted(BEFORE)), min_size=1))
def test_any_missing_measure_ends_the_score_and_lowers_the_partial_maximum(gone: set[str]) -> None:
    """The partial maximum is the sum over the measures that are there."""
    after = {name: value for name, value in AFTER.items() if name not in gone}
    found = between(visit(BASELINE, **BEFORE), visit("", **after))
    lost = sum(measure("enzyme" if name == "ck_u_per_l" else name).maximum for name in gone)

    assert (found.total, found.category) == (None, None)
    assert found.maximum == 100 - lost
    assert {field for m in found.missing for field in m.fields} == {visit("").field(name) for name in gone}


THIRD = {"haq_di": "1.95", "ck_u_per_l": "3900"}  # both worse by 30 % of the best response
BEST = BEFORE | {"physician_global_0_10": "2", "mmt8": "140"}


def judged(best: dict[str, str], now: dict[str, str]) -> tuple[Judged, Judged]:
    """The full form and the form of the series."""
    full, series = scored(body(best, now, group="best_response")).worsening
    return full, series


def test_and_or_or_decides_between_the_two_forms() -> None:
    """WORS-01: physician global worse by 2 with unchanged strength fires the series form alone."""
    full, series = judged(BEST, BEST | {"physician_global_0_10": "4"})

    assert (full.value, series.value) == (Truth.FALSE, Truth.TRUE)
    assert (full.form.name, series.form.name) == ("full_form", "series_form")
    assert series.fired == ("physician global activity worse by 2 or more",)


@pytest.mark.parametrize(
    ("now", "full", "series"),
    [
        ({"physician_global_0_10": "3.9"}, Truth.FALSE, Truth.FALSE),
        ({"mmt8": "112"}, Truth.FALSE, Truth.TRUE),  # 28 of 140 are 20 %
        ({"mmt8": "112.1"}, Truth.FALSE, Truth.FALSE),
        ({"physician_global_0_10": "4", "mmt8": "112"}, Truth.TRUE, Truth.TRUE),
        ({"extramuscular_global_0_10": "7"}, Truth.TRUE, Truth.FALSE),
        ({"extramuscular_global_0_10": "6.9"}, Truth.FALSE, Truth.FALSE),
        (THIRD | {"patient_global_0_10": "10"}, Truth.FALSE, Truth.FALSE),  # 8 to 10 is 25 %
        (THIRD | {"extramuscular_global_0_10": "6.5"}, Truth.TRUE, Truth.FALSE),
        (THIRD | {"extramuscular_global_0_10": "6.5", "haq_di": "1.94"}, Truth.FALSE, Truth.FALSE),
    ],
)  # fmt: skip
def test_worsening_at_its_limits(now: dict[str, str], full: Truth, series: Truth) -> None:
    """2 points, 20 % and 30 % of the value at the best response each count when reached exactly."""
    found = judged(BEST, BEST | now)

    assert tuple(form.value for form in found) == (full, series)


def test_a_rise_from_zero_has_no_percentage_until_it_is_one_of_the_whole_range() -> None:
    """0 to 3 of 10 is 30 % by any reading; 0 to 1 is left open, and two others decide."""
    best = BEST | {"haq_di": "1", "patient_global_0_10": "0", "ck_u_per_l": "1000"}
    now = best | {"haq_di": "1.3", "ck_u_per_l": "1300"}

    assert judged(best, now | {"patient_global_0_10": "3"})[0].value is Truth.TRUE
    assert judged(best, now | {"patient_global_0_10": "1"})[0].value is Truth.UNKNOWN
    assert judged(best, now | {"patient_global_0_10": "0"})[0].value is Truth.FALSE


def test_without_a_best_response_worsening_is_not_known() -> None:
    """It is neither denied nor asserted, and the missing fields are named."""
    full, series = scored(body(BEFORE, AFTER)).worsening

    assert (full.value, series.value) == (Truth.UNKNOWN, Truth.UNKNOWN)
    assert series.missing == ("activity.best_response.physician_global_0_10", "activity.best_response.mmt8")


def test_the_report_names_the_form_that_fired(tmp_path: Path) -> None:
    """The reader sees which of the two definitions says worsening."""
    text = run(tmp_path, body(BEST, BEST | {"physician_global_0_10": "4"}, group="best_response")).stdout
    shown = " ".join(text.split())

    assert "IMACS worsening, full form: no" in shown
    assert "IMACS worsening as used in the teclistamab series: yes" in shown


def test_a_refused_file_ends_the_command_before_anything_is_printed(tmp_path: Path) -> None:
    """V36: an MMT-8 above its scale is a typing error."""
    found = run(tmp_path, "muscle: {mmt8: 155, mmt8_scale: 150}\n")

    assert isinstance(found.exception, PatientRefused)
    assert found.stdout == ""
