"""One value for each field: the newest wins; what differs or cannot be read leaves the field unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from escalate.fhir.model import Candidate
from escalate.texts import _


@dataclass(frozen=True, slots=True)
class Chosen:
    """What became of the candidates: the winners, and for each other one why it is not taken."""

    winners: tuple[Candidate, ...]
    passed_over: tuple[tuple[Candidate, str], ...]  # older
    conflicting: tuple[tuple[Candidate, str], ...]  # nobody can say which of them holds
    unread: tuple[tuple[Candidate, str], ...]  # no readable one is newer
    unsettled: tuple[str, ...]  # the fields that stay unknown for it
    notes: tuple[str, ...]


def choose(candidates: Iterable[Candidate], values: Mapping[int, object]) -> Chosen:
    """The newest candidate of each field, in the order in which the fields first came.

    Args: values, by `id` of a candidate: its value as the patient reader takes it, to tell whether two say
    the same (`0.5 g/dL` and `5 g/L`). One that cannot be read has none.
    """
    by_field: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        by_field.setdefault(candidate.field, []).append(candidate)
    winners: list[Candidate] = []
    passed: list[tuple[Candidate, str]] = []
    conflicting: list[tuple[Candidate, str]] = []
    unread: list[tuple[Candidate, str]] = []
    unsettled: list[str] = []
    notes: list[str] = []
    for field, group in by_field.items():
        best, older = _best(group)
        lost = [one for one in best if one.unread]
        if lost:
            rivalled = best[0].indirect and not lost[0].indirect
            note = _differ(field, best) if rivalled else _lost(field, lost)
            notes.append(note)
            unsettled.append(field)
            said = _("{field} stays unknown: nothing that is read is newer").format(field=field)
            unread += [(one, said) for one in lost]
            conflicting += [(one, note) for one in best if not one.unread]
            passed += [(one, note) for one in older]
            continue
        alike = {_key(values[id(one)]) for one in best}
        labels = paths(one.item.path for one in best)
        if len(alike) > 1:
            unsettled.append(field)
            note = _differ(field, best)
            notes.append(note)
            conflicting += [(one, note) for one in best]
        else:
            winners.append(best[0])
            passed += [(one, _("the same as {entry}").format(entry=best[0].item.path)) for one in best[1:]]
        for one in older:
            if one.indirect and not best[0].indirect:
                said = _("{field}: {entries} measures it itself, and decides").format(
                    field=field, entries=labels
                )
                passed.append((one, said))
                continue
            said = _("{field}: a newer value stands in {entries}").format(field=field, entries=labels)
            passed.append((one, said))
            if _is_another_result(one, best, values):
                # The newest is read as of every field; of an antibody the board should know of both.
                said = _("{field}: {older} of {day} says {word}; the newer {entries} is read")
                day = one.when.given if one.when else "?"
                word = one.told.text
                notes.append(
                    said.format(field=field, older=one.item.path, day=day, word=word, entries=labels)
                )
                continue
            if not one.unread and _same_day(one, best[0]) and _key(values[id(one)]) not in alike:
                said = _("{field}: {older} and {entries} are of one day and differ; the later one is read")
                notes.append(said.format(field=field, older=one.item.path, entries=labels))
    return Chosen(
        tuple(winners), tuple(passed), tuple(conflicting), tuple(unread), tuple(unsettled), tuple(notes)
    )


def _lost(field: str, lost: list[Candidate]) -> str:
    message = _("{field} stays unknown: nothing that is read is newer than {entries}: {reason}")
    return message.format(field=field, entries=paths(one.item.path for one in lost), reason=lost[0].unread)


def _differ(field: str, best: list[Candidate]) -> str:
    if len({one.indirect for one in best}) > 1:
        message = _("{field}: {entries} differ, and the first does not measure it itself; it stays unknown")
        return message.format(field=field, entries=paths(one.item.path for one in best))
    message = _("{field}: {entries} differ, and none is certainly the newest; it stays unknown")
    return message.format(field=field, entries=paths(one.item.path for one in best))


def _best(group: list[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
    """The newest and the rest; what measures the field itself is never older than what does not.

    Up to its day it decides alone; what may be later stands beside it, as the first, and must not differ.
    """
    direct = [one for one in group if not one.indirect]
    if not direct or len(direct) == len(group):
        return _newest(group)
    measured, _older = _newest(direct)
    rivals = [one for one in group if one.indirect and _may_be_later(one, measured)]
    newest, _rest = _newest(rivals)
    best = [*newest, *measured]
    kept = {id(one) for one in best}
    return best, [one for one in group if id(one) not in kept]


def _may_be_later(one: Candidate, measured: list[Candidate]) -> bool:
    moments = [other.when for other in measured]
    return one.when is None or any(when is None or one.when.last > when.last for when in moments)


def _newest(group: list[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
    """Those than which none is certainly newer, and the rest; in one pass, for records can be long.

    What has no day may be newer than everything that has one; the dated ones come first.
    """
    dated = [one.when for one in group if one.when is not None]
    if not dated:
        return group, []
    latest = max(moment.first for moment in dated)
    # Of two instants the zones may make the earlier day the later moment; of all others the days decide.
    latest_day = max((moment.first for moment in dated if moment.instant is None), default=None)
    latest_instant = max((moment.instant for moment in dated if moment.instant is not None), default=None)

    def is_best(one: Candidate) -> bool:
        if one.when is None:
            return True
        moment = one.when.instant
        if moment is None or latest_instant is None:
            return one.when.last >= latest
        return moment >= latest_instant and (latest_day is None or one.when.last >= latest_day)

    best = sorted((one for one in group if is_best(one)), key=lambda one: one.when is None)
    return best, [one for one in group if not is_best(one)]


def paths(entries: Iterable[str]) -> str:
    """The first five of some entries, and how many more."""
    every = list(entries)
    shown = ", ".join(every[:5])
    return (
        shown if len(every) <= 5 else _("{shown} and {count} more").format(shown=shown, count=len(every) - 5)
    )


def _is_another_result(one: Candidate, best: list[Candidate], values: Mapping[int, object]) -> bool:
    if not one.field.startswith("antibodies[") or one.unread:
        return False
    return _key(values[id(one)]) not in {_key(values[id(other)]) for other in best}


def _same_day(one: Candidate, other: Candidate) -> bool:
    return one.when is not None and other.when is not None and one.when.first == other.when.first


def _key(value: object) -> str:
    return repr(value)
