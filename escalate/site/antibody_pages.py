"""The antibodies: a table of their ratings, and one page each with guidance and the rules that read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from escalate.library.families import slug
from escalate.library.model import Library
from escalate.site import said
from escalate.site.addresses import ANTIBODIES, Addresses
from escalate.site.cards import Link
from escalate.site.chapter_pages import used_by
from escalate.site.page import Page
from escalate.site.rows import Row, Rows, items, spellings, text
from escalate.texts import N_, _

_CLASSES = {
    "MSA": N_("myositis-specific"),
    "MAA": N_("myositis-associated"),
    "other": N_("other antibody"),
}


def antibody_pages(library: Library, at: Addresses, rows: Rows) -> Iterator[Page]:
    """The table, then each antibody in the order of the file."""
    risks = tuple((key, _(title)) for key, title in said.RISKS.items())
    rated = {name: entry for name, entry in rows.antibodies.items() if _ratings(entry)}
    yield Page(
        ANTIBODIES,
        "antibodies.html",
        _("Antibodies"),
        _(
            "Ratings are relative to other patients with myositis, never probabilities, and no source was "
            "looked up for them: they are unverified."
        ),
        values={
            "risks": risks,
            "rated": tuple(
                (
                    _link(name, entry, at),
                    of_class(entry),
                    tuple(_ratings(entry).get(key) for key, _t in risks),
                )
                for name, entry in rated.items()
            ),
            "others": tuple(
                (_link(name, entry, at), of_class(entry))
                for name, entry in rows.antibodies.items()
                if name not in rated
            ),
        },
    )
    rests_on = used_by(library, at)
    for name, entry in rows.antibodies.items():
        yield _page(name, entry, library, at, rests_on)


def of_class(entry: Row) -> str:
    """Whether the antibody is specific for myositis."""
    return said.of(_CLASSES, text(entry, "class"))


def _link(name: str, entry: Row, at: Addresses) -> Link:
    return Link(text(entry, "label") or name, at.antibody(name))


def _ratings(entry: Row) -> dict[str, tuple[str, str]]:
    """By risk: the rating as the file writes it, and in words."""
    return {
        key: (str(entry[key]), said.of(said.RATINGS, str(entry[key]))) for key in said.RISKS if key in entry
    }


def _page(
    name: str, entry: Row, library: Library, at: Addresses, rests_on: Mapping[str, tuple[Link, ...]]
) -> Page:
    start = f"antibody.{slug(name)}."
    rules = {link.text: link for fact, links in rests_on.items() if fact.startswith(start) for link in links}
    entities = tuple(
        Link(library.entities.labels.get(str(one), str(one)), at.entity(str(one)))
        for one in items(entry.get("entity"))
    )
    basis = text(entry, "basis")
    return Page(
        at.antibody(name),
        "antibody.html",
        text(entry, "label") or name,
        above=(Link(_("Antibodies"), ANTIBODIES),),
        values={
            "class": of_class(entry),
            "name": name,
            "synonyms": spellings(entry),
            "synthetase": text(entry, "group") == "antisynthetase",
            "entities": entities,
            "ratings": tuple((_(said.RISKS[key]), *pair) for key, pair in _ratings(entry).items()),
            "basis": basis,
            "basis_word": said.of(said.BASES, basis) if basis else "",
            "note": text(entry, "note"),
            "escalation": text(entry, "escalation"),
            "negative": text(entry, "negative_guidance"),
            "sources": tuple(
                (Link(ref, at.evidence(ref)), library.evidence[ref].citation)
                for ref in map(str, items(entry.get("source")))
                if ref in library.evidence
            ),
            "rules": tuple(
                (link, next(r.title for r in library.rules if r.id == link.text))
                for _id, link in sorted(rules.items())
            ),
        },
    )
