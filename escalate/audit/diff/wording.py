"""The fields of a rule that differ, old and new side by side, in a clinician's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from escalate.audit.diff.category import Category, basis_category, text_category
from escalate.audit.diff.model import FieldChange
from escalate.audit.diff.pairs import RulePair, shape
from escalate.language.describe import describe
from escalate.language.names import Names
from escalate.language.words import say_word
from escalate.library.model import Action, Citation, Library, Rule
from escalate.texts import N_, _

Say = Callable[[Rule, Library], str]


def names_of(library: Library) -> Names:
    """What conditions of this library are said with."""
    words = {**library.entities.labels, **library.overlaps.labels, **library.antibodies.labels}
    return Names(library.facts, library.findings, words)


def therapy_names(targets: tuple[str, ...], library: Library) -> str:
    """Therapies by name; a whole class by the name of the class."""
    for name, members in library.classes.items():
        if len(targets) > 1 and set(members) == set(targets):
            return _("{name} ({count} therapies)").format(name=say_word(name), count=len(members))
    known = library.therapies
    return ", ".join(known[t].name if t in known else t for t in targets)


def _targets(rule: Rule, library: Library) -> str:
    if rule.kind == "finding":
        spec = library.findings.get(rule.targets[0])
        return spec.title if spec is not None else rule.targets[0]
    return therapy_names(rule.targets, library)


def _cited(sources: tuple[Citation, ...]) -> str:
    return "; ".join(_citation(source) for source in sources)


def _citation(source: Citation) -> str:
    said = f"{source.ref}, {source.at}" + (f": {source.supports}" if source.supports else "")
    return said + "".join(f' "{words}"' for _fact, words in source.quotes)


def _do(actions: tuple[Action, ...]) -> str:
    return "; ".join(f"{a.text} [{', '.join(a.therapies)}]" if a.therapies else a.text for a in actions)


# What a reviewer reads first stands first.
_SAID: tuple[tuple[str, Category, Say], ...] = (
    (N_("condition"), Category.CONDITION, lambda r, lib: describe(r.when, names_of(lib))),
    (N_("kind"), Category.ROLE, lambda r, _lib: say_word(r.kind)),
    (N_("for"), Category.ROLE, _targets),
    (N_("level"), Category.ROLE, lambda r, _lib: r.level),
    (N_("status"), Category.ROLE, lambda r, _lib: say_word(r.status)),
    (N_("also after failure"), Category.ROLE, lambda r, _lib: _("yes") if r.again else _("no")),
    (N_("alert"), Category.ROLE, lambda r, _lib: say_word(r.alert)),
    (N_("scope"), Category.ROLE, lambda r, _lib: say_word(r.scope)),
    (N_("makes unknown"), Category.ROLE, lambda r, _lib: ", ".join(r.makes_unknown)),
    (N_("step"), Category.LADDER, lambda r, _lib: "" if r.step is None else str(r.step)),
    (N_("order"), Category.LADDER, lambda r, _lib: "" if r.order is None else str(r.order)),
    (N_("pathway"), Category.LADDER, lambda r, _lib: r.pathway),
    (N_("do"), Category.ACTION, lambda r, _lib: _do(r.do)),
    (N_("do not"), Category.ACTION, lambda r, _lib: "; ".join(r.do_not)),
    (N_("reversible"), Category.ACTION, lambda r, _lib: _("yes") if r.reversible else _("no")),
    (N_("outcome"), Category.ACTION, lambda r, _lib: say_word(r.outcome)),
    (N_("positions"), Category.ACTION, lambda r, _lib: "; ".join(r.positions)),
    (N_("basis"), Category.EVIDENCE, lambda r, _lib: say_word(r.basis)),
    (N_("sources"), Category.EVIDENCE, lambda r, _lib: _cited(r.sources)),
    (N_("title"), Category.TEXT, lambda r, _lib: r.title),
    (N_("advice"), Category.TEXT, lambda r, _lib: r.advise),
    (N_("because"), Category.TEXT, lambda r, _lib: r.because),
    (N_("since"), Category.RECORD, lambda r, _lib: r.since),
    (N_("reviewed"), Category.RECORD, lambda r, _lib: r.reviewed),
)
# Of a rule that is new or gone, what it is and does; the words come with the title.
_OF_ONE_SIDE = ("condition", "kind", "for", "level", "status", "step", "order", "basis", "sources", "because")
Translations = Mapping[str, Mapping[str, str]]
"""By rule id, the German texts by field."""


def rule_fields(
    pair: RulePair, old: Library, new: Library, german: tuple[Translations, Translations] = ({}, {})
) -> tuple[FieldChange, ...]:
    """Every field that differs; of an added or removed rule, what it says."""
    found = tuple(_fields(pair, old, new))
    before, after = german[0].get(pair.was, {}), german[1].get(pair.id, {})
    if pair.what in ("added", "removed"):
        return found
    names = dict.fromkeys((*before, *after))
    return found + tuple(
        FieldChange(f"de.{name}", before.get(name, ""), after.get(name, ""), Category.TRANSLATION)
        for name in names
        if before.get(name) != after.get(name)
    )


def _fields(pair: RulePair, old: Library, new: Library) -> Iterator[FieldChange]:
    for name, category, say in _SAID:
        if pair.what in ("added", "removed"):
            if name in _OF_ONE_SIDE:
                was = say(pair.old[0], old) if pair.old else ""
                now = say(pair.new[0], new) if pair.new else ""
                if was or now:
                    yield FieldChange(name, was, now, category)
            continue
        yield from _differing(pair, name, category, say, old, new)
    if pair.what == "renamed":
        yield FieldChange("id", pair.was, pair.id, Category.RECORD)


def _basis(before: Rule, after: Rule) -> Category:
    """A place in a source that was not cited before is a new one, whatever it is said to support."""
    cited = {(source.ref, source.at) for source in before.sources}
    more = any((source.ref, source.at) not in cited for source in after.sources)
    return basis_category(before.basis, after.basis, cites_more=more)


def _differing(
    pair: RulePair, name: str, category: Category, say: Say, old: Library, new: Library
) -> Iterator[FieldChange]:
    """The first instance in which a field differs speaks for all; therapies that came or went are named."""
    missing = [(a, b) for a, b in pair.instances if a is None or b is None]
    if missing and name == "for":
        was = therapy_names(tuple(t for rule in pair.old for t in rule.targets), old)
        now = therapy_names(tuple(t for rule in pair.new for t in rule.targets), new)
        yield FieldChange(name, was, now, category)
        return
    for before, after in pair.instances:
        if before is None or after is None:
            continue
        was, now = say(before, old), say(after, new)
        # A condition may be written otherwise and read the same; the proof says what it means.
        if name == "condition" and shape(before.when) == shape(after.when):
            continue
        if was != now or (name == "condition"):
            kind = text_category(was, now) if category is Category.TEXT else category
            kind = _basis(before, after) if name == "basis" else kind
            yield FieldChange(name, was, now, kind)
            return
