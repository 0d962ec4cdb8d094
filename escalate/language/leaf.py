"""One criterion in one line: `heart.echo.lvef_percent < 45`, `not some_finding`, `heart_grade >= C2`.

The grammar (engine.md 2):

    leaf = ["not"] test
    test = FACT | FINDING
         | FACT ("==" | "!=") WORD | FACT "in" "[" WORD, ... "]"
         | FACT ("<" | "<=" | ">" | ">=") NUMBER [UNIT] | FACT "between" NUMBER "and" NUMBER [UNIT]
         | GRADE (">=" | "<" | "==") LEVEL
         | (FACT | FINDING | GRADE) "is" ("known" | "unknown")
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from escalate.language.names import FactShape, FindingShape, Reading, accepted, plain
from escalate.language.tree import All, AtLevel, Compare, Condition, Flag, Known, Leaf, Nothing, OneOf, Test
from escalate.language.values import NUMBER, Refusal, need_order, need_words, read_number
from escalate.nodes import Scalar
from escalate.problems import Problem, Span, nearest

_LEAF = re.compile(r"(?P<neg>not\s+)?(?P<name>[^\s<>=!\[\]]+)(?P<rest>.*)", re.DOTALL)
_COMPARED = re.compile(r"\s*(?P<op>==|!=|<=|>=|<|>|=)\s*(?P<value>.*)", re.DOTALL)
_IN = re.compile(r"\s+in\s*(?P<list>\[.*\]|.*)", re.DOTALL)
_BETWEEN = re.compile(r"\s+between\s+(?P<low>\S+)\s+and\s+(?P<high>.*)", re.DOTALL)
_IS = re.compile(r"\s+is\s+(?P<word>known|unknown)\s*")


class _Broken(Exception):
    """The leaf has a problem that was already collected."""


def parse_leaf(scalar: Scalar, reading: Reading, *, negative: bool) -> Condition | None:
    """The leaf as a typed tree, or None after collecting what is wrong with it.

    `negative` says that the leaf stands under a `none`.
    """
    try:
        return _Line(scalar, reading, negative).condition()
    except _Broken:
        return None


class _Line:
    """One leaf while it is read; `scalar.text` is the line, offsets count from its first character."""

    def __init__(self, scalar: Scalar, reading: Reading, negative: bool) -> None:
        self.scalar, self.reading, self.negative = scalar, reading, negative
        self.text = scalar.text
        line = reading.excerpt(scalar.at)
        start = scalar.at.column - 1 + (0 if scalar.plain else 1)
        # A template (`{therapy}`) or a folded line does not stand in the file as it is read:
        # then the whole leaf is underlined instead of a part of it.
        self.start = start + 1 if line[start:].startswith(self.text) else None
        self.trailing = line[start + len(self.text) :] if self.start is not None and scalar.plain else ""

    def fail(self, code: str, message: str, help_: str = "", at: tuple[int, int] | None = None) -> _Broken:
        """Collect a problem at the offsets `at` of the leaf (the whole leaf by default)."""
        span = self.scalar.at
        begin, end = at if at is not None and at[1] > at[0] else (0, len(self.text))
        if self.start is not None:
            span = Span(span.file, span.line, self.start + begin, self.start + end)
        problem = Problem(span, code, message, help_, self.reading.excerpt(span))
        self.reading.collect(problem)
        return _Broken()

    def condition(self) -> Condition:
        if not self.text.strip():
            raise self.fail("empty-condition", "a criterion is empty")
        if re.match(r" #", self.trailing):
            raise self.fail(
                "cut-by-comment",
                f"` #` cuts the criterion after `{self.text}`",
                "a comment stands after two spaces; otherwise quote the criterion",
            )
        match = _LEAF.fullmatch(self.text.strip())
        if match is None:
            raise self._syntax()
        self.negated = match["neg"] is not None
        self.name, self.name_at = match["name"], match.span("name")
        self.rest_from = match.start("rest")
        rest = match["rest"].rstrip()
        if self.name in self.reading.names.findings:
            return self._finding(self.reading.names.findings[self.name], rest)
        fact = self.reading.names.facts.get(self.name)
        if fact is None:
            raise self._unknown_name()
        return self._fact(fact, rest)

    # -- findings

    def _finding(self, finding: FindingShape, rest: str) -> Condition:
        if is_ := _IS.fullmatch(rest):
            return self._known(is_["word"])
        compared = _COMPARED.fullmatch(rest)
        if not finding.levels:
            if rest:
                raise self.fail(
                    "finding-is-yes-or-no",
                    f"`{self.name}` is a finding without levels and takes no comparison",
                    f"write `{self.name}` or `not {self.name}`",
                )
            return self._leaf(Flag(self.name, finding=True), self.name)
        levels = ", ".join(finding.levels)
        if compared is None:
            raise self.fail(
                "grade-needs-level",
                f"`{self.name}` is graded and needs a level",
                f"write `{self.name} >= LEVEL`, `<` or `==`; levels are {levels}",
            )
        return self._level(finding, compared["op"], compared["value"].strip(), compared.span("value"))

    def _level(self, finding: FindingShape, op: str, level: str, at: tuple[int, int]) -> Condition:
        where = (at[0] + self.rest_from, at[1] + self.rest_from)
        levels = finding.levels
        if level not in levels:
            near = nearest(level, levels) or f"levels are {', '.join(levels)}"
            raise self.fail("unknown-value", f"`{level}` is not a level of `{self.name}`", near, where)
        if op not in (">=", "<", "=="):
            raise self.fail(
                "grade-comparison", f"a grade is compared with `>=`, `<` or `==`, not `{op}`",
                f"levels from lowest to highest are {', '.join(levels)}",
            )  # fmt: skip
        place = levels.index(level)
        if place == 0 and op != "==":
            always = "always" if op == ">=" else "never"
            raise self.fail("constant-test", f"`{self.name} {op} {level}` {always} holds: the lowest level")
        text = f"{self.name} {op} {level}"
        if op == ">=":
            return self._leaf(AtLevel(self.name, level), text)
        if op == "<":
            return self._leaf(AtLevel(self.name, level), text, flip=True)
        parts: list[Condition] = []
        if place > 0:
            parts.append(self._plain_leaf(AtLevel(self.name, level), False, f"{self.name} >= {level}"))
        if place + 1 < len(levels):
            above = levels[place + 1]
            parts.append(self._plain_leaf(AtLevel(self.name, above), True, f"{self.name} < {above}"))
        return self._joined(parts)

    # -- facts

    def _fact(self, fact: FactShape, rest: str) -> Condition:
        if is_ := _IS.fullmatch(rest):
            self._refuse_optional(fact, "`is known`", always=True)
            return self._known(is_["word"])
        if not rest:
            if fact.kind != "boolean":
                raise self.fail(
                    "needs-comparison", f"`{self.name}` is not a yes/no fact and needs a comparison",
                    f"it takes {accepted(fact)}",
                )  # fmt: skip
            return self._leaf(Flag(self.name), self.name, fact=fact)
        if between := _BETWEEN.fullmatch(rest):
            return self._between(fact, between)
        if inside := _IN.fullmatch(rest):
            return self._in(fact, inside)
        compared = _COMPARED.fullmatch(rest)
        if compared is None or compared["op"] == "=":
            raise self._syntax()
        op, value = compared["op"], compared["value"].strip()
        start = compared.start("value") + self.rest_from
        at = (start, start + len(value))
        if fact.kind == "boolean":
            raise self.fail(
                "comparison-of-yes-or-no", f"`{self.name}` is yes or no and takes no comparison",
                f"write `{self.name}` or `not {self.name}`",
            )  # fmt: skip
        if op in ("==", "!="):
            self._need(need_words, fact, op)
            self._word(fact, value, at)
            test = OneOf(self.name, (value,))
            return self._leaf(test, f"{self.name} {op} {value}", flip=op == "!=", fact=fact)
        self._need(need_order, fact, op)
        number = self._number(fact, value, at)
        return self._leaf(Compare(self.name, op, number), f"{self.name} {op} {plain(number)}", fact=fact)

    def _in(self, fact: FactShape, match: re.Match[str]) -> Condition:
        written = match["list"].strip()
        self._need(need_words, fact, "in")
        if not (written.startswith("[") and written.endswith("]")):
            raise self.fail("syntax", "`in` needs a list in brackets", f"write `{self.name} in [WORD, WORD]`")
        offset = match.start("list") + self.rest_from + 1
        words: list[str] = []
        for part in written[1:-1].split(","):
            word = part.strip()
            start = offset + len(part) - len(part.lstrip())
            offset += len(part) + 1
            if word:
                self._word(fact, word, (start, start + len(word)))
                words.append(word)
        if not words:
            raise self.fail("empty-list", "the list after `in` is empty", f"it takes {accepted(fact)}")
        for word in words:
            if words.count(word) > 1:
                raise self.fail("repeated-value", f"`{word}` stands twice in the list")
        return self._leaf(OneOf(self.name, tuple(words)), f"{self.name} in [{', '.join(words)}]", fact=fact)

    def _between(self, fact: FactShape, match: re.Match[str]) -> Condition:
        self._need(need_order, fact, "between")
        low_at = (match.start("low") + self.rest_from, match.end("low") + self.rest_from)
        high_at = (match.start("high") + self.rest_from, match.end("high") + self.rest_from)
        written = NUMBER.fullmatch(match["high"].strip())
        unit = f" {written['unit']}" if written is not None else ""
        low = self._number(fact, match["low"] + unit, low_at)
        high = self._number(fact, match["high"].strip(), high_at)
        if low > high:
            raise self.fail(
                "empty-range", f"{plain(low)} is above {plain(high)}", "the lower number comes first"
            )
        bounds = ((">=", low), ("<=", high))
        return self._joined(
            [
                self._plain_leaf(
                    Compare(self.name, op, bound), False, f"{self.name} {op} {plain(bound)}", fact
                )
                for op, bound in bounds
            ]
        )

    def _number(self, fact: FactShape, text: str, at: tuple[int, int]) -> Decimal:
        try:
            return read_number(fact, text)
        except Refusal as refusal:
            raise self.fail(refusal.code, refusal.message, refusal.help, at) from None

    def _word(self, fact: FactShape, word: str, at: tuple[int, int]) -> None:
        if fact.values and word not in fact.values:
            near = nearest(word, fact.values) or f"it takes {accepted(fact)}"
            raise self.fail("unknown-value", f"`{word}` is not a value of `{self.name}`", near, at)
        if not word or re.search(r"[\s\[\],]", word):
            raise self.fail("syntax", f"`{word}` is not one word", f"it takes {accepted(fact)}", at)

    # -- what both share

    def _need(self, check: Callable[[FactShape, str], None], fact: FactShape, op: str) -> None:
        try:
            check(fact, op)
        except Refusal as refusal:
            raise self.fail(refusal.code, refusal.message, refusal.help) from None

    def _known(self, word: str) -> Leaf:
        if not self.reading.ask:
            raise self.fail(
                "known-outside-ask", f"`is {word}` is allowed only in rules of kind `ask`",
                "it is not monotone: learning a fact could turn TRUE into FALSE",
            )  # fmt: skip
        return self._leaf(Known(self.name), f"{self.name} is {word}", flip=word == "unknown")

    def _refuse_optional(self, fact: FactShape, what: str, *, always: bool = False) -> None:
        """A result that may be absent only ever makes a reading worse, so it may not stand negated."""
        if fact.test:
            why = f"it is a result of the test `{fact.test}`, which is not called for in everybody"
        elif fact.refines and (always or not self.reading.opening):
            why = f"it is a detail of `{fact.refines}`, which many files lack"
        else:
            return
        raise self.fail(
            "negated-optional-fact", f"{what} on `{self.name}`: {why}",
            "name the harmful values instead; where it is absent every test on it is FALSE",
        )  # fmt: skip

    def _leaf(self, test: Test, text: str, *, flip: bool = False, fact: FactShape | None = None) -> Leaf:
        negated = self.negated != flip
        if fact is not None and negated != self.negative:
            self._refuse_optional(fact, "`not`, `!=` or `none`")
        return Leaf(test, negated, f"not {text}" if self.negated else text, self.scalar.at)

    def _plain_leaf(self, test: Test, negated: bool, text: str, fact: FactShape | None = None) -> Leaf:
        if fact is not None and self.negated != self.negative:
            self._refuse_optional(fact, "`not` or `none`")
        return Leaf(test, negated, text, self.scalar.at)

    def _joined(self, parts: list[Condition]) -> Condition:
        if self.negated:
            return Nothing((All(tuple(parts)),) if len(parts) > 1 else tuple(parts))
        return All(tuple(parts)) if len(parts) > 1 else parts[0]

    def _unknown_name(self) -> _Broken:
        names = self.reading.names
        help_ = nearest(self.name, [*names.facts, *names.findings])
        only = re.fullmatch(r"did you mean `([^`]+)`\?", help_)
        if only and only[1] in names.facts and (takes := accepted(names.facts[only[1]])):
            help_ = f"did you mean `{only[1]}` ({takes})?"
        return self.fail(
            "unknown-name", f"`{self.name}` is neither a fact nor a finding",
            help_ or "see knowledge/fields.yaml, knowledge/derived and knowledge/findings.yaml",
            self.name_at,
        )  # fmt: skip

    def _syntax(self) -> _Broken:
        return self.fail(
            "syntax", f"`{self.text}` is not a criterion",
            "write FACT, not FACT, FACT == WORD, FACT in [WORD, WORD], FACT < NUMBER, "
            "FACT between A and B, GRADE >= LEVEL",
        )  # fmt: skip
