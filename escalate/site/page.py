"""One page before it is written: its path, its template, and the values that the template shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from escalate.site.cards import Card, Link


@dataclass(frozen=True, slots=True)
class Page:
    """`path` from the root of the site; `above` the pages over it, for the way back."""

    path: str
    template: str
    title: str
    lead: str = ""
    above: tuple[Link, ...] = ()
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """Cards under one heading of the third level; no title: they follow the section's own."""

    title: str
    cards: tuple[Card, ...]
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the second level with its groups, and the rules that rest on it."""

    anchor: str
    title: str
    groups: tuple[Group, ...]
    lead: str = ""
    used_by: tuple[Link, ...] = ()
