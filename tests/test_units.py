"""Units: exact conversions, spelled as laboratories print them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from helpers_patient import LIBRARY
from hypothesis import given
from hypothesis import strategies as st

from escalate.patient.numbers import NotANumber, read_number
from escalate.units import convert, same_spelling


@pytest.mark.parametrize(
    ("field", "given_text", "expected"),
    [
        ("muscle.ck_u_per_l", "65 ukat/L", "3900"),
        ("muscle.ck_u_per_l", "65 µkat/l", "3900"),
        ("muscle.ck_u_per_l", "1e3", "1000"),
        ("labs.igg_g_per_l", "400 mg/dL", "4"),
        ("heart.troponin_i.ng_per_l", "0.04 ng/mL", "40"),
        ("heart.troponin_t.ng_per_l", "0,014 µg/L", "14"),
        ("heart.troponin_i.ng_per_l", "0.5 ng/L", "0.5"),
        ("heart.nt_probnp.pg_per_ml", "100 pmol/L", "845.7"),
        ("heart.nt_probnp.pg_per_ml", "14 ng/L", "14"),
        ("heart.nt_probnp.pg_per_ml", "15", "15"),
        ("labs.crp_mg_per_l", "1.2 mg/dl", "12"),
        ("labs.creatinine_umol_per_l", "1 mg/dL", "88.4"),
        ("labs.haemoglobin_g_per_dl", "85 g/L", "8.5"),
        ("labs.haemoglobin_g_per_dl", "5 mmol/L", "8.05"),
        ("labs.ferritin_ug_per_l", "1200 ng/mL", "1200"),
        ("lung.pao2_mmhg", "8 kPa", "60"),
        ("labs.bilirubin_mg_per_dl", "34.2 µmol/L", "2"),
        ("labs.platelets_per_nl", "25000 /µL", "25"),
        ("labs.platelets_per_nl", "25 G/L", "25"),
        ("labs.platelets_per_nl", "25 10^9/L", "25"),
        ("labs.platelets_per_nl", "25 x 10^9/l", "25"),
        ("labs.cd19_b_cells_per_nl", "100 /ul", "0.1"),
        ("demographics.weight_kg", "74500 g", "74.5"),
        ("demographics.height_cm", "1,72 m", "172"),
        ("demographics.age_years", "54 Jahre", "54"),
        ("heart.echo.lvef_percent", "45 %", "45"),
        ("heart.echo.gls_percent", "-18,5", "-18.5"),
        ("heart.echo.gls_percent", "−18.5", "-18.5"),
        ("therapies[].trough_ng_per_ml", "7 µg/L", "7"),
    ],
)  # fmt: skip
def test_a_number_arrives_in_the_unit_of_its_field(field: str, given_text: str, expected: str) -> None:
    """Exact decimals, written as a reader would write them."""
    assert str(read_number(given_text, LIBRARY.facts[field])) == expected


@pytest.mark.parametrize(
    ("field", "given_text", "code"),
    [
        ("labs.igg_g_per_l", "800", "out-of-range"),
        ("heart.troponin_i.ng_per_l", "0.04", "unit-needed"),
        ("heart.troponin_i.ng_per_l", "0", "unit-needed"),
        ("heart.troponin_t.url_ng_per_l", "0.014", "unit-needed"),
        ("heart.nt_probnp.pg_per_ml", "14.9", "unit-needed"),
        ("heart.echo.lvef_percent", "0.45", "out-of-range"),
        ("muscle.ck_u_per_l", "> 12000", "inequality"),
        ("muscle.ck_u_per_l", "ca. 500", "inequality"),
        ("muscle.ck_u_per_l", "12,500", "ambiguous-number"),
        ("muscle.ck_u_per_l", "12.500", "ambiguous-number"),
        ("muscle.ck_u_per_l", "1,234,567", "ambiguous-number"),
        ("muscle.ck_u_per_l", "1.234,5", "ambiguous-number"),
        ("muscle.ck_u_per_l", ".nan", "not-finite"),
        ("muscle.ck_u_per_l", "-.inf", "not-finite"),
        ("muscle.ck_u_per_l", "Infinity", "not-finite"),
        ("muscle.ck_u_per_l", "12 500", "not-a-number"),
        ("muscle.ck_u_per_l", "100-200", "not-a-number"),
        ("muscle.ck_u_per_l", "1_000", "not-a-number"),
        ("muscle.ck_u_per_l", "0x10", "unknown-unit"),
        ("muscle.ck_u_per_l", "1e999999", "unknown-unit"),
        ("muscle.ck_u_per_l", "1e99", "out-of-range"),
        ("muscle.ck_u_per_l", "9" * 5000, "not-a-number"),
        ("muscle.ck_u_per_l", "١٢", "not-a-number"),
        ("muscle.ck_u_per_l", "65 nkat/L", "unknown-unit"),
        ("labs.crp_mg_per_l", "5 mmol/L", "unknown-unit"),
        ("labs.platelets_per_nl", "150 g/L", "unknown-unit"),
        ("labs.creatinine_umol_per_l", "1 mmol/L", "unknown-unit"),
        ("muscle.mmt8", "120 points", "unknown-unit"),
        ("heart.nyha_class", "2.5", "not-a-whole-number"),
        ("heart.nyha_class", "II", "not-a-number"),
        ("heart.nyha_class", "5", "out-of-range"),
    ],
)
def test_what_could_be_another_number_is_refused(field: str, given_text: str, code: str) -> None:
    """A unit nobody named, a mark that may be for thousands, a bound, a range: asked back, never guessed."""
    found = read_number(given_text, LIBRARY.facts[field])

    assert isinstance(found, NotANumber)
    assert found.code == code


def test_a_bare_number_in_another_unit_is_recognised() -> None:
    """IgG 800 is suspected to be in mg/dL, and the help says how to write it."""
    found = read_number("800", LIBRARY.facts["labs.igg_g_per_l"])

    assert isinstance(found, NotANumber)
    assert found.help == "accepted: 0 to 60 g/L; if it is in mg/dL, write `800 mg/dL`"


def test_a_missing_unit_is_asked_for_with_every_way_to_write_it() -> None:
    """Troponin 0.04 is harmless in ng/L and an infarction in ng/mL."""
    found = read_number("0.04", LIBRARY.facts["heart.troponin_i.ng_per_l"])

    assert isinstance(found, NotANumber)
    assert found.help == "write the unit: `0.04 ng/L` or `0.04 ng/mL` or `0.04 µg/L`"


@pytest.mark.parametrize("number", ["0,125", "44.999", "45.001", "3.5", "1,5", "0.5", "100.25"])
def test_a_decimal_that_cannot_be_thousands_is_read(number: str) -> None:
    """A leading zero, one or two digits after the mark, or a point before a last digit other than 0."""
    found = read_number(number, LIBRARY.facts["labs.crp_mg_per_l"])

    assert found == Decimal(number.replace(",", "."))


def test_every_listed_unit_converts() -> None:
    """No field lists a unit for which there is no conversion."""
    missing = [
        (f.name, unit)
        for f in LIBRARY.facts.values()
        for unit in f.also
        if convert(Decimal(1), unit, f.unit, f.name) is None
    ]

    assert missing == []


def test_mass_and_amount_are_converted_for_one_analyte_only() -> None:
    """88.4 is creatinine's; for another field mg/dL to µmol/L does not exist."""
    assert convert(Decimal(1), "mg/dL", "µmol/L", "labs.potassium_mmol_per_l") is None
    assert convert(Decimal(1), "µmol/L", "mg/dL", "labs.crp_mg_per_l") is None


@given(st.decimals(min_value=0, max_value=8000, places=3))
def test_conversion_is_exact(number: Decimal) -> None:
    """No float takes part: 60 times the number, to the last digit."""
    assert convert(number, "ukat/L", "U/L", "muscle.ck_u_per_l") == number * 60


def test_both_signs_for_micro_are_one() -> None:
    """The micro sign and the Greek letter look the same."""
    assert same_spelling("µg/L") == same_spelling("μg/l") == same_spelling("ug/L")
