"""What a condition means: Kleene logic, absent facts, bounded numbers, and the two rails."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalate.language.describe import describe
from escalate.language.evaluate import evaluate, leaves_of
from escalate.language.facts import Fact, Status
from escalate.language.names import Names
from escalate.language.normal import TooWide, rails
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
from escalate.problems import InternalFault, Span
from escalate.truth import Truth

AT = Span("rules/test.yaml", 1, 1)
LVEF = "heart.echo.lvef_percent"


def flag(name: str, negated: bool = False) -> Leaf:
    return Leaf(Flag(name), negated, name, AT)


def below(number: int, negated: bool = False) -> Leaf:
    return Leaf(Compare(LVEF, "<", Decimal(number)), negated, f"{LVEF} < {number}", AT)


def known(name: str, value: object) -> dict[str, Fact]:
    return {name: Fact(name, value, Status.KNOWN)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "truth"),
    [("44.9", Truth.TRUE), ("45", Truth.FALSE), ("45.0", Truth.FALSE), ("46", Truth.FALSE)],
)
def test_a_comparison_is_exact_at_its_boundary(value: str, truth: Truth) -> None:
    """45 is not below 45, however it is written."""
    assert evaluate(below(45), known(LVEF, Decimal(value)), {}) is truth


def test_an_unknown_fact_makes_its_test_unknown_under_either_sign() -> None:
    """Not measured is neither yes nor no."""
    facts = {LVEF: Fact(LVEF)}

    assert evaluate(below(45), facts, {}) is Truth.UNKNOWN
    assert evaluate(below(45, negated=True), facts, {}) is Truth.UNKNOWN


def test_every_test_on_an_absent_fact_is_false() -> None:
    """A test that is not called for shows nothing, neither below 45 nor not below it."""
    facts = {LVEF: Fact(LVEF, status=Status.ABSENT)}
    above = Leaf(Compare(LVEF, ">=", Decimal(45)), False, "", AT)

    assert evaluate(below(45), facts, {}) is Truth.FALSE
    assert evaluate(above, facts, {}) is Truth.FALSE
    assert evaluate(Leaf(OneOf(LVEF, ("a",)), False, "", AT), facts, {}) is Truth.FALSE
    assert evaluate(Leaf(Known(LVEF), False, "", AT), facts, {}) is Truth.TRUE


@pytest.mark.parametrize(
    ("op", "number", "truth"),
    [
        (">=", 2, Truth.TRUE),
        (">", 2, Truth.UNKNOWN),
        (">=", 5, Truth.FALSE),
        ("<", 2, Truth.FALSE),
        ("<=", 4, Truth.TRUE),
        ("<=", 3, Truth.UNKNOWN),
    ],
)
def test_bounds_decide_a_comparison_on_which_the_whole_range_agrees(
    op: str, number: int, truth: Truth
) -> None:
    """Two failed lines are certain, two more are unclear."""
    facts = {"lines.failed": Fact("lines.failed", low=Decimal(2), high=Decimal(4))}

    assert evaluate(Leaf(Compare("lines.failed", op, Decimal(number)), False, "", AT), facts, {}) is truth


def test_an_open_end_decides_only_on_its_far_side() -> None:
    """At least two is enough for `>= 2` and says nothing about `>= 3`."""
    facts = {"lines.failed": Fact("lines.failed", low=Decimal(2))}

    assert evaluate(Leaf(Compare("lines.failed", ">=", Decimal(2)), False, "", AT), facts, {}) is Truth.TRUE
    assert (
        evaluate(Leaf(Compare("lines.failed", ">=", Decimal(3)), False, "", AT), facts, {}) is Truth.UNKNOWN
    )
    assert evaluate(Leaf(Compare("lines.failed", "<", Decimal(2)), False, "", AT), facts, {}) is Truth.FALSE


def test_a_list_holds_a_word_when_one_of_the_words_is_in_it() -> None:
    """`in` on a list asks for any of them; an empty list holds none."""
    leaf = Leaf(OneOf("overlap", ("ssc", "sle")), False, "", AT)

    assert evaluate(leaf, known("overlap", frozenset({"sle", "ra"})), {}) is Truth.TRUE
    assert evaluate(leaf, known("overlap", frozenset()), {}) is Truth.FALSE


def test_findings_are_read_from_the_heads() -> None:
    """A grade by its level, a Boolean finding by its name; known where no level is open."""
    heads = {"refractory": Truth.UNKNOWN, "grade>=C1": Truth.TRUE, "grade>=C2": Truth.FALSE}

    assert evaluate(Leaf(AtLevel("grade", "C1"), False, "", AT), {}, heads) is Truth.TRUE
    assert evaluate(Leaf(AtLevel("grade", "C2"), True, "", AT), {}, heads) is Truth.TRUE
    assert evaluate(Leaf(Flag("refractory", finding=True), False, "", AT), {}, heads) is Truth.UNKNOWN
    assert evaluate(Leaf(Known("grade"), False, "", AT), {}, heads) is Truth.TRUE
    assert evaluate(Leaf(Known("refractory"), True, "", AT), {}, heads) is Truth.TRUE


def test_a_name_without_an_entry_is_a_fault_of_ours() -> None:
    """It must not read as unknown, which would hide a misspelt derived fact."""
    with pytest.raises(InternalFault, match="lvef"):
        evaluate(below(45), {}, {})


LETTERS = "abcde"


def conditions() -> st.SearchStrategy[Condition]:
    leaf = st.builds(flag, st.sampled_from(LETTERS), st.booleans())

    def grow(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
        some = parts.flatmap(lambda p: st.builds(AtLeast, st.integers(1, len(p)), st.just(p)))
        return st.builds(All, parts) | st.builds(Any, parts) | st.builds(Nothing, parts) | some

    return st.recursive(leaf, grow, max_leaves=8)


VALUES = st.fixed_dictionaries({name: st.sampled_from([True, False, None]) for name in LETTERS})


def facts_of(values: dict[str, bool | None]) -> dict[str, Fact]:
    return {n: Fact(n, v, Status.UNKNOWN if v is None else Status.KNOWN) for n, v in values.items()}


@given(conditions(), VALUES)
@settings(max_examples=300, deadline=None)
def test_a_definite_value_is_that_of_every_completion(
    condition: Condition, values: dict[str, bool | None]
) -> None:
    """What is TRUE or FALSE with facts missing stays so, whatever they turn out to be."""
    value = evaluate(condition, facts_of(values), {})
    names = [name for name, known_value in values.items() if known_value is None]
    completions = {
        evaluate(condition, facts_of({**values, **dict(zip(names, chosen, strict=True))}), {})
        for chosen in product([True, False], repeat=len(names))
    }

    assert Truth.UNKNOWN not in completions
    assert value is Truth.UNKNOWN or completions == {value}


@given(conditions(), VALUES)
@settings(max_examples=300, deadline=None)
def test_the_rails_are_the_meaning_written_out(condition: Condition, values: dict[str, bool | None]) -> None:
    """TRUE exactly when a disjunct of the first rail holds, FALSE exactly when one of the second does."""
    true, false = rails(condition)
    holding = {(Flag(name), value) for name, value in values.items() if value is not None}
    value = evaluate(condition, facts_of(values), {})

    assert (value is Truth.TRUE) is any(disjunct <= holding for disjunct in true)
    assert (value is Truth.FALSE) is any(disjunct <= holding for disjunct in false)


@given(conditions())
@settings(max_examples=200, deadline=None)
def test_no_disjunct_holds_another(condition: Condition) -> None:
    """A proof has no fact too many."""
    for rail in rails(condition):
        assert not any(a < b for a in rail for b in rail)


def test_at_least_two_of_three_in_both_rails() -> None:
    """The pairs make it TRUE; two failures make it FALSE."""
    pairs = [["a", "b"], ["a", "c"], ["b", "c"]]
    true, false = rails(AtLeast(2, (flag("a"), flag("b"), flag("c"))))

    assert [sorted(test.name for test, _ in disjunct) for disjunct in true] == pairs
    assert [sorted(test.name for test, _ in disjunct) for disjunct in false] == pairs


def test_a_condition_too_wide_for_the_engine_says_so() -> None:
    """Seventeen alternatives need a join of seventeen facts to be FALSE."""
    with pytest.raises(TooWide, match="17 criteria at once make it FALSE; at most 16"):
        rails(Any(tuple(flag(f"f{i}") for i in range(17))))


def test_an_expansion_without_end_is_stopped_early() -> None:
    """Ten of twenty would be 184,756 alternatives."""
    with pytest.raises(TooWide, match="more than 5000 alternatives"):
        rails(AtLeast(10, tuple(flag(f"f{i}") for i in range(20))))


NAMES = Names(
    {
        LVEF: FactType(LVEF, "number", unit="%", label="LVEF"),
        "infection.active": FactType("infection.active", "enum", label="Infection"),
        "fever": FactType("fever", "boolean", label="Fever"),
    },
    {"heart_grade": FindingSpec("heart_grade", "Heart grade", ("C0", "C1"))},
)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (below(45), "LVEF below 45 %"),
        (below(45, negated=True), "LVEF not below 45 %"),
        (flag("fever", negated=True), "Fever: no"),
        (Leaf(OneOf("infection.active", ("suspected", "very_active")), False, "", AT),
         "Infection is suspected or very active"),
        (Leaf(AtLevel("heart_grade", "C1"), False, "", AT), "Heart grade at least C1"),
        (All((flag("fever"), Any((below(45), flag("fever"))))),
         "Fever: yes and (LVEF below 45 % or Fever: yes)"),
        (AtLeast(2, (flag("fever"), below(45))), "at least 2 of: Fever: yes; LVEF below 45 %"),
        (Nothing((flag("fever"),)), "none of: Fever: yes"),
    ],
)  # fmt: skip
def test_a_criterion_in_words(condition: Condition, words: str) -> None:
    """Label, comparison, number and unit, as a clinician reads them."""
    assert describe(condition, NAMES) == words


def test_leaves_come_in_the_order_of_the_text() -> None:
    """Reports list criteria as their author wrote them."""
    condition = All((flag("a"), Any((flag("b"), flag("c"))), flag("d")))

    assert [leaf.text for leaf in leaves_of(condition)] == list("abcd")
