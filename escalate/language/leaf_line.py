"""One criterion as a line of text, and what is wrong with it: place, words, numbers, names."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from escalate.language.names import FactShape, Reading, accepted
from escalate.language.values import Refusal, read_number
from escalate.nodes import Scalar
from escalate.problems import Problem, Span, nearest
from escalate.texts import _


class Broken(Exception):
    """The leaf has a problem that was already collected."""


class LeafLine:
    """One leaf while it is read; `scalar.text` is the line, offsets count from its first character."""

    name = ""
    name_at = (0, 0)

    def __init__(self, scalar: Scalar, reading: Reading, negative: bool) -> None:
        self.scalar, self.reading, self.negative = scalar, reading, negative
        self.text = scalar.text
        line = reading.excerpt(scalar.at)
        start = scalar.at.column - 1 + (0 if scalar.plain else 1)
        # A template (`{therapy}`) or a folded line does not stand in the file as it is read:
        # then the whole leaf is underlined instead of a part of it.
        self.start = start + 1 if line[start:].startswith(self.text) else None
        self.trailing = line[start + len(self.text) :] if self.start is not None and scalar.plain else ""

    def fail(self, code: str, message: str, help_: str = "", at: tuple[int, int] | None = None) -> Broken:
        """Collect a problem at the offsets `at` of the leaf (the whole leaf by default)."""
        span = self.scalar.at
        begin, end = at if at is not None and at[1] > at[0] else (0, len(self.text))
        if self.start is not None:
            span = Span(span.file, span.line, self.start + begin, self.start + end)
        problem = Problem(span, code, message, help_, self.reading.excerpt(span))
        self.reading.collect(problem)
        return Broken()

    def number(self, fact: FactShape, text: str, at: tuple[int, int]) -> Decimal:
        """The number in the unit of the fact; raises Broken for what it does not take."""
        try:
            return read_number(fact, text)
        except Refusal as refusal:
            raise self.fail(refusal.code, refusal.message, refusal.help, at) from None

    def word(self, fact: FactShape, word: str, at: tuple[int, int]) -> None:
        """Raises Broken for a word that the fact does not take."""
        if fact.values and word not in fact.values:
            near = nearest(word, fact.values) or _("it takes {accepted}").format(accepted=accepted(fact))
            raise self.fail(
                "unknown-value",
                _("`{word}` is not a value of `{what}`").format(word=word, what=self.name),
                near,
                at,
            )
        if not word or re.search(r"[\s\[\],]", word):
            raise self.fail(
                "syntax",
                _("`{word}` is not one word").format(word=word),
                _("it takes {accepted}").format(accepted=accepted(fact)),
                at,
            )

    def need(self, check: Callable[[FactShape, str], None], fact: FactShape, op: str) -> None:
        """Raises Broken where the fact is not compared in this way."""
        try:
            check(fact, op)
        except Refusal as refusal:
            raise self.fail(refusal.code, refusal.message, refusal.help) from None

    def unknown_name(self) -> Broken:
        """A name that nobody knows, and what is near it."""
        names = self.reading.names
        help_ = nearest(self.name, [*names.facts, *names.findings])
        near = re.findall(r"`([^`]+)`", help_)
        only = names.facts.get(near[0]) if len(near) == 1 else None
        if only is not None and (takes := accepted(only)):
            help_ = _("did you mean `{name}` ({takes})?").format(name=near[0], takes=takes)
        return self.fail(
            "unknown-name",
            _("`{name}` is neither a fact nor a finding").format(name=self.name),
            help_ or _("see knowledge/fields.yaml, knowledge/derived and knowledge/findings.yaml"),
            self.name_at,
        )

    def syntax(self) -> Broken:
        """A line that is no criterion, and what one looks like."""
        return self.fail(
            "syntax",
            _("`{text}` is not a criterion").format(text=self.text),
            _(
                "write FACT, not FACT, FACT == WORD, FACT in [WORD, WORD], FACT < NUMBER, "
                "FACT between A and B, GRADE >= LEVEL"
            ),
        )
