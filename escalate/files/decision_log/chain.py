"""How entries hang together: canonical JSON, and the SHA-256 over the last hash and the own text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

GENESIS = "0" * 64
"""What stands for the hash before the first entry."""


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as it is stored. `place` is the number it stands under; its own is in the text."""

    place: int
    previous: str
    hash: str
    text: str


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a log: what an auditor writes down, to find a cut-off end later."""

    hash: str
    count: int

    def __str__(self) -> str:
        return f"{self.hash}:{self.count}"


def canonical(entry: Mapping[str, object]) -> str:
    """The one text of an entry: keys sorted, no blanks, ASCII only, so that no database encoding changes it.

    >>> canonical({"number": 1, "kind": "decision"})
    '{"kind":"decision","number":1}'
    """
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def chained(previous: str, text: str) -> str:
    """The hash of an entry, in hex, from the hash before it and its canonical text."""
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def next_row(last: Row | None, entry: Mapping[str, object]) -> Row:
    """The row that goes behind `last` (None: an empty log); it gives the entry its number."""
    place = 1 if last is None else last.place + 1
    previous = GENESIS if last is None else last.hash
    text = canonical({**entry, "number": place})
    return Row(place, previous, chained(previous, text), text)


def plain(text: str) -> dict[str, object] | None:
    """The entry that a text holds; None where it is no JSON object, or names a key twice."""
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    held = dict(pairs)
    if len(held) != len(pairs):
        raise ValueError("a key stands twice")
    return held
