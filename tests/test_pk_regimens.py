"""Regimens as people write them, event tables, and the command: what is understood, what is refused."""

import json
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from pk_models import models, regimen

from escalate.commands.pk import command
from escalate.pk.entries import BadDose, read_entries
from escalate.pk.events import read_events, write_events
from escalate.pk.simulate import samples, typical_of
from escalate.pk.spread import limits, population, uncertain
from escalate.problems import UsageError

STEP_UP = ("0.06 mg/kg @0", "0.3 mg/kg @3", "1.5 mg/kg every 7 d x4 @6")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.06 mg/kg @0", [(0.0, 0.06, "kg", "", 0.0)]),
        ("8 mg/kg over 1 h @0", [(0.0, 8.0, "kg", "", 1 / 24)]),
        ("750 mg/m2 iv over 30 min @0", [(0.0, 750.0, "m2", "iv", 30 / 1440)]),
        ("28 µg/day over 28 days @3.5", [(3.5, 0.784, "", "", 28.0)]),
        ("5 mg oral every 12 h x3 @0", [(0.0, 5.0, "", "oral", 0.0), (0.5, 5.0, "", "oral", 0.0),
                                       (1.0, 5.0, "", "oral", 0.0)]),
        ("1 g @0, 14 d", [(0.0, 1000.0, "", "", 0.0), (14.0, 1000.0, "", "", 0.0)]),
    ],
)  # fmt: skip
def test_entries_are_understood(text, expected):
    """Amounts in mg, times in days, whatever the units written."""
    for found, wanted in zip(read_entries([text]), expected, strict=True):
        assert found[2:4] == wanted[2:4]
        assert (found[0], found[1], found[4]) == pytest.approx((wanted[0], wanted[1], wanted[4]))


@pytest.mark.parametrize(
    ("text", "days"),
    [("1.5 mg/kg every 7 d x4 @6 skip 2", [6, 20, 27]), ("1.5 mg/kg every 7 d x4 @6 skip 1, 4", [13, 20]),
     ("1.5 mg/kg every 7 d x4 @6 delay 3 by 4 d", [6, 13, 24, 31]),
     ("1 mg delay 2 by 12 h @0,3", [0, 3.5]), ("1 mg every 2 d x3 delay 2 by 1 d skip 3 @0", [0, 3]),
     ("1 mg @0 sc", [0]), ("1 mg @0, 12 h over 1 h iv", [0, 0.5])],
)  # fmt: skip
def test_missed_and_delayed_doses(text, days):
    """A missed dose leaves its place empty; a delayed one moves those after it."""
    assert [g.day for g in read_entries([text])] == pytest.approx(days)


@pytest.mark.parametrize(
    ("text", "message"),
    [("1 mg every 2 d x3 skip 4 @0", "dose 4 cannot be skipped"), ("1 mg skip 1 @0", "one must stay"),
     ("1 mg every 2 d x3 delay 5 by 1 d @0", "no dose 5 to delay"),
     ("1 mg @3,3", "do not ascend"), ("-1 mg @0", "negative"),
     ("nan mg @0", "no number"), ("1 mg @-2", "before the first dose"),
     ("1 furlong @0", "not a unit of amount"), ("1 mg @2 fortnights", "not a unit of time"),
     ("5 mg over 3 h every 2 h x3 @0", "longer than its interval"), ("1 mg", "no time"),
     ("1 mg @3,1", "do not ascend"), ("1 mg/kg/kg @0", "/kg"), ("28 ug/day @0", "needs its duration"),
     ("1 mg every 2 d x0 @0", "whole count"), ("mg @0", "no amount"), ("1 mg twice @0", "not understood"),
     ("1 mg over 1 h over 2 h @0", "second time")],
)  # fmt: skip
def test_bad_entries_are_named(text, message):
    """The message holds the entry's number and text, and what is wrong."""
    with pytest.raises(BadDose, match=message) as refused:
        read_entries(["1 mg @0", text])

    assert f"dose 2 (`{text}`)" in str(refused.value)


def test_entries_in_disorder_are_refused():
    """An entry that begins before the one above it is more likely a slip than meant."""
    with pytest.raises(BadDose, match=r"dose 2 .*order of time"):
        read_entries(["1 mg @3", "1 mg @0"])


def test_routes_that_the_model_lacks_are_refused():
    """The entry, the route and those of the model are named."""
    model = models()["tacrolimus_andrews_2019"]

    with pytest.raises(BadDose, match=r"dose 1 .*`iv`.*oral"):
        regimen(model, "1 mg iv @0")
    with pytest.raises(BadDose, match="needs a weight"):
        regimen(model, "1 mg/kg @0")


def test_event_tables_come_back_as_they_went():
    """Doses, infusions and samples survive CSV; ADDL and II are written out."""
    model = models()["daratumumab_luo_2021"]
    given = regimen(model, "1800 mg sc every 7 d x3 @0", "16 mg/kg over 7 h @28", weight=70)

    text = write_events(given, model, (1.0, 14.0))
    back, at = read_events(text, model)

    assert at == (1.0, 14.0)
    for a, b in zip(given, back, strict=True):
        assert a.route == b.route
        assert (a.day, a.amount_mg, a.duration_days) == pytest.approx((b.day, b.amount_mg, b.duration_days))
    packed = "TIME,AMT,RATE,EVID,CMT,ADDL,II,SS\n0,1800,0,1,1,2,168,0\n"
    assert [g.day for g in read_events(packed, model)[0]] == pytest.approx([0.0, 7.0, 14.0])


@pytest.mark.parametrize(
    ("rows", "message"),
    [("0,-1,0,1,1,0,0,0", "row 2: AMT"), ("x,1,0,1,1,0,0,0", "row 2: TIME"),
     ("-1,1,0,1,1,0,0,0", "row 2: TIME -1 lies before"), ("5,1,0,1,1,0,0,0\n1,1,0,1,1,0,0,0", "row 3"),
     ("0,nan,0,1,1,0,0,0", "row 2: AMT"), ("0,1,0,1,1,2,0,0", "row 2: ADDL"),
     ("0,1,0,1,7,0,0,0", "row 2: .*compartment 7"), ("0,100,1,1,2,3,24,0", "row 2: the infusion is longer"),
     ("1,0,0,0,1,0,0,0\n1,0,0,0,1,0,0,0", "row 3: a second sample")],
)  # fmt: skip
def test_bad_rows_are_named(rows, message):
    """The row and what is wrong with it."""
    with pytest.raises(BadDose, match=message):
        read_events("TIME,AMT,RATE,EVID,CMT,ADDL,II,SS\n" + rows, models()["daratumumab_luo_2021"])


def test_the_population_is_the_same_for_any_number_of_workers():
    """Seed and number of the person alone decide."""
    model = models()["teclistamab_miao_2023"]
    given = regimen(model, *STEP_UP, weight=74)

    one, two = (population(model, {"weight_kg": 74.0}, given, 6.04, 2500, 5, workers=n) for n in (1, 2))

    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)
    few = population(model, {"weight_kg": 74.0}, given, 6.04, 1000, 5)
    np.testing.assert_array_equal(one.auc_0_inf[:1000], few.auc_0_inf)


def test_wider_intervals_hold_narrower_ones_and_uncertainty_is_apart():
    """50 within 90 within 95; the standard errors alone spread less than the persons do."""
    model = models()["teclistamab_miao_2023"]
    given = regimen(model, *STEP_UP, weight=74)
    persons = population(model, {"weight_kg": 74.0}, given, 6.04, 400, 5)
    draws = uncertain(model, {"weight_kg": 74.0}, given, 6.04, 400, 5)

    a, b, c = (limits(persons, percent)["auc_0_inf"] for percent in (50, 90, 95))

    assert c[0] < b[0] < a[0] < a[1] < b[1] < c[1]
    low, high = limits(draws, 90)["auc_0_inf"]
    assert high - low < 0.5 * (b[1] - b[0])


def test_an_interruption_of_blinatumomab_shows_within_hours():
    """Four hours without the infusion leave a quarter of the concentration."""
    model = models()["blinatumomab_clements_2020"]
    given = regimen(model, "9 ug/day over 3 d @0", "9 ug/day over 3 d @3.1666666666666665")

    c = samples(model, typical_of(model, {}), given, [3.0, 3.0 + 4 / 24, 5.0])[0][:, 0]

    assert c[1] / c[0] == pytest.approx(np.exp(-2.22 / 5.98 * 4), rel=1e-6)
    assert c[2] == pytest.approx(c[0], rel=1e-6)


def run(*arguments):
    return CliRunner().invoke(command, arguments)


def test_the_command_prints_the_keys_of_the_contract():
    """Names, order and the threshold's quantities; times are days."""
    doses = [part for text in STEP_UP for part in ("--dose", text)]
    result = run("teclistamab", "--weight", "74", *doses, "--format", "json", "--at", "10,30,60")

    found = json.loads(result.output)
    assert list(found)[:8] == [
        "model", "parameters", "auc_0_inf_ug_day_per_ml", "c_max_ug_per_ml", "t_max_days",
        "t_above_ec90_days", "auc_above_ec90_ug_day_per_ml", "auc_excess_ec90_ug_day_per_ml",
    ]  # fmt: skip
    assert found["auc_0_inf_ug_day_per_ml"] == pytest.approx(496.8462466)
    assert [day for day, _ in found["concentrations"]] == [10.0, 30.0, 60.0]
    low, high = found["interval_90"]["auc_0_inf_ug_day_per_ml"]
    assert low < 496.8 < high
    again = run("teclistamab", "--weight", "74", *doses, "--format", "json", "--at", "10,30,60")
    assert again.output == result.output


def test_other_units_stand_in_the_names():
    """Tofacitinib is in hours and ng/mL."""
    found = json.loads(run("tofacitinib", "--dose", "10 mg @0", "--format", "json").output)

    assert found["auc_0_inf_ng_h_per_ml"] == pytest.approx(380.228, rel=1e-5)
    assert "t_max_h" in found


def test_igg_by_the_command():
    """Null is never."""
    few = json.loads(run("igg", "--baseline", "10.5").output)  # what the contract prints
    many = json.loads(run("igg", "--baseline", "25", "--format", "json").output)

    assert few["weeks_to_igg_below_4"] == pytest.approx(8.9, abs=0.05)
    assert many["weeks_to_igg_below_4"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("teclistamab", "--weight", "nan"), "weight"), (("teclistamab", "--weight", "-3"), "--weight -3"),
     (("teclistamab", "--weight", "20"), "outside"),
     (("teclistamab",), "weight"), (("efgartigimod", "--dose", "1 mg @0"), "no full published"),
     (("teclistamb",), "teclistamab"), (("tacrolimus",), "--dose"), (("igg",), "--baseline"),
     (("igg", "--baseline", "10", "--format", "csv"), "text or json"),
     (("teclistamab", "--weight", "74", "--at", "3,3"), "does not come after"),
     (("teclistamab", "--weight", "74", "--covariate", "iss_stage=7"), "no level"),
     (("teclistamab", "--weight", "74", "--covariate", "shoe=7"), "no `shoe`")],
)  # fmt: skip
def test_wrong_use_is_named(arguments, message):
    """A usage error says what is wrong; nothing is printed."""
    result = run(*arguments)

    assert isinstance(result.exception, UsageError)
    assert message in str(result.exception)
    assert result.output == ""


def test_a_weight_outside_the_study_warns():
    """30 kg is computed and marked."""
    found = json.loads(run("teclistamab", "--weight", "30", "--format", "json", "--population", "0").output)

    assert "outside what was studied" in found["warnings"][0]


def test_a_body_surface_is_spoken_of_where_it_is_used():
    """Height and weight give one; a dose per kg has no use for it."""
    height = ("--weight", "70", "--covariate", "height_cm=175", "--format", "json")

    used = run("cyclophosphamide", *height, "--dose", "750 mg/m2 over 1 h @0").output
    idle = run("teclistamab", *height).output

    assert "Mosteller" in used
    assert "Mosteller" not in idle


def test_target_restart_and_levels_by_the_command():
    """They stand beside the document under names of their own."""
    found = json.loads(
        run("teclistamab", "--weight", "74", "--dose", "0.06 mg/kg @0", "--dose", "0.3 mg/kg @3",
            "--format", "json", "--population", "0", "--restart", "step_up_2@15",
            "--target", "auc 20", "--level", "1.4 @6").output
    )  # fmt: skip

    assert found["restart"]["mg_per_kg"] == 0.3
    assert found["restart"]["simulated_trough"]["day"] == 18.0
    factor = 20.0 / found["auc_0_inf_ug_day_per_ml"]
    assert found["target"]["every_dose_times"] == pytest.approx(factor, rel=1e-5)
    assert found["individual"]["levels"][0]["measured"] == 1.4


def test_one_exposure_needs_no_scipy():
    """A linear model is solved with numpy alone."""
    program = (
        "import sys\n"
        "from escalate.commands.pk import command\n"
        "command(['teclistamab', '--weight', '74', '--format', 'json'], standalone_mode=False)\n"
        "sys.stderr.write(str('scipy' in sys.modules or 'matplotlib' in sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stderr == "False"


def test_the_figure_is_an_image(tmp_path):
    """SVG with labelled axes."""
    pytest.importorskip("matplotlib")
    path = tmp_path / "curve.svg"

    result = run("teclistamab", "--weight", "74", "--population", "50", "--figure", str(path))

    assert result.exit_code == 0
    text = path.read_text()
    words = ("Time since the first dose (days)", "Concentration (µg/mL)", "EC90 6.04 µg/mL", "doses")
    for part in (*words, "typical patient", "90 % of virtual patients", "multiple myeloma"):
        assert part in text


def test_the_figure_may_be_a_png(tmp_path):
    """By the ending of the name; another ending is refused."""
    pytest.importorskip("matplotlib")
    path = tmp_path / "curve.png"

    result = run("teclistamab", "--weight", "74", "--population", "50", "--figure", str(path))
    refused = run("teclistamab", "--weight", "74", "--figure", str(tmp_path / "curve.gif"))

    assert result.exit_code == 0
    assert path.read_bytes().startswith(b"\x89PNG")
    assert ".svg or .png" in str(refused.exception)
