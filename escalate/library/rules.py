"""Rules: what each key means, which therapies a rule reaches, and what no rule may lack."""

from __future__ import annotations

from collections.abc import Callable, Set
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass, replace

from escalate.language.names import Names
from escalate.language.parse import parse_condition
from escalate.language.tree import Condition
from escalate.library.model import Action, Evidence, FindingSpec, Rule, Therapy
from escalate.library.reading import Reader
from escalate.library.targets import level_of, targets_of, therapies_of
from escalate.library.therapies import read_citations
from escalate.nodes import Mapping, Node, Scalar, Sequence
from escalate.problems import nearest
from escalate.texts import _

KINDS = ("finding", "indicate", "against", "exclude", "defer", "caution", "caution_high", "alert", "ask")
ALERTS = ("emergency", "warning", "scope", "contradiction", "outcome", "disagreement")
OUTCOMES = ("stay", "diagnostic_review", "rehabilitation")
SCOPES = ("bcma_safety_only", "out_of_scope")
BASES = ("source", "expert_judgement", "unverified")
STATUSES = ("active", "draft", "retired")
KEYS = (
    "id",
    "title",
    "kind",
    "alert",
    "outcome",
    "scope",
    "makes_unknown",
    "for",
    "level",
    "step",
    "order",
    "pathway",
    "again",
    "when",
    "positions",
    "do",
    "do_not",
    "advise",
    "because",
    "source",
    "basis",
    "reversible",
    "status",
    "since",
    "reviewed",
)
_CLOSING = ("exclude", "defer", "caution", "caution_high")
ONLY_FOR = {
    "level": ("finding",),
    "pathway": ("indicate", "against", "finding"),
    "reversible": _CLOSING,
    **dict.fromkeys(("step", "order", "again"), ("indicate",)),
    **dict.fromkeys(("alert", "do", "do_not", "scope", "makes_unknown", "outcome", "positions"), ("alert",)),
}
_SLOT = "{therapy}"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What rules may refer to."""

    names: Names
    findings: AbstractMapping[str, FindingSpec]
    therapies: AbstractMapping[str, Therapy]
    classes: AbstractMapping[str, tuple[str, ...]]
    evidence: AbstractMapping[str, Evidence]
    fields: Set[str]


def read_rules(reader: Reader, around: Surroundings) -> list[Rule]:
    """The rules of one file, in its order; a rule with `{therapy}` once per therapy."""
    rules: list[Rule] = []
    for item in reader.items(reader.document.root, reader.document.file):
        body = reader.mapping(item, _("a rule"))
        if body is not None:
            rules += _read(reader, body, around)
    return rules


def _read(reader: Reader, body: Mapping, around: Surroundings) -> list[Rule]:
    name = reader.text(body.get("id"), "id")
    what = _("rule `{name}`").format(name=name) if name else _("a rule")
    reader.keys(body, KEYS, ("id", "title", "kind", "when", "because"), what)
    kind = reader.word(body.get("kind"), KINDS, "kind") if body.get("kind") is not None else ""
    when = body.get("when")
    if not kind or when is None:
        return []
    for key, kinds in ONLY_FOR.items():
        misplaced = body.get(key)
        if misplaced is not None and kind not in kinds:
            reader.problem(
                misplaced.at,
                "misplaced-key",
                _("`{key}` has no meaning in a rule of kind `{kind}`").format(key=key, kind=kind),
            )
    sources = read_citations(reader, body.get("source"), around.evidence)
    basis = reader.word(body.get("basis"), BASES, "basis") or "source"
    if basis == "source" and not sources:
        reader.problem(
            body.at,
            "unsupported-rule",
            _("{what} has neither a source nor a stated judgement").format(what=what),
            _("add `source:`, or `basis: expert_judgement` with the judgement in `because:`"),
        )
    alert = reader.word(body.get("alert"), ALERTS, "alert")
    scope = reader.word(body.get("scope"), SCOPES, "scope")
    if kind == "alert" and not alert and body.get("alert") is None:
        reader.problem(
            body.at,
            "missing-key",
            _("{what} has no `{key}`").format(what=what, key="alert"),
            _("one of {words}").format(words=", ".join(ALERTS)),
        )
    if alert == "scope" and not scope and body.get("scope") is None:
        reader.problem(
            body.at,
            "missing-key",
            _("{what} has no `{key}`").format(what=what, key="scope"),
            _("one of {words}").format(words=", ".join(SCOPES)),
        )
    outcome = reader.word(body.get("outcome"), OUTCOMES, "outcome")
    for word, key in (("outcome", "outcome"), ("disagreement", "positions")):
        if alert == word and body.get(key) is None:
            reader.problem(body.at, "missing-key", _("{what} has no `{key}`").format(what=what, key=key))
    level = level_of(reader, body, around, what) if kind == "finding" else ""
    targets = targets_of(reader, body, kind, around, what)
    makes_unknown = reader.texts(body.get("makes_unknown"), "makes_unknown")
    for node in reader.items(body.get("makes_unknown"), "makes_unknown"):
        if isinstance(node, Scalar) and node.text not in around.fields:
            near = nearest(node.text, around.fields)
            reader.problem(node.at, "unknown-name", _("`{name}` is not a field").format(name=node.text), near)

    def parsed(node: Node) -> Condition | None:
        return parse_condition(
            node,
            around.names,
            ask=kind == "ask",
            excerpt=reader.document.excerpt,
            collect=reader.collect,
            opening=kind in ("indicate", "ask"),
        )

    def make(condition: Condition) -> Rule:
        return Rule(
            key=name,
            id=name,
            title=reader.text(body.get("title")),
            kind=kind,
            targets=targets,
            when=condition,
            because=reader.text(body.get("because")),
            at=body.at,
            advise=reader.text(body.get("advise")),
            sources=sources,
            basis=basis,
            level=level,
            step=reader.whole(body.get("step"), "step"),
            order=reader.whole(body.get("order"), "order"),
            pathway=reader.text(body.get("pathway")),
            again=reader.flag(body.get("again"), "again"),
            reversible=reader.flag(body.get("reversible"), "reversible", default=kind == "defer"),
            alert=alert,
            do=_actions(reader, body, around),
            do_not=reader.texts(body.get("do_not"), "do_not"),
            scope=scope,
            makes_unknown=makes_unknown,
            outcome=outcome,
            positions=reader.texts(body.get("positions"), "positions"),
            status=reader.word(body.get("status"), STATUSES, "status") or "active",
            since=reader.text(body.get("since")) or "1.0.0",
            reviewed=reader.text(body.get("reviewed")),
        )

    if _holds_slot(when):
        return _templates(reader, when, targets, parsed, make, around)
    condition = parsed(when)
    return [make(condition)] if condition is not None else []


def _templates(
    reader: Reader,
    when: Node,
    targets: tuple[str, ...],
    parsed: Callable[[Node], Condition | None],
    make: Callable[[Condition], Rule],
    around: Surroundings,
) -> list[Rule]:
    """One rule per therapy: its condition, and its texts with the therapy's name."""
    rules: list[Rule] = []
    model: Rule | None = None
    for target in targets:
        if not around.therapies[target].listed:
            continue
        condition = parsed(_fill(when, target))
        if condition is None:
            # What is wrong for one therapy is wrong for all of them: said once.
            return []
        model = model or make(condition)
        name = around.therapies[target].name
        rules.append(
            replace(
                model,
                key=f"{model.id}@{target}",
                targets=(target,),
                when=condition,
                title=model.title.replace(_SLOT, name),
                because=model.because.replace(_SLOT, name),
                advise=model.advise.replace(_SLOT, name),
            )
        )
    return rules


def _actions(reader: Reader, body: Mapping, around: Surroundings) -> tuple[Action, ...]:
    actions: list[Action] = []
    for item in reader.items(body.get("do"), "do"):
        if isinstance(item, Mapping):
            reader.keys(item, ("text", "therapies"), ("text",), _("an action"))
            therapies = item.get("therapies")
            reached = (
                therapies_of(reader, therapies, around, only_listed=True) if therapies is not None else ()
            )
            actions.append(Action(reader.text(item.get("text")), reached))
        else:
            actions.append(Action(reader.text(item, "do")))
    return tuple(actions)


def _holds_slot(node: Node) -> bool:
    if isinstance(node, Scalar):
        return _SLOT in node.text
    children = node.items if isinstance(node, Sequence) else tuple(value for _, value in node.entries)
    return any(_holds_slot(child) for child in children)


def _fill(node: Node, therapy: str) -> Node:
    if isinstance(node, Scalar):
        return replace(node, text=node.text.replace(_SLOT, therapy))
    if isinstance(node, Sequence):
        return replace(node, items=tuple(_fill(item, therapy) for item in node.items))
    return replace(node, entries=tuple((key, _fill(value, therapy)) for key, value in node.entries))
