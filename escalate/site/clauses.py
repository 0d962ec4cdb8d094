"""A condition as a list of criteria in a clinician's words, each with the home of what it names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from escalate.language.describe import describe_leaf, label_of
from escalate.language.names import Names
from escalate.language.tree import All, Any, AtLeast, Compare, Condition, Leaf, Nothing
from escalate.library.model import FactType
from escalate.site.addresses import Addresses
from escalate.texts import _

_FEW = 8  # rules that are named beside a finding; more are a page of their own


@dataclass(frozen=True, slots=True)
class Clause:
    """A criterion (`before`, `label` with its `path`, `after`), or a `head` over `parts`."""

    head: str = ""
    before: str = ""
    label: str = ""
    after: str = ""
    path: str = ""
    proofs: tuple[str, ...] = ()  # what any one of would prove it, where it is a finding with few rules
    parts: tuple[Clause, ...] = ()


def clause(condition: Condition, names: Names, at: Addresses) -> Clause:
    """The condition, part by part."""
    match condition:
        case Leaf():
            return _criterion(condition, names, at)
        case All(parts=parts):
            head = _("all of these:")
        case Any(parts=parts):
            head = _("one of these:")
        case Nothing(parts=parts):
            head = _("none of these:")
        case AtLeast(count=count, parts=parts):
            head = _("at least {count} of these:").format(count=count)
    return Clause(head=head, parts=tuple(clause(part, names, at) for part in parts))


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Every criterion of a condition, in the order of the file."""
    if isinstance(condition, Leaf):
        yield condition
    else:
        for part in condition.parts:
            yield from leaves(part)


def _criterion(leaf: Leaf, names: Names, at: Addresses) -> Clause:
    label = label_of(leaf.test.name, names)
    text = _ever(leaf, label, names) or describe_leaf(leaf, names)
    before, found, after = text.partition(label)
    path = at.name(leaf.test.name)
    if not found:
        return Clause(label=text, path=path)
    return Clause(
        before=before, label=label, after=after, path=path, proofs=_proofs(leaf.test.name, label, at)
    )


def _proofs(name: str, label: str, at: Addresses) -> tuple[str, ...]:
    titles = at.proofs.get(name, ())
    return titles if len(titles) <= _FEW and titles != (label,) else ()


def _ever(leaf: Leaf, label: str, names: Names) -> str:
    """`Stroke: ever` for an event `at least 0 months` ago, which its file may call `never`."""
    match leaf.test:
        case Compare(name=name, op=">=", number=number):
            fact = names.facts.get(name)
            if isinstance(fact, FactType) and fact.accepts_never and number == fact.low:
                said = _("{fact}: never") if leaf.negated else _("{fact}: at some time")
                return said.format(fact=label)
    return ""
