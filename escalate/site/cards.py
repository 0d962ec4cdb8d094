"""One rule as a card: what it says, when, why, on what ground, and where each thing it names has its home."""

from __future__ import annotations

from dataclasses import dataclass

from escalate.language.names import Names
from escalate.library.model import Citation, Library, Rule
from escalate.site import said
from escalate.site.addresses import Addresses, anchor
from escalate.site.clauses import Clause, clause
from escalate.texts import _


@dataclass(frozen=True, slots=True)
class Link:
    """A text, and the path of its home from the root of the site; an empty path is no link."""

    text: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """What of a source supports something."""

    link: Link
    citation: str
    at: str
    supports: str


@dataclass(frozen=True, slots=True)
class Action:
    """One line of what an alert names, with the therapies it is about."""

    text: str
    therapies: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A rule as it is shown; `kind` is the kind, or which alert it is."""

    id: str
    anchor: str
    path: str
    title: str
    kind: str
    kind_word: str
    basis: str
    basis_word: str
    level: str
    when: Clause
    because: str
    advise: str
    sources: tuple[Source, ...]
    targets: tuple[Link, ...]
    once_per: str  # the therapy it is shown for, where it stands once for each
    notes: tuple[str, ...]
    positions: tuple[str, ...]
    do: tuple[Action, ...]
    do_not: tuple[str, ...]
    unknown: tuple[Link, ...]
    place: str
    order: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes cards and links out of one library."""

    library: Library
    at: Addresses

    @property
    def names(self) -> Names:
        """What conditions name."""
        return Names(self.library.facts, self.library.findings)

    def therapy(self, name: str) -> Link:
        """A therapy by its name, linked where it has a page."""
        known = self.library.therapies.get(name)
        label = known.name if known is not None else self.library.drugs.labels.get(name, name)
        return Link(label, self.at.therapy(name))

    def source(self, citation: Citation) -> Source:
        """A citation with its entry of the register."""
        entry = self.library.evidence.get(citation.ref)
        told = entry.citation if entry is not None else ""
        link = Link(citation.ref, self.at.evidence(citation.ref))
        return Source(link, told, citation.at, citation.supports)

    def card(self, rule: Rule) -> Card:
        """A rule; a rule that stands once per therapy is shown for its own one."""
        kind = rule.alert or rule.kind
        once = rule.key != rule.id
        targets = () if rule.kind == "finding" or once else tuple(map(self.therapy, rule.targets))
        return Card(
            id=rule.id,
            anchor=anchor(rule.id),
            path=self.at.rules[rule.id],
            title=rule.title,
            kind=kind,
            kind_word=said.kind(kind)[0],
            basis=rule.basis,
            basis_word=said.of(said.BASES, rule.basis),
            level=rule.level,
            when=clause(rule.when, self.names, self.at),
            because=rule.because,
            advise=rule.advise,
            sources=tuple(map(self.source, rule.sources)),
            targets=targets,
            once_per=self.therapy(rule.targets[0]).text if once else "",
            notes=tuple(_notes(rule)),
            positions=rule.positions,
            do=tuple(Action(one.text, tuple(map(self.therapy, one.therapies))) for one in rule.do),
            do_not=rule.do_not,
            unknown=tuple(Link(name, self.at.name(name)) for name in rule.makes_unknown),
            place=f"{rule.at.file}:{rule.at.line}",
            order=(rule.step if rule.step is not None else 99, rule.order if rule.order is not None else 99),
        )


def _notes(rule: Rule) -> list[str]:
    notes = []
    if rule.again:
        notes.append(_("Holds although the drug failed before."))
    if rule.kind == "exclude" and rule.reversible:
        notes.append(_("Can change: to be looked at again."))
    if rule.scope == "out_of_scope":
        notes.append(_("Out of scope: no ladder is shown."))
    if rule.scope == "bcma_safety_only":
        notes.append(_("Only the safety gate of the BCMA engagers and the exposure are shown."))
    if rule.reviewed:
        notes.append(_("Reviewed: {reviewed}.").format(reviewed=rule.reviewed))
    return notes
