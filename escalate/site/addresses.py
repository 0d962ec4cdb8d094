"""Where each thing has its one home: the path of its page and its anchor, from the root of the site."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from escalate.library.families import FactTypes, slug
from escalate.library.model import Library
from escalate.problems import InternalFault
from escalate.site.chapters import Chapter, chapters_of
from escalate.texts import _

FIELDS, FACTS, EVIDENCE = "fields.html", "derived-facts.html", "evidence.html"
ENTITIES, RULES, TESTS = "entities.html", "rules.html", "tests.html"
ANTIBODIES, LADDER = "antibodies/index.html", "ladder/index.html"


def anchor(name: str) -> str:
    """A name as the id of an element.

    >>> anchor("therapies[].dose"), anchor("therapy.{therapy}.failed")
    ('therapies.dose', 'therapy.therapy.failed')
    """
    return re.sub(r"[^A-Za-z0-9_.-]", "", name)


def pathway_anchor(name: str) -> str:
    """Apart from the rules: a pathway and an alert on it may share a name."""
    return f"pathway-{anchor(name)}"


def source_anchor(name: str) -> str:
    """Apart from the rules: `E10` is an emergency and a source."""
    return f"source-{anchor(name)}"


def fact_types(library: Library) -> FactTypes:
    """The facts with the families among them.

    Raises: InternalFault for a library that was not built from files.
    """
    if not isinstance(library.facts, FactTypes):
        raise InternalFault(_("the facts of the library have no families"))
    return library.facts


@dataclass(frozen=True, slots=True)
class Addresses:
    """The homes of everything that other pages point at; an empty path says that there is none."""

    chapters: Mapping[str, Chapter]  # by file
    rules: Mapping[str, str]
    findings: Mapping[str, str]
    pathways: Mapping[str, str]
    proofs: Mapping[str, tuple[str, ...]]  # a finding without levels -> the titles of its rules
    library: Library

    def fact(self, name: str) -> str:
        """A field, a derived fact or the family of one."""
        facts = fact_types(self.library)
        fact = facts.plain.get(name)
        if fact is not None:
            return f"{FACTS if fact.derived else FIELDS}#{anchor(name)}"
        if part := next((one for one in facts.plain if one.startswith(f"{name}[]")), ""):
            return f"{FIELDS}#{anchor(part)}"
        for family in facts.families:
            before, _, after = family.pattern.name.partition(f"{{{family.slot}}}")
            if name.startswith(before) and name.endswith(after):
                return f"{FACTS}#{anchor(family.pattern.name)}"
        return ""

    def name(self, name: str) -> str:
        """What a condition names: a finding or a fact."""
        return self.findings.get(name) or self.fact(name)

    def therapy(self, therapy: str) -> str:
        """The page of a listed therapy."""
        found = self.library.therapies.get(therapy)
        return f"therapies/{therapy}.html" if found is not None and found.listed else ""

    def antibody(self, name: str) -> str:
        """The page of an antibody."""
        return f"antibodies/{slug(name)}.html" if name in self.library.antibodies.labels else ""

    def entity(self, name: str) -> str:
        """The entry of an entity."""
        return f"{ENTITIES}#{name}" if name in self.library.entities.labels else ""

    def evidence(self, name: str) -> str:
        """The entry of the register."""
        return f"{EVIDENCE}#{source_anchor(name)}" if name in self.library.evidence else ""


def addresses(library: Library) -> Addresses:
    """Every home in the site of one knowledge base."""
    active = [rule for rule in library.rules if rule.status == "active"]
    chapters = chapters_of(rule.at.file for rule in active)
    rules: dict[str, str] = {}
    findings: dict[str, str] = {}
    pathways: dict[str, str] = {}
    proofs: dict[str, dict[str, str]] = {}
    for rule in sorted(active, key=lambda rule: list(chapters).index(rule.at.file)):
        page = chapters[rule.at.file].path
        rules.setdefault(rule.id, f"{page}#{anchor(rule.id)}")
        if rule.kind == "finding":
            findings.setdefault(rule.targets[0], f"{page}#{anchor(rule.targets[0])}")
            if not rule.level:
                proofs.setdefault(rule.targets[0], {})[rule.id] = rule.title
        if rule.pathway:
            pathways.setdefault(rule.pathway, f"{page}#{pathway_anchor(rule.pathway)}")
    titles = {name: tuple(by_rule.values()) for name, by_rule in proofs.items()}
    return Addresses(chapters, rules, findings, pathways, titles, library)
