"""A patient file to fill in: every field, empty, with its unit and words beside it."""

from __future__ import annotations

from datetime import date
from textwrap import wrap

from escalate.language.words import say_unit
from escalate.library.model import FactType, Library
from escalate.patient.fields import LISTS, fields_of
from escalate.patient.vocabulary import NotAName, resolve
from escalate.problems import UsageError
from escalate.texts import N_, _, figure

_WIDTH = 110
_HEAD = N_(
    "# A patient file. Fill in what is known. "
    "An empty field is unknown, and unknown is never read as normal.\n"
    "# Numbers stand in the unit named beside them, or state their own: `ck_u_per_l: 65 ukat/L`. "
    "Dates: 2026-03-31.\n"
    "# yes, no, ja, nein, true and false are understood. [] in a list means: looked for, and there is none.\n"
)
_LISTS = {
    "antibodies": N_("empty: not tested; []: tested, none found"),
    "therapies": N_("the whole history; empty: unknown; []: treatment-naive"),
    "overrides": N_("what an earlier conference decided"),
}


def template(library: Library, entity: str | None, today: date) -> str:
    """The text of the file. Raises UsageError where `entity` is not a known diagnosis."""
    fields = fields_of(library)
    filled = {"schema": "escalate/patient/v1", "id": "case-1", "assessed_on": today.isoformat()}
    if entity is not None:
        filled["diagnosis.entity"] = _entity(entity, library)
    lines: list[str] = []
    open_groups: list[str] = []
    lists_to_come = list(LISTS)
    for name in fields.names:
        owner = name.partition("[].")[0]
        if owner in lists_to_come:
            lists_to_come.remove(owner)
            lines += ["", *_list(owner, fields.parts[owner])]
            open_groups = [owner]
        fact = fields.facts.get(name)
        if fact is None:
            continue
        *groups, key = name.split(".")
        kept = 0
        while kept < min(len(groups), len(open_groups)) and groups[kept] == open_groups[kept]:
            kept += 1
        if kept == 0 and (groups or open_groups):
            lines.append("")
        lines += [f"{'  ' * depth}{group}:" for depth, group in enumerate(groups) if depth >= kept]
        open_groups = groups
        lines += _field("  " * len(groups), key, filled.get(name, ""), fact)
    return _(_HEAD) + "\n".join(lines) + "\n"


def _list(name: str, parts: dict[str, FactType]) -> list[str]:
    """The list, unknown as it stands, and one entry as a comment."""
    lines = [f"{name}:  # {_(_LISTS[name])}"]
    for number, (part, fact) in enumerate(parts.items()):
        lines += _field("  # - " if number == 0 else "  #   ", part, "", fact)
    return lines


def _entity(given: str, library: Library) -> str:
    if given in library.facts["diagnosis.entity"].values:
        return given
    found = resolve(given, library.entities, "entity")
    if isinstance(found, NotAName):
        raise UsageError(f"{found.message}; {found.help}")
    return found


def _field(lead: str, key: str, value: str, fact: FactType) -> list[str]:
    told = f"{fact.label}: {takes}" if (takes := _takes(fact)) else fact.label
    line = f"{lead}{key}: {value}".rstrip()
    if len(f"{line}  # {told}") <= _WIDTH:
        return [f"{line}  # {told}"]
    margin = lead + "# "  # also inside a commented entry: it stays a comment when the entry is taken in
    return [*(margin + text for text in wrap(told, _WIDTH - len(margin))), line]


def _takes(fact: FactType) -> str:
    if fact.name == "therapies[].dose":
        return _("like 20 mg/week, 1 g bid, 1-0-1 g, 2 g/kg/4 weeks, 2 x 1 g")
    if fact.kind == "boolean":
        return _("yes or no")
    if fact.kind == "date":
        if fact.accepts_never:
            return _("a date or a month or `never`") if fact.month else _("a date or `never`")
        return _("a date or a month") if fact.month else _("a date")
    if fact.kind in ("number", "integer"):
        unit = say_unit(fact.unit)
        if fact.low is not None and fact.high is not None:
            low, high = figure(f"{fact.low:f}"), figure(f"{fact.high:f}")
            unit = _("{low} to {high} {unit}").format(low=low, high=high, unit=unit).strip()
        also = _(" (or in {units})").format(units=", ".join(fact.also)) if fact.also else ""
        return unit + also + (_(", or `never`") if fact.accepts_never else "")
    words = ", ".join(fact.values) if fact.values and len(fact.values) < 30 else ""
    if fact.kind == "list":
        return f"[{words or '...'}]"
    return words
