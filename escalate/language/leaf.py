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

from escalate.language.leaf_line import Broken, LeafLine
from escalate.language.names import FactShape, FindingShape, Reading, accepted, plain
from escalate.language.tree import All, AtLevel, Compare, Condition, Flag, Known, Leaf, Nothing, OneOf, Test
from escalate.language.values import NUMBER, need_order, need_words
from escalate.nodes import Scalar
from escalate.problems import nearest
from escalate.texts import N_, _

_LEAF = re.compile(r"(?P<neg>not\s+)?(?P<name>[^\s<>=!\[\]]+)(?P<rest>.*)", re.DOTALL)
_COMPARED = re.compile(r"\s*(?P<op>==|!=|<=|>=|<|>|=)\s*(?P<value>.*)", re.DOTALL)
_IN = re.compile(r"\s+in\s*(?P<list>\[.*\]|.*)", re.DOTALL)
_BETWEEN = re.compile(r"\s+between\s+(?P<low>\S+)\s+and\s+(?P<high>.*)", re.DOTALL)
_IS = re.compile(r"\s+is\s+(?P<word>known|unknown)\s*")


def parse_leaf(scalar: Scalar, reading: Reading, *, negative: bool) -> Condition | None:
    """The leaf as a typed tree, or None after collecting what is wrong with it.

    `negative` says that the leaf stands under a `none`.
    """
    try:
        return _Line(scalar, reading, negative).condition()
    except Broken:
        return None


class _Line(LeafLine):
    """One leaf while it is read as a condition."""

    def condition(self) -> Condition:
        if not self.text.strip():
            raise self.fail("empty-condition", _("a criterion is empty"))
        if re.match(r" #", self.trailing):
            raise self.fail(
                "cut-by-comment",
                _("` #` cuts the criterion after `{text}`").format(text=self.text),
                _("a comment stands after two spaces; otherwise quote the criterion"),
            )
        match = _LEAF.fullmatch(self.text.strip())
        if match is None:
            raise self.syntax()
        self.negated = match["neg"] is not None
        self.name, self.name_at = match["name"], match.span("name")
        self.rest_from = match.start("rest")
        rest = match["rest"].rstrip()
        if self.name in self.reading.names.findings:
            return self._finding(self.reading.names.findings[self.name], rest)
        fact = self.reading.names.facts.get(self.name)
        if fact is None:
            raise self.unknown_name()
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
                    _("`{name}` is a finding without levels and takes no comparison").format(name=self.name),
                    _("write `{name}` or `not {name}`").format(name=self.name),
                )
            return self._leaf(Flag(self.name, finding=True), self.name)
        levels = ", ".join(finding.levels)
        if compared is None:
            raise self.fail(
                "grade-needs-level",
                _("`{name}` is graded and needs a level").format(name=self.name),
                _("write `{name} >= LEVEL`, `<` or `==`; levels are {levels}").format(
                    name=self.name, levels=levels
                ),
            )
        return self._level(finding, compared["op"], compared["value"].strip(), compared.span("value"))

    def _level(self, finding: FindingShape, op: str, level: str, at: tuple[int, int]) -> Condition:
        where = (at[0] + self.rest_from, at[1] + self.rest_from)
        levels = finding.levels
        if level not in levels:
            near = nearest(level, levels) or _("levels are {levels}").format(levels=", ".join(levels))
            raise self.fail(
                "unknown-value",
                _("`{level}` is not a level of `{name}`").format(level=level, name=self.name),
                near,
                where,
            )
        if op not in (">=", "<", "=="):
            raise self.fail(
                "grade-comparison",
                _("a grade is compared with `>=`, `<` or `==`, not `{op}`").format(op=op),
                _("levels from lowest to highest are {levels}").format(levels=", ".join(levels)),
            )
        place = levels.index(level)
        if place == 0 and op != "==":
            always = _("`{test}` always holds: the lowest level")
            never = _("`{test}` never holds: the lowest level")
            test = f"{self.name} {op} {level}"
            raise self.fail("constant-test", (always if op == ">=" else never).format(test=test))
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
                    "needs-comparison",
                    _("`{name}` is not a yes/no fact and needs a comparison").format(name=self.name),
                    _("it takes {accepted}").format(accepted=accepted(fact)),
                )
            return self._leaf(Flag(self.name), self.name, fact=fact)
        if between := _BETWEEN.fullmatch(rest):
            return self._between(fact, between)
        if inside := _IN.fullmatch(rest):
            return self._in(fact, inside)
        compared = _COMPARED.fullmatch(rest)
        if compared is None or compared["op"] == "=":
            raise self.syntax()
        op, value = compared["op"], compared["value"].strip()
        start = compared.start("value") + self.rest_from
        at = (start, start + len(value))
        if fact.kind == "boolean":
            raise self.fail(
                "comparison-of-yes-or-no",
                _("`{name}` is yes or no and takes no comparison").format(name=self.name),
                _("write `{name}` or `not {name}`").format(name=self.name),
            )
        if op in ("==", "!="):
            self.need(need_words, fact, op)
            self.word(fact, value, at)
            test = OneOf(self.name, (value,))
            return self._leaf(test, f"{self.name} {op} {value}", flip=op == "!=", fact=fact)
        self.need(need_order, fact, op)
        number = self.number(fact, value, at)
        return self._leaf(Compare(self.name, op, number), f"{self.name} {op} {plain(number)}", fact=fact)

    def _in(self, fact: FactShape, match: re.Match[str]) -> Condition:
        written = match["list"].strip()
        self.need(need_words, fact, "in")
        if not (written.startswith("[") and written.endswith("]")):
            raise self.fail(
                "syntax",
                _("`in` needs a list in brackets"),
                _("write `{name} in [WORD, WORD]`").format(name=self.name),
            )
        offset = match.start("list") + self.rest_from + 1
        words: list[str] = []
        for part in written[1:-1].split(","):
            word = part.strip()
            start = offset + len(part) - len(part.lstrip())
            offset += len(part) + 1
            if word:
                self.word(fact, word, (start, start + len(word)))
                words.append(word)
        if not words:
            raise self.fail(
                "empty-list",
                _("the list after `in` is empty"),
                _("it takes {accepted}").format(accepted=accepted(fact)),
            )
        for word in words:
            if words.count(word) > 1:
                raise self.fail("repeated-value", _("`{word}` stands twice in the list").format(word=word))
        return self._leaf(OneOf(self.name, tuple(words)), f"{self.name} in [{', '.join(words)}]", fact=fact)

    def _between(self, fact: FactShape, match: re.Match[str]) -> Condition:
        self.need(need_order, fact, "between")
        low_at = (match.start("low") + self.rest_from, match.end("low") + self.rest_from)
        high_at = (match.start("high") + self.rest_from, match.end("high") + self.rest_from)
        written = NUMBER.fullmatch(match["high"].strip())
        unit = f" {written['unit']}" if written is not None else ""
        low = self.number(fact, match["low"] + unit, low_at)
        high = self.number(fact, match["high"].strip(), high_at)
        if low > high:
            raise self.fail(
                "empty-range",
                _("{low} is above {high}").format(low=plain(low), high=plain(high)),
                _("the lower number comes first"),
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

    # -- what both share

    def _known(self, word: str) -> Leaf:
        if not self.reading.ask:
            raise self.fail(
                "known-outside-ask",
                _("`is {word}` is allowed only in rules of kind `ask`").format(word=word),
                _("it is not monotone: learning a fact could turn TRUE into FALSE"),
            )
        return self._leaf(Known(self.name), f"{self.name} is {word}", flip=word == "unknown")

    def _refuse_optional(self, fact: FactShape, what: str, *, always: bool = False) -> None:
        """A result that may be absent only ever makes a reading worse, so it may not stand negated."""
        if fact.test:
            why = _("it is a result of the test `{test}`, which is not called for in everybody").format(
                test=fact.test
            )
        elif fact.refines and (always or not self.reading.opening):
            why = _("it is a detail of `{refines}`, which many files lack").format(refines=fact.refines)
        else:
            return
        raise self.fail(
            "negated-optional-fact",
            _("{what} on `{name}`: {why}").format(what=_(what), name=self.name, why=why),
            _("name the harmful values instead; where it is absent every test on it is FALSE"),
        )

    def _leaf(self, test: Test, text: str, *, flip: bool = False, fact: FactShape | None = None) -> Leaf:
        negated = self.negated != flip
        if fact is not None and negated != self.negative:
            self._refuse_optional(fact, N_("`not`, `!=` or `none`"))
        return Leaf(test, negated, f"not {text}" if self.negated else text, self.scalar.at)

    def _plain_leaf(self, test: Test, negated: bool, text: str, fact: FactShape | None = None) -> Leaf:
        if fact is not None and self.negated != self.negative:
            self._refuse_optional(fact, N_("`not` or `none`"))
        return Leaf(test, negated, text, self.scalar.at)

    def _joined(self, parts: list[Condition]) -> Condition:
        if self.negated:
            return Nothing((All(tuple(parts)),) if len(parts) > 1 else tuple(parts))
        return All(tuple(parts)) if len(parts) > 1 else parts[0]
