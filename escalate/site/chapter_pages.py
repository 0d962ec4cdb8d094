"""The pages that are the home of rules: gates, pathways, findings, alerts and the ladder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from escalate.library.model import Library, Rule
from escalate.site import said
from escalate.site.addresses import Addresses, anchor, pathway_anchor
from escalate.site.cards import Card, Link, Maker
from escalate.site.chapters import Chapter
from escalate.site.clauses import leaves
from escalate.site.page import Group, Page, Section
from escalate.texts import N_, _

FOLDERS = {
    "gates": N_("Gates"),
    "pathways": N_("Pathways"),
    "findings": N_("Findings"),
    "alerts": N_("Emergencies and alerts"),
    "ladder": N_("The ladder"),
}
LEADS = {
    "gates": N_("What closes or defers an option, what asks for care, and what must be known before."),
    "pathways": N_("The indications in their order. A step is reached when its condition holds."),
    "findings": N_("What is concluded about a patient before any therapy is looked at."),
    "alerts": N_("What is said beside the options. Every dose is a usual published dose."),
}


def chapter_pages(library: Library, at: Addresses) -> Iterator[Page]:
    """One page per chapter, in the order of the site."""
    make, rests_on = Maker(library, at), used_by(library, at)
    for chapter in dict.fromkeys(at.chapters.values()):
        rules = rules_of(chapter, library, at)
        yield Page(
            chapter.path,
            "chapter.html",
            _(chapter.title),
            lead=_(LEADS.get(chapter.folder, "")) if chapter.folder in LEADS else "",
            above=(Link(_(FOLDERS[chapter.folder]), f"{chapter.folder}/index.html"),),
            values={"sections": tuple(_sections(rules, make, rests_on))},
        )


def rules_of(chapter: Chapter, library: Library, at: Addresses) -> list[Rule]:
    """The active rules whose home a chapter is; one that stands once per therapy, for the first of them."""
    first: dict[str, Rule] = {}
    files = list(at.chapters)
    here = [r for r in library.rules if r.status == "active" and at.chapters[r.at.file] == chapter]
    for rule in sorted(here, key=lambda rule: files.index(rule.at.file)):
        first.setdefault(rule.id, rule)
    return list(first.values())


def used_by(library: Library, at: Addresses) -> Mapping[str, tuple[Link, ...]]:
    """The rules that name a finding or a fact, each once, in the order of their ids."""
    named: dict[str, set[str]] = {}
    for rule in library.rules:
        if rule.status == "active":
            for leaf in leaves(rule.when):
                named.setdefault(leaf.test.name, set()).add(rule.id)
    return {name: tuple(Link(one, at.rules[one]) for one in sorted(ids)) for name, ids in named.items()}


def by_kind(cards: Iterable[Card]) -> Iterator[Section]:
    """A section per kind, in the order of weight."""
    listed = list(cards)
    for kind in dict.fromkeys([*said.KINDS, *(card.kind for card in listed)]):
        of_kind = tuple(card for card in listed if card.kind == kind)
        if of_kind:
            lead = _(said.EFFECTS[kind]) if kind in said.EFFECTS else ""
            yield Section(kind, said.kind(kind)[1], (Group("", of_kind),), lead)


def _sections(rules: list[Rule], make: Maker, rests_on: Mapping[str, tuple[Link, ...]]) -> Iterator[Section]:
    yield from _pathways([r for r in rules if r.pathway], make)
    yield from _findings([r for r in rules if r.kind == "finding"], make, rests_on)
    yield from by_kind(make.card(r) for r in rules if r.kind != "finding" and not r.pathway)


def _pathways(rules: list[Rule], make: Maker) -> Iterator[Section]:
    for pathway in dict.fromkeys(rule.pathway for rule in rules):
        cards = sorted((make.card(r) for r in rules if r.pathway == pathway), key=lambda card: card.order)
        steps = dict.fromkeys(card.order[0] for card in cards)
        yield Section(
            pathway_anchor(pathway),
            _("Pathway {name}").format(name=pathway),
            tuple(Group(step_name(step), tuple(c for c in cards if c.order[0] == step)) for step in steps),
        )


def step_name(step: int) -> str:
    """`Step 2`; 99 stands for none."""
    return _("Beside the ladder") if step == 99 else _("Step {step}").format(step=step)


def _findings(rules: list[Rule], make: Maker, rests_on: Mapping[str, tuple[Link, ...]]) -> Iterator[Section]:
    found = [make.library.findings[name] for name in dict.fromkeys(rule.targets[0] for rule in rules)]
    # A grade is looked for first; what it rests on stands below it.
    for finding in sorted(found, key=lambda finding: (not finding.levels, not finding.shown)):
        name = finding.name
        cards = tuple(replace(make.card(r), targets=()) for r in rules if r.targets[0] == name)
        if finding.levels:
            lowest, *higher = finding.levels
            lead = _(
                "The levels, from lowest to highest: {levels}. It is the highest level with one rule that "
                "holds; a level that is proved proves every lower one. {lowest} is read only when no rule of "
                "a higher level holds or is undecided."
            ).format(levels=", ".join(finding.levels), lowest=lowest)
            groups = tuple(Group(level, tuple(c for c in cards if c.level == level)) for level in higher)
        else:
            lead = _("It holds when one of these rules holds.") if len(cards) > 1 else ""
            groups = (Group("", cards),)
        yield Section(
            anchor(name), finding.title, tuple(g for g in groups if g.cards), lead, rests_on.get(name, ())
        )
