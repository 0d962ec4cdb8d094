"""Doses as people write them: "0.06 mg/kg @0", "8 mg/kg over 1 h @0", "5 mg every 12 h x14 @0".

An entry is an amount with its unit, per kg or m2 where written so, then any of these in any order:
`sc`, `iv` or `oral`; `over` a duration; `every` an interval `x` a count; `@` one or several times;
`skip 2,3` for doses of a series that were missed; `delay 3 by 4 d` for one that came late, and with it
all that follow. A rate (`28 ug/day over 28 days @0`) is an amount times its duration. Times are days from
the first dose unless another unit is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import NamedTuple

from escalate.pk.definition import MG_PER
from escalate.texts import N_, _

_NUMBER = r"[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+|nan|inf)"
_AMOUNT = re.compile(rf"({_NUMBER})\s*([a-zµ]+)((?:/[a-z0-9²]+)*)\s*", re.I)
# The unit of a time, which the next clause may follow without one.
_UNIT = r"(?:(?!(?:sc|iv|oral|po|over|every|q|skip|delay)\b)[a-z]+)?"
_CLAUSES = {
    "route": re.compile(r"(sc|iv|oral|po)\b\s*", re.I),
    "over": re.compile(rf"over\s+({_NUMBER})\s*([a-z]+)\s*", re.I),
    "repeat": re.compile(rf"(?:every|q)\s*({_NUMBER})\s*([a-z]+)\s*x\s*({_NUMBER})\s*", re.I),
    "skip": re.compile(r"skip\s+(\d+(?:\s*,\s*\d+)*)\s*", re.I),
    "delay": re.compile(rf"delay\s+(\d+)\s+by\s+({_NUMBER})\s*([a-z]+)\s*", re.I),
    "times": re.compile(rf"@\s*({_NUMBER}\s*{_UNIT}(?:\s*,\s*{_NUMBER}\s*{_UNIT})*)\s*", re.I),
}
_DAYS = {
    **dict.fromkeys(("", "d", "day", "days"), 1.0),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 1.0 / 24.0),
    **dict.fromkeys(("min", "minute", "minutes"), 1.0 / 1440.0),
    **dict.fromkeys(("w", "wk", "week", "weeks"), 7.0),
}
_AMOUNTS = {**MG_PER, "µg": MG_PER["ug"], "mcg": MG_PER["ug"]}
_ROUTES = {"po": "oral"}
_MOST_DOSES = 10_000
_THE_TIME = N_("the time")


class Given(NamedTuple):
    """One administration: `amount` in `unit`s of mg, per kg, per m2 or flat; 0 days long is a bolus.

    `duration_days` is negative where the model's own duration of input is meant (RATE = -2).
    `entry` names where it was written, for messages. `resets`: what was given before is taken out first.
    `sized`: what a flat amount was computed from, `kg`, `m2` or nothing.
    `steady_every_days` above 0: the same has been given at this interval for long (infinite: `amount_mg`
    a day runs without end up to now, and no dose follows).
    """

    day: float
    amount_mg: float
    per: str
    route: str
    duration_days: float
    entry: str
    resets: bool = False
    steady_every_days: float = 0.0
    sized: str = ""


class BadDose(ValueError):
    """What is wrong with which entry."""


def read_entries(texts: Sequence[str]) -> tuple[Given, ...]:
    """Every administration of these entries, in order of time.

    Raises: BadDose that names the entry.

    >>> [(g.day, g.amount_mg, g.per) for g in read_entries(["0.3 mg/kg @3", "1.5 mg/kg every 7 d x2 @6"])]
    [(3.0, 0.3, 'kg'), (6.0, 1.5, 'kg'), (13.0, 1.5, 'kg')]
    """
    out: list[Given] = []
    before = -1.0
    for number, text in enumerate(texts, 1):
        name = _("dose {number} (`{text}`)").format(number=number, text=text)
        given = _read(text, name)
        if given[0].day < before:
            raise BadDose(
                _("{name}: begins before the entry above it; write doses in the order of time").format(
                    name=name
                )
            )
        before = given[0].day
        out += given
    return tuple(sorted(out, key=lambda g: g.day))


def _read(text: str, name: str) -> list[Given]:
    head = _AMOUNT.match(text.strip())
    if head is None:
        raise BadDose(_("{name}: begins with no amount and unit, as in `0.3 mg/kg @3`").format(name=name))
    amount = _finite(head[1], N_("the amount"), name)
    unit = head[2] if head[2] in _AMOUNTS else head[2].lower()
    if unit not in _AMOUNTS:
        raise BadDose(
            _("{name}: `{unit}` is not a unit of amount (ug, mg, g)").format(name=name, unit=head[2])
        )
    per, rate_days = _denominators(head[3], name)
    found = _clauses(text.strip()[head.end() :], name)
    if "times" not in found:
        raise BadDose(_("{name}: no time; write `@0` for the first dose").format(name=name))
    over = found.get("over")
    duration = _days(over[1], over[2], N_("the duration"), name) if over else 0.0
    if "over" in found and duration == 0.0:
        raise BadDose(_("{name}: the duration is 0; leave `over` out for a bolus").format(name=name))
    if rate_days:
        if not duration:
            raise BadDose(
                _("{name}: a rate needs its duration, as in `28 ug/day over 28 days @0`").format(name=name)
            )
        amount *= duration / rate_days
    route = found["route"][1].lower() if "route" in found else ""
    mg = amount * _AMOUNTS[unit]
    days = _times(found["times"][1], name)
    if "repeat" in found:
        days = _repeated(days, found["repeat"], duration, name)
    days = _as_it_went(days, found, name)
    return [Given(day, mg, per, _ROUTES.get(route, route), duration, name) for day in days]


def _clauses(rest: str, name: str) -> dict[str, re.Match[str]]:
    found: dict[str, re.Match[str]] = {}
    while rest:
        matches = ((kind, pattern.match(rest)) for kind, pattern in _CLAUSES.items())
        kind, match = next(((kind, m) for kind, m in matches if m is not None), ("", None))
        if match is None:
            raise BadDose(
                _(
                    "{name}: `{rest}` is not understood (sc, iv, oral, over, every ... x, @, skip, delay)"
                ).format(name=name, rest=rest.strip())
            )
        if kind in found:
            raise BadDose(
                _("{name}: `{match}` says a second time what was said before").format(
                    name=name, match=match[0].strip()
                )
            )
        found[kind] = match
        rest = rest[match.end() :]
    return found


def _denominators(text: str, name: str) -> tuple[str, float]:
    """Per kg or m2 or flat, and the days of a rate's unit, 0 for none."""
    per, rate_days = "", 0.0
    for part in text.lower().split("/")[1:]:
        part = "m2" if part == "m²" else part
        if part in ("kg", "m2") and not per:
            per = part
        elif part in _DAYS and not rate_days:
            rate_days = _DAYS[part]
        else:
            raise BadDose(_("{name}: `/{part}` is not /kg, /m2, /h or /day").format(name=name, part=part))
    return per, rate_days


def _times(text: str, name: str) -> list[float]:
    days = []
    for part in text.split(","):
        match = re.fullmatch(rf"\s*({_NUMBER})\s*([a-z]*)\s*", part, re.I)
        if match is None:
            raise BadDose(_("{name}: `{part}` is no time").format(name=name, part=part.strip()))
        days.append(_days(match[1], match[2], _THE_TIME, name))
        if len(days) > 1 and days[-1] <= days[-2]:
            raise BadDose(_("{name}: the times do not ascend").format(name=name))
    return days


def _repeated(days: list[float], match: re.Match[str], duration: float, name: str) -> list[float]:
    interval = _days(match[1], match[2], N_("the interval"), name)
    count = _finite(match[3], N_("the count"), name)
    if interval <= 0.0 or count != int(count) or not 1 <= count <= _MOST_DOSES:
        raise BadDose(
            _("{name}: an interval above 0 and a whole count from 1 to {most_doses} are needed").format(
                name=name, most_doses=_MOST_DOSES
            )
        )
    if duration > interval and count > 1:
        raise BadDose(_("{name}: the infusion is longer than its interval").format(name=name))
    if len(days) > 1:
        raise BadDose(_("{name}: several times and a repetition; write one or the other").format(name=name))
    return [days[0] + i * interval for i in range(int(count))]


def _as_it_went(days: list[float], found: Mapping[str, re.Match[str]], name: str) -> list[float]:
    """The days of a series with a delay and without the doses that were missed, counted from 1."""
    if "delay" in found:
        late = int(found["delay"][1])
        if not 1 <= late <= len(days):
            raise BadDose(
                _("{name}: there is no dose {late} to delay; there are {count}").format(
                    name=name, late=late, count=len(days)
                )
            )
        by = _days(found["delay"][2], found["delay"][3], N_("the delay"), name)
        days = [day + by if i >= late else day for i, day in enumerate(days, 1)]
    if "skip" in found:
        missed = {int(part) for part in found["skip"][1].split(",")}
        if not missed <= set(range(1, len(days) + 1)) or len(missed) == len(days):
            listed = ", ".join(map(str, sorted(missed)))
            raise BadDose(
                _("{name}: dose {listed} cannot be skipped; there are {count}, and one must stay").format(
                    name=name, listed=listed, count=len(days)
                )
            )
        days = [day for i, day in enumerate(days, 1) if i not in missed]
    return days


def _days(number: str, unit: str, what: str, name: str) -> float:
    value = _finite(number, what, name)
    if unit.lower() not in _DAYS:
        raise BadDose(
            _("{name}: `{unit}` is not a unit of time (min, h, d, wk)").format(name=name, unit=unit)
        )
    return value * _DAYS[unit.lower()]


def _finite(number: str, what: str, name: str) -> float:
    value = float(number)
    if not isfinite(value):
        raise BadDose(_("{name}: {what} is no number").format(name=name, what=_(what)))
    if value < 0.0:
        if what == _THE_TIME:
            raise BadDose(_("{name}: the time lies before the first dose").format(name=name))
        raise BadDose(_("{name}: {what} is negative").format(name=name, what=_(what)))
    return value
