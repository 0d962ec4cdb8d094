"""What is wrong with a knowledge base beyond what keeps it from loading.

Each check below finds knowledge that loads and still cannot do what its author meant: a threshold that
nothing can cross, a therapy without a gate, a finding that no rule proves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal

from escalate.audit.prohibitions import prohibited
from escalate.language.evaluate import leaves_of
from escalate.language.names import plain
from escalate.language.tree import Compare
from escalate.library.build import assemble
from escalate.library.languages import untranslated
from escalate.library.model import Library, Rule, Therapy
from escalate.library.strata import findings_in
from escalate.nodes import Document
from escalate.nodes import Mapping as MappingNode
from escalate.problems import Problem, Span

_GATE = ("exclude", "defer", "caution", "caution_high")


def check(documents: Mapping[str, Document]) -> tuple[Library | None, tuple[Problem, ...]]:
    """The Library if it loads, and every problem, sorted by place."""
    library, problems = assemble(documents)
    if problems:
        return None, problems
    found = [
        *_constant_thresholds(library),
        *_repeated_rules(library),
        *_repeated_numbers(library),
        *_rules_for_unlisted(library),
        *_listed_without_gate(library),
        *_incomplete_evidence(library, documents),
        *_fields_without_ask(library, documents),
        *_findings_without_use(library, documents),
        *prohibited(library),
    ]
    with_lines = (_with_excerpt(problem, documents) for problem in found)
    return library, tuple(sorted(set(with_lines)))


def translations(documents: Mapping[str, Document]) -> tuple[Problem, ...]:
    """Every text for people that has no German, and German that stands for nothing, sorted by place."""
    return tuple(sorted(problem for document in documents.values() for problem in untranslated(document)))


def drafts(library: Library) -> tuple[Rule, ...]:
    """The rules that are read and typed but never fire, in the order of the knowledge base."""
    return tuple(rule for rule in library.rules if rule.status == "draft")


def _constant_thresholds(library: Library) -> Iterator[Problem]:
    """A comparison at the very end of the range is always or never true."""
    for rule in library.rules:
        for leaf in leaves_of(rule.when):
            test = leaf.test
            if not isinstance(test, Compare):
                continue
            fact = library.facts[test.name]
            if fact.accepts_never or fact.refines or fact.test:
                continue  # it may be absent, and `>= 0` then asks whether there is one at all
            always = (test.op, test.number) in ((">=", fact.low), ("<=", fact.high))
            never = (test.op, test.number) in (("<", fact.low), (">", fact.high))
            if always or never:
                word = "always" if always else "never"
                message = f"`{leaf.text}` {word} holds in the range of `{test.name}`"
                yield Problem(leaf.at, "constant-test", message, _range(fact.low, fact.high))


def _range(low: Decimal | None, high: Decimal | None) -> str:
    return f"it takes {plain(low)} to {plain(high)}"


def _repeated_rules(library: Library) -> Iterator[Problem]:
    """Two active rules that say the same of the same therapies."""
    seen: dict[object, Rule] = {}
    for rule in library.rules:
        if rule.status != "active" or rule.kind == "alert":
            continue
        said = (rule.kind, rule.targets, rule.level, _shape(rule))
        first = seen.setdefault(said, rule)
        if first.id != rule.id:
            yield Problem(
                rule.at, "repeated-rule", f"`{rule.id}` says the same as `{first.id}` at {first.at}"
            )


def _shape(rule: Rule) -> tuple[object, ...]:
    return tuple(sorted(leaf.text for leaf in leaves_of(rule.when))), type(rule.when).__name__


def _repeated_numbers(library: Library) -> Iterator[Problem]:
    """A number has one home: two gate rules of one kind with the same threshold for the same therapy.

    Whoever moves one of them leaves the other behind, and the option still closes at the old number.
    """
    homes: dict[object, Rule] = {}
    for rule in _active(library):
        if rule.kind not in _GATE:
            continue
        for leaf in leaves_of(rule.when):
            if not isinstance(leaf.test, Compare):
                continue
            said = [(rule.kind, target, leaf.negated, leaf.test) for target in rule.targets]
            first = next((homes[one] for one in said if one in homes), rule)
            homes.update((one, rule) for one in said if one not in homes)
            if first.id != rule.id:
                yield Problem(
                    leaf.at,
                    "repeated-number",
                    f"`{leaf.text}` stands in `{first.id}` too, at {first.at}",
                    "make the criterion a finding that both rules read",
                )


def _rules_for_unlisted(library: Library) -> Iterator[Problem]:
    """An indication that reaches nobody who can be an option."""
    for rule in library.rules:
        if rule.kind != "indicate":
            continue
        for target in rule.targets:
            if not library.therapies[target].listed:
                message = f"`{rule.id}` indicates `{target}`, which is not listed"
                yield Problem(
                    rule.at, "unlisted-therapy", message, "an option needs a dose, evidence and a gate"
                )
        if not rule.targets:
            yield Problem(rule.at, "unlisted-therapy", f"`{rule.id}` reaches no listed therapy")


def _listed_without_gate(library: Library) -> Iterator[Problem]:
    """A therapy that rules indicate and none can close is not safe to list."""
    closed = Counter(t for r in _active(library) if r.kind in _GATE for t in _own(r, library))
    for therapy in library.therapies.values():
        if not therapy.listed:
            continue
        indicated = any(therapy.id in r.targets for r in _active(library) if r.kind == "indicate")
        at = therapy.at or Span("knowledge", 1, 1)
        if indicated and not closed[therapy.id]:
            message = f"`{therapy.id}` is listed and has no gate of its own"
            yield Problem(at, "no-gate", message, "list it when its gate is written")
        for missing in _unfilled(therapy):
            yield Problem(at, "incomplete-therapy", f"`{therapy.id}` is listed and has no `{missing}`")


def _own(rule: Rule, library: Library) -> tuple[str, ...]:
    # What closes every therapy alike (an infection) is no gate of one of them.
    listed = sum(t.listed for t in library.therapies.values())
    return rule.targets if len(rule.targets) < listed else ()


def _unfilled(therapy: Therapy) -> Iterator[str]:
    for key in ("dose", "evidence", "evidence_level", "status"):
        if not getattr(therapy, key):
            yield key


def _active(library: Library) -> Iterator[Rule]:
    return (rule for rule in library.rules if rule.status == "active")


def _incomplete_evidence(library: Library, documents: Mapping[str, Document]) -> Iterator[Problem]:
    """A reader weighs a register entry by its design and its level."""
    places = _places(documents.get("knowledge/evidence.yaml"))
    for evidence in library.evidence.values():
        if not evidence.design or not evidence.level:
            message = f"`{evidence.id}` has no design or no level"
            yield Problem(places[evidence.id], "incomplete-evidence", message)


def _fields_without_ask(library: Library, documents: Mapping[str, Document]) -> Iterator[Problem]:
    """A fact that a rule reads and nobody can ask for."""
    used = {leaf.test.name for rule in _active(library) for leaf in leaves_of(rule.when)}
    for name in sorted(used - library.findings.keys()):
        fact = library.facts[name]
        if not fact.ask:
            rule = next(r for r in _active(library) if any(x.test.name == name for x in leaves_of(r.when)))
            yield Problem(rule.at, "nothing-to-ask", f"`{name}` is read by `{rule.id}` and has no `ask`")


def _findings_without_use(library: Library, documents: Mapping[str, Document]) -> Iterator[Problem]:
    """A finding that no rule proves, or that nobody reads and no report shows."""
    places = _places(documents.get("knowledge/findings.yaml"))
    proved = {r.targets[0] for r in _active(library) if r.kind == "finding"}
    conditions = [r.when for r in _active(library)]
    for test in library.tests.values():
        conditions += [c for c in (test.called_for, test.suspected_by, test.replaced_by) if c is not None]
    read = {name for c in conditions for name in findings_in(c, library.findings)}
    for spec in library.findings.values():
        if spec.name not in proved:
            yield Problem(places[spec.name], "finding-without-rule", f"no active rule proves `{spec.name}`")
        elif spec.name not in read and not spec.shown:
            yield Problem(
                places[spec.name], "finding-unread", f"`{spec.name}` is read by no rule and not shown"
            )
        lacking = [
            level
            for level in spec.levels[1:]
            if not any(r.targets == (spec.name,) and r.level == level for r in _active(library))
        ]
        for level in lacking if spec.name in proved else ():
            yield Problem(
                places[spec.name], "level-without-rule", f"no active rule proves `{spec.name}` {level}"
            )


def _places(document: Document | None) -> dict[str, Span]:
    if document is None or not isinstance(document.root, MappingNode):
        return {}
    return {key.text: key.at for key, _ in document.root.entries}


def _with_excerpt(problem: Problem, documents: Mapping[str, Document]) -> Problem:
    for document in documents.values():
        if document.file == problem.at.file:
            return Problem(
                problem.at, problem.code, problem.message, problem.help, document.excerpt(problem.at)
            )
    return problem
