"""The first page, and the list over each folder of the site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from escalate.library.model import Library, Therapy
from escalate.site import said
from escalate.site.addresses import (
    ANTIBODIES,
    ENTITIES,
    EVIDENCE,
    FACTS,
    FIELDS,
    LADDER,
    RULES,
    TESTS,
    Addresses,
)
from escalate.site.cards import Link
from escalate.site.chapter_pages import FOLDERS, LEADS, rules_of
from escalate.site.chapters import Chapter
from escalate.site.page import Page
from escalate.site.rows import Rows, items, text
from escalate.site.therapy_pages import status_words
from escalate.texts import _, ngettext

HOME = "index.html"
THERAPIES = "therapies/index.html"


def index_pages(library: Library, at: Addresses, rows: Rows) -> Iterator[Page]:
    """The first page and the lists."""
    yield _home(library, at)
    yield _therapies(library, at)
    for folder, title in FOLDERS.items():
        if folder != "ladder":
            lead = _(LEADS[folder])
            listed = {"chapters": tuple(_listed(c, library, at) for c in _of(folder, at))}
            yield Page(f"{folder}/index.html", "list.html", _(title), lead, values=listed)
    yield _ladder(library, at, rows)


def navigation() -> tuple[Link, ...]:
    """What stands at the top of every page."""
    return (
        Link(_("Therapies"), THERAPIES),
        Link(_("Pathways"), "pathways/index.html"),
        Link(_("Gates"), "gates/index.html"),
        Link(_("Findings"), "findings/index.html"),
        Link(_("Alerts"), "alerts/index.html"),
        Link(_("Ladder"), LADDER),
        Link(_("Antibodies"), ANTIBODIES),
        Link(_("Entities"), ENTITIES),
        Link(_("Evidence"), EVIDENCE),
        Link(_("Fields"), FIELDS),
        Link(_("Rules A to Z"), RULES),
    )


def _home(library: Library, at: Addresses) -> Page:
    active = {rule.id: rule for rule in library.rules if rule.status == "active"}
    bases = Counter(rule.basis for rule in active.values())
    return Page(
        HOME,
        "index.html",
        _("The escalate knowledge base"),
        values={
            "count": len(active),
            "bases": tuple((key, _(word), bases[key]) for key, word in said.BASES.items()),
            "kinds": tuple((key, said.kind(key)[0], _(text_)) for key, text_ in said.EFFECTS.items()),
            "therapies": tuple(Link(t.name, at.therapy(t.id)) for t in _by_name(library) if t.listed),
            "gates": _folder("gates", at),
            "folders": tuple(_folder(folder, at) for folder in FOLDERS if folder != "gates"),
            "reference": (
                (Link(_("Antibodies"), ANTIBODIES), len(library.antibodies.labels)),
                (Link(_("Entities"), ENTITIES), len(library.entities.labels)),
                (Link(_("Evidence register"), EVIDENCE), len(library.evidence)),
                (Link(_("Fields of the patient file"), FIELDS), None),
                (Link(_("Derived facts"), FACTS), None),
                (Link(_("When a test is called for"), TESTS), len(library.tests)),
                (Link(_("Rules A to Z"), RULES), len(active)),
            ),
        },
    )


def _folder(folder: str, at: Addresses) -> tuple[Link, tuple[Link, ...]]:
    chapters = tuple(Link(_(chapter.title), chapter.path) for chapter in _of(folder, at))
    if folder == "ladder":
        chapters = (Link(_("The steps with their entry and goal"), LADDER), *chapters)
    return Link(_(FOLDERS[folder]), f"{folder}/index.html"), chapters


def _by_name(library: Library) -> list[Therapy]:
    return sorted(library.therapies.values(), key=lambda t: t.name.casefold())


def _of(folder: str, at: Addresses) -> list[Chapter]:
    return [c for c in dict.fromkeys(at.chapters.values()) if c.folder == folder]


def _listed(chapter: Chapter, library: Library, at: Addresses) -> dict[str, object]:
    rules = rules_of(chapter, library, at)
    parts = [Link(name, at.pathways[name]) for name in dict.fromkeys(r.pathway for r in rules if r.pathway)]
    parts += [
        Link(library.findings[name].title, at.findings[name])
        for name in dict.fromkeys(r.targets[0] for r in rules if r.kind == "finding")
    ]
    return {
        "link": Link(_(chapter.title), chapter.path),
        "count": ngettext("{count} rule", "{count} rules", len(rules)).format(count=len(rules)),
        "parts": tuple(parts),
    }


def _therapies(library: Library, at: Addresses) -> Page:
    return Page(
        THERAPIES,
        "therapies.html",
        _("Therapies"),
        _("Each with its gate, its evidence and where it is indicated. The status is that of the register."),
        values={
            "listed": tuple(
                {
                    "link": Link(t.name, at.therapy(t.id)),
                    "class": said.capital(said.class_name(t.classes[0])) if t.classes else "",
                    "level": said.of(said.LEVELS, t.evidence_level) if t.evidence_level else "",
                    "status": status_words(t),
                }
                for t in _by_name(library)
                if t.listed
            ),
            "others": tuple(t.name for t in _by_name(library) if not t.listed),
        },
    )


def _ladder(library: Library, at: Addresses, rows: Rows) -> Page:
    steps = tuple(
        {
            "step": text(step, "step"),
            "content": text(step, "content"),
            "entry": text(step, "entry"),
            "exit": text(step, "exit"),
            "evidence": tuple(Link(ref, at.evidence(ref)) for ref in map(str, items(step.get("evidence")))),
        }
        for step in rows.ladder
    )
    lead = _(
        "A step is reached when its entry holds, not when every earlier drug was used. A contraindication "
        "leads to the next drug of the same step."
    )
    listed = tuple(_listed(chapter, library, at) for chapter in _of("ladder", at))
    return Page(LADDER, "ladder.html", _("The ladder"), lead, values={"steps": steps, "chapters": listed})
