"""What the rules stand on, changed in one place: what an absence is taken for, tests, and parameters.

A default is mutated both ways. *Dropped*, a detail that nobody asked for leaves its rule open: that asks more
and closes no less. *Added*, a fact that is not known is taken for "not there": the fault that lets an
unmeasured value open an option. Of a field it is a safety mutant wherever a closing rule reads it: one line
of knowledge/fields.yaml would do it. What a computed fact makes of an absence stands in code, which has tests
of its own; there the mutant says which facts no vignette holds open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from escalate.audit.mutate.conditions import Names, changes
from escalate.audit.mutate.mutants import Mutant, Under
from escalate.audit.mutate.numbers import parameter_changes
from escalate.audit.mutate.reach import Reach
from escalate.library.model import ConditionalTest, FactType, Library
from escalate.nodes import Document, Node
from escalate.nodes import Mapping as MappingNode
from escalate.nodes import Sequence as SequenceNode
from escalate.problems import Span
from escalate.texts import _

_FIELDS, _TESTS = "knowledge/fields.yaml", "knowledge/tests.yaml"
_PARAMETERS, _DERIVED = "knowledge/parameters/", "knowledge/derived/"


def ground(library: Library, documents: Mapping[str, Document]) -> Iterator[Mutant]:
    """All mutants beneath the rules, in the order of the knowledge base."""
    reach = Reach(library)
    places = _places(documents)
    for field, spec in library.facts.items():
        if not spec.derived:
            yield from _of_field(field, spec, reach, places)
    for name in sorted(reach.read):
        spec = library.facts[name]
        if spec.derived:
            at = places.get((name,)) or places.get((_pattern(name),)) or Span(_DERIVED, 1, 1)
            under = Under(frozenset((name,)), frozenset((name,)), assumed=name)
            yield Mutant(name, at, "default", _not_there(), False, {}, under=under)
    for test in library.tests.values():
        yield from _of_test(test, library, reach)
    for path, said, parameters, safety in parameter_changes(library):
        facts, drug = _read_by(path, library, reach)
        under = Under(facts, frozenset(path), parameters=parameters, drug=drug, score=path[0] in _SCORES)
        at = places.get(path) or Span(_PARAMETERS, 1, 1)
        loose = safety is True or (safety is None and bool(facts & reach.closing))
        # Without a dose that is laid down no trial is adequate by its weeks: the longer ones settle nothing.
        loose = loose and not (path[-1] == "weeks_ild" and not _DOSED & _row(library, path).keys())
        yield Mutant(".".join(path), at, "parameter", said, loose, {}, under=under)


# -- what an absence is taken for


def _not_there() -> str:
    return _("not known is taken for not there")


def _of_field(
    field: str, spec: FactType, reach: Reach, places: Mapping[tuple[str, ...], Span]
) -> Iterator[Mutant]:
    facts = reach.of(field.partition("[")[0])
    at = places.get((field,)) or Span(_FIELDS, 1, 1)
    words = frozenset((field,))
    for word in spec.values if spec.default in spec.values else ():
        if word != spec.default:
            said = _("default {old} -> {new}").format(old=spec.default, new=word)
            under = Under(facts, words, fact=replace(spec, default=word), default=field)
            yield Mutant(field, at, "default", said, bool(facts & reach.closing), {}, under=under)
    if field in reach.read and not spec.test:
        # A field that every patient has: who refines it is taken for absent wherever it is not stated.
        under = Under(facts, words, fact=replace(spec, refines="assessed_on"), missing=(field,))
        yield Mutant(field, at, "default", _not_there(), bool(facts & reach.closing), {}, under=under)
    if spec.refines and facts:
        said = _("no detail of `{field}`: asked for by itself").format(field=spec.refines)
        under = Under(facts, words, fact=replace(spec, refines=""), missing=(field,))
        yield Mutant(field, at, "default", said, False, {}, under=under)


# -- which test is called for


def _of_test(test: ConditionalTest, library: Library, reach: Reach) -> Iterator[Mutant]:
    facts = frozenset().union(*map(reach.of, test.fields))
    closing = bool(facts & reach.closing)
    at = test.at or Span(_TESTS, 1, 1)
    names = Names(library.facts, library.findings)

    def mutant(said: str, safety: bool, now: ConditionalTest, at: Span = at, beyond: bool = False) -> Mutant:
        words = frozenset((*test.fields, test.name))
        under = Under(facts, words, test=now, missing=test.fields)
        return Mutant(
            f"test {test.name}", at, "test", said, safety and closing, {}, beyond=beyond, under=under
        )

    if test.called_for is not None:
        yield mutant(_("never called for"), True, replace(test, called_for=None))
    if test.replaced_by is not None:
        yield mutant(_("nothing replaces it"), False, replace(test, replaced_by=None))
    # Called for less often, or replaced more often: the missing result closes nothing any more.
    for key, condition in (("called_for", test.called_for), ("replaced_by", test.replaced_by)):
        for change in changes(condition, names, up=key == "called_for") if condition is not None else ():
            called = key == "called_for"
            now = (
                replace(test, called_for=change.condition)
                if called
                else replace(test, replaced_by=change.condition)
            )
            yield mutant(f"{key}: {change.said}", change.weaker, now, change.at or at, change.beyond)


# -- which facts read a parameter

# The beginnings of the names of the facts that each parameter goes into (escalate/patient/derived). What is
# in none of them (the score, the classification, the days of a restart) goes into no rule.
_FACTS_OF: Mapping[str, tuple[str, ...]] = {
    "adequate_trials.": ("therapy.", "class.", "lines."),
    "counted_agents.": ("lines.",),
    "washouts.": ("washout.",),
    "fcrn_washout.": ("washout.fcrn",),
    "ivig_high_dose.": ("therapy.ivig.high_dose",),
    "glucocorticoid_equivalents.": (
        "therapy.glucocorticoids.prednisolone",
        "therapy.glucocorticoids.*failed",
        "class.glucocorticoid.*failed",
        "lines.",
    ),
    "antibody_groups.msa": ("antibody.msa_positive_count", "antibody.seronegative"),
    "antibody_groups.common_msa": ("antibody.seronegative",),
    "antibody_groups.antisynthetase": ("antibody.synthetase.",),
    "antibody_groups.strengths_that_select": ("antibody.*.selects_pathway",),
    "antibody_groups.confirmations": ("antibody.*.selects_pathway",),
}
# Read by the improvement score alone, which is no fact.
_SCORES = ("total_improvement_score",)
# Of what a history says of a drug, this hangs on whether the trial was adequate.
_OF_A_TRIAL = ("failed", "failed_or_not_tolerated", "not_again", "tried_adequately")
_OF_A_DRUG = ("adequate_trials", "washouts")
_DRUG = {"ivig_high_dose": "ivig", "glucocorticoid_equivalents": "glucocorticoids"}


def _read_by(path: Sequence[str], library: Library, reach: Reach) -> tuple[frozenset[str], str]:
    """The facts of the rules that can turn with a parameter, and the drug that it is about, if one."""
    name = ".".join(path)
    facts = reach.like(*(b for key, names in _FACTS_OF.items() if name.startswith(key) for b in names))
    drug = path[1] if path[0] in _OF_A_DRUG and path[1] in library.drugs.labels else _DRUG.get(path[0], "")
    if path[0] != "adequate_trials":
        return facts, drug
    classes = {name for name, members in library.classes.items() if drug in members}
    return frozenset(f for f in facts if _is_about(f, drug, classes)), drug


_DOSED = {"least_dose", "trough_ng_per_ml", "dose_not_judged"}


def _row(library: Library, path: Sequence[str]) -> Mapping[str, object]:
    """The entry of knowledge/parameters/ that a number stands in."""
    row: object = library.parameters
    for key in path[:-1]:
        row = row[key] if isinstance(row, Mapping) else row
    return row if isinstance(row, Mapping) else {}


def _is_about(fact: str, drug: str, classes: set[str]) -> bool:
    kind, _, rest = fact.partition(".")
    member = rest.rpartition(".")[0]
    return kind == "lines" or (
        (member == drug or member in classes) and rest.rpartition(".")[2] in _OF_A_TRIAL
    )


# -- places


def _pattern(name: str) -> str:
    """`therapy.{therapy}.given` for `therapy.ivig.given`."""
    kind, _dot, rest = name.partition(".")
    return f"{kind}.{{{kind}}}.{rest.rpartition('.')[2]}"


def _places(documents: Mapping[str, Document]) -> dict[tuple[str, ...], Span]:
    """Where each field and each parameter stands."""
    found: dict[tuple[str, ...], Span] = {}
    for path, document in documents.items():
        if path == _FIELDS or path.startswith((_PARAMETERS, _DERIVED)):
            _into(document.root, (), found)
    return found


def _into(node: Node, path: tuple[str, ...], found: dict[tuple[str, ...], Span]) -> None:
    if isinstance(node, MappingNode):
        for key, value in node.entries:
            here = (*path, key.text)
            found[here] = key.at
            _into(value, here, found)
    elif isinstance(node, SequenceNode):
        for number, item in enumerate(node.items):
            found[(*path, str(number))] = item.at
            _into(item, (*path, str(number)), found)
