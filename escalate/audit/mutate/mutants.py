"""Every mutant of a knowledge base: conditions, kinds, targets, places, citations, alerts and doses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from escalate.audit.mutate.conditions import Names, changes
from escalate.language.names import plain
from escalate.library.families import FactTypes
from escalate.library.model import ConditionalTest, FactType, Library, Rule, Therapy
from escalate.problems import Span
from escalate.texts import _

_WEAKER = {"exclude": "defer", "defer": "caution_high", "caution_high": "caution"}
_CLOSING = ("exclude", "defer", "caution_high")
_OTHER_BASIS = {"source": "expert_judgement", "expert_judgement": "source", "unverified": "source"}


@dataclass(frozen=True, slots=True)
class Under:
    """A change beneath the rules (ground.py): of a field, of a conditional test, or of the parameters; or a
    fact that is `assumed` not to be there where it is not known.

    `facts` are those of the rules that can turn with it, `words` what a vignette calls it. It can reach a
    patient only who had the `drug`, and of whom one of the `missing` fields is not stated, where these are
    named. `default`: the field whose default is another one, so that a file reads otherwise under it.
    `score`: it goes into the improvement score.
    """

    facts: frozenset[str]
    words: frozenset[str]
    fact: FactType | None = None
    test: ConditionalTest | None = None
    parameters: Mapping[str, object] | None = None
    assumed: str = ""
    drug: str = ""
    missing: tuple[str, ...] = ()
    default: str = ""
    score: bool = False


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change. `rules` by key, as they are then (a rule that is gone has None); `therapy` for a dose;
    `under` for what stands beneath the rules, and `rule` is then the field, test or parameter.

    `safety`: a rule that closes, and it closes less often or less firmly.
    """

    rule: str
    at: Span
    what: str
    said: str
    safety: bool
    rules: Mapping[str, Rule | None]
    therapy: Therapy | None = None
    beyond: bool = False
    under: Under | None = None

    @property
    def name(self) -> str:
        """Rule, kind of change and the change, as a survivor is named."""
        return f"{self.rule}: {self.what}: {self.said}"


def mutants(library: Library, written: Mapping[str, Sequence[str]]) -> Iterator[Mutant]:
    """All mutants, in the order of the knowledge base.

    Args: written, the words of each rule's `for:`, by id; a class is dropped whole, as an author drops it.
    """
    instances: dict[str, list[Rule]] = {}
    for rule in library.rules:
        if rule.status == "active":
            instances.setdefault(rule.id, []).append(rule)
    for rules in instances.values():
        yield from _of_condition(rules, library)
        yield from _of_rule(rules, library, written.get(rules[0].id, ()))
    for therapy in library.therapies.values():
        yield from _of_doses(therapy)


def closes(rule: Rule, library: Library) -> bool:
    """Whether a rule keeps an option shut, or raises an emergency. What is not listed is never open."""
    if rule.alert == "emergency":
        return True
    listed = any(library.therapies[target].listed for target in rule.targets if target in library.therapies)
    return rule.kind in (*_CLOSING, "ask") and listed


def _of_condition(rules: Sequence[Rule], library: Library) -> Iterator[Mutant]:
    names = Names(library.facts, library.findings)
    # Instances of one rule have one shape: the same place changes in each of them.
    for together in zip(*(changes(rule.when, names) for rule in rules), strict=True):
        first = together[0]
        changed = {
            rule.key: replace(rule, when=change.condition)
            for rule, change in zip(rules, together, strict=True)
        }
        safety = any(closes(rule, library) for rule in rules) and first.weaker
        at = first.at or rules[0].at
        yield Mutant(rules[0].id, at, first.what, first.said, safety, changed, beyond=first.beyond)


def _of_rule(rules: Sequence[Rule], library: Library, written: Sequence[str]) -> Iterator[Mutant]:
    first = rules[0]
    closing = any(closes(rule, library) for rule in rules)

    def each(what: str, said: str, change: Callable[[Rule], Rule | None], safety: bool = False) -> Mutant:
        return Mutant(first.id, first.at, what, said, safety, {rule.key: change(rule) for rule in rules})

    yield each("removed", _("the rule is gone"), lambda rule: None, closing)
    if first.kind in _WEAKER:
        weaker = _WEAKER[first.kind]
        yield each("kind", f"{first.kind} -> {weaker}", lambda rule: replace(rule, kind=weaker), closing)
    for word, left, gone in _dropped(first, library, written) if len(rules) == 1 else ():
        if any(library.therapies[t].listed for t in gone):
            said = _("no longer for {word}").format(word=word)
            yield each("target", said, lambda rule, left=left: replace(rule, targets=left), closing)  # type: ignore[misc]
    if first.kind in (*_CLOSING, "caution"):
        yield each("reversible", f"reversible: {str(not first.reversible).lower()}", _reversed)
    if first.step is not None:
        step = first.step + 1
        yield each(
            "step",
            _("step {step} -> {other}").format(step=first.step, other=step),
            lambda rule: replace(rule, step=step),
        )
    if first.order is not None:
        yield each(
            "order",
            _("order {order} -> {last}").format(order=first.order, last=_LAST),
            lambda rule: replace(rule, order=_LAST),
        )
    levels = library.findings[first.targets[0]].levels if first.level else ()
    if first.level and (place := levels.index(first.level)) > 1:
        lower = levels[place - 1]
        yield each("level", f"{first.level} -> {lower}", lambda rule: replace(rule, level=lower))
    yield each("basis", f"{first.basis} -> {_OTHER_BASIS[first.basis]}", _other_basis)
    for place, source in enumerate(first.sources):
        other = _next(source.ref, tuple(library.evidence))
        swapped = (*first.sources[:place], replace(source, ref=other), *first.sources[place + 1 :])
        yield each("evidence", f"{source.ref} -> {other}", lambda rule, s=swapped: replace(rule, sources=s))  # type: ignore[misc]
    for place, action in enumerate(first.do):
        left_do = (*first.do[:place], *first.do[place + 1 :])
        said = _("do: without `{action}`").format(action=action.text[:50])
        yield each("do", said, lambda rule, d=left_do: replace(rule, do=d), closing)  # type: ignore[misc]
    for place, text in enumerate(first.do_not):
        left_not = (*first.do_not[:place], *first.do_not[place + 1 :])
        said = _("do_not: without `{text}`").format(text=text[:50])
        yield each("do_not", said, lambda rule, d=left_not: replace(rule, do_not=d), closing)  # type: ignore[misc]


_LAST = 99


def _reversed(rule: Rule) -> Rule:
    return replace(rule, reversible=not rule.reversible)


def _other_basis(rule: Rule) -> Rule:
    return replace(rule, basis=_OTHER_BASIS[rule.basis])


def _next(word: str, words: Sequence[str]) -> str:
    return words[(words.index(word) + 1) % len(words)]


def _dropped(
    rule: Rule, library: Library, written: Sequence[str]
) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Each word of a `for:` of several, with the therapies that are left and those that are gone."""
    if rule.kind == "finding" or len(written) < 2:
        return
    reach = {word: set(library.classes.get(word, (word,))) for word in written}
    for word in written:
        others = {t for other in written if other != word for t in reach[other]}
        gone = tuple(t for t in rule.targets if t in reach[word] and t not in others)
        if gone:
            yield word, tuple(t for t in rule.targets if t not in gone), gone


def _of_doses(therapy: Therapy) -> Iterator[Mutant]:
    """Every dose of a regimen up and down by one in its last place."""
    at = therapy.at or Span("knowledge", 1, 1)
    for number, regimen in enumerate(therapy.regimens):
        for place, step in enumerate(regimen.steps):
            one = Decimal(1).scaleb(min(int(step.mg_per_kg.normalize().as_tuple().exponent), 0))
            for dose in (step.mg_per_kg - one, step.mg_per_kg + one):
                steps = (*regimen.steps[:place], replace(step, mg_per_kg=dose), *regimen.steps[place + 1 :])
                regimens = list(therapy.regimens)
                regimens[number] = replace(regimen, steps=steps)
                said = _("{step}: {old} -> {new} mg/kg").format(
                    step=step.name, old=plain(step.mg_per_kg), new=plain(dose)
                )
                changed = replace(therapy, regimens=tuple(regimens))
                yield Mutant(regimen.id, at, "dose", said, False, {}, changed)


def with_ground(library: Library, under: Under) -> Library:
    """The library with one field, one conditional test, or the parameters changed."""
    if under.parameters is not None:
        return replace(library, parameters=under.parameters)
    facts, tests = library.facts, dict(library.tests)
    if under.test is not None:
        tests[under.test.name] = under.test
    if under.fact is not None and isinstance(facts, FactTypes):
        plain = {**facts.plain, under.fact.name: under.fact}
        facts = FactTypes(plain, facts.families, facts.members)
    return replace(library, facts=facts, tests=tests)
