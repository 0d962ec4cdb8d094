"""The two files of statements, and what each entry of them may say.

rules/invariants.yaml, one entry in one of six forms:

    for: THERAPY, CLASS or a list      never: open               while: CONDITION
                                       never: [propose, caution] while_not_ruled_out: CONDITION
    impossible: CONDITION              no patient for whom it is TRUE
    worse: lower                       of: [FACT, ...]           the same patient, one fact worse: no hard
    worse: [none, suspected, active]   of: [FACT, ...]           criterion leaves TRUE, and nothing of
    worse: "yes"                       of: [FACT, ...]           `for:` opens
    option_or_reason_while: CONDITION  for: [...]                one of these is an option, or why not is said
    covered: [RULE, ...]               these rules only speak where another one speaks too, on purpose
    stays_unknown: [RULE, FINDING]     every value of a field would settle these, but none need be stated

`while` holds where its condition is TRUE, `while_not_ruled_out` where it is TRUE or UNKNOWN. `except_through`
names findings that may open an option of `for` when the fact gets worse.

rules/assumptions.yaml, one entry in one of four forms, with `for_each` for a slot `{each}`:

    never: CONDITION                   no patient has it; `is known` and `is unknown` may stand in it
    always_applies: [FACT, ...]        a derived fact that is never "not applicable"
    exact: [FACT, ...]                 a derived number that is known or not known, never a range
    typical: {FACT: NUMBER}            what a witness shows where the proof leaves a choice; assumes nothing
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from escalate.language.names import Names
from escalate.language.parse import parse_condition
from escalate.language.tree import Condition
from escalate.library.languages import spoken
from escalate.library.model import Library
from escalate.library.reading import Reader
from escalate.library.rules import BASES, Surroundings
from escalate.library.statements import (
    About,
    Assumption,
    Covered,
    Harm,
    Invariant,
    NoGap,
    Statements,
    StaysUnknown,
)
from escalate.library.targets import therapies_of
from escalate.library.therapies import read_citations
from escalate.nodes import Document, Node, Scalar, Sequence
from escalate.nodes import Mapping as MappingNode
from escalate.problems import KnowledgeRefused, Problem, nearest
from escalate.texts import _

INVARIANTS = "rules/invariants.yaml"
ASSUMPTIONS = "rules/assumptions.yaml"
FILES = (INVARIANTS, ASSUMPTIONS)

# What `never` may say, and the verdicts it means.
NEVER = {
    "open": ("propose", "caution", "caution_high"),
    "indicated": ("propose", "caution", "caution_high", "data_needed", "deferred", "excluded"),
    "propose": ("propose",),
    "caution": ("caution",),
    "caution_high": ("caution_high",),
}
_ABOUT = ("id", "title", "because", "source", "basis", "since")
_GATE = ("for", "never", "while", "while_not_ruled_out")
_HARM = ("worse", "of", "except_through")
_INVARIANT = (*_ABOUT, *_GATE, *_HARM, "impossible", "option_or_reason_while", "covered", "stays_unknown")
_ASSUMPTION = (*_ABOUT, "never", "always_applies", "exact", "typical", "for_each")
_EACH = "{each}"
_ENDS = ("lower", "higher", "yes", "no")


def statements_of(documents: Mapping[str, Document], library: Library) -> Statements:
    """The statements of a knowledge base that is read already, in the library's language.

    Raises: KnowledgeRefused with every problem.
    """
    fields = frozenset(name for name in library.facts if not library.facts[name].derived)
    names = Names(library.facts, library.findings)
    around = Surroundings(
        names, library.findings, library.therapies, library.classes, library.evidence, fields
    )
    problems: list[Problem] = []
    said = {path: spoken(documents[path], library.language) for path in FILES if path in documents}
    statements = read_statements(said, around, problems)
    if problems:
        raise KnowledgeRefused(problems)
    return statements


def read_statements(
    documents: Mapping[str, Document], around: Surroundings, problems: list[Problem]
) -> Statements:
    """The two files, either of which may be missing; problems are collected."""
    reading = _Statements(around)
    for path, read in ((INVARIANTS, reading.invariant), (ASSUMPTIONS, reading.assumption)):
        if path in documents:
            reader = Reader(documents[path], problems.append)
            for item in reader.items(reader.document.root, path):
                body = reader.mapping(item, _("a statement"))
                if body is not None:
                    read(reader, body)
    return Statements(
        invariants=tuple(reading.invariants),
        harms=tuple(reading.harms),
        gaps=tuple(reading.gaps),
        covered=tuple(reading.covered),
        stays_unknown=tuple(reading.stays_unknown),
        assumptions=tuple(reading.assumptions),
        typical=reading.typical,
    )


class _Statements:
    """The statements while they are gathered."""

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.invariants: list[Invariant] = []
        self.harms: list[Harm] = []
        self.gaps: list[NoGap] = []
        self.covered: list[Covered] = []
        self.stays_unknown: list[StaysUnknown] = []
        self.assumptions: list[Assumption] = []
        self.typical: dict[str, Decimal] = {}
        self._ids: set[str] = set()

    def invariant(self, reader: Reader, body: MappingNode) -> None:
        about = self._about(reader, body, _INVARIANT)
        impossible, worse = body.get("impossible"), body.get("worse")
        targets = body.get("for")
        reached = therapies_of(reader, targets, self.around, only_listed=False) if targets is not None else ()
        if impossible is not None:
            condition = self._condition(reader, impossible)
            if condition is not None:
                self.invariants.append(Invariant(about, condition))
        elif worse is not None:
            self._harm(reader, body, worse, about, reached)
        elif body.get("covered") is not None:
            self.covered.append(Covered(about, reader.texts(body.get("covered"), "covered")))
        elif body.get("stays_unknown") is not None:
            units = reader.texts(body.get("stays_unknown"), "stays_unknown")
            self.stays_unknown.append(StaysUnknown(about, units))
        elif (gap := body.get("option_or_reason_while")) is not None:
            condition = self._condition(reader, gap)
            if condition is not None:
                self.gaps.append(NoGap(about, condition, reached))
        else:
            self._gate(reader, body, about, reached)

    def _gate(self, reader: Reader, body: MappingNode, about: About, targets: tuple[str, ...]) -> None:
        holds, doubtful = body.get("while"), body.get("while_not_ruled_out")
        stated = holds if holds is not None else doubtful
        if stated is None or not targets or (holds is not None and doubtful is not None):
            help_ = _("it needs `for`, `never` and one of `while` and `while_not_ruled_out`")
            reader.problem(
                body.at,
                "missing-key",
                _("`{about}` says nothing that can be proved").format(about=about.id),
                help_,
            )
            return
        never = body.get("never")
        words = [
            reader.word(item, NEVER, "never")
            for item in ((never,) if isinstance(never, Scalar) else reader.items(never, "never"))
        ]
        verdicts = dict.fromkeys(v for word in words or ["open"] for v in NEVER.get(word, ()))
        condition = self._condition(reader, stated)
        if condition is not None:
            self.invariants.append(
                Invariant(about, condition, targets, tuple(verdicts), unknown_too=holds is None)
            )

    def _harm(
        self, reader: Reader, body: MappingNode, worse: Node, about: About, targets: tuple[str, ...]
    ) -> None:
        facts = self._facts(reader, body.get("of"))
        way: str | tuple[str, ...]
        if isinstance(worse, Sequence):
            way = reader.texts(worse, "worse")
            for fact in facts:
                for item, word in zip(worse.items, way, strict=True):
                    values = self.around.names.facts[fact].values
                    if word not in values:
                        message = _("`{word}` is not a value of `{what}`").format(word=word, what=fact)
                        reader.problem(item.at, "unknown-value", message, nearest(word, values))
        else:
            way = reader.word(worse, _ENDS, "worse")
        through = body.get("except_through")
        for item in (through,) if isinstance(through, Scalar) else reader.items(through, "except_through"):
            reader.word(item, self.around.findings, "except_through")
        if not facts:
            reader.problem(
                body.at,
                "missing-key",
                _("{what} has no `{key}`").format(what=f"`{about.id}`", key="of"),
                _("a list of facts"),
            )
        self.harms.append(Harm(about, facts, way, targets, reader.texts(through, "except_through")))

    def assumption(self, reader: Reader, body: MappingNode) -> None:
        about = self._about(reader, body, _ASSUMPTION)
        each = reader.texts(body.get("for_each"), "for_each") or ("",)
        typical = body.get("typical")
        if isinstance(typical, MappingNode):
            for key, value in typical.entries:
                if key.text not in self.around.names.facts:
                    self._unknown(reader, key)
                number = reader.decimal(value, key.text)
                if number is not None:
                    self.typical[key.text] = number
            return
        forms = [key for key in ("never", "always_applies", "exact") if body.get(key) is not None]
        if len(forms) != 1:
            help_ = _("one of `never`, `always_applies`, `exact` and `typical`")
            reader.problem(
                body.at, "missing-key", _("`{about}` assumes nothing").format(about=about.id), help_
            )
            return
        form = forms[0]
        stated = body.get(form)
        conditions: list[Condition] = []
        facts: list[str] = []
        for member in each:
            filled = _filled(stated, member) if stated is not None else None
            if filled is not None and form == "never":
                condition = self._condition(reader, filled)
                if condition is None:
                    return  # what is wrong for one member is wrong for all: said once
                conditions.append(condition)
            else:
                facts += self._facts(reader, filled)
        named = tuple(dict.fromkeys(facts))
        self.assumptions.append(
            Assumption(
                about,
                tuple(conditions),
                named if form == "always_applies" else (),
                named if form == "exact" else (),
            )
        )

    # -- parts

    def _about(self, reader: Reader, body: MappingNode, keys: tuple[str, ...]) -> About:
        reader.keys(body, keys, ("id", "title", "because"), _("a statement"))
        name = reader.text(body.get("id"), "id")
        if name in self._ids:
            reader.problem(
                body.at,
                "duplicate-id",
                _("`{name}` is the id of another statement already").format(name=name),
            )
        self._ids.add(name)
        return About(
            id=name,
            title=reader.text(body.get("title")),
            because=reader.text(body.get("because")),
            at=body.at,
            sources=read_citations(reader, body.get("source"), self.around.evidence),
            basis=reader.word(body.get("basis"), BASES, "basis") or "source",
        )

    def _condition(self, reader: Reader, node: Node) -> Condition | None:
        return parse_condition(
            node,
            self.around.names,
            ask=True,
            excerpt=reader.document.excerpt,
            collect=reader.collect,
            opening=True,
        )

    def _facts(self, reader: Reader, node: Node | None) -> tuple[str, ...]:
        found: list[str] = []
        for item in reader.items(node, "of"):
            name = reader.text(item, "of")
            if name in self.around.names.facts:
                found.append(name)
            elif isinstance(item, Scalar):
                self._unknown(reader, item)
        return tuple(found)

    def _unknown(self, reader: Reader, node: Scalar) -> None:
        help_ = nearest(node.text, self.around.names.facts)
        reader.problem(node.at, "unknown-name", _("`{name}` is not a fact").format(name=node.text), help_)


def _filled(node: Node, member: str) -> Node:
    if isinstance(node, Scalar):
        return replace(node, text=node.text.replace(_EACH, member))
    if isinstance(node, Sequence):
        return replace(node, items=tuple(_filled(item, member) for item in node.items))
    return replace(node, entries=tuple((key, _filled(value, member)) for key, value in node.entries))
