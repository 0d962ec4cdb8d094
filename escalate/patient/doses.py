"""Dose texts of a history: `20 mg/week`, `2 g/kg/4 weeks`, `2 x 1 g`, `5 mg bid`, `375 mg/m2 weekly x 4`.

The whole text must be understood: `60 mg/day, tapered` or `about 20 mg` is no dose that could be compared,
and a number that could be a thousand or a one (`1.000 mg`, `1,000 mg`) is none either.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from escalate.truth import Truth, some


@dataclass(frozen=True, slots=True)
class Dose:
    """One dose: `low` to `high` mg (equal unless a range is written), per `kg`, `m2` or nothing.

    `count` is the number of doses, where one is written; `every_days` the interval between them.
    `times` of them are given in each interval (`5 mg bid`: 2 in 1 day). `may_be_split`: `2 x 10 mg/week`
    may be two in each week, or two weeks.
    """

    low: Decimal
    high: Decimal
    per: str = ""
    count: int | None = None
    every_days: Decimal | None = None
    times: int = 1
    may_be_split: bool = False


_A_DAY = (2, 3, 4)
_MILLIGRAMS = {"g": Decimal(1000), "mg": Decimal(1), "ug": Decimal("0.001"), "mcg": Decimal("0.001")}
# A month between two cycles is meant as four weeks: nobody writes the 2.4 days of difference.
_DAYS = {"day": Decimal(1), "week": Decimal(7), "month": Decimal(28)}
_PERIODS = {
    "day": "day", "days": "day", "d": "day", "tag": "day", "tage": "day", "tagen": "day",
    "week": "week", "weeks": "week", "wk": "week", "wks": "week", "w": "week", "woche": "week",
    "wochen": "week", "wo": "week", "month": "month", "months": "month", "mo": "month", "monat": "month",
    "monate": "month",
}  # fmt: skip
_ADVERBS = {
    "daily": "day", "täglich": "day", "tgl": "day", "qd": "day", "od": "day",
    "weekly": "week", "wöchentlich": "week", "qw": "week", "monthly": "month", "monatlich": "month",
}  # fmt: skip
_TIMES = {"once": 1, "twice": 2, "bid": 2, "bd": 2, "tid": 3, "tds": 3, "qid": 4, "qds": 4}

_PERIOD = "|".join(sorted(_PERIODS, key=len, reverse=True))
_ADVERB = "|".join(sorted(_ADVERBS, key=len, reverse=True))
_NUMBER = r"\d+(?:[.,]\d+)?"
_THINGS = r"(?:days?|tage|pulses?|doses?|infusions?|infusionen|cycles?|zyklen)?"
_TEXT = re.compile(
    rf"(?:(?P<lead>\d+) ?x ?)?(?P<low>{_NUMBER})(?: ?- ?(?P<high>{_NUMBER}))? ?(?P<unit>mg|g|ug|mcg)"
    rf"(?: ?/ ?(?P<per>kg|m2)\b)?"
    rf"(?: ?x ?(?P<middle>\d+) ?{_THINGS}(?![\w/]))?"
    rf"(?P<interval> ?(?:/|per|pro|every|alle|q) ?(?:(?P<number>\d+) ?)?(?P<period>{_PERIOD})\b"
    rf"| (?:(?P<often>\d) ?x ?/? ?|(?P<word>once|twice) )?(?P<adverb>{_ADVERB}|{_PERIOD})\b"
    rf"| (?P<short>bid|bd|tid|tds|qid|qds)\b"
    rf"| (?P<scheme>\d-\d-\d(?:-\d)?)"
    rf"| (?:on )?(?:days?|d) ?1 ?(?:and|und|&|\+|,) ?(?:days?|d)? ?1[45])?"
    rf"(?:,? ?x ?(?P<trail>\d+) ?{_THINGS})?"
)
# Morning, noon, evening and night, each with its amount: `1-0-1 g`, `75-0-75 mg/kg/day`.
_BY_THE_CLOCK = re.compile(
    rf"(?P<amounts>{_NUMBER}(?:-{_NUMBER}){{2,3}}) ?(?P<unit>mg|g|ug|mcg)(?: ?/ ?(?P<per>kg|m2)\b)?"
    rf"(?: ?(?:/|per|pro) ?(?:day|d|tag)| (?:daily|täglich|tgl))?"
)
_ROUTES = re.compile(r"\b(?:p\.?o|i\.?v|s\.?c|i\.?m|oral|orally|intravenous|subcutaneous)\b\.?")
_TWO_DAYS = re.compile(r" (?:on )?(?:days?|d) ?1 ?(?:and|und|&|\+|,) ?(?:days?|d)? ?1[45]")


@lru_cache(maxsize=1024)
def parse_dose(text: str) -> Dose | None:
    """The dose a text states, or None where it is not understood as a whole.

    >>> dose = parse_dose("2 g/kg/4 weeks")
    >>> dose.low, dose.per, dose.every_days
    (Decimal('2000'), 'kg', Decimal('28'))
    >>> parse_dose("60 mg/day, tapered") is None
    True
    """
    if len(text) > 200:
        return None
    plain = _plain(text)
    found = _TEXT.fullmatch(plain)
    if found is None:
        return _by_the_clock(plain)
    low, high = _number(found["low"]), _number(found["high"] or found["low"])
    if low is None or high is None or high < low:
        return None
    counts = [int(found[name]) for name in ("lead", "middle", "trail") if found[name]]
    if len(counts) > 1 or 0 in counts:
        return None
    factor = _MILLIGRAMS[found["unit"]]
    every, times = _interval(found)
    count = counts[0] if counts else None
    if found["interval"] and _TWO_DAYS.fullmatch(found["interval"]):
        count = 2
    if found["lead"] and every == 1 and times == 1:
        # `2 x 5 mg/day` is two a day; `6 x 750 mg/m2 every 4 weeks` are six in all.
        count, times = None, counts[0]
    may_be_split = bool(found["lead"]) and every is not None and count is not None
    return Dose(low * factor, high * factor, found["per"] or "", count, every, times, may_be_split)


def _by_the_clock(text: str) -> Dose | None:
    """The sum over the day of `1-0-1 g`; None where the numbers may be the steps of a taper."""
    found = _BY_THE_CLOCK.fullmatch(text)
    if found is None:
        return None
    amounts = [_number(part) for part in found["amounts"].split("-")]
    given = [amount for amount in amounts if amount is not None]
    in_steps = len({*given} - {Decimal(0)}) > 1 and given in (sorted(given), sorted(given, reverse=True))
    if len(given) < len(amounts) or not any(given) or in_steps:
        return None
    a_day = sum(given, Decimal(0)) * _MILLIGRAMS[found["unit"]]
    return Dose(a_day, a_day, found["per"] or "", None, Decimal(1))


def reaches(dose: Dose, minimum: tuple[Dose, ...], weight_kg: Decimal | None) -> Truth:
    """Whether a dose reaches one of the alternatives of a minimum.

    UNKNOWN where the written range lies across the minimum, where an interval or a number of doses is
    needed and not written, and where body weight (or body surface, which is never estimated) is missing.
    """
    same = [least for least in minimum if least.per == dose.per]
    return some(_reaches(dose, least, weight_kg) for least in same or minimum)


def _reaches(dose: Dose, least: Dose, weight_kg: Decimal | None) -> Truth:
    low, high, need = dose.low, dose.high, least.low
    if dose.per != least.per:
        if "m2" in (dose.per, least.per) or weight_kg is None:
            return Truth.UNKNOWN
        # Products only, on either side: a quotient would round the boundary away.
        if dose.per == "kg":
            low, high = low * weight_kg, high * weight_kg
        else:
            need *= weight_kg
    if least.count is not None:
        # A course is judged by its total; one amount without a number may be each or all.
        need *= least.count
        if dose.count is None:
            return Truth.TRUE if low >= need else Truth.UNKNOWN
        low, high = low * dose.count, high * dose.count
    elif least.every_days is not None:
        if dose.every_days is not None:
            low *= dose.times * least.every_days
            high *= dose.times * least.every_days * ((dose.count or 1) if dose.may_be_split else 1)
            need *= dose.every_days
        elif least.every_days == 1 and dose.count in _A_DAY:
            # Of a daily drug `2 x 1 g` can only be two a day.
            low, high = low * dose.count, high * dose.count
        else:
            return Truth.UNKNOWN
    if low >= need:
        return Truth.TRUE
    return Truth.FALSE if high < need else Truth.UNKNOWN


def _interval(found: re.Match[str]) -> tuple[Decimal | None, int]:
    if found["period"]:
        return _DAYS[_PERIODS[found["period"]]] * int(found["number"] or 1), 1
    if found["adverb"]:
        word = found["adverb"]
        period = _ADVERBS.get(word) or _PERIODS[word]
        return _DAYS[period], _TIMES.get(found["word"] or "", 0) or int(found["often"] or 1)
    if found["short"]:
        return Decimal(1), _TIMES[found["short"]]
    if found["scheme"]:
        return Decimal(1), sum(map(int, found["scheme"].split("-")))
    return None, 1


def _plain(text: str) -> str:
    for old, new in (("²", "2"), ("×", "x"), ("–", "-"), ("µ", "u"), ("μ", "u"), ("/m^2", "/m2")):
        text = text.replace(old, new)
    text = _ROUTES.sub(" ", text.casefold()).replace("b.i.d.", "bid").replace("t.i.d.", "tid")
    text = re.sub(r"\b(?:zweimal|2 ?mal)\b", "twice", re.sub(r"\beinmal\b", "once", text))
    text = re.sub(r"\bq(\d+)w\b", r"q \1 w", text).replace("tgl.", "tgl")
    return " ".join(text.split()).strip(" .,;")


def _number(text: str) -> Decimal | None:
    whole, _, part = text.replace(",", ".").partition(".")
    # Three digits after the mark are thousandths in one country and thousands in the other.
    if len(part) == 3 and whole != "0":
        return None
    return Decimal(f"{whole}.{part}") if part else Decimal(whole)
