"""The lists of a patient file: antibodies, therapies and overrides, entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from escalate.library.model import FactType, Library
from escalate.nodes import Mapping, Node, Scalar, Sequence
from escalate.patient.complaints import Complaints, quoted
from escalate.patient.fields import decimal_comma, near_field
from escalate.patient.model import AntibodyResult, Override, PartialDate, PatientValue, TherapyLine
from escalate.patient.offers import empty_list, says_nothing
from escalate.patient.scalars import is_unknown, read_field
from escalate.problems import Span
from escalate.texts import _

_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Parts:
    """One entry as read: its known parts, the keys that stand there at all, and its place."""

    number: int
    values: dict[str, PatientValue]
    given: frozenset[str]
    at: Span

    def places(self) -> dict[str, Span]:
        return {name: v.at for name, v in self.values.items()}

    def get(self, name: str) -> Any:
        found = self.values.get(name)
        return None if found is None else found.value


@dataclass(frozen=True, slots=True)
class EntryReader:
    """Reads the list `name`, whose entries must say `needed`."""

    name: str
    needed: str
    parts: dict[str, FactType]
    library: Library
    complaints: Complaints

    def read(self, node: Node, make: Callable[[Parts], _Made]) -> tuple[_Made, ...] | None:
        """The entries; None where the list is unknown, () where it was looked for and is empty."""
        if is_unknown(node):
            return None
        if not isinstance(node, Sequence):
            what = quoted(node.text) if isinstance(node, Scalar) else _("a mapping")
            help = _("write `- {needed}: ...` for each; [] means looked for and none").format(
                needed=self.needed
            )
            self.complaints.add(
                node.at,
                "not-a-list",
                _("`{name}` takes a list, not {what}").format(name=self.name, what=what),
                help,
            )
            return None
        made: list[_Made] = []
        for number, item in enumerate(node.items):
            parts = self._parts(number, item)
            if parts is not None:
                made.append(make(parts))
        return tuple(made)

    def _parts(self, number: int, item: Node) -> Parts | None:
        here = f"{self.name}[{number}]"
        if not isinstance(item, Mapping):
            what = quoted(item.text) if isinstance(item, Scalar) else _("a list")
            help = _("write `- {needed}: ...`").format(needed=self.needed)
            if isinstance(item, Scalar) and says_nothing(item.text):
                help = empty_list()
            self.complaints.add(
                item.at,
                "not-a-mapping",
                _("`{here}` is {what}, not a set of fields").format(here=here, what=what),
                help,
            )
            return None
        known = _("its fields are {names}").format(names=", ".join(f"`{part}`" for part in self.parts))
        values: dict[str, PatientValue] = {}
        needed_was_read = False
        for key, node in item.entries:
            fact = self.parts.get(key.text.strip())
            if fact is None:
                message = _("{here} is not a field").format(here=quoted(here + "." + key.text))
                help = decimal_comma(key) or near_field(key.text, self.parts, known)
                self.complaints.add(key.at, "unknown-field", message, help)
                continue
            if key.text.strip() == self.needed and not is_unknown(node):
                needed_was_read = True
            value = read_field(node, fact, self.library, self.complaints)
            if value is not None:
                values[key.text.strip()] = value
        if not needed_was_read:
            help = _("an entry without it says nothing; leave the whole list out where it is not known")
            self.complaints.add(
                item.at,
                "missing-field",
                _("`{here}` has no `{needed}`").format(here=here, needed=self.needed),
                help,
            )
        if self.needed not in values:
            return None
        return Parts(number, values, frozenset(k.text.strip() for k, _ in item.entries), item.at)


def antibody_result(parts: Parts, default: str, defaults_used: list[str]) -> AntibodyResult:
    """A result that is not mentioned is the default; one that is stated as unknown stays unknown."""
    result = parts.get("result")
    if result is None and "result" not in parts.given:
        result = default
        defaults_used.append(f"antibodies[{parts.number}].result = {default} ({parts.get('name')})")
    return AntibodyResult(
        name=parts.get("name"),
        result=result,
        strength=parts.get("strength"),
        confirmed_by=parts.get("confirmed_by"),
        at=parts.at,
        places=parts.places(),
    )


# What says that a line without a status is over. Without any of them it may still be running.
_SAYS_PAST = ("stopped_on", "stopped_for", "response")


def therapy_line(parts: Parts, default: str, defaults_used: list[str]) -> TherapyLine:
    """A line whose status is not mentioned has the default where something says so, else none."""
    status = parts.get("status")
    if status is None and "status" not in parts.given and any(parts.get(p) is not None for p in _SAYS_PAST):
        status = default
        defaults_used.append(f"therapies[{parts.number}].status = {default} ({parts.get('drug')})")
    rest = {n: _plain(v) for n, v in parts.values.items() if n not in ("drug", "status", "courses")}
    courses: Decimal | None = parts.get("courses")
    return TherapyLine(
        entry=parts.number,
        drug=parts.get("drug"),
        status=status,
        courses=None if courses is None else int(courses),
        at=parts.at,
        written=parts.values["drug"].given,
        places=parts.places(),
        **rest,
    )


def override(parts: Parts) -> Override:
    """What an earlier conference decided."""
    on_date, until = parts.get("on_date"), parts.get("until")
    return Override(
        rule=parts.get("rule"),
        therapy=parts.get("therapy"),
        by=parts.get("by"),
        on_date=on_date,
        reason=parts.get("reason"),
        until=until,
        at=parts.at,
    )


def _plain(value: PatientValue) -> Any:
    """The value alone; a date as the days it may be."""
    if isinstance(value.value, date):
        return PartialDate(value.value, value.latest or value.value)
    return value.value
