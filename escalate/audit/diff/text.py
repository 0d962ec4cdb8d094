"""A Difference for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from escalate.audit.diff import say
from escalate.audit.diff.difference import Difference
from escalate.audit.diff.model import FieldChange, Shown, Tally
from escalate.texts import _

_MOST_CASES = 10
_MOST_FILES = 5


def lines(found: Difference) -> Iterator[str]:
    """The summary, then each therapy, rule, entry, exposure and collection of patients."""
    names = {one.id: one.name for one in found.therapies}
    yield f"{found.old.place} ({found.old.version}) -> {found.new.place} ({found.new.version})"
    yield say.verdict_of(found)
    yield from say.summary(found)
    if found.therapies:
        yield ""
        yield _("Therapies, over all patients")
        for therapy in found.therapies:
            yield f"  {_(say.DIRECTIONS[therapy.direction])}: {therapy.name} ({', '.join(therapy.rules)})"
            yield f"    {say.steps(therapy.moves)}"
            for shown in therapy.shown:
                yield from _patient(shown, names)
    if found.rules:
        yield ""
        yield _("Rules")
    for rule in found.rules:
        yield f"  {rule.id}: {rule.title}"
        yield f"    {rule.at}: {say.what(rule)}"
        for field in rule.fields:
            yield from _sides(field, "    ")
        yield f"    {say.meaning(rule)}"
        for shown in rule.shown:
            yield from _patient(shown, names)
    if found.entries:
        yield ""
        yield _("Other knowledge")
    for entry in found.entries:
        way = say.way_of(entry)
        yield f"  {entry.at}: {entry.entry}" + (f" ({way})" if way else "")
        for field in entry.fields:
            yield from _sides(field, "    ")
    yield from _exposures(found)
    for tally in found.tallies:
        if tally.changed or tally.not_read:
            yield ""
            yield say.counted(tally)
        for case in tally.changed[:_MOST_CASES]:
            yield f"  {case.name}"
            for one in case.moves:
                yield f"    {say.move(one, names)}"
        if len(tally.changed) > _MOST_CASES:
            yield "  " + _("and {count} more").format(count=len(tally.changed) - _MOST_CASES)
        yield from _not_read(tally)
    if found.assumptions:
        yield ""
        yield _("Assumed of every patient: {names}").format(names=", ".join(found.assumptions))
    yield from found.notes


def _not_read(tally: Tally) -> Iterator[str]:
    if tally.not_read:
        yield "  " + _("could not be read:")
    for one in tally.not_read[:_MOST_FILES]:
        yield f"    {say.not_read(one)}"
    if len(tally.not_read) > _MOST_FILES:
        yield "    " + _("and {count} more").format(count=len(tally.not_read) - _MOST_FILES)


def _sides(field: FieldChange, indent: str) -> Iterator[str]:
    """Old and new under each other, so that the eye finds what differs."""
    label = f"{_(field.name)} ({_(say.CATEGORIES[field.category])})"
    if field.name == say.CATEGORIES[field.category]:
        label = _(field.name)
    yield f"{indent}{label}"
    if field.old:
        yield f"{indent}  - {field.old}"
    if field.new:
        yield f"{indent}  + {field.new}"


def _patient(shown: Shown, names: dict[str, str]) -> Iterator[str]:
    value = say.value(shown)
    yield f"    {say.way(shown)}" + (f" ({value})" if value else "") + f": {'; '.join(shown.facts)}"
    for one in shown.moves:
        yield f"      {say.move(one, names)}"
    if shown.differs:
        yield "      " + _("NOT CONFIRMED by the engines: {differs}").format(differs=shown.differs)
    if shown.file:
        for line in shown.file.splitlines():
            yield f"      | {line}"
    else:
        yield "      " + _("no patient file: {why}").format(why=shown.no_file)


def _exposures(found: Difference) -> Iterator[str]:
    for one in found.exposures:
        yield ""
        yield _("Exposure of {therapy}, {regimen}, {weight} kg").format(
            therapy=one.therapy, regimen=one.regimen, weight=one.weight_kg
        )
        before, after = map(say.quantity, one.cumulative_mg_per_kg)
        yield "  " + _("cumulative dose (mg/kg)") + f": {before} -> {after}"
        for name, old, new in one.measures:
            yield f"  {say.measure(name)}: {say.quantity(old)} -> {say.quantity(new)}"
