"""Units as files write them, and the exact conversions between those of one field.

A conversion between amounts of substance and mass holds for one analyte only, so it is keyed by the
field. Source of every factor: dossier 4.1, unit traps (its molar masses are the usual rounded ones);
the rest are powers of ten and definitions.
"""

from __future__ import annotations

import re
from decimal import Context, Decimal
from functools import lru_cache

# 1 of the first unit is `times / divided_by` of the second.
_Factor = tuple[Decimal, Decimal]


def _factor(times: str, divided_by: str = "1") -> _Factor:
    return Decimal(times), Decimal(divided_by)


_SAME = _factor("1")

# By definition, whatever is measured.
_CONVERSIONS: dict[tuple[str, str], _Factor] = {
    ("µkat/L", "U/L"): _factor("60"),
    ("g", "kg"): _factor("1", "1000"),
    ("m", "cm"): _factor("100"),
    ("kPa", "mmHg"): _factor("7.5"),
    ("mg/dL", "g/L"): _factor("1", "100"),
    ("mg/dL", "mg/L"): _factor("10"),
    ("g/L", "g/dL"): _factor("1", "10"),
    ("ng/mL", "ng/L"): _factor("1000"),
    ("µg/L", "ng/L"): _factor("1000"),
    ("ng/mL", "µg/L"): _SAME,
    ("µg/L", "ng/mL"): _SAME,
    ("ng/L", "pg/mL"): _SAME,
    ("/µL", "/nL"): _factor("1", "1000"),
    ("G/L", "/nL"): _SAME,
    ("10^9/L", "/nL"): _SAME,
}

# By the mass of one analyte: (field, unit in the file).
_SUBSTANCES: dict[tuple[str, str], _Factor] = {
    ("labs.creatinine_umol_per_l", "mg/dL"): _factor("88.4"),
    ("labs.bilirubin_mg_per_dl", "µmol/L"): _factor("1", "17.1"),
    ("labs.bilirubin_uln_mg_per_dl", "µmol/L"): _factor("1", "17.1"),
    ("labs.haemoglobin_g_per_dl", "mmol/L"): _factor("1.61"),  # of the monomer
    ("heart.nt_probnp.pg_per_ml", "pmol/L"): _factor("8.457"),
}

# Further spellings of a unit. `IU` of an enzyme activity is its U; titres in IU/mL are kept apart.
_SPELLINGS = {
    "IU/L": "U/L",
    "x10^9/L": "10^9/L",
    "*10^9/L": "10^9/L",
    "×10^9/L": "10^9/L",
    "10*9/L": "10^9/L",
    "10⁹/L": "10^9/L",
    "10e9/L": "10^9/L",
    "Gpt/L": "G/L",
    "cells/µL": "/µL",
    "Zellen/µL": "/µL",
    "/mm3": "/µL",
    "/mm³": "/µL",
    "/mm^3": "/µL",
    "cells/nL": "/nL",
    "Tsd/µL": "/nL",
    "K/µL": "/nL",
    "10^3/µL": "/nL",
    "10³/µL": "/nL",
    "IE/mL": "IU/mL",
    "mIU/L": "mU/L",
    "mE/L": "mU/L",
    "mL/min/1.73m²": "mL/min/1.73m2",
    "mL/min/1.73m^2": "mL/min/1.73m2",
    "mL/min": "mL/min/1.73m2",
    "mm[Hg]": "mmHg",
    "Torr": "mmHg",
    "C": "°C",
    "Cel": "°C",
    "Liter": "L",
    "litre": "L",
    "liter": "L",
    "percent": "%",
    "Prozent": "%",
    "year": "years",
    "Jahre": "years",
    "Jahr": "years",
    "y": "years",
    "month": "months",
    "Monate": "months",
    "Monat": "months",
    "week": "weeks",
    "Wochen": "weeks",
    "Woche": "weeks",
    "mg/d": "mg/day",
    "mg/Tag": "mg/day",
}

_DIGITS = Context(prec=12)
_BLANKS = re.compile(r"\s+")
_MICRO = re.compile(r"(?:^|(?<=/))u(?=(?:kat|g|mol|l|L)\b)")
_LITRES = re.compile(r"(?<=[/dmnµ])l\b|^l$")
_LONGEST_KEPT = 40  # a stranger's text is not kept


def same_spelling(unit: str) -> str:
    """The project's spelling of a unit: `ukat/l` is `µkat/L`, `Tsd/µl` is `/nL`; others as they are.

    >>> same_spelling("ukat/l"), same_spelling("10*9/l"), same_spelling("mg / dl")
    ('µkat/L', '10^9/L', 'mg/dL')
    """
    return _kept_spelling(unit) if len(unit) <= _LONGEST_KEPT else _spelling(unit)


def _spelling(unit: str) -> str:
    # Two code points look the same: the micro sign and the Greek letter.
    plain = _BLANKS.sub("", unit).replace("μ", "µ").replace("mcg", "µg")
    plain = _LITRES.sub("L", _MICRO.sub("µ", plain))
    return _SPELLINGS.get(plain, plain)


_kept_spelling = lru_cache(maxsize=512)(_spelling)  # a record names the same few units a thousand times


def convert(number: Decimal, unit: str, to: str, field: str) -> Decimal | None:
    """The number in the unit `to` of a field; None where there is no such conversion.

    Exact, except that a division which does not end is rounded to 12 digits.

    >>> convert(Decimal(65), "ukat/L", "U/L", "muscle.ck_u_per_l")
    Decimal('3900')
    >>> convert(Decimal("34.2"), "µmol/L", "mg/dL", "labs.bilirubin_mg_per_dl")
    Decimal('2')
    """
    given = same_spelling(unit)
    if given == same_spelling(to):
        return number
    factor = _SUBSTANCES.get((field, given)) or _CONVERSIONS.get((given, to))
    if factor is None:
        return None
    times, divided_by = factor
    product = number * times
    return product if divided_by == 1 else _DIGITS.divide(product, divided_by)
