"""`knowledge/parameters/calendars.yaml` as typed entries: which words of a therapy stand for which days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from escalate.library.model import Library, Therapy
from escalate.nodes import Mapping as MappingNode
from escalate.nodes import Node, Scalar
from escalate.nodes import Sequence as SequenceNode
from escalate.problems import KnowledgeRefused, Problem, Span
from escalate.texts import _

KINDS = (
    "dose", "inpatient", "laboratory", "heart", "igg", "visit", "medication", "prophylaxis", "safety",
)  # fmt: skip
WITH = ("every_dose", "step_up_and_first_target", "step_up")
FILE = "knowledge/parameters/calendars.yaml"


@dataclass(frozen=True, slots=True)
class Timing:
    """When: as the head of calendars.yaml says; what is not given is None. Days count from the first dose."""

    with_: str | None = None
    stay_days: int | None = None
    lasts_days: int | None = None
    on_days: tuple[int, ...] | None = None
    between_days: tuple[int, ...] | None = None
    between_weeks: tuple[int, ...] | None = None
    after_every_dose: bool = False
    every_days: tuple[int, ...] | None = None
    every_weeks: tuple[int, ...] | None = None
    every_months: tuple[int, ...] | None = None
    from_week: int | None = None
    to_week: int | None = None
    from_month: int | None = None
    to_month: int | None = None
    times: int | None = None
    before_weeks: int | None = None
    after_last_dose_days: int | None = None
    after_last_dose_months: int | None = None

    def says_when(self) -> bool:
        """Whether there is anything to place an event by; no interval is empty, none is below a day."""
        intervals = [i for i in (self.every_days, self.every_weeks, self.every_months) if i is not None]
        windows = [w for w in (self.between_days, self.between_weeks) if w is not None]
        single = (self.with_, self.on_days, self.before_weeks)
        after = (self.after_last_dose_days, self.after_last_dose_months)
        given = [x for x in (*single, *after) if x is not None] or [*intervals, *windows]
        whole = all(interval and interval[0] >= 1 for interval in intervals)
        return bool(given) and whole and all(len(window) == 2 for window in windows)


class CalendarFault(ValueError):
    """An entry that nobody can place, or that the therapy does not say."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One quotation: `words` stand in `line`, one of the therapy's own; `when` is a condition or None."""

    words: str
    title: str
    kind: str
    line: str
    timing: Timing
    when: Node | None


_TIMES = frozenset(field.name for field in fields(Timing))
_OTHER = frozenset(("words", "title", "kind", "when"))


def entries_of(therapy: Therapy, library: Library) -> tuple[Entry, ...]:
    """The entries of a therapy, in the order of the file.

    Raises: KnowledgeRefused where the file holds what nobody reads, or quotes no line of the therapy.
    """
    calendars = library.parameters.get("calendars")
    held = calendars.get(therapy.id) if isinstance(calendars, Mapping) else None
    try:
        return tuple(entry_of(raw, therapy) for raw in (held if isinstance(held, list | tuple) else ()))
    except CalendarFault as fault:
        raise KnowledgeRefused([Problem(Span(FILE, 1, 1), "calendar", str(fault))]) from None


def lines_of(therapy: Therapy) -> tuple[str, ...]:
    """What an entry may quote."""
    return (therapy.dose, *therapy.monitoring, *therapy.prophylaxis)


def entry_of(raw: object, therapy: Therapy) -> Entry:
    """One entry. Raises: CalendarFault for what nobody reads, and for words that the therapy does not say."""
    if not isinstance(raw, Mapping) or not isinstance(raw.get("words"), str):
        raise CalendarFault(_("`{therapy}`: an entry has no `words`").format(therapy=therapy.id))
    words, where = raw["words"], f"`{therapy.id}`, `{raw['words']}`"
    times = {("with_" if key == "with" else key): value for key, value in raw.items() if key not in _OTHER}
    if unknown := sorted(times.keys() - _TIMES):
        raise CalendarFault(
            _("{where}: `{unknown}` is read by nobody").format(where=where, unknown=unknown[0])
        )
    line = next((line for line in lines_of(therapy) if words.casefold() in line.casefold()), None)
    if line is None:
        raise CalendarFault(_("{where}: these words stand in no line of the therapy").format(where=where))
    if raw.get("kind") not in KINDS or times.get("with_", WITH[0]) not in WITH:
        raise CalendarFault(_("{where}: `kind` or `with` is none of the known ones").format(where=where))
    try:
        timing = Timing(**{key: _typed(value) for key, value in times.items()})
    except ValueError:
        raise CalendarFault(_("{where}: days and weeks are whole numbers").format(where=where)) from None
    if not timing.says_when():
        raise CalendarFault(_("{where}: nothing says when").format(where=where))
    return Entry(
        words=words,
        title=str(raw.get("title") or words),
        kind=str(raw["kind"]),
        line=line,
        timing=timing,
        when=_node(raw["when"]) if "when" in raw else None,
    )


def _typed(value: object) -> Any:
    """A word, yes or no, a whole number or several; plain values of the file may still be texts."""
    if isinstance(value, list | tuple):
        return tuple(int(str(item)) for item in value)
    if isinstance(value, bool):
        return value
    text = str(value)
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.lstrip("-").isdigit() else text


def _node(value: object) -> Node:
    """A condition of the file as the language reads it."""
    at = Span(FILE, 1, 1)
    if isinstance(value, Mapping):
        return MappingNode(tuple((Scalar(str(k), at), _node(v)) for k, v in value.items()), at)
    if isinstance(value, list | tuple):
        return SequenceNode(tuple(_node(item) for item in value), at)
    return Scalar(str(value), at)
