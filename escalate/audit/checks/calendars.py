"""Calendars: every entry quotes its therapy, says when, and names a condition that can be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from escalate.language.names import Names
from escalate.language.parse import parse_condition
from escalate.library.model import Library
from escalate.nodes import Document, Sequence
from escalate.nodes import Mapping as MappingNode
from escalate.plan.calendar_entries import FILE, CalendarFault, entry_of
from escalate.problems import Problem
from escalate.texts import _

_ABOUT_THE_FILE = ("basis", "source", "note", "de")


def calendars(library: Library, documents: Mapping[str, Document]) -> Iterator[Problem]:
    """Entries that `escalate calendar` could not place."""
    document, held = documents.get(FILE), library.parameters.get("calendars")
    root = document.root if document is not None else None
    body = root.get("calendars") if isinstance(root, MappingNode) else None
    if document is None or not isinstance(body, MappingNode) or not isinstance(held, Mapping):
        return
    names = Names(library.facts, library.findings, {})
    for key, node in body.entries:
        if key.text in _ABOUT_THE_FILE:
            continue
        therapy, rows = library.therapies.get(key.text), held.get(key.text)
        if therapy is None or not isinstance(node, Sequence) or not isinstance(rows, list | tuple):
            message = _("`{key}` is not a therapy with a list of entries").format(key=key.text)
            yield Problem(key.at, "calendar", message)
            continue
        for item, raw in zip(node.items, rows, strict=False):
            try:
                entry_of(raw, therapy)
            except CalendarFault as fault:
                yield Problem(item.at, "calendar", str(fault))
            when = item.get("when") if isinstance(item, MappingNode) else None
            if when is not None:
                found: list[Problem] = []
                parse_condition(when, names, ask=False, excerpt=document.excerpt, collect=found.append)
                yield from found
