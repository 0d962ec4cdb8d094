"""knowledge/safety-lock.yaml: what closes an option, and what is an emergency, stays so until somebody says
otherwise on a line of its own.

Every active rule that excludes, defers, needs a documented decision or asks before an option is open stands
there as it is, and so does every emergency. A therapy is locked by its id: a class that loses a member loses
a lock, too. lock_file.py says how the file is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from escalate.audit.checks.lock_file import (
    CLOSING,
    EMERGENCY,
    Groups,
    Lock,
    Locked,
    held,
    line,
    read_lock,
    role,
)
from escalate.audit.checks.rules import active
from escalate.audit.reads import fields_read, is_read
from escalate.library.model import Library, Rule
from escalate.library.reading import Reader
from escalate.nodes import Document
from escalate.problems import Problem
from escalate.texts import _

LOCK = "knowledge/safety-lock.yaml"


def lock(library: Library, documents: Mapping[str, Document]) -> Iterator[Problem]:
    """Every locked rule or field that is less than it was, and every closing rule or emergency not locked.

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
    agreed = read_lock(reader, root, library)
    yield from problems
    now = locked_rules(library)
    written = {rule.id: rule for rule in library.rules}
    for name, one in agreed.rules.items():
        yield from _weaker(name, one, now.get(name, ()), written)
    for name, rules in now.items():
        yield from _not_locked(name, rules, agreed.rules.get(name), agreed.groups)
    yield from _unread(agreed, library, now)


def locked_rules(library: Library) -> dict[str, tuple[Rule, ...]]:
    """By id, the active rules that the lock holds: one per therapy where a rule stands once for each."""
    found: dict[str, list[Rule]] = {}
    for rule in active(library):
        if role(rule):
            found.setdefault(rule.id, []).append(rule)
    return {name: tuple(rules) for name, rules in found.items()}


def _weaker(
    name: str, locked: Locked, rules: tuple[Rule, ...], written: Mapping[str, Rule]
) -> Iterator[Problem]:
    help_ = _("a rule that may go is removed from {file}, on a line of its own").format(file=LOCK)
    now = rules[0] if rules else written.get(name)
    if now is None:
        gone = _("the locked rule `{name}` is gone").format(name=name)
        yield Problem(locked.at, "locked-rule-gone", gone, help_)
        return
    if now.status != "active":
        silent = _("the locked rule `{name}` is {status}").format(name=name, status=now.status)
        yield Problem(now.at, "locked-rule-gone", silent, help_)
        return
    if _rank(role(now), locked.kind) > _rank(locked.kind, locked.kind):
        weaker = _("the locked rule `{name}` was `{kind}` and is `{kind_now}`").format(
            name=name, kind=locked.kind, kind_now=role(now) or now.alert or now.kind
        )
        yield Problem(now.at, "locked-rule-weaker", weaker, help_)
    lost = ", ".join(f"`{one}`" for one in locked.therapies if one not in held(rules)) if rules else ""
    if lost:
        narrower = (
            _("the locked rule `{name}` no longer reaches {lost}")
            if locked.kind != EMERGENCY
            else _("the locked emergency `{name}` no longer starts {lost}")
        ).format(name=name, lost=lost)
        yield Problem(now.at, "locked-rule-narrower", narrower, help_)


def _rank(kind: str, locked: str) -> int:
    """How little a kind closes. Nothing is stricter than an emergency, and one closes nothing by itself."""
    if EMERGENCY in (kind, locked):
        return 0 if kind == locked else 1
    return CLOSING.index(kind) if kind else len(CLOSING)


def _not_locked(
    name: str, rules: tuple[Rule, ...], locked: Locked | None, groups: Groups
) -> Iterator[Problem]:
    now, therapies = rules[0], held(rules)
    kind = role(now)
    what = line(name, kind, therapies, groups)
    if locked is None:
        missing = (
            _("`{name}` closes an option and is not locked")
            if kind != EMERGENCY
            else _("`{name}` is an emergency and is not locked")
        ).format(name=name)
        add = _("add to `rules` in {file}:  {line}").format(file=LOCK, line=what)
        yield Problem(now.at, "unlocked-rule", missing, add)
    elif _rank(kind, locked.kind) < _rank(locked.kind, locked.kind) or set(therapies) - set(locked.therapies):
        more = (
            _("`{name}` closes more than its lock says")
            if kind != EMERGENCY
            else _("`{name}` starts more than its lock says")
        ).format(name=name)
        write = _("write in {file}:  {line}").format(file=LOCK, line=what)
        yield Problem(locked.at, "unlocked-rule", more, write)


def _unread(agreed: Lock, library: Library, now: Mapping[str, tuple[Rule, ...]]) -> Iterator[Problem]:
    read = fields_read(library)
    alarms = {name for name, rules in now.items() if role(rules[0]) == EMERGENCY}
    of_alarms = {field for rule in alarms for field in read[rule]}
    of_closing = {field for rule in now.keys() - alarms for field in read[rule]}
    help_ = _("a field that may go is removed from {file}, on a line of its own").format(file=LOCK)
    for name, at in agreed.fields:
        if not is_read(name, of_closing):
            message = _("no rule that closes an option reads `{name}` any more").format(name=name)
            yield Problem(at, "locked-field-unread", message, help_)
    for name, at in agreed.emergency_fields:
        if not is_read(name, of_alarms):
            silent = _("no emergency reads `{name}` any more").format(name=name)
            yield Problem(at, "locked-field-unread", silent, help_)
