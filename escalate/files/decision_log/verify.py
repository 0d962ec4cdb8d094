"""Whether a log is what was written: each entry altered, removed, inserted, reordered or cut off is named.

An entry is intact where its hash fits its text and the hash before it. Whoever alters an entry and hashes it
anew breaks the link of the next one, which still names the old hash; whoever hashes everything behind it
anew, or cuts off the end, is found only against a head that was kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from escalate.files.decision_log.chain import GENESIS, Head, Row, chained, plain
from escalate.texts import _


@dataclass(frozen=True, slots=True, order=True)
class Tampering:
    """One thing that was done to a log: `kind` is altered, removed, inserted, reordered or truncated."""

    number: int
    kind: str
    message: str


def in_words(one: Tampering) -> str:
    """One line for people."""
    return _("entry {number}: {kind}: {message}").format(
        number=one.number, kind=one.kind, message=one.message
    )


@dataclass(frozen=True, slots=True)
class _Read:
    row: Row
    number: int  # the entry's own; where its text cannot be trusted, that of its place
    intact: bool


def tamperings(rows: Iterable[Row], head: Head | None = None) -> tuple[Sequence[Tampering], Head]:
    """What was done to a log, by number, and its head as it stands now.

    Args: rows, in the order in which they are stored; head, the end of the log as it was once noted.
    """
    read = [_read(row) for row in rows]
    inserted = _inserted(read)
    strange = {id(r) for r in inserted}
    kept = [r for r in read if id(r) not in strange]
    found = [
        Tampering(r.number, "inserted", _("an entry that is not part of the chain was put in"))
        for r in inserted
    ]
    found += [
        Tampering(r.number, "altered", _("its hash does not fit its text")) for r in kept if not r.intact
    ]
    found += _replaced(kept)
    found += _removed(kept)
    found += _reordered(kept) or ([] if found else _renumbered(kept))
    last = max((r for r in kept if r.intact), key=lambda r: r.number, default=None)
    now = Head(last.row.hash, last.number) if last else Head(GENESIS, 0)
    if head is not None:
        found += _against(head, kept)
    return tuple(sorted(found)), now


def _read(row: Row) -> _Read:
    entry = plain(row.text)
    number = entry.get("number") if entry is not None else None
    intact = chained(row.previous, row.text) == row.hash and type(number) is int
    return _Read(row, number if intact and isinstance(number, int) else row.place, intact)


def _inserted(read: Sequence[_Read]) -> list[_Read]:
    """Entries sound in themselves that hang on the wrong one, or beside the one the chain goes through."""
    number_of = {r.row.hash: r.number for r in read if r.intact}
    linked = {r.row.previous for r in read}
    beside: dict[int, list[_Read]] = {}
    for one in read:
        if one.intact:
            beside.setdefault(one.number, []).append(one)
    found = []
    for same in beside.values():
        # The one that the chain goes through; where nothing hangs on any of them, the one stored first.
        true = next((r for r in same if r.row.hash in linked), same[0])
        for one in same:
            hangs_on = number_of.get(one.row.previous, one.number - 1)
            if one is not true or hangs_on != one.number - 1:
                found.append(one)
    return found


def _replaced(kept: Sequence[_Read]) -> list[Tampering]:
    """Entries that were hashed anew: the next one still names another hash."""
    at = {r.number: r for r in kept}
    found = []
    for one in kept:
        after = at.get(one.number + 1)
        if one.intact and after is not None and after.intact and after.row.previous != one.row.hash:
            said = _("it was altered or exchanged and hashed anew: entry {next} was chained to another one")
            found.append(Tampering(one.number, "altered", said.format(next=after.number)))
        if one.number == 1 and one.intact and one.row.previous != GENESIS:
            found.append(Tampering(1, "altered", _("it does not begin the chain")))
    return found


def _removed(kept: Sequence[_Read]) -> Iterator[Tampering]:
    present = {r.number for r in kept}
    for number in range(1, max(present, default=0)):
        if number not in present:
            yield Tampering(number, "removed", _("there is no such entry, and there are later ones"))


def _reordered(kept: Sequence[_Read]) -> list[Tampering]:
    found, highest = [], 0
    for one in kept:
        if one.number < highest:
            said = _("it stands at place {place}, behind entry {other}")
            message = said.format(place=one.row.place, other=highest)
            found.append(Tampering(one.number, "reordered", message))
        highest = max(highest, one.number)
    return found


def _renumbered(kept: Sequence[_Read]) -> list[Tampering]:
    """Entries in their order, but under other numbers than their own."""
    said = _("it stands at place {place}")
    return [
        Tampering(r.number, "reordered", said.format(place=r.row.place))
        for r in kept
        if r.number != r.row.place
    ]


def _against(head: Head, kept: Sequence[_Read]) -> Iterator[Tampering]:
    """Whether the log still holds the entry that once was its last."""
    highest = max((r.number for r in kept), default=0)
    if highest < head.count:
        said = _("the log ends with entry {last}; its head says that there were {count}")
        yield Tampering(highest + 1, "truncated", said.format(last=highest, count=head.count))
    elif head.count and not any(r.number == head.count and r.row.hash == head.hash for r in kept):
        yield Tampering(
            head.count, "altered", _("the head names another hash: this entry or one before it was rewritten")
        )
    elif not head.count and head.hash != GENESIS:
        yield Tampering(1, "altered", _("the head of an empty log is {hash}").format(hash=GENESIS))
