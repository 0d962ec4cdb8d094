"""What `escalate pk` answers beside the exposure: intervals, regimens side by side, a place among others."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from pk_models import models, regimen

from escalate.commands.pk import command
from escalate.pk.dosing import Target, interval_to_reach, place_among
from escalate.pk.simulate import samples, typical_of
from escalate.problems import UsageError


def run(*arguments):
    return CliRunner().invoke(command, arguments)


def answer(*arguments):
    result = run("teclistamab", "--weight", "74", "--population", "0", "--format", "json", *arguments)
    assert result.exception is None, result.exception
    return json.loads(result.output)


def tocilizumab(interval, count):
    model = models()["tocilizumab_frey_2010"]
    (first,) = regimen(model, "560 mg over 1 h @0")
    return model, typical_of(model, {}), [first._replace(day=i * interval) for i in range(count)]


@pytest.mark.parametrize(
    ("kind", "value"), [("trough", 10.0), ("auc_0_inf", 1000.0 / 24), ("t_above", 95.0), ("t_above", 60.0)]
)
def test_the_longest_interval_reaches_its_target(kind, value):
    """The last of four intervals has the trough, the area a day or the share above the level asked for."""
    model, values, (first,) = tocilizumab(0.0, 1)

    days = interval_to_reach(model, values, first, 4, Target(kind, value, 0.0, 20.0), 120.0)

    _, _, given = tocilizumab(days, 4)
    at = np.linspace(3 * days, 4 * days, 20_001)
    c, area = samples(model, values, given, at, before=True)
    found = {
        "trough": c[-1, 0],
        "auc_0_inf": (area[-1, 0] - area[0, 0]) / days,
        "t_above": 100.0 * np.mean(c[:-1, 0] >= 20.0),
    }
    assert found[kind] == pytest.approx(value, rel=2e-4 if kind == "t_above" else 1e-6)


def test_an_interval_by_the_command():
    """At the interval named, the trough after as many doses is the one asked for."""
    found = answer("--dose", "1.5 mg/kg @0", "--interval", "trough 12")["interval"]

    model = models()["teclistamab_miao_2023"]
    (dose,) = regimen(model, "1.5 mg/kg @0", weight=74)
    every = found["every_days"]
    given = [dose._replace(day=i * every) for i in range(found["doses"])]
    c = samples(model, typical_of(model, {"weight_kg": 74.0}), given, [len(given) * every], before=True)[0]
    assert c[0, 0] == pytest.approx(12.0, rel=1e-5)


def test_two_and_four_target_doses_by_the_command():
    """Side by side, each with its place in the published range."""
    found = answer("--beside", "step_up_and_2_target_doses", "--beside", "step_up_and_4_target_doses")[
        "beside"
    ]

    two, four = found.values()
    assert (two["doses"], four["doses"]) == (4, 6)
    assert two["auc_0_inf_ug_day_per_ml"] == pytest.approx(243.8, rel=1e-3)
    assert four["auc_0_inf_ug_day_per_ml"] == pytest.approx(496.8, rel=1e-3)
    assert set(two["place_in_published_range"].values()) == {"within"}


def test_the_place_in_the_published_range():
    """One target dose lies below the series, ten above it."""
    few = answer("--dose", "1.5 mg/kg @0")["place_in_published_range"]
    many = answer("--dose", "1.5 mg/kg every 7 d x10 @0")["place_in_published_range"]

    assert few["auc_0_inf_ug_day_per_ml"] == "below"
    assert many["auc_0_inf_ug_day_per_ml"] == "above"


def test_the_place_among_patients(tmp_path):
    """Counts, not a percentile; an empty cell is nobody."""
    path = tmp_path / "patients.csv"
    path.write_text("id,auc_0_inf_ug_day_per_ml\na,100\nb,400\nc,\nd,900\n")

    found = answer("--among", str(path))["among"]

    assert found == {"auc_0_inf_ug_day_per_ml": {"patients": 3, "below": 2, "equal": 0, "above": 1}}
    assert place_among([1.0, 2.0, 2.0, 3.0], 2.0) == (1, 2, 1)


def test_the_text_says_all_of_it():
    """A reader of the text misses nothing that the JSON holds."""
    asked = ("--beside", "all", "--interval", "trough 12", "--target", "auc 600", "--restart", "weekly@40")

    text = run("teclistamab", "--weight", "74", "--population", "0", *asked).output

    for part in ("Beside the published range", "side by side", "Interval for `trough 12`", "Target `auc 600`",
                 "restart at 0.3 mg/kg", "simulated before it"):  # fmt: skip
        assert part in text


def test_the_trough_without_the_falling_part():
    """Every measure, the troughs too, stands beside itself without the time-dependent clearance."""
    found = answer()

    own = dict(found["troughs"])
    for day, c in found["without_time_dependent_clearance"]["troughs"]:
        assert c > own[day]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("--interval", "soon"), "--interval soon"), (("--interval", "trough 5 @3"), "--interval"),
     (("--beside", "step_up_and_4_target_dose"), "step_up_and_4_target_doses"),
     (("--interval", "trough 9000"), "at any interval"), (("--target", "above 9000"), "reaches"),
     (("--among", "/nowhere.csv"), "/nowhere.csv")],
)  # fmt: skip
def test_wrong_questions_are_named(arguments, message):
    """The option, and the nearest name where there is one."""
    result = run("teclistamab", "--weight", "74", "--population", "0", *arguments)

    assert isinstance(result.exception, UsageError)
    assert message in str(result.exception)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("id,weight\na,3\n", "no column"),
        ("auc_0_inf_ug_day_per_ml\nhigh\n", "row 2, auc_0_inf_ug_day_per_ml"),
    ],
)
def test_a_table_of_patients_that_cannot_be_read_is_named(tmp_path, table, message):
    """The row and the column."""
    path = tmp_path / "patients.csv"
    path.write_text(table)

    result = run("teclistamab", "--weight", "74", "--population", "0", "--among", str(path))

    assert isinstance(result.exception, UsageError)
    assert message in str(result.exception)
