"""Event tables with resets and steady states, beside the doses that they stand for written out."""

import numpy as np
import pytest
from pk_models import models

from escalate.pk.entries import BadDose
from escalate.pk.events import read_events, write_events
from escalate.pk.population import virtual_values
from escalate.pk.simulate import measures, samples, typical_of

HEAD = "TIME,AMT,RATE,EVID,CMT,ADDL,II,SS\n"


def table(model, *rows):
    """The administrations of these rows."""
    return read_events(HEAD + "\n".join(rows), model)[0]


# Model, row at steady state, what it is repeated by: amount, rate, compartment, interval and how often.
STEADY = {
    "oral with a lag": ("tacrolimus_andrews_2019", "5,0,1", 12, 8000),
    "zero-order with a lag": ("baricitinib_decker_2024", "4,-2,1", 24, 60),
    "bolus into the depot": ("igg_tortorici_2021", "20,0,1", 7, 120),
    "infusion": ("igg_tortorici_2021", "40,160,2", 21, 60),
    "one compartment": ("cyclophosphamide_ahmed_2020", "500,1000,1", 24, 30),
}


@pytest.mark.parametrize(("name", "dose", "every", "count"), STEADY.values(), ids=STEADY)
def test_a_steady_state_is_what_many_doses_lead_to(name, dose, every, count):
    """The same concentrations from its time on, whatever the route, for virtual patients too."""
    model = models()[name]
    amount, rate, cmt = dose.split(",")
    steady = table(model, f"0,{amount},{rate},1,{cmt},3,{every},1")
    written = table(model, f"0,{amount},{rate},1,{cmt},{count + 3},{every},0")
    values = virtual_values(model, {}, 3, 1) if model.correlations or count < 200 else typical_of(model, {})
    at = np.linspace(0.0, 4.0 * every, 33)[:-1] * model.units.days

    found = samples(model, values, steady, at)[0]

    expected = samples(model, values, written, at + count * every * model.units.days)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-12 * expected.max())


def test_a_steady_state_may_be_added():
    """SS 2 beside a dose before it: both courses, one on the other."""
    model = models()["igg_tortorici_2021"]
    values, at = typical_of(model, {}), np.linspace(0.0, 60.0, 40)
    first, second = "0,10,40,1,2,0,0,0", "20,40,160,1,2,0,21,2"

    both = samples(model, values, table(model, first, second), at)[0]

    apart = [samples(model, values, table(model, row), at)[0] for row in (first, second)]
    np.testing.assert_allclose(both, sum(apart), rtol=1e-12)


def test_an_endless_infusion_ends_at_its_time():
    """AMT 0, RATE and SS 1: the rate over the clearance, falling from then on."""
    model = models()["blinatumomab_clements_2020"]
    values, rate = typical_of(model, {}), 28.0 / 24.0
    hours = np.array([0.0, 5.0])

    c = samples(model, values, table(model, f"0,0,{rate!r},1,1,0,0,1"), hours / 24.0)[0][:, 0]

    assert c == pytest.approx(1000.0 * rate / 2.22 * np.exp(-2.22 / 5.98 * hours), rel=1e-12)


@pytest.mark.parametrize("name", ["teclistamab_miao_2023", "tocilizumab_frey_2010"])
def test_a_reset_leaves_what_comes_after_it(name):
    """EVID 3 takes the drug out and ends an infusion; the area before it counts."""
    model = models()[name]
    values = typical_of(model, {"weight_kg": 74.0} if name.startswith("tec") else {})
    cmt = 2 if "sc" in model.routes else 1
    before = f"0,100,20,1,{cmt},0,0,0"  # an infusion of five days, ended after two
    given = table(model, before, f"2,0,0,3,{cmt},0,0,0", f"4,50,0,1,{cmt},0,0,0")
    alone = table(model, before), table(model, f"4,50,0,1,{cmt},0,0,0")

    c, area = samples(model, values, given, [1.0, 2.0, 3.9])
    whole = measures(model, values, given).auc_0_inf[0]

    assert c[:, 0] == pytest.approx([samples(model, values, alone[0], [1.0])[0][0, 0], 0.0, 0.0], rel=1e-8)
    first = samples(model, values, alone[0], [2.0], before=True)[1][0, 0]
    assert area[2, 0] == pytest.approx(first, rel=1e-8)
    if model.falls:  # the clock of the clearance runs on from the first row
        later = samples(
            model, values, table(model, f"0,0.001,0,1,{cmt},0,0,0", f"4,50,0,1,{cmt},0,0,0"), [9.0]
        )
        assert samples(model, values, given, [9.0])[0][0, 0] == pytest.approx(later[0][0, 0], rel=1e-4)
    else:
        assert whole == pytest.approx(first + measures(model, values, alone[1]).auc_0_inf[0], rel=1e-7)


def test_a_reset_and_a_dose_in_one_row():
    """EVID 4 is EVID 3 and then EVID 1."""
    model = models()["igg_tortorici_2021"]
    values, at = typical_of(model, {}), np.linspace(0.0, 30.0, 31)
    one = table(model, "0,30,0,1,2,0,0,0", "7,20,0,4,2,0,0,0")
    two = table(model, "0,30,0,1,2,0,0,0", "7,0,0,3,2,0,0,0", "7,20,0,1,2,0,0,0")

    a, b = (samples(model, values, given, at)[0] for given in (one, two))

    np.testing.assert_array_equal(a, b)


def test_a_nonlinear_steady_state():
    """Tocilizumab every 4 weeks, beside thirty doses written out."""
    model = models()["tocilizumab_frey_2010"]
    values, at = typical_of(model, {}), np.linspace(0.0, 80.0, 20)
    steady = table(model, "0,560,13440,1,1,2,28,1")
    written = table(model, "0,560,13440,1,1,32,28,0")

    found = samples(model, values, steady, at)[0]

    np.testing.assert_allclose(found, samples(model, values, written, at + 840.0)[0], rtol=1e-6)


def test_resets_and_steady_states_come_back_as_they_went():
    """Through CSV and back."""
    model = models()["igg_tortorici_2021"]
    rows = ("0,30,120,1,2,0,21,1", "10,0,0,3,1,0,0,0", "12,5,0,4,2,0,0,0", "20,0,3,1,2,0,0,2")
    given = table(model, *rows)

    back = read_events(write_events(given, model), model)[0]

    for a, b in zip(given, back, strict=True):
        assert (a.route, a.resets, a.steady_every_days) == (b.route, b.resets, b.steady_every_days)
        assert (a.day, a.amount_mg, a.duration_days) == pytest.approx((b.day, b.amount_mg, b.duration_days))


@pytest.mark.parametrize(
    ("name", "rows", "message"),
    [("igg_tortorici_2021", ("0,1,0,1,2,0,0,1",), "row 2: SS needs II"),
     ("igg_tortorici_2021", ("0,1,0,1,2,0,7,3",), "row 2: SS 3"),
     ("igg_tortorici_2021", ("0,9,1,1,2,0,7,1",), "row 2: the infusion is longer"),
     ("igg_tortorici_2021", ("0,0,0,1,2,0,7,1",), "row 2: SS with AMT 0"),
     ("igg_tortorici_2021", ("0,0,0,1,2,0,0,0",), "row 2: AMT is 0"),
     ("igg_tortorici_2021", ("0,1,0,1,2,0,0,0", "1,5,0,3,2,0,0,0"), "row 3: EVID 3 gives no dose"),
     ("igg_tortorici_2021", ("0,1,0,1,2,5,7,0", "9,5,0,4,2,0,0,0"), "row 3: resets while .* row 2"),
     ("igg_tortorici_2021", ("0,1,0,5,2,0,0,0",), "row 2: EVID 5"),
     ("teclistamab_miao_2023", ("0,1,0,1,1,0,7,1",), "row 2: SS: the clearance"),
     ("tocilizumab_frey_2010", ("0,1,0,1,1,0,7,2",), "row 2: SS 2")],
)  # fmt: skip
def test_what_a_table_cannot_mean_is_named(name, rows, message):
    """The row and the column."""
    with pytest.raises(BadDose, match=message):
        table(models()[name], *rows)
