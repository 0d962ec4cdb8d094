"""A Difference for programs: JSON, SARIF 2.1.0, and the annotations of a GitHub workflow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from escalate.audit import formats
from escalate.audit.diff import say
from escalate.audit.diff.difference import Difference
from escalate.audit.diff.model import Direction, EntryChange, RuleChange, Shown
from escalate.audit.formats import Level, Result

# What a result is called; stable, for filters.
_CODES: Mapping[Direction, tuple[str, Level]] = {
    Direction.LOOSENS: ("loosens", "error"),
    Direction.BOTH: ("loosens-and-tightens", "error"),
    Direction.NOT_PROVED: ("not-proved", "error"),
    Direction.TIGHTENS: ("tightens", "warning"),
    Direction.SHIFTS: ("changed", "note"),
    Direction.SAME: ("changed", "note"),
}
# `refused` counts them all; of a registry that cannot be read nobody wants every line.
_MOST_FILES = 100
_HARMLESS: tuple[str, Level] = ("harmless", "note")
_BASIS_RAISED: tuple[str, Level] = ("basis-raised", "warning")
_CHANGED = _CODES[Direction.SAME]


def document(found: Difference) -> dict[str, object]:
    """Everything, with keys that stay."""
    return {
        "schema": "escalate/diff/v1",
        "old": asdict(found.old),
        "new": asdict(found.new),
        "loosens": found.loosens,
        "tightens": found.tightens,
        "not_proved": found.not_proved,
        "harmless": not found.means_anything,
        "basis_raised": list(found.raised),
        "rules": [_rule(rule) for rule in found.rules],
        "therapies": [
            {
                "therapy": one.id,
                "direction": one.direction.value,
                "moves": [{"old": m.old, "new": m.new} for m in one.moves],
                "rules": list(one.rules),
                "witnesses": [_shown(shown) for shown in one.shown],
            }
            for one in found.therapies
        ],
        "entries": [
            {
                "entry": one.entry,
                "at": str(one.at),
                "harmless": one.is_harmless,
                "stricter": one.stricter,
                "fields": [asdict(field) for field in one.fields],
            }
            for one in found.entries
        ],
        "exposure": [
            {
                "therapy": one.therapy,
                "regimen": one.regimen,
                "weight_kg": one.weight_kg,
                "cumulative_mg_per_kg": list(one.cumulative_mg_per_kg),
                **{name: [old, new] for name, old, new in one.measures},
            }
            for one in found.exposures
        ],
        "patients": [
            {
                "source": tally.source,
                "read": tally.read,
                "refused": len(tally.not_read),
                "not_read": [
                    {"patient": one.name, "at": str(one.at), "code": one.code, "only": one.side or None}
                    for one in tally.not_read[:_MOST_FILES]
                ],
                "changed": [
                    {"patient": case.name, "moves": [asdict(one) for one in case.moves]}
                    for case in tally.changed
                ],
            }
            for tally in found.tallies
        ],
        "assumptions": list(found.assumptions),
        "notes": list(found.notes),
    }


def sarif(found: Difference) -> Mapping[str, object]:
    """One result per rule and entry, at its place in the new files (in the old ones where it is gone)."""
    codes = [code for code, _level in (*_CODES.values(), _BASIS_RAISED, _HARMLESS)]
    return formats.sarif(_results(found), "escalate kb diff", codes)


def github(found: Difference) -> Iterator[str]:
    """Workflow commands: each becomes an annotation beside the line of the pull request."""
    return formats.github(_results(found))


def _results(found: Difference) -> Iterator[Result]:
    names = {one.id: one.name for one in found.therapies}
    for rule in found.rules:
        moves = sorted({say.move(one, names) for shown in rule.shown for one in shown.moves})
        said = [f"{rule.id} {say.what(rule)}. {say.meaning(rule)}", *moves]
        found_out = _HARMLESS if rule.is_harmless else _CODES[rule.direction]
        code, level = _BASIS_RAISED if rule.raises_basis and found_out == _CHANGED else found_out
        yield Result(code, level, "; ".join(said), rule.at)
    for entry in found.entries:
        code, level = _code(entry)
        yield Result(code, level, _entry_text(entry), entry.at)


def _code(entry: EntryChange) -> tuple[str, Level]:
    if entry.stricter is not None:
        return _CODES[Direction.TIGHTENS if entry.stricter else Direction.LOOSENS]
    if entry.is_unproved:
        return _CODES[Direction.NOT_PROVED]
    if entry.raises_basis:
        return _BASIS_RAISED
    return _HARMLESS if entry.is_harmless else _CHANGED


def _entry_text(entry: EntryChange) -> str:
    said = [entry.entry, *(f"{f.name}: {f.old or '-'} -> {f.new or '-'}" for f in entry.fields)]
    return "; ".join((*said, say.unconfirmed()) if entry.raises_basis else said)


def _rule(rule: RuleChange) -> dict[str, object]:
    return {
        "rule": rule.id,
        "what": rule.what,
        "was": rule.was,
        "title": rule.title,
        "kind": rule.kind,
        "at": str(rule.at),
        "meaning": rule.meaning.value,
        "direction": rule.direction.value,
        "harmless": rule.is_harmless,
        "fields": [asdict(field) for field in rule.fields],
        "witnesses": [_shown(shown) for shown in rule.shown],
    }


def _shown(shown: Shown) -> dict[str, object]:
    return {
        "way": shown.way,
        "rule": {"old": shown.rule[0], "new": shown.rule[1]},
        "facts": list(shown.facts),
        "moves": [asdict(one) for one in shown.moves],
        "file": shown.file,
        "no_file": shown.no_file,
        "confirmed": not shown.differs,
    }
