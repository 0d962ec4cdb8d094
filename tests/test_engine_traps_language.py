"""What durable_rules 2.0.28 offers beside equality of one text, and why our encoding uses none of it.

As in `test_engine_traps.py`, a test that fails here says that a trap is gone.
"""

from __future__ import annotations

from typing import Any

import pytest
from test_engine_traps import act, child, listening, recorder, ruleset


def test_a_negation_does_not_take_back_what_is_about_to_fire() -> None:
    """An excluded proposal still fires; so FALSE is a literal of its own."""
    seen: list[str] = []
    condition = [{"m": {"k": "proposed"}}, {"x$not": {"k": "excluded"}}]
    rules = ruleset({"r": {"all": condition, "run": recorder(seen, "fired")}})
    rules.assert_fact({"k": "proposed", "sid": "1"})
    act(rules, {"k": "excluded", "sid": "1"})

    assert seen == ["fired"]


def test_a_rule_that_begins_with_a_negation_never_fires() -> None:
    """Although nothing of what it forbids was ever said."""
    seen: list[str] = []
    condition = [{"x$not": {"k": "excluded"}}, {"m": {"k": "proposed"}}]
    act(ruleset({"r": {"all": condition, "run": recorder(seen, "fired")}}), {"k": "proposed", "sid": "1"})

    assert seen == []


def test_an_or_fires_once_for_each_side_that_holds() -> None:
    """So each disjunct is a rule of its own, and firings are a set."""
    seen: list[str] = []
    rules = ruleset({"r": {"all": [{"m": {"$or": [{"a": "1"}, {"b": "1"}]}}], "run": recorder(seen, "r")}})
    act(rules, {"a": "1", "b": "1", "sid": "1"})

    assert seen == ["r", "r"]


@pytest.mark.parametrize("value", [None, float("nan")])
def test_what_is_not_a_number_compares_as_false(value: float | None) -> None:
    """Neither below 40 nor not below 40: an unmeasured LVEF would close nothing and say nothing."""
    seen: list[str] = []
    rules = ruleset(
        {
            "below": {"all": [{"m": {"$lt": {"v": 40}}}], "run": recorder(seen, "below")},
            "not below": {"all": [{"m": {"$gte": {"v": 40}}}], "run": recorder(seen, "not below")},
            "heard": listening("a", run=recorder(seen, "heard")),
        }
    )
    act(rules, {"k": "a", "v": value, "sid": "1"})

    assert seen == ["heard"]


def test_a_fact_satisfies_at_most_64_tests() -> None:
    """The 65th fails when the fact comes, not when the rules are compiled: it depends on the patient."""

    def thresholds(count: int) -> Any:
        return ruleset(
            {f"r{i}": {"all": [{"m": {"$gt": {"v": i}}}], "run": lambda c: None} for i in range(count)}
        )

    thresholds(64).assert_fact({"v": 1000, "sid": "1"})
    with pytest.raises(Exception, match="303"):
        thresholds(65).assert_fact({"v": 1000, "sid": "1"})


def test_a_fact_has_at_most_about_250_properties() -> None:
    """A whole patient does not fit into one fact."""
    many = {f"p{i}": "v" for i in range(253)}
    with pytest.raises(Exception, match="302"):
        ruleset({"r": listening("a")}).assert_fact({"k": "a", "sid": "1", **many})


def test_a_nested_property_equals_a_flat_one() -> None:
    """`a.b` of one fact is `b` inside `a` of another."""
    seen: list[str] = []
    rules = ruleset({"r": {"all": [{"m": {"a.b": "x"}}], "run": recorder(seen, "r")}})
    act(rules, {"a": {"b": "x"}, "sid": "1"})

    assert seen == ["r"]


def test_the_second_rule_that_derives_a_fact_fails_inside_its_action() -> None:
    """Nobody hears of it; so the driver asserts what rules conclude, never an action."""

    def derive(c: Any) -> None:
        c.assert_fact({"k": "derived"})

    rules = ruleset(
        {
            "a": listening("a", run=derive),
            "b": listening("b", run=derive),
            "d": listening("derived"),
        }
    )
    act(rules, {"k": "a", "sid": "1"})

    assert act(rules, {"k": "b", "sid": "1"}) == [None]
    assert "MessageObservedException" in rules.get_state("1")["exception"]


@pytest.mark.parametrize("number", [1e-07, float("inf")])
def test_small_and_infinite_numbers_are_refused(number: float) -> None:
    """No numbers inside: each test is evaluated before, on exact decimals."""
    rules = ruleset({"r": {"all": [{"m": {"$gt": {"v": 1}}}], "run": lambda c: None}})
    with pytest.raises(Exception, match=r"20[24]"):
        rules.assert_fact({"v": number, "sid": "1"})


def test_a_division_by_zero_kills_the_process() -> None:
    """No arithmetic inside."""
    code = """
        quotient = {{'$div': {{'$l': {{'$m': 'a'}}, '$r': {{'$m': 'b'}}}}}}
        rule = {{'all': [{{'m': {{'$gt': {{'v': quotient}}}}}}], 'run': lambda c: None}}
        rules = e.Ruleset('x', None, {{'r': rule}})
        rules.assert_fact({{'v': 9, 'a': 1, 'b': {divisor}, 'sid': '1'}})
        """

    assert child(code.format(divisor=1), 30).returncode == 0
    assert child(code.format(divisor=0), 30).returncode < 0


def test_the_host_of_the_module_starts_threads_of_its_own() -> None:
    """They steal actions from whoever asserts; we use `durable.engine` alone and start none."""
    code = """
        import threading
        from durable.lang import assert_fact, m, ruleset, when_all
        with ruleset('x'):
            @when_all(m.k == 'a')
            def heard(c): pass
        before = threading.active_count()
        assert_fact('x', {'k': 'a', 'sid': '1'})
        assert threading.active_count() > before
        """

    assert child(code, 30).returncode == 0
