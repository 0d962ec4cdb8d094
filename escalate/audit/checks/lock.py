"""knowledge/safety-lock.yaml: what closes an option stays closed until somebody says so on a line of its own.

    groups:                                       therapies that several rules reach, by a name of this file
      jak_inhibitors: [baricitinib, ...]
    rules:                                        one line per rule: its kind, and whom it reaches
      AZA-X01: {kind: exclude, for: [azathioprine]}
      JAK-X2: {kind: caution_high, for: [jak_inhibitors]}
    fields: [heart.echo.lvef_percent, ...]        that some closing rule must read

Every active rule that excludes, defers, needs a documented decision or asks before an option is open stands
here as it is. A therapy is locked by its id: a class that loses a member loses a lock, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from escalate.audit.checks.rules import active
from escalate.audit.reads import fields_read, is_read
from escalate.library.model import Library, Rule
from escalate.library.reading import Reader
from escalate.nodes import Document, Node, Scalar, Sequence
from escalate.problems import Problem, Span
from escalate.texts import _

LOCK = "knowledge/safety-lock.yaml"
# From what closes an option for good to what leaves it open: whoever moves to the right, weakens.
_CLOSING = ("exclude", "defer", "ask", "caution_high")


@dataclass(frozen=True, slots=True)
class _Locked:
    kind: str
    therapies: tuple[str, ...]
    at: Span


def lock(library: Library, documents: Mapping[str, Document]) -> Iterator[Problem]:
    """Every locked rule or field that is less than it was, and every closing rule that is not locked.

    A knowledge base without the file has no lock; the shipped one has one.
    """
    document = documents.get(LOCK)
    if document is None:
        return
    problems: list[Problem] = []
    reader = Reader(document, problems.append)
    root = reader.mapping(document.root, LOCK)
    if root is None:
        yield from problems
        return
    reader.keys(root, ("groups", "rules", "fields"), ("rules", "fields"), _("the lock"))
    groups = _groups(reader, root.get("groups"), library)
    locked = _locked(reader, root.get("rules"), groups, library)
    yield from problems
    closing = closing_rules(library)
    written = {rule.id: rule for rule in library.rules}
    for name, one in locked.items():
        yield from _weaker(name, one, closing.get(name, ()), written)
    for name, rules in closing.items():
        yield from _not_locked(name, rules, locked.get(name), groups)
    yield from _unread(reader, root.get("fields"), library, closing)


def closing_rules(library: Library) -> dict[str, tuple[Rule, ...]]:
    """By id, the active rules that the lock holds: one per therapy where a rule stands once for each."""
    found: dict[str, list[Rule]] = {}
    for rule in active(library):
        if rule.kind in _CLOSING and rule.targets:
            found.setdefault(rule.id, []).append(rule)
    return {name: tuple(rules) for name, rules in found.items()}


def line(name: str, kind: str, therapies: tuple[str, ...], groups: Mapping[str, tuple[str, ...]]) -> str:
    """The line of a rule, with groups where they fit whole.

    >>> line("X", "defer", ("a", "b", "c"), {"pair": ("a", "b")})
    'X: {kind: defer, for: [pair, c]}'
    """
    left, said = list(therapies), []
    for group, members in sorted(groups.items(), key=lambda one: (-len(one[1]), one[0])):
        if len(members) > 1 and set(members) <= set(left):
            said.append(group)
            left = [one for one in left if one not in members]
    return f"{name}: {{kind: {kind}, for: [{', '.join((*said, *left))}]}}"


def reached(rules: tuple[Rule, ...]) -> tuple[str, ...]:
    """The therapies that a rule reaches in all of its instances, in order."""
    return tuple(dict.fromkeys(target for rule in rules for target in rule.targets))


def _weaker(
    name: str, locked: _Locked, rules: tuple[Rule, ...], written: Mapping[str, Rule]
) -> Iterator[Problem]:
    help_ = _("a rule that may go is removed from {file}, on a line of its own").format(file=LOCK)
    if not rules:
        now = written.get(name)
        if now is None:
            yield Problem(
                locked.at, "locked-rule-gone", _("the locked rule `{name}` is gone").format(name=name), help_
            )
        elif now.status != "active":
            yield Problem(
                now.at,
                "locked-rule-gone",
                _("the locked rule `{name}` is {status}").format(name=name, status=now.status),
                help_,
            )
        else:
            message = _("the locked rule `{name}` was `{kind}` and is `{kind_now}`").format(
                name=name, kind=locked.kind, kind_now=now.kind
            )
            yield Problem(now.at, "locked-rule-weaker", message, help_)
        return
    now = rules[0]
    if _CLOSING.index(now.kind) > _CLOSING.index(locked.kind):
        message = _("the locked rule `{name}` was `{kind}` and is `{kind_now}`").format(
            name=name, kind=locked.kind, kind_now=now.kind
        )
        yield Problem(now.at, "locked-rule-weaker", message, help_)
    lost = [one for one in locked.therapies if one not in reached(rules)]
    if lost:
        message = _("the locked rule `{name}` no longer reaches {lost}").format(
            name=name, lost=", ".join(f"`{one}`" for one in lost)
        )
        yield Problem(now.at, "locked-rule-narrower", message, help_)


def _not_locked(
    name: str, rules: tuple[Rule, ...], locked: _Locked | None, groups: Mapping[str, tuple[str, ...]]
) -> Iterator[Problem]:
    now, therapies = rules[0], reached(rules)
    if locked is None:
        message = _("`{name}` closes an option and is not locked").format(name=name)
        help_ = _("add to `rules` in {file}:  {line}").format(
            file=LOCK, line=line(name, now.kind, therapies, groups)
        )
        yield Problem(now.at, "unlocked-rule", message, help_)
    elif _CLOSING.index(now.kind) < _CLOSING.index(locked.kind) or set(therapies) - set(locked.therapies):
        message = _("`{name}` closes more than its lock says").format(name=name)
        help_ = _("write in {file}:  {line}").format(file=LOCK, line=line(name, now.kind, therapies, groups))
        yield Problem(locked.at, "unlocked-rule", message, help_)


def _unread(
    reader: Reader, node: Node | None, library: Library, closing: Mapping[str, tuple[Rule, ...]]
) -> Iterator[Problem]:
    read = {field for name, fields in fields_read(library).items() if name in closing for field in fields}
    for item in node.items if isinstance(node, Sequence) else ():
        name = reader.text(item, "fields")
        if not is_read(name, read):
            message = _("no rule that closes an option reads `{name}` any more").format(name=name)
            help_ = _("a field that may go is removed from {file}, on a line of its own").format(file=LOCK)
            yield Problem(item.at, "locked-field-unread", message, help_)


def _groups(reader: Reader, node: Node | None, library: Library) -> dict[str, tuple[str, ...]]:
    body = reader.mapping(node, "groups")
    groups: dict[str, tuple[str, ...]] = {}
    for key, value in body.entries if body else ():
        members = [
            reader.word(item, library.therapies, "groups") for item in reader.items(value, _("a group"))
        ]
        groups[key.text] = tuple(one for one in members if one)
    return groups


def _locked(
    reader: Reader, node: Node | None, groups: Mapping[str, tuple[str, ...]], library: Library
) -> dict[str, _Locked]:
    body = reader.mapping(node, "rules")
    found: dict[str, _Locked] = {}
    for key, value in body.entries if body else ():
        held = reader.mapping(value, f"`{key.text}`")
        if held is None:
            continue
        reader.keys(held, ("kind", "for"), ("kind", "for"), f"`{key.text}`")
        kind = reader.word(held.get("kind"), _CLOSING, "kind")
        if not kind:
            continue
        names: list[str] = []
        for item in reader.items(held.get("for"), "for"):
            name = item.text if isinstance(item, Scalar) else ""
            if name in groups:
                names += groups[name]
            elif reader.word(item, (*library.therapies, *groups), "for"):
                names.append(name)
        found[key.text] = _Locked(kind, tuple(names), key.at)
    return found
