"""Days as a page prints them, in the language spoken now: `3 September 2026`, `3. September 2026`.

Text and JSON keep the form of the files (`2026-09-03`): there a day is compared and copied.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from escalate.texts import N_, _

_MONTHS = (
    N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"), N_("July"), N_("August"),
    N_("September"), N_("October"), N_("November"), N_("December"),
)  # fmt: skip
_SHORT = (
    N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun"), N_("Jul"), N_("Aug"), N_("Sep"),
    N_("Oct"), N_("Nov"), N_("Dec"),
)  # fmt: skip
_ISO = re.compile(r"(?<![\w-])((?:19|20)\d\d)-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?(?![\w-])")


def long_day(day: date) -> str:
    """The day with its month in letters.

    >>> long_day(date(2026, 9, 3))
    '3 September 2026'
    """
    return _("{day} {month} {year}").format(day=day.day, month=_(_MONTHS[day.month - 1]), year=day.year)


def short_days(spans: Iterable[tuple[date, date]]) -> str:
    """Days and spans of days in a row, each year named once.

    >>> one = date(2026, 12, 28)
    >>> short_days([(one, one), (one, date(2026, 12, 30)), (date(2027, 1, 4), date(2027, 1, 4))])
    '2026: 28 Dec, 28 Dec to 30 Dec; 2027: 4 Jan'
    """
    years: dict[int, list[str]] = {}
    for first, last in spans:
        said = _short(first)
        if last != first:
            said = _("{start} to {end}").format(start=said, end=_short(last))
        years.setdefault(first.year, []).append(said)
    return "; ".join(f"{year}: {', '.join(days)}" for year, days in years.items())


def _short(day: date) -> str:
    return _("{day} {month}").format(day=day.day, month=_(_SHORT[day.month - 1]))


def with_long_days(text: str) -> str:
    """A sentence of ours with its days and months written out.

    >>> with_long_days("on 2026-09-03, since 2025-11")
    'on 3 September 2026, since November 2025'
    """
    return _ISO.sub(_written, text)


def _written(found: re.Match[str]) -> str:
    year, month, day = found[1], int(found[2]), found[3]
    if day is None:
        return f"{_(_MONTHS[month - 1])} {year}"
    return _("{day} {month} {year}").format(day=int(day), month=_(_MONTHS[month - 1]), year=year)
