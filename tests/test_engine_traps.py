"""What durable_rules 2.0.28 does when it is used otherwise: each trap once, to judge a new version by.

A test that fails here is good news: the trap is gone, and the precaution it asked for may go too.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Callable
from textwrap import dedent
from typing import Any

import pytest

engine = pytest.importorskip("durable.engine")
core = pytest.importorskip("durable_rules_engine")

_names = itertools.count()
Definition = dict[str, dict[str, Any]]


def ruleset(definition: Definition) -> Any:
    return engine.Ruleset(f"trap-{next(_names)}", object(), definition)


def listening(*texts: str, run: Callable[..., None] = lambda c: None) -> dict[str, Any]:
    return {"all": [{f"m{i}": {"k": text}} for i, text in enumerate(texts)], "run": run}


def act(rules: Any, fact: dict[str, Any]) -> list[object]:
    """Assert one fact and run the actions; what `do_actions` reported."""
    reported: list[object] = []
    rules.do_actions(rules.assert_fact(fact), lambda error, state: reported.append(error))
    return reported


def recorder(seen: list[str], name: str) -> Callable[[Any], None]:
    return lambda c: seen.append(name)


def test_an_exception_in_an_action_is_swallowed() -> None:
    """Even KeyboardInterrupt; it only leaves a note in the session's state."""

    def interrupt(c: Any) -> None:
        raise KeyboardInterrupt

    rules = ruleset({"r": listening("a", run=interrupt)})

    assert act(rules, {"k": "a", "sid": "1"}) == [None]
    assert "exception caught" in rules.get_state("1")["exception"]


def test_an_action_with_two_arguments_silences_the_rules_after_it() -> None:
    """A default argument makes it asynchronous."""
    seen: list[str] = []

    def two(c: Any, name: str = "x") -> None:
        seen.append("first")

    rules = ruleset({"r0": listening("a", run=two), "r1": listening("a", run=recorder(seen, "second"))})
    act(rules, {"k": "a", "sid": "1"})

    assert seen == ["first"]


def test_our_own_action_has_one_argument() -> None:
    """It is never run, and must still not be taken for an asynchronous one."""
    from escalate.engine import durable

    assert durable._no_action.__code__.co_argcount == 1


def test_the_constructor_takes_run_out_of_the_definition() -> None:
    """A definition serves once."""
    definition = {"r": listening("a")}
    ruleset(definition)

    assert "run" not in definition["r"]


def test_a_fact_nobody_listens_to_raises() -> None:
    """So only the literals of a shard are asserted in it."""
    with pytest.raises(engine.MessageNotHandledException):
        ruleset({"r": listening("a")}).assert_fact({"k": "b", "sid": "1"})


def test_a_batch_with_one_unheard_fact_raises_although_the_others_are_stored() -> None:
    """One fact at a time."""
    rules = ruleset({"r": listening("a", "b")})
    with pytest.raises(engine.MessageNotHandledException):
        rules.assert_facts([{"k": "a", "sid": "1"}, {"k": "zzz", "sid": "1"}])

    assert [fact["k"] for fact in rules.get_facts("1")] == ["a"]


def test_facts_without_a_session_of_their_own_join() -> None:
    """Two patients would become one."""
    seen: list[str] = []
    rules = ruleset({"r": listening("a", "b", run=recorder(seen, "joined"))})
    act(rules, {"k": "a"})
    act(rules, {"k": "b"})

    assert seen == ["joined"]


def test_property_names_match_by_their_hash_alone() -> None:
    """A rule on `costarring` hears `liquid`: one fixed property, and no other."""
    seen: list[str] = []
    rules = ruleset({"r": {"all": [{"m": {"costarring": "a"}}], "run": recorder(seen, "heard")}})
    act(rules, {"liquid": "a", "sid": "1"})

    assert seen == ["heard"]


def test_the_number_three_matches_the_text_3() -> None:
    """So a literal is never a bare number."""
    seen: list[str] = []
    rules = ruleset({"r": listening("3", run=recorder(seen, "heard"))})
    act(rules, {"k": 3, "sid": "1"})

    assert seen == ["heard"]


def test_a_fact_asserted_twice_raises() -> None:
    """Each literal is asserted once in a session."""
    rules = ruleset({"r": listening("a")})
    rules.assert_fact({"k": "a", "sid": "1", "id": "x"})
    with pytest.raises(engine.MessageObservedException):
        rules.assert_fact({"k": "a", "sid": "1", "id": "x"})


def test_seventeen_facts_in_one_join_fail_only_when_they_come() -> None:
    """It compiles; sixteen work."""
    texts = [f"f{i}" for i in range(17)]
    rules = ruleset({"r": listening(*texts)})
    for text in texts[:16]:
        rules.assert_fact({"k": text, "sid": "1"})
    with pytest.raises(Exception, match="304"):
        rules.assert_fact({"k": texts[16], "sid": "1"})

    sixteen = ruleset({"r": listening(*texts[:16])})
    for text in texts[:16]:
        sixteen.assert_fact({"k": text, "sid": "1"})


def test_512_different_tests_are_one_too_many() -> None:
    """511 compile, 512 fail with an error that says nothing, 513 never return."""
    ruleset({f"r{i}": listening(f"f{i}") for i in range(511)})
    with pytest.raises(Exception, match="303"):
        ruleset({f"r{i}": listening(f"f{i}") for i in range(512)}).assert_fact({"k": "f1", "sid": "1"})


PRELUDE = """
import durable.engine as e
def L(*texts):
    return {'all': [{f'm{i}': {'k': text}} for i, text in enumerate(texts)], 'run': lambda c: None}
"""


def child(code: str, seconds: float, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PRELUDE + dedent(code)],
        capture_output=True, text=True, timeout=seconds, check=False, env={**os.environ, **environment},
    )  # fmt: skip


def test_513_different_tests_hang_with_the_interpreter_locked() -> None:
    """Only another process can end it."""
    with pytest.raises(subprocess.TimeoutExpired):
        child("e.Ruleset('x', None, {f'r{i}': L(f'f{i}') for i in range(513)})", 5)


def test_256_rules_on_one_test_kill_the_process() -> None:
    """255 work."""
    code = """
        rules = e.Ruleset('x', None, {{f'r{{i}}': L('a') for i in range({n})}})
        rules.assert_fact({{'k': 'a', 'sid': '1'}})
        """

    assert child(code.format(n=255), 30).returncode == 0
    assert child(code.format(n=256), 30).returncode < 0


@pytest.mark.skipif(sys.platform != "linux", reason="glibc is asked to hand out memory that is not zero")
def test_deleting_a_session_in_which_nothing_fired_kills_the_process() -> None:
    """It frees a pointer that was never set; once an action has started it is safe."""
    code = """
        rules = e.Ruleset('x', None, {{'r': L('a'), 's': L('b', 'c')}})
        rules.do_actions(rules.assert_fact({{'k': '{text}', 'sid': '1'}}), lambda error, state: None)
        rules.delete_state('1')
        """

    assert child(code.format(text="a"), 30, MALLOC_PERTURB_="165").returncode == 0
    assert child(code.format(text="b"), 30, MALLOC_PERTURB_="165").returncode < 0


def test_within_our_limits_250_rules_share_a_test() -> None:
    """What the shards are allowed to hold."""
    seen: list[str] = []
    rules = ruleset({f"r{i}": listening("a", run=recorder(seen, f"r{i}")) for i in range(250)})
    act(rules, {"k": "a", "sid": "1"})

    assert len(seen) == 250
