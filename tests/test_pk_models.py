"""Each shipped model beside the figures published for it. Tolerances are what the dossier states."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from pk_models import data, models, regimen

from escalate.pk.population import virtual_values
from escalate.pk.simulate import measures, samples, troughs, typical_of


def typical(name, **covariates):
    model = models()[name]
    return model, typical_of(model, covariates)


def half_life(model, values, day):
    """Of the last phase, from two concentrations far out, in the model's unit of time."""
    c, _ = samples(model, values, regimen(model, "1 g over 1 h @0"), [day, 1.2 * day])
    return np.log(2) * 0.2 * day / model.units.days / np.log(c[0, 0] / c[1, 0])


def test_blinatumomab_steady_state():
    """Css = rate / CL: typical 525.5 and 168.9 pg/mL; observed means (615, 229) lie above, as stated."""
    model, values = typical("blinatumomab_clements_2020")

    for rate, expected, observed in ((28, 525.5, 615), (9, 168.9, 229)):
        c = samples(model, values, regimen(model, f"{rate} ug/day over 28 d @0"), [20.0])[0][0, 0]
        assert c == pytest.approx(expected, rel=1e-3)
        assert 0.7 < c / observed < 1.0


@pytest.mark.parametrize(("bsa", "hours"), [(0.37, 5.11), (1.31, 2.34), (1.88, 1.86), (2.7, 1.49)])
def test_blinatumomab_half_life(bsa, hours):
    """looked_up_secondary, typical."""
    model, values = typical("blinatumomab_clements_2020", bsa_m2=bsa)

    assert half_life(model, values, 2.0) == pytest.approx(hours, rel=5e-3)


@pytest.mark.parametrize(("igg", "days"), [(10, 18.7), (5, 25.7), (25, 12.6)])
def test_rituximab_half_life(igg, days):
    """The table gives 18.7 / 25.7 / 12.6 days; the article prints 17.3 / 28 / 11 (secondary)."""
    model, values = typical("rituximab_lioger_2017", igg_g_per_l=float(igg))

    assert half_life(model, values, 200.0) == pytest.approx(days, rel=5e-3)


def test_tofacitinib_area():
    """Typical 380.2 and 190.1 ng h/mL; published geometric means 403.8 and 211.3 (secondary)."""
    model, values = typical("tofacitinib_vong_2021")

    for mg, area, published in ((10, 380.2, 403.8), (5, 190.1, 211.3)):
        found = measures(model, values, regimen(model, f"{mg} mg @0")).auc_0_inf[0]
        assert found == pytest.approx(area, rel=5e-4)
        assert found == pytest.approx(published, rel=0.11)


def test_baricitinib_clearance_and_peak():
    """Adult reference: CL/F 9.42 L/h and Cmax 53.3 ng/mL published; the model's typical value beside them."""
    model, values = typical("baricitinib_decker_2024")
    given = regimen(model, "4 mg every 24 h x20 @0")

    assert values["CLr"][0] + values["CLnr"][0] == pytest.approx(9.42, rel=0.03)
    at = np.linspace(18.0, 19.0, 2001)
    assert samples(model, values, given, at)[0].max() == pytest.approx(53.3, rel=0.25)


def test_mycophenolate_area_at_steady_state():
    """31.8 / 47.6 / 63.5 mg h/L over 12 h (tertiary); the model gives 1 % more."""
    model, values = typical("mycophenolate_rong_2019")

    for mg, published in ((500, 31.8), (750, 47.6), (1000, 63.5)):
        given = regimen(model, f"{mg} mg every 12 h x240 @0")
        a, b = samples(model, values, given, [119.0, 119.5])[1][:, 0]
        assert b - a == pytest.approx(published, rel=0.012)


def test_tacrolimus_clearance():
    """43.5 ng h/mL per mg; age 65 v 25 gives 0.66, BSA 2.25 v 1.5 gives 1.43 (secondary)."""
    model, values = typical("tacrolimus_andrews_2019")
    clearance = {
        key: typical_of(model, {key[0]: key[1]})["CL"][0]
        for key in (("age_years", 65.0), ("age_years", 25.0), ("bsa_m2", 2.25), ("bsa_m2", 1.5))
    }

    assert measures(model, values, regimen(model, "1 mg @0")).auc_0_inf[0] == pytest.approx(43.5, rel=1e-3)
    assert clearance["age_years", 65.0] / clearance["age_years", 25.0] == pytest.approx(0.66, abs=5e-3)
    assert clearance["bsa_m2", 2.25] / clearance["bsa_m2", 1.5] == pytest.approx(1.43, rel=0.01)
    assert measures(model, values, regimen(model, "1 mg @0")).t_max[0] > 0.38


def test_cyclophosphamide_half_life():
    """5.96 h computed; 5.48 h published (secondary)."""
    model, values = typical("cyclophosphamide_ahmed_2020")

    assert half_life(model, values, 2.0) == pytest.approx(5.96, rel=1e-3)


@pytest.mark.parametrize(("name", "days"), [("igg_landersdorfer_2013", 46.0), ("igg_tortorici_2021", 11.0)])
def test_immunoglobulin_half_life(name, days):
    """46 and about 11 days, computed from tertiary tables."""
    model, values = typical(name)

    assert half_life(model, values, 400.0) == pytest.approx(days, rel=0.05)


def test_daratumumab_troughs():
    """Digitised typical troughs (secondary): subcutaneous within 1.3 %, intravenous within 4.6 %."""
    model, values = typical("daratumumab_luo_2021")
    # Weekly x8, every 2 weeks x8, then every 4 weeks; the trough at week w is the one before the next dose.
    sc = regimen(model, "1800 mg sc every 7 d x8 @0", "1800 mg sc every 14 d x8 @56",
                 "1800 mg sc every 28 d x9 @168")  # fmt: skip
    weeks = {7.0: 127.4, 28.0: 416.3, 56.0: 660.3, 168.0: 522.3, 364.0: 203.3}

    days = np.array(list(weeks))
    c = samples(model, values, sc, days, before=True)[0][:, 0]

    np.testing.assert_allclose(c, list(weeks.values()), rtol=0.015)
    assert measures(model, values, sc).c_max[0] == pytest.approx(730.3, rel=0.015)


def test_tocilizumab_steady_state():
    """8 mg/kg every 4 weeks, woman of 70 kg: 35.0 / 169.6 / 10.0; published means 35 / 183 / 9.7."""
    model, values = typical("tocilizumab_frey_2010", female=1.0)
    given = regimen(model, "8 mg/kg over 1 h every 28 d x12 @0", weight=70)
    at = np.array([308.0, 308.0 + 1 / 24, 336.0])

    c, area = samples(model, values, given, at, before=True)

    assert (area[2, 0] - area[0, 0]) * 24 / 1000 == pytest.approx(35.0, rel=0.01)
    assert c[1, 0] == pytest.approx(169.6, rel=0.01)
    assert c[2, 0] == pytest.approx(10.0, rel=0.03)


def test_elranatamab_first_full_dose():
    """Rates 0.068 and 0.043 per day; the typical free Cmax lies about 1.5 times above the cohort's 3794.5."""
    model, values = typical("elranatamab_hibma_2026")
    given = regimen(model, "12 mg @0", "32 mg @3", "76 mg @7")
    at = np.linspace(7.0, 14.0, 200)

    assert values["CL"][0] / values["Vc"][0] == pytest.approx(0.068, rel=0.01)
    assert values["CL_complex"][0] / values["V_complex"][0] == pytest.approx(0.043, rel=0.01)
    highest = samples(model, values, given, at)[0].max()
    assert 1.2 < highest / 3794.5 < 1.8


def test_teclistamab_population_statements():
    """Share of CL2 at the start 43 %, fall to the 13th target dose 40.8 % (secondary, of a population)."""
    model = models()["teclistamab_miao_2023"]
    values = virtual_values(model, {"weight_kg": 74.0}, 20_000, 1)
    share = values["CL2"] / (values["CL1"] + values["CL2"])
    day = 6.0 + 12 * 7.0
    fall = share * (1.0 - np.exp(-0.0292 * day))

    # IgG type only, at the reference level: the published cohort holds other types with far smaller CL2.
    assert share.mean() > 0.43
    assert fall.mean() > 0.408
    assert np.median(share) == pytest.approx(0.547 / 0.996, abs=0.01)


def test_what_is_incomplete_says_why():
    """No parameter table was reached for efgartigimod."""
    model = models()["efgartigimod_incomplete"]

    with pytest.raises(ValueError, match="no full published parameter table"):
        typical_of(model, {})


def test_every_model_names_its_origin():
    """Provenance, source, population, caveats and the units stand in every file."""
    levels = ("looked_up_secondary", "looked_up_tertiary", "abstract_only", "derived", "memory")
    for model in models().values():
        assert model.card["provenance"].startswith(levels), model.id
        assert model.card["source"], model.id
        assert model.card["population"], model.id


def test_correlations_are_drawn_as_printed():
    """Tocilizumab: six correlations; tofacitinib: V shares the random effect of CL."""
    tocilizumab = models()["tocilizumab_frey_2010"]
    values = virtual_values(tocilizumab, {}, 40_000, 3)
    for (a, b), r in tocilizumab.correlations.items():
        assert np.corrcoef(np.log(values[a]), np.log(values[b]))[0, 1] == pytest.approx(r, abs=0.02)
    tofacitinib = virtual_values(models()["tofacitinib_vong_2021"], {}, 50, 3)
    eta = {name: np.log(tofacitinib[name] / x) for name, x in (("CL", 26.3), ("V", 115.8))}
    np.testing.assert_allclose(eta["V"], 0.392 * eta["CL"], rtol=1e-9, atol=1e-12)


def test_a_lag_moves_the_course():
    """Nothing before the lag; then the course without it, later."""
    model, values = typical("tacrolimus_andrews_2019")
    given = regimen(model, "5 mg @0")
    lag = 0.38 / 24

    c = samples(model, values, given, [0.9 * lag, lag + 0.1])[0][:, 0]
    none = samples(model, {**values, "tlag": np.zeros(1)}, given, [0.1])[0][0, 0]

    assert c[0] == 0.0
    assert c[1] == pytest.approx(none, rel=1e-12)


def test_troughs_are_just_before_each_dose():
    """One for every dose but the first."""
    model, values = typical("rituximab_lioger_2017")

    day, c = troughs(model, values, regimen(model, "1000 mg over 4 h @0,14"))

    assert list(day) == [14.0]
    assert 0.0 < c[0, 0] < 250.0


def page_of(script):
    """What a script of docs/validation would write, and its module."""
    folder = Path(__file__).parent.parent / "docs" / "validation"
    spec = importlib.util.spec_from_file_location(script, folder / f"{script}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, (folder / f"{script.replace('_', '-')}.md").read_text()


def test_the_page_on_the_case_series_is_what_the_models_give():
    """docs/validation is written by its script, and not left behind when data or equations change."""
    module, page = page_of("teclistamab_series")

    assert module.page(models()["teclistamab_miao_2023"]) == page


def test_the_page_of_published_figures_is_what_the_models_give():
    """Every figure under `checks`, its grade, ours and the difference; none is left out."""
    module, page = page_of("published_figures")

    assert module.page(data()) == page
    for mapping in data().values():
        for check in mapping.get("checks", ()):
            assert f"| {check['what']} | {check['of']} | **{check['level']}** |" in page
