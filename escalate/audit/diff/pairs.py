"""Which rule of one knowledge base is which of the other: by id, else by all the rest."""

from __future__ import annotations

from dataclasses import dataclass, fields

from escalate.language.tree import AtLeast, Condition, Leaf
from escalate.library.model import Library, Rule

_PLACE = ("at", "when")
_NAME = ("key", "id", "since", "reviewed")
_ROLE = ("kind", "targets", "level", "again", "scope", "alert", "makes_unknown")


@dataclass(frozen=True, slots=True)
class RulePair:
    """The rules of one id on both sides (several where it stands once per therapy); one may be empty."""

    id: str
    was: str
    old: tuple[Rule, ...]
    new: tuple[Rule, ...]

    @property
    def what(self) -> str:
        if not self.old:
            return "added"
        if not self.new:
            return "removed"
        return "changed" if self.was == self.id else "renamed"

    @property
    def instances(self) -> tuple[tuple[Rule | None, Rule | None], ...]:
        """Old and new of each instance, by key; of a renamed rule by what follows its id."""
        old = {rule.key.removeprefix(self.was): rule for rule in self.old}
        new = {rule.key.removeprefix(self.id): rule for rule in self.new}
        return tuple((old.get(key), new.get(key)) for key in dict.fromkeys((*old, *new)))


def changed_pairs(old: Library, new: Library) -> tuple[RulePair, ...]:
    """Every rule that is not the same on both sides, wherever it stands in the files, by id."""
    before, after = _by_id(old), _by_id(new)
    found: list[RulePair] = []
    gone = {id: rules for id, rules in before.items() if id not in after}
    for id, rules in after.items():
        if id in before:
            pair = RulePair(id, id, before[id], rules)
            if any(a is None or b is None or not same(a, b) for a, b in pair.instances):
                found.append(pair)
            continue
        was = next((name for name, others in gone.items() if _same_rest(others, rules)), "")
        found.append(RulePair(id, was or id, gone.pop(was, ()), rules))
    found += [RulePair(id, id, rules, ()) for id, rules in gone.items()]
    return tuple(sorted(found, key=lambda pair: pair.id))


def same(old: Rule, new: Rule, *, but: tuple[str, ...] = ()) -> bool:
    """Whether two rules say the same, whatever line they stand on and whatever comment stands beside them."""
    if shape(old.when) != shape(new.when):
        return False
    names = (f.name for f in fields(Rule) if f.name not in (*_PLACE, *but))
    return all(getattr(old, name) == getattr(new, name) for name in names)


def same_role(old: Rule, new: Rule) -> bool:
    """Whether two rules do the same where they hold: for whom, how strictly, and what an emergency starts."""
    return all(getattr(old, name) == getattr(new, name) for name in _ROLE) and starts(old) == starts(new)


def starts(rule: Rule) -> frozenset[str]:
    """The therapies an emergency starts, and thereby indicates."""
    if rule.alert != "emergency":
        return frozenset()
    return frozenset(therapy for action in rule.do for therapy in action.therapies)


def shape(condition: Condition) -> object:
    """A condition without places and spellings: equal shapes are the same condition."""
    if isinstance(condition, Leaf):
        return condition.test, condition.negated
    count = condition.count if isinstance(condition, AtLeast) else None
    return type(condition).__name__, count, tuple(shape(part) for part in condition.parts)


def _by_id(library: Library) -> dict[str, tuple[Rule, ...]]:
    found: dict[str, list[Rule]] = {}
    for rule in library.rules:
        found.setdefault(rule.id, []).append(rule)
    return {id: tuple(rules) for id, rules in found.items()}


def _same_rest(old: tuple[Rule, ...], new: tuple[Rule, ...]) -> bool:
    if len(old) != len(new):
        return False
    return all(same(a, b, but=_NAME) for a, b in zip(old, new, strict=True))
