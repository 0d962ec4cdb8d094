"""A Difference as a review comment: a short table on top, everything else folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from escalate.audit.diff import say
from escalate.audit.diff.difference import Difference
from escalate.audit.diff.model import EntryChange, FieldChange, RuleChange, Shown, Tally
from escalate.texts import _

_MOST_CASES = 50
_MOST_FILES = 5


def lines(found: Difference) -> Iterator[str]:
    """GitHub and GitLab read all of it; what cannot be folded stays readable as text."""
    names = {one.id: one.name for one in found.therapies}
    yield f"### escalate kb diff: {say.verdict_of(found)}"
    yield ""
    yield f"`{found.old.place}` -> `{found.new.place}`"
    yield ""
    for line in say.summary(found):
        yield f"- {line}"
    if found.therapies:
        yield ""
        yield from _table(
            (_("Therapy"), _("Over all patients"), _("Verdicts"), _("Rules")),
            [
                (t.name, f"**{_(say.DIRECTIONS[t.direction])}**", say.steps(t.moves), ", ".join(t.rules))
                for t in found.therapies
            ],
        )
    if found.rules:
        yield ""
        yield from _table(
            (_("Rule"), _("Change"), _("Meaning")),
            [(f"`{r.id}` {r.title}", say.what(r), say.meaning(r)) for r in found.rules],
        )
    for rule in found.rules:
        yield from _folded(f"{rule.id}: {rule.title}", _rule(rule, names))
    for therapy in found.therapies:
        if therapy.shown:
            said = [line for shown in therapy.shown for line in _patient(shown, names)]
            yield from _folded(_("A patient: {therapy}").format(therapy=therapy.name), said)
    if found.entries:
        yield from _folded(_("Other knowledge"), _entries(found.entries))
    if found.exposures:
        yield from _folded(_("Exposure before and after"), _exposures(found))
    for tally in found.tallies:
        if tally.changed or tally.not_read:
            yield from _folded(say.counted(tally), _patients(tally, names))
    if found.assumptions or found.notes:
        yield ""
        if found.assumptions:
            yield _("Assumed of every patient: {names}").format(names=", ".join(found.assumptions))
        yield from found.notes


def _rule(rule: RuleChange, names: dict[str, str]) -> Iterator[str]:
    yield f"`{rule.at}`"
    yield ""
    yield from _fields(rule.fields)
    yield ""
    yield say.meaning(rule)
    for shown in rule.shown:
        yield from _patient(shown, names)


def _patient(shown: Shown, names: dict[str, str]) -> Iterator[str]:
    value = say.value(shown)
    yield ""
    yield f"**{say.way(shown)}**" + (f" ({value})" if value else "") + f": {'; '.join(shown.facts)}"
    yield ""
    for one in shown.moves:
        yield f"- {say.move(one, names)}"
    if shown.differs:
        yield "- " + _("NOT CONFIRMED by the engines: {differs}").format(differs=shown.differs)
    yield ""
    if shown.file:
        yield "```yaml"
        yield shown.file.rstrip("\n")
        yield "```"
    else:
        yield _("no patient file: {why}").format(why=shown.no_file)


def _patients(tally: Tally, names: dict[str, str]) -> Iterator[str]:
    if tally.changed:
        rows = [(c.name, "; ".join(say.move(one, names) for one in c.moves)) for c in tally.changed]
        yield from _table((_("Patient"), _("Verdicts")), rows[:_MOST_CASES])
        if len(rows) > _MOST_CASES:
            yield ""
            yield _("and {count} more").format(count=len(rows) - _MOST_CASES)
    if tally.not_read:
        yield ""
        yield _("could not be read:")
        yield ""
    for one in tally.not_read[:_MOST_FILES]:
        yield f"- {_plain(say.not_read(one))}"
    if len(tally.not_read) > _MOST_FILES:
        yield "- " + _("and {count} more").format(count=len(tally.not_read) - _MOST_FILES)


def _entries(entries: Sequence[EntryChange]) -> Iterator[str]:
    for entry in entries:
        way = say.way_of(entry)
        yield f"`{entry.at}` **{_plain(entry.entry)}**" + (f" ({way})" if way else "")
        yield ""
        yield from _fields(entry.fields)
        yield ""


def _fields(fields: Sequence[FieldChange]) -> Iterator[str]:
    if fields:
        rows = [(_(f.name), _(say.CATEGORIES[f.category]), f.old, f.new) for f in fields]
        yield from _table((_("Field"), _("Kind"), _("Old"), _("New")), rows)


def _exposures(found: Difference) -> Iterator[str]:
    for one in found.exposures:
        yield _("Exposure of {therapy}, {regimen}, {weight} kg").format(
            therapy=one.therapy, regimen=one.regimen, weight=one.weight_kg
        )
        yield ""
        doses = (_("cumulative dose (mg/kg)"), *map(say.quantity, one.cumulative_mg_per_kg))
        rows = [(say.measure(name), say.quantity(old), say.quantity(new)) for name, old, new in one.measures]
        yield from _table((_("Measure"), _("Old"), _("New")), [doses, *rows])
        yield ""


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(_plain(cell) for cell in row)} |"


def _plain(cell: str) -> str:
    """A cell on one line, in which nothing ends the cell or begins a tag."""
    return " ".join(cell.split()).replace("|", "\\|").replace("<", "&lt;")


def _folded(title: str, inside: Iterator[str] | Sequence[str]) -> Iterator[str]:
    yield ""
    yield f"<details><summary>{_plain(title)}</summary>"
    yield ""
    yield from inside
    yield ""
    yield "</details>"
