"""knowledge/safety-lock.yaml as it is written: which rules it holds, and what their lines look like.

groups:                                       therapies that several rules reach, by a name of this file
  jak_inhibitors: [baricitinib, ...]
rules:                                        one line per rule: what it is, reaches or starts
  AZA-X01: {kind: exclude, for: [azathioprine]}
  JAK-X2: {kind: caution_high, for: [jak_inhibitors]}
  E4: {kind: emergency, starts: [glucocorticoid_pulse, ivig]}
  E6: {kind: emergency}                       starts no therapy of its own
fields: [heart.echo.lvef_percent, ...]        that some closing rule must read
emergency_fields: [lung.oxygen_need, ...]     that some emergency must read
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from escalate.library.model import Library, Rule
from escalate.library.reading import Reader
from escalate.nodes import Mapping as MappingNode
from escalate.nodes import Node, Scalar
from escalate.problems import Span
from escalate.texts import _

EMERGENCY = "emergency"
# From what closes an option for good to what leaves it open: whoever moves to the right, weakens.
CLOSING = ("exclude", "defer", "ask", "caution_high")

Groups = Mapping[str, tuple[str, ...]]
Field = tuple[str, Span]


@dataclass(frozen=True, slots=True)
class Locked:
    """One line: a rule as it was last agreed. `therapies` are those that it closes, or starts."""

    kind: str
    therapies: tuple[str, ...]
    at: Span


@dataclass(frozen=True, slots=True)
class Lock:
    """The whole file."""

    groups: Groups
    rules: Mapping[str, Locked]
    fields: tuple[Field, ...]
    emergency_fields: tuple[Field, ...]


def read_lock(reader: Reader, root: MappingNode, library: Library) -> Lock:
    """The lock; what cannot be read goes to the reader's problems and is no lock."""
    keys = ("groups", "rules", "fields", "emergency_fields")
    reader.keys(root, keys, ("rules", "fields"), _("the lock"))
    groups = _groups(reader, root.get("groups"), library)
    return Lock(
        groups,
        dict(_rules(reader, root.get("rules"), groups, library)),
        _fields(reader, root.get("fields"), "fields"),
        _fields(reader, root.get("emergency_fields"), "emergency_fields"),
    )


def role(rule: Rule) -> str:
    """What the lock calls a rule: the kind of one that closes, `emergency`, or nothing."""
    if rule.alert == EMERGENCY:
        return EMERGENCY
    return rule.kind if rule.kind in CLOSING and rule.targets else ""


def held(rules: tuple[Rule, ...]) -> tuple[str, ...]:
    """The therapies that a rule reaches in all of its instances, or that an emergency starts, in order."""
    started = (therapy for rule in rules for action in rule.do for therapy in action.therapies)
    reached = (target for rule in rules for target in rule.targets)
    return tuple(dict.fromkeys(started if role(rules[0]) == EMERGENCY else reached))


def line(name: str, kind: str, therapies: tuple[str, ...], groups: Groups) -> str:
    """The line of a rule, with groups where they fit whole.

    >>> line("X", "defer", ("a", "b", "c"), {"pair": ("a", "b")})
    'X: {kind: defer, for: [pair, c]}'
    >>> line("E6", "emergency", (), {})
    'E6: {kind: emergency}'
    """
    if not therapies:
        return f"{name}: {{kind: {kind}}}"
    left, said = list(therapies), []
    for group, members in sorted(groups.items(), key=lambda one: (-len(one[1]), one[0])):
        if len(members) > 1 and set(members) <= set(left):
            said.append(group)
            left = [one for one in left if one not in members]
    return f"{name}: {{kind: {kind}, {_key(kind)}: [{', '.join((*said, *left))}]}}"


def _key(kind: str) -> str:
    return "starts" if kind == EMERGENCY else "for"


def _groups(reader: Reader, node: Node | None, library: Library) -> Groups:
    body = reader.mapping(node, "groups")
    groups: dict[str, tuple[str, ...]] = {}
    for key, value in body.entries if body else ():
        members = [
            reader.word(item, library.therapies, "groups") for item in reader.items(value, _("a group"))
        ]
        groups[key.text] = tuple(one for one in members if one)
    return groups


def _rules(
    reader: Reader, node: Node | None, groups: Groups, library: Library
) -> Iterator[tuple[str, Locked]]:
    body = reader.mapping(node, "rules")
    for key, value in body.entries if body else ():
        one = reader.mapping(value, f"`{key.text}`")
        if one is None:
            continue
        kind = reader.word(one.get("kind"), (*CLOSING, EMERGENCY), "kind")
        therapies = _key(kind)
        required = ("kind",) if kind == EMERGENCY else ("kind", therapies)
        reader.keys(one, ("kind", therapies), required, f"`{key.text}`")
        if not kind:
            continue
        names: list[str] = []
        for item in reader.items(one.get(therapies), therapies):
            name = item.text if isinstance(item, Scalar) else ""
            if name in groups:
                names += groups[name]
            elif reader.word(item, (*library.therapies, *groups), therapies):
                names.append(name)
        yield key.text, Locked(kind, tuple(names), key.at)


def _fields(reader: Reader, node: Node | None, key: str) -> tuple[Field, ...]:
    return tuple((reader.text(item, key), item.at) for item in reader.items(node, key))
