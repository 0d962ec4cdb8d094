"""The words of the reports: directions, meanings, verdicts, and the summary they all begin with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from escalate.audit.diff.category import Category
from escalate.audit.diff.difference import Difference
from escalate.audit.diff.model import (
    Direction,
    EntryChange,
    Meaning,
    Move,
    NotRead,
    RuleChange,
    Shown,
    Tally,
)
from escalate.language.words import say_word
from escalate.texts import N_, _, figure, ngettext

DIRECTIONS = {
    Direction.LOOSENS: N_("LOOSENS"),
    Direction.TIGHTENS: N_("TIGHTENS"),
    Direction.BOTH: N_("LOOSENS and TIGHTENS"),
    Direction.SHIFTS: N_("another reason, as open as before"),
    Direction.SAME: N_("same"),
    Direction.NOT_PROVED: N_("NOT PROVED"),
}
_MEANINGS = {
    Meaning.EQUAL: N_("proved: the same for every patient"),
    Meaning.CHANGED: N_("some patients are advised otherwise"),
    Meaning.HIDDEN: N_("its value changes, no verdict does"),
    Meaning.NOT_PROVED: N_("not proved: the time ran out"),
}
_WHAT = {
    "added": N_("added"),
    "removed": N_("removed"),
    "changed": N_("changed"),
    "renamed": N_("renamed"),
}
_WAYS = {
    "boundary": N_("boundary value"),
    "missing": N_("missing value"),
    "combination": N_("combination of facts"),
}
_VALUES = {"TRUE": N_("met"), "FALSE": N_("not met"), "UNKNOWN": N_("undecided")}
_SOURCES = {"vignettes": N_("vignettes"), "cohort": N_("reference cohort"), "log": N_("decision log")}
CATEGORIES = {
    Category.CONDITION: N_("condition"),
    Category.ROLE: N_("effect"),
    Category.LADDER: N_("place on the ladder"),
    Category.ACTION: N_("action"),
    Category.EVIDENCE: N_("evidence"),
    Category.BASIS_RAISED: N_("basis raised without a new source"),
    Category.BASIS_LOWERED: N_("basis lowered"),
    Category.DOSE: N_("dose"),
    Category.SCHEDULE: N_("schedule"),
    Category.MONITORING: N_("monitoring"),
    Category.PARAMETER: N_("parameter"),
    Category.PK: N_("pharmacokinetic model"),
    Category.FIELD: N_("field of the patient file"),
    Category.NAMES: N_("names"),
    Category.CODES: N_("codes and units of records"),
    Category.PROOF: N_("statement for proofs"),
    Category.TEXT: N_("wording"),
    Category.FIGURE: N_("another figure, or the contrary"),
    Category.TRANSLATION: N_("German"),
    Category.RECORD: N_("record"),
}
_MEASURES = {
    "auc_0_inf_ug_day_per_ml": N_("AUC (µg*day/mL)"),
    "c_max_ug_per_ml": N_("C max (µg/mL)"),
    "t_above_ec90_days": N_("days above EC90"),
    "auc_above_ec90_ug_day_per_ml": N_("AUC above EC90 (µg*day/mL)"),
}


def verdict_of(found: Difference) -> str:
    """The whole change in one word."""
    said: list[str] = []
    if found.seen_to_loosen and found.seen_to_tighten:
        said.append(_(DIRECTIONS[Direction.BOTH]))
    elif found.seen_to_loosen or found.seen_to_tighten:
        said.append(_(DIRECTIONS[Direction.LOOSENS if found.seen_to_loosen else Direction.TIGHTENS]))
    if lost := ", ".join(found.lost_emergencies):
        said.append(_("an emergency is no longer announced to somebody ({ids})").format(ids=lost))
    if found.not_proved:
        said.append(_("NOT PROVED that nothing else opens or closes"))
    if said:
        return "; ".join(said)
    if found.means_anything:
        return _("no option opens or closes")
    return _("harmless") if found.rules or found.entries else _("no difference")


def summary(found: Difference) -> Iterator[str]:
    """What changed, in counts."""
    by_what = {what: sum(rule.what == what for rule in found.rules) for what in _WHAT}
    said = ", ".join(f"{count} {_(_WHAT[what])}" for what, count in by_what.items() if count)
    harmless = sum(rule.is_harmless for rule in found.rules)
    yield _("rules: {said}; {harmless} of these mean the same for every patient; {compared} compared").format(
        said=said or _("none changed"), harmless=harmless, compared=found.compared
    )
    if found.entries:
        count = len(found.entries)
        yield ngettext(
            "other knowledge: {count} entry changed", "other knowledge: {count} entries changed", count
        ).format(count=count)
    if found.raised:
        yield _("basis raised without a new source, to be confirmed by a reviewer: {ids}").format(
            ids=", ".join(found.raised)
        )
    for tally in found.tallies:
        yield counted(tally)


def counted(tally: Tally) -> str:
    """`vignettes: 9 of 2290 patients change`."""
    said = _("{source}: {changed} of {read} patients change").format(
        source=_(_SOURCES.get(tally.source, tally.source)), changed=len(tally.changed), read=tally.read
    )
    if tally.not_read:
        said += _("; {refused} could not be read").format(refused=len(tally.not_read))
    return said


def not_read(one: NotRead) -> str:
    """`tests/vignettes/V18.yaml:12:9: unknown-value (V18 - a case)`."""
    said = f"{one.at}: {one.code} ({one.name})"
    if one.side == "new":
        return said + _(", only by the new knowledge")
    return said + (_(", only by the old knowledge") if one.side else "")


def move(one: Move, names: dict[str, str]) -> str:
    """`Teclistamab: excluded -> caution high`."""
    return f"{names.get(one.therapy, one.therapy)}: {say_word(one.old)} -> {say_word(one.new)}"


def steps(moves: Sequence[Move]) -> str:
    """The changes of verdict of one therapy: `excluded -> data needed, deferred`."""
    targets: dict[str, list[str]] = {}
    for one in moves:
        targets.setdefault(one.old, []).append(say_word(one.new))
    return "; ".join(f"{say_word(old)} -> {', '.join(new)}" for old, new in targets.items())


def value(shown: Shown) -> str:
    """`met -> not met`."""
    return " -> ".join(_(_VALUES[word]) for word in shown.rule if word)


def way(shown: Shown) -> str:
    return _(_WAYS[shown.way])


def what(rule: RuleChange) -> str:
    said = _(_WHAT[rule.what])
    return _("{said} (was {id})").format(said=said, id=rule.was) if rule.was else said


def meaning(rule: RuleChange) -> str:
    """The meaning of one rule, with its direction, and what a reviewer has to confirm."""
    said = _meaning(rule)
    return f"{said}; {unconfirmed()}" if rule.raises_basis else said


def unconfirmed() -> str:
    """Of a rule or an entry that raises its basis."""
    return _("basis raised without a new source: a reviewer has to confirm it")


def _meaning(rule: RuleChange) -> str:
    if rule.direction in (Direction.LOOSENS, Direction.TIGHTENS, Direction.BOTH):
        return f"{_(DIRECTIONS[rule.direction])}: {_(_MEANINGS[rule.meaning])}"
    if rule.is_harmless:
        return _("{meaning}; harmless").format(meaning=_(_MEANINGS[rule.meaning]))
    return _(_MEANINGS[rule.meaning])


def way_of(entry: EntryChange) -> str:
    """What overlayable.yaml says of a number that changed, and what a reviewer has to confirm."""
    said = [] if entry.stricter is None else [_("stricter") if entry.stricter else _("less strict")]
    if entry.raises_basis:
        said.append(unconfirmed())
    return "; ".join(said)


def measure(name: str) -> str:
    return _(_MEASURES[name])


def quantity(number: float | None) -> str:
    return "-" if number is None else figure(number, ".4g")


def source(name: str) -> str:
    return _(_SOURCES.get(name, name))
