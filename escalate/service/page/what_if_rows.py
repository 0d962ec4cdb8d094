"""The rows in which a what-if is asked: a field, its value in the file, and the value instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from escalate.findings.say import say, with_unit
from escalate.language.words import say_unit
from escalate.library.model import FactType, Library
from escalate.patient.fields import LISTS, fields_of
from escalate.patient.model import Patient
from escalate.service.page.asked import Rows
from escalate.texts import _, figure

_FEW = 12


@dataclass(frozen=True, slots=True)
class Row:
    """`label` is how the field is called, `now` its value in the file; both empty where it is not known."""

    field: str
    value: str
    label: str = ""
    unit: str = ""
    now: str = ""
    takes: str = ""
    words: tuple[tuple[str, str], ...] = ()


def rows(asked: Rows, patient: Patient | None, library: Library, more: int) -> tuple[Row, ...]:
    """What was asked, and empty rows behind: one at least."""
    facts = fields_of(library).facts
    filled = tuple(_row(field, value, patient, facts, library) for field, value in asked)
    return (*filled, *(Row("", "") for _number in range(1 + more)))


def _row(
    field: str, value: str, patient: Patient | None, facts: dict[str, FactType], library: Library
) -> Row:
    path = _path(field, library)
    fact = facts.get(path)
    if fact is None:
        return Row(field, value)
    words = tuple((word, say(word)) for word in fact.values) if len(fact.values) <= _FEW else ()
    if fact.kind == "boolean":
        words = (("yes", _("yes")), ("no", _("no")))
    return Row(
        field=path,
        value=value,
        label=fact.label,
        unit=say_unit(fact.unit),
        now=_now(path, fact, patient),
        takes=_span(fact),
        words=words,
    )


def _span(fact: FactType) -> str:
    if fact.low is None or fact.high is None:
        return ""
    low, high = figure(f"{fact.low:f}"), figure(f"{fact.high:f}")
    return _("{low} to {high}").format(low=low, high=high)


def _now(path: str, fact: FactType, patient: Patient | None) -> str:
    if patient is None:
        return ""
    held = patient.values.get(path)
    if held is None:
        return _("unknown")
    if held.never:
        return _("never")
    if isinstance(held.value, Decimal):
        return with_unit(say(held.value), fact.unit)
    return say(held.given if held.value is None else held.value)


def meant(asked: Rows, library: Library) -> Rows:
    """The changes, each field by its path, also where it was written as the page calls it: `LVEF`.

    A row without a value asks nothing yet; `unknown` takes a value away.
    """
    return tuple((_path(field, library), value) for field, value in asked if value)


def _path(field: str, library: Library) -> str:
    facts = fields_of(library).facts
    if field in facts or field in LISTS or "[" in field:
        return field
    folded = field.casefold()
    for known in (
        [path for path, fact in facts.items() if fact.label.casefold() == folded],
        [path for path in facts if path.rpartition(".")[2] == folded],
        [path for path, fact in facts.items() if fact.label.casefold().startswith(folded)],
    ):
        if len(known) == 1:
            return known[0]
    return field


def field_names(library: Library, first: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Path and label of every field that may be changed; those of `first` before the others."""
    facts = fields_of(library).facts
    paths = [path for path in first if path in facts]
    paths += [path for path in facts if path not in ("schema", "id") and path not in paths]
    return tuple((path, _told(facts[path])) for path in paths)


def _told(fact: FactType) -> str:
    about = ", ".join(part for part in (say_unit(fact.unit), _span(fact)) if part)
    return f"{fact.label} ({about})" if about else fact.label
