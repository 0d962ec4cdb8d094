"""Which stated facts differ between two patient files; entries of lists are paired by what they are about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_LISTS = {"antibodies": "name", "therapies": "drug"}
_Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FactChange:
    """A field, or `therapies[rituximab].response` of an entry: its value before and now; None is unknown.

    Of an entry that came or went (`therapies[rituximab]`) the value is all that it states.
    """

    fact: str
    before: object
    now: object


def changed_facts(
    old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> tuple[FactChange, ...] | None:
    """The differences by name, those of the lists behind; None where one side does not hold its facts."""
    if old is None or new is None:
        return None
    names = sorted((old.keys() | new.keys()) - _LISTS.keys())
    plain = [FactChange(n, old.get(n), new.get(n)) for n in names if old.get(n) != new.get(n)]
    lists = [c for name, key in _LISTS.items() for c in _entries(name, key, old.get(name), new.get(name))]
    return (*plain, *lists)


def _entries(name: str, key: str, old: Any, new: Any) -> Iterator[FactChange]:
    if old is None or new is None:
        if old is not new:
            # The whole list became known or unknown: named by what is in it, not entry by entry.
            yield FactChange(name, _short(old, key), _short(new, key))
        return
    for before, now in _pairs(old, new, key):
        label = f"{name}[{(before or now or {})[key]}]"
        if before is None or now is None:
            yield FactChange(label, before and dict(before), now and dict(now))
            continue
        for part in sorted(before.keys() | now.keys()):
            if before.get(part) != now.get(part):
                yield FactChange(f"{label}.{part}", before.get(part), now.get(part))


def _short(entries: Sequence[_Entry] | None, key: str) -> list[str] | None:
    return None if entries is None else [str(entry[key]) for entry in entries]


def _pairs(
    old: Sequence[_Entry], new: Sequence[_Entry], key: str
) -> Iterator[tuple[_Entry | None, _Entry | None]]:
    """Each entry with the one it was: the very same first, then the same drug and start, then drug."""
    left, right = list(old), list(new)
    paired: list[tuple[_Entry, _Entry]] = []
    same_start = (key, "started_on")
    for parts in (None, same_start, (key,)):
        for now in list(right):
            before = next((entry for entry in left if _alike(entry, now, parts)), None)
            if before is not None:
                # By position, not by value: two equal entries are two.
                left.pop(next(i for i, entry in enumerate(left) if entry is before))
                right.pop(next(i for i, entry in enumerate(right) if entry is now))
                paired.append((before, now))
    yield from ((before, now) for before, now in paired if before != now)
    yield from ((None, now) for now in right)
    yield from ((before, None) for before in left)


def _alike(one: _Entry, other: _Entry, parts: Sequence[str] | None) -> bool:
    if parts is None:
        return one == other
    return all(one.get(part) == other.get(part) for part in parts)
