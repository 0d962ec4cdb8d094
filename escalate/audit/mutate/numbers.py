"""Each number, each member of a list and each mark of knowledge/parameters/, changed by itself.

Which way a number is stricter says `overlayable` for those that a centre may set: towards the other way it is
a safety mutant. Of all others nothing says which way is safe, so both ways count as such, as in `kb diff`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fnmatch import fnmatchcase

from escalate.language.names import plain
from escalate.library.languages import TEXT_KEYS
from escalate.library.model import Library
from escalate.texts import _

Path = tuple[str, ...]
# Words, not quantities: what something is called, where it stands, and which class or way it names.
_WORDS = frozenset(
    (*TEXT_KEYS, "de", "basis", "source", "because", "note", "label", "says", "spellings", "class")
)
_QUANTITY = re.compile(r"\d")  # what begins with a number; `PL-7` is a name
_NUMBER = re.compile(r"(?<![a-z])\d+(?:\.\d+)?")  # not the 2 of m2
_ITSELF = "overlayable"
# Read by no rule: the days that are printed of an open option. tests/test_calendar.py holds each number
# to the words that it stands for.
_DATES = "calendars"


def parameter_changes(library: Library) -> Iterator[tuple[Path, str, Mapping[str, object], bool | None]]:
    """For each change its place, what it is, all parameters with it, and whether it loosens (None: nothing
    says so)."""
    ways = library.parameters.get(_ITSELF)
    for path, value in _leaves(library.parameters, ()):
        way = _way(ways if isinstance(ways, Mapping) else {}, path)
        for said, other, higher in _others(value):
            now = _with(library.parameters, path, other)
            if isinstance(now, Mapping):
                yield path, said, now, None if way is None else (way == "higher") is not higher


def _leaves(value: object, path: Path) -> Iterator[tuple[Path, object]]:
    """Every text and every list of words, with the keys that lead to it."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in _WORDS and (path or key not in (_ITSELF, _DATES)):
                yield from _leaves(inner, (*path, str(key)))
    elif isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
        for number, item in enumerate(value):
            yield from _leaves(item, (*path, str(number)))
    else:
        yield path, value


def _others(value: object) -> Iterator[tuple[str, object, bool | None]]:
    """What may stand there instead; True or False where it is higher or lower."""
    if not isinstance(value, list | tuple):
        if str(value) == "true":
            yield _("without the mark"), _GONE, None
        yield from _numbers(value)
        return
    for place, item in enumerate(value):
        before, after = value[:place], value[place + 1 :]
        if len(value) > 1 and not isinstance(item, Decimal):
            yield _("without `{part}`").format(part=item), [*before, *after], None
        for said, other, higher in _numbers(item):
            yield said, [*before, other, *after], higher


def _numbers(value: object) -> Iterator[tuple[str, object, bool]]:
    """A quantity (`2 x 1 g`) with one of its numbers a step lower or higher: 1 in the last place."""
    text = plain(value) if isinstance(value, Decimal) else str(value)
    for found in _NUMBER.finditer(text) if _QUANTITY.match(text) else ():
        number = Decimal(found[0])
        step = Decimal(1).scaleb(min(int(number.as_tuple().exponent), 0))
        for other in (number - step, number + step):
            if other > 0:
                said = f"{text[: found.start()]}{plain(other)}{text[found.end() :]}"
                yield f"{text} -> {said}", other if isinstance(value, Decimal) else said, other > number


_GONE = object()


def _with(value: object, path: Path, other: object) -> object:
    """The same with another value at one place."""
    if not path:
        return other
    head, *rest = path
    if isinstance(value, Mapping):
        inner = _with(value[head], tuple(rest), other)
        return {
            key: inner if key == head else old
            for key, old in value.items()
            if key != head or inner is not _GONE
        }
    if isinstance(value, list | tuple):
        return [_with(item, tuple(rest), other) if str(n) == head else item for n, item in enumerate(value)]
    raise TypeError(f"nothing stands under {head}")


def _way(ways: Mapping[str, object], path: Path) -> str | None:
    """`higher` or `lower`, whichever is stricter; None where nothing says so."""
    found = (str(way) for key, way in ways.items() if fnmatchcase(".".join(path), str(key)))
    return next(found, None)
