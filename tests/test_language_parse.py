"""The condition language: what it accepts, and the exact words in which it refuses."""

from __future__ import annotations

from decimal import Decimal
from textwrap import dedent

import pytest
from documents import document

from escalate.language.names import Names
from escalate.language.parse import parse_condition
from escalate.language.tree import (
    All,
    Any,
    AtLeast,
    AtLevel,
    Compare,
    Condition,
    Flag,
    Known,
    Leaf,
    Nothing,
    OneOf,
)
from escalate.library.model import FactType, FindingSpec
from escalate.problems import Problem


def number(name: str, low: int, high: int, unit: str = "", **more: str) -> FactType:
    return FactType(name, "number", unit=unit, low=Decimal(low), high=Decimal(high), **more)  # type: ignore[arg-type]


FACTS = [
    number("heart.echo.lvef_percent", 5, 85, "%"),
    FactType("heart.nyha_class", "integer", low=Decimal(1), high=Decimal(4)),
    FactType("infection.fever", "boolean"),
    FactType("infection.active", "enum", values=("none", "suspected", "active")),
    FactType("diagnosis.overlap_with", "list", values=("systemic_sclerosis", "sjogren_disease")),
    FactType("heart.holter.nsvt", "boolean", test="holter"),
    FactType("infection.sepsis", "boolean", refines="infection.active"),
    number("labs.igg_g_per_l", 0, 60, "g/L"),
    FactType("muscle.mmt8_scale", "enum", values=("150", "80")),
    FactType("lung.function_on", "date"),
]
FINDINGS = {
    "heart_grade": FindingSpec("heart_grade", "Heart grade", ("C0", "C1", "C2", "C3")),
    "refractory": FindingSpec("refractory", "Refractory"),
}
NAMES = Names({fact.name: fact for fact in FACTS}, FINDINGS)


def read(text: str, *, ask: bool = False, opening: bool = False) -> tuple[Condition | None, list[Problem]]:
    """The condition under `when:`, and its problems."""
    problems: list[Problem] = []
    doc = document("when:\n" + dedent(text).rstrip().replace("\n", "\n  ").join(["  ", "\n"]))
    node = doc.root.get("when")  # type: ignore[union-attr]
    assert node is not None
    got = parse_condition(node, NAMES, ask=ask, excerpt=doc.excerpt, collect=problems.append, opening=opening)
    return got, problems


def leaf(text: str, **how: bool) -> Leaf:
    condition, problems = read(text, **how)
    assert problems == []
    assert isinstance(condition, Leaf)
    return condition


def refusal(text: str, **how: bool) -> str:
    """The rendered problem of a condition that has exactly one."""
    condition, problems = read(text, **how)
    assert condition is None
    (problem,) = problems
    return problem.render()


@pytest.mark.parametrize(
    ("text", "test", "negated"),
    [
        ("infection.fever", Flag("infection.fever"), False),
        ("not infection.fever", Flag("infection.fever"), True),
        ("refractory", Flag("refractory", finding=True), False),
        ("infection.active == none", OneOf("infection.active", ("none",)), False),
        ("infection.active != none", OneOf("infection.active", ("none",)), True),
        ("not infection.active != none", OneOf("infection.active", ("none",)), False),
        (
            "diagnosis.overlap_with in [sjogren_disease, systemic_sclerosis]",
            OneOf("diagnosis.overlap_with", ("sjogren_disease", "systemic_sclerosis")),
            False,
        ),
        ("muscle.mmt8_scale == 80", OneOf("muscle.mmt8_scale", ("80",)), False),
        ("heart.echo.lvef_percent < 45", Compare("heart.echo.lvef_percent", "<", Decimal(45)), False),
        ("heart.echo.lvef_percent<45.0 %", Compare("heart.echo.lvef_percent", "<", Decimal("45.0")), False),
        ("heart_grade >= C2", AtLevel("heart_grade", "C2"), False),
        ("heart_grade < C2", AtLevel("heart_grade", "C2"), True),
        ("heart_grade == C3", AtLevel("heart_grade", "C3"), False),
        ("heart_grade == C0", AtLevel("heart_grade", "C1"), True),
    ],
)
def test_a_leaf_reads_as_one_typed_test(text: str, test: object, negated: bool) -> None:
    """Each line of the grammar has one tree."""
    got = leaf(text)

    assert (got.test, got.negated) == (test, negated)


def test_between_is_two_inclusive_comparisons() -> None:
    """`between A and B` holds at both ends."""
    condition, _ = read("heart.nyha_class between 2 and 3")

    assert isinstance(condition, All)
    assert [part.test for part in condition.parts if isinstance(part, Leaf)] == [
        Compare("heart.nyha_class", ">=", Decimal(2)),
        Compare("heart.nyha_class", "<=", Decimal(3)),
    ]


def test_a_level_in_the_middle_is_at_least_it_and_below_the_next() -> None:
    """`heart_grade == C2` needs both levels around it."""
    condition, _ = read("heart_grade == C2")

    assert isinstance(condition, All)
    assert [(p.test, p.negated) for p in condition.parts if isinstance(p, Leaf)] == [
        (AtLevel("heart_grade", "C2"), False),
        (AtLevel("heart_grade", "C3"), True),
    ]


def test_a_negated_pair_is_none_of_both_together() -> None:
    """`not x between A and B` negates the pair, not its halves."""
    condition, _ = read("not heart.nyha_class between 2 and 3")

    assert isinstance(condition, Nothing)
    assert isinstance(condition.parts[0], All)


def test_connectives_nest() -> None:
    """YAML carries the connectives."""
    condition, problems = read(
        """
        all:
          - any:
              - infection.fever
              - refractory
          - none:
              - heart_grade >= C2
          - at_least: 2
            of:
              - infection.fever
              - refractory
              - infection.active == active
        """.strip("\n")
    )

    assert problems == []
    assert isinstance(condition, All)
    assert [type(part) for part in condition.parts] == [Any, Nothing, AtLeast]


def test_is_known_stands_in_questions_only() -> None:
    """It is the one construct that is not monotone."""
    assert leaf("infection.active is unknown", ask=True) == Leaf(
        Known("infection.active"), True, "infection.active is unknown", leaf("refractory").at.__class__(
            "rules/test.yaml", 2, 3, 30)
    )  # fmt: skip
    assert "known-outside-ask" in refusal("infection.active is unknown")


def test_an_unknown_fact_offers_the_nearest_with_its_unit() -> None:
    """The caret stands under the name, the help names what was probably meant."""
    assert refusal("heart.echo.lvef_pct < 40") == dedent(
        """\
        rules/test.yaml:2:3: unknown-name: `heart.echo.lvef_pct` is neither a fact nor a finding
            2 |   heart.echo.lvef_pct < 40
              |   ^^^^^^^^^^^^^^^^^^^
          help: did you mean `heart.echo.lvef_percent` (%, 5 to 85)?"""
    )


def test_a_number_outside_the_range_asks_for_the_unit() -> None:
    """An IgG of 400 is mg/dL where g/L is meant."""
    assert refusal("labs.igg_g_per_l < 400") == dedent(
        """\
        rules/test.yaml:2:22: out-of-range: 400 is outside the range of `labs.igg_g_per_l`: wrong unit?
            2 |   labs.igg_g_per_l < 400
              |                      ^^^
          help: it takes g/L, 0 to 60"""
    )


def test_an_unknown_word_offers_the_nearest() -> None:
    """The caret stands under the word."""
    assert refusal("infection.active in [none, suspectd]") == dedent(
        """\
        rules/test.yaml:2:30: unknown-value: `suspectd` is not a value of `infection.active`
            2 |   infection.active in [none, suspectd]
              |                              ^^^^^^^^
          help: did you mean `suspected`?"""
    )


def test_one_space_before_a_comment_is_refused() -> None:
    """YAML cuts the line there without a word."""
    assert refusal("infection.active == none # or more") == dedent(
        """\
        rules/test.yaml:2:3: cut-by-comment: ` #` cuts the criterion after `infection.active == none`
            2 |   infection.active == none # or more
              |   ^^^^^^^^^^^^^^^^^^^^^^^^
          help: a comment stands after two spaces; otherwise quote the criterion"""
    )
    assert leaf("infection.active == none  # looked for")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("heart_grade >= C4", "unknown-value"),
        ("heart_grade", "grade-needs-level"),
        ("heart_grade > C1", "grade-comparison"),
        ("heart_grade >= C0", "constant-test"),
        ("refractory == yes", "finding-is-yes-or-no"),
        ("heart.echo.lvef_percent == 45", "equality-on-number"),
        ("heart.echo.lvef_percent in [45, 50]", "equality-on-number"),
        ("heart.echo.lvef_percent", "needs-comparison"),
        ("heart.echo.lvef_percent < 0,45", "not-a-number"),
        ("heart.echo.lvef_percent < 45 mmHg", "wrong-unit"),
        ("heart.echo.lvef_percent = 45", "syntax"),
        ("heart.echo.lvef_percent between 60 and 50", "empty-range"),
        ("heart.nyha_class >= 2.5", "not-whole"),
        ("infection.active < none", "order-on-word"),
        ("infection.active in []", "empty-list"),
        ("infection.active in none", "syntax"),
        ("infection.active in [none, none]", "repeated-value"),
        ("infection.fever == true", "comparison-of-yes-or-no"),
        ("infection.active not in [none]", "syntax"),
        ("lung.function_on == today", "no-comparison"),
        ("not heart.holter.nsvt", "negated-optional-fact"),
        ("not infection.sepsis", "negated-optional-fact"),
        ("none: [infection.sepsis]", "negated-optional-fact"),
        ("[infection.fever]", "bare-list"),
        ("alle: [infection.fever]", "unknown-connective"),
        ("{all: [infection.fever], any: [refractory]}", "one-connective"),
        ("{at_least: 3, of: [infection.fever, refractory]}", "impossible-count"),
        ("{at_least: two, of: [infection.fever, refractory]}", "not-a-count"),
        ("all: []", "empty-condition"),
        ("''", "empty-condition"),
    ],
)
def test_what_is_refused_has_a_stable_code(text: str, code: str) -> None:
    """One problem, one code."""
    assert f": {code}: " in refusal(text)


def test_a_detail_may_stand_negated_where_a_rule_opens() -> None:
    """Its absence then reads as harmless, and giving it can only close."""
    assert leaf("not infection.sepsis", opening=True).negated
    assert "negated-optional-fact" in refusal("not heart.holter.nsvt", opening=True)
    assert "negated-optional-fact" in refusal("infection.sepsis is unknown", ask=True, opening=True)


def test_under_none_a_negated_detail_is_positive_again() -> None:
    """Two negations cancel."""
    condition, problems = read("none: [not infection.sepsis]")

    assert problems == []
    assert condition is not None


def test_all_problems_of_a_condition_come_at_once() -> None:
    """An author repairs a file in one round."""
    _, problems = read(
        """
        all:
          - infection.fevr
          - heart.echo.lvef_percent < 450
          - any:
              - infection.active == non
        """.strip("\n")
    )

    assert [p.code for p in problems] == ["unknown-name", "out-of-range", "unknown-value"]
