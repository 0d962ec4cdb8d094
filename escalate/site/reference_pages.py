"""The pages to look something up: evidence, fields, derived facts, tests, entities, rules A to Z."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from escalate.language.names import Names, plain
from escalate.language.words import say_unit, say_word
from escalate.library.model import Evidence, FactType, Library
from escalate.site import said
from escalate.site.addresses import (
    ENTITIES,
    EVIDENCE,
    FACTS,
    FIELDS,
    RULES,
    TESTS,
    Addresses,
    anchor,
    fact_types,
    source_anchor,
)
from escalate.site.cards import Link
from escalate.site.clauses import clause
from escalate.site.page import Page
from escalate.site.rows import Rows, spellings, text
from escalate.texts import _, figure


def reference_pages(library: Library, at: Addresses, rows: Rows) -> Iterator[Page]:
    """Every page of this kind."""
    yield _evidence(library, at)
    facts = fact_types(library)
    plain_facts = [fact for fact in facts.plain.values() if not fact.derived]
    derived = [fact for fact in facts.plain.values() if fact.derived]
    yield Page(
        FIELDS,
        "fields.html",
        _("Fields of the patient file"),
        _("What a patient file may hold, and what is asked where it is missing."),
        values={"groups": tuple(_fields(plain_facts, rows, at))},
    )
    yield Page(
        FACTS,
        "fields.html",
        _("Derived facts"),
        _("What is computed from the fields before any rule is read."),
        values={"groups": tuple(_fields([*derived, *(f.pattern for f in facts.families)], rows, at))},
    )
    yield _tests(library, at, rows)
    yield Page(
        ENTITIES,
        "entities.html",
        _("Entities"),
        _("The diseases a patient file may name, with the spellings that are read."),
        values={
            "entities": tuple(_entity(name, entry) for name, entry in rows.entities.items()),
            "overlaps": tuple(_entity(name, entry) for name, entry in rows.overlaps.items()),
            "refused": rows.refused,
        },
    )
    yield _rules(library, at)


def _evidence(library: Library, at: Addresses) -> Page:
    cited: dict[str, set[str]] = {}
    for rule in library.rules:
        if rule.status == "active":
            for citation in rule.sources:
                cited.setdefault(citation.ref, set()).add(rule.id)
    entries = []
    levels: dict[str, list[Link]] = {}
    for entry in library.evidence.values():
        levels.setdefault(entry.level, []).append(Link(entry.id, at.evidence(entry.id)))
        entries.append(
            {
                "entry": entry,
                "anchor": source_anchor(entry.id),
                "level": said.of(said.LEVELS, entry.level),
                "direction": said.of(said.DIRECTIONS, entry.direction),
                "links": tuple(_elsewhere(entry)),
                "rules": tuple(Link(one, at.rules[one]) for one in sorted(cited.get(entry.id, ()))),
                "therapies": tuple(
                    Link(t.name, at.therapy(t.id))
                    for t in library.therapies.values()
                    if entry.id in t.evidence
                ),
            }
        )
    order = list(said.LEVELS)
    ranked = sorted(levels, key=lambda level: order.index(level) if level in order else len(order))
    return Page(
        EVIDENCE,
        "evidence.html",
        _("Evidence register"),
        _("Every source that a rule or a therapy cites, with how it was looked up."),
        values={
            "entries": tuple(entries),
            "levels": tuple((said.capital(said.of(said.LEVELS, one)), tuple(levels[one])) for one in ranked),
        },
    )


def _elsewhere(entry: Evidence) -> Iterator[Link]:
    """Where the source itself is found."""
    for doi in (entry.doi, *entry.more_dois):
        if doi:
            yield Link(f"doi:{doi}", f"https://doi.org/{doi}")
    if entry.pmid:
        yield Link(f"PMID {entry.pmid}", f"https://pubmed.ncbi.nlm.nih.gov/{entry.pmid}/")
    if entry.pmc:
        yield Link(entry.pmc, f"https://pmc.ncbi.nlm.nih.gov/articles/{entry.pmc}/")
    if entry.registry:
        known = entry.registry.startswith("NCT")
        yield Link(entry.registry, f"https://clinicaltrials.gov/study/{entry.registry}" if known else "")


def _fields(facts: Iterable[FactType], rows: Rows, at: Addresses) -> Iterator[tuple[str, list[object]]]:
    groups: dict[str, list[object]] = {}
    for fact in facts:
        first, dot, _rest = fact.name.partition(".")
        group = first.removesuffix("[]") if dot or first in said.GROUPS else ""
        groups.setdefault(said.of(said.GROUPS, group), []).append(
            {
                "fact": fact,
                "anchor": anchor(fact.name),
                "label": said.capital(_unfilled(fact.label)),
                "ask": _unfilled(fact.ask),
                "type": said.of(said.TYPES, fact.kind),
                "unit": say_unit(fact.unit),
                "range": _range(fact),
                "words": tuple(fact.values) if not fact.names else (),
                "said": tuple(map(say_word, fact.values)) if not fact.names else (),
                "reads": tuple(_named(name, at) for name in fact.reads),
                "refines": _named(fact.refines, at) if fact.refines else None,
                "means": rows.meanings.get(fact.name, ""),
            }
        )
    yield from groups.items()


def _named(name: str, at: Addresses) -> Link:
    """A field by its label; a list of entries by the name of its group."""
    fact = fact_types(at.library).plain.get(name)
    return Link(fact.label if fact is not None else said.of(said.GROUPS, name), at.fact(name))


def _unfilled(label: str) -> str:
    """A family has a slot where each of its members has a name."""
    return re.sub(r"\{[a-z_]+\}", "…", label)


def _range(fact: FactType) -> str:
    if fact.low is None or fact.high is None:
        return ""
    return _("{low} to {high}").format(low=figure(plain(fact.low)), high=figure(plain(fact.high)))


def _tests(library: Library, at: Addresses, rows: Rows) -> Page:
    names = Names(library.facts, library.findings)
    shown = []
    for test in library.tests.values():
        conditions = {
            _("Called for when"): test.called_for,
            _("Suspected by"): test.suspected_by,
            _("Replaced by"): test.replaced_by,
        }
        shown.append(
            {
                "anchor": test.name,
                "fields": tuple(Link(library.facts[name].label, at.fact(name)) for name in test.fields),
                "never": test.called_for is None,
                "conditions": tuple(
                    (head, clause(when, names, at)) for head, when in conditions.items() if when is not None
                ),
                "because": text(rows.tests.get(test.name, {}), "because"),
            }
        )
    lead = _(
        "Tests that are asked for in some patients only. A result counts wherever it is given, and can only "
        "make a reading worse."
    )
    return Page(TESTS, "tests.html", _("When a test is called for"), lead, values={"tests": tuple(shown)})


def _entity(name: str, entry: Mapping[str, object]) -> dict[str, object]:
    return {
        "name": name,
        "label": text(entry, "label"),
        "synonyms": spellings(entry),
        "note": text(entry, "note"),
    }


def _rules(library: Library, at: Addresses) -> Page:
    active = {rule.id: rule for rule in reversed(library.rules) if rule.status == "active"}
    listed = tuple(
        {
            "link": Link(rule.id, at.rules[rule.id]),
            "title": rule.title,
            "kind": said.kind(rule.alert or rule.kind)[0],
            "page": Link(_(at.chapters[rule.at.file].title), at.chapters[rule.at.file].path),
            "basis": rule.basis,
            "basis_word": said.of(said.BASES, rule.basis),
        }
        for rule in sorted(active.values(), key=lambda rule: rule.id)
    )
    lead = _("Every active rule by its id, with its one home.")
    return Page(RULES, "rules.html", _("Rules A to Z"), lead, values={"rules": listed})
