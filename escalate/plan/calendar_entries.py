"""`knowledge/parameters/calendars.yaml` as typed entries: which words of a therapy stand for which days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, cast

from escalate.library.model import Library, Therapy
from escalate.nodes import Mapping as MappingNode
from escalate.nodes import Node, Scalar
from escalate.nodes import Sequence as SequenceNode
from escalate.problems import InternalFault, Span
from escalate.texts import _

KINDS = (
    "dose", "inpatient", "laboratory", "heart", "igg", "visit", "medication", "prophylaxis", "safety",
)  # fmt: skip
WITH = ("every_dose", "step_up_and_first_target", "step_up")
_FILE = "knowledge/parameters/calendars.yaml"


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

    Raises: InternalFault where the file holds what nobody reads, or quotes no line of the therapy.
    """
    calendars = library.parameters.get("calendars")
    held = calendars.get(therapy.id) if isinstance(calendars, Mapping) else None
    if held is None:
        return ()
    if not isinstance(held, Sequence) or isinstance(held, str):
        raise InternalFault(_("{file}: `{therapy}` holds no list").format(file=_FILE, therapy=therapy.id))
    return tuple(_entry(cast("Mapping[str, Any]", raw), therapy) for raw in held)


def lines_of(therapy: Therapy) -> tuple[str, ...]:
    """What an entry may quote."""
    return (therapy.dose, *therapy.monitoring, *therapy.prophylaxis)


def _entry(raw: Mapping[str, Any], therapy: Therapy) -> Entry:
    where = f"{_FILE}: {therapy.id}: `{raw.get('words')}`"
    times = {("with_" if key == "with" else key): value for key, value in raw.items() if key not in _OTHER}
    if unknown := sorted(times.keys() - _TIMES):
        raise InternalFault(
            _("{where}: `{unknown}` is read by nobody").format(where=where, unknown=unknown[0])
        )
    words = str(raw["words"])
    line = next((line for line in lines_of(therapy) if words.casefold() in line.casefold()), None)
    if line is None:
        raise InternalFault(_("{where}: these words stand in no line of the therapy").format(where=where))
    if raw.get("kind") not in KINDS or times.get("with_", WITH[0]) not in WITH:
        raise InternalFault(_("{where}: `kind` or `with` is none of the known ones").format(where=where))
    timing = Timing(**{key: _typed(value) for key, value in times.items()})
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
    at = Span(_FILE, 1, 1)
    if isinstance(value, Mapping):
        return MappingNode(tuple((Scalar(str(k), at), _node(v)) for k, v in value.items()), at)
    if isinstance(value, list | tuple):
        return SequenceNode(tuple(_node(item) for item in value), at)
    return Scalar(str(value), at)
