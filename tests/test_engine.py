"""Both engines over the same rules: they agree, they prove what they say, or nothing is advised."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise, product
from pathlib import Path
from types import MappingProxyType

import pytest
from documents import knowledge
from hypothesis import given, settings
from hypothesis import strategies as st

from escalate.engine import Evaluation, RuleBase, durable, fire, kleene
from escalate.engine.fire import compare
from escalate.engine.shards import check_hashes, cut, fnv_1a, literal_of, token
from escalate.language.facts import Fact, Facts, Status
from escalate.language.tree import All, Any, AtLeast, AtLevel, Compare, Condition, Flag, Leaf, Nothing, Test
from escalate.library.build import build_library
from escalate.library.model import FindingSpec, Library, Rule
from escalate.library.rails import compile_rails
from escalate.problems import EnginesDisagree, InternalFault, KnowledgeRefused, Span
from escalate.truth import Truth

AT = Span("rules/test.yaml", 7, 3)
SMALL = build_library(knowledge())
FACTS = ("a", "b", "c", "d", "e")
NUMBER = "n"
FINDINGS = {"low": FindingSpec("low", "Low"), "grade": FindingSpec("grade", "Grade", ("G0", "G1", "G2"))}


def leaf(test: Test, negated: bool = False) -> Leaf:
    return Leaf(test, negated, "", AT)


def flag(name: str, negated: bool = False) -> Leaf:
    return leaf(Flag(name), negated)


def rule(key: str, when: Condition, *, finding: str = "", level: str = "") -> Rule:
    kind = "finding" if finding else "caution"
    return Rule(key, key, key, kind, (finding,) if finding else (), when, "Stated.", AT, level=level)


def library_of(rules: list[Rule]) -> Library:
    refused: list[str] = []
    rails = compile_rails(rules, lambda r, why: refused.append(why))
    assert refused == []
    return replace(SMALL, findings=MappingProxyType(FINDINGS), rules=tuple(rules), rails=rails)


def rulebase_of(rules: list[Rule]) -> RuleBase:
    library = library_of(rules)
    return RuleBase(library.rules, library)


def facts_of(values: dict[str, bool | None]) -> dict[str, Fact]:
    return {n: Fact(n, v, Status.UNKNOWN if v is None else Status.KNOWN) for n, v in values.items()}


def conditions(*leaves: st.SearchStrategy[Leaf]) -> st.SearchStrategy[Condition]:
    base: st.SearchStrategy[Condition] = st.one_of(*leaves)

    def grow(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
        some = parts.flatmap(lambda p: st.builds(AtLeast, st.integers(1, len(p)), st.just(p)))
        return st.builds(All, parts) | st.builds(Any, parts) | st.builds(Nothing, parts) | some

    return st.recursive(base, grow, max_leaves=6)


on_facts = st.builds(flag, st.sampled_from(FACTS), st.booleans())
on_number = st.builds(
    leaf,
    st.builds(
        Compare, st.just(NUMBER), st.sampled_from(["<", "<=", ">", ">="]), st.integers(1, 4).map(Decimal)
    ),
    st.booleans(),
)
on_low = st.builds(leaf, st.just(Flag("low", finding=True)), st.booleans())
on_grade = st.builds(leaf, st.builds(AtLevel, st.just("grade"), st.sampled_from(["G1", "G2"])), st.booleans())


@st.composite
def rule_lists(draw: st.DrawFn) -> list[Rule]:
    """Rules in three strata: a Boolean finding, a graded one that may rest on it, and rules on both."""
    plain = conditions(on_facts, on_number)
    rules = [rule(f"low-{i}", draw(plain), finding="low") for i in range(draw(st.integers(1, 2)))]
    middle = conditions(on_facts, on_low)
    rules += [rule(f"grade-{g}", draw(middle), finding="grade", level=g) for g in ("G1", "G2")]
    top = conditions(on_facts, on_number, on_low, on_grade)
    return rules + [rule(f"top-{i}", draw(top)) for i in range(draw(st.integers(1, 4)))]


@st.composite
def patients(draw: st.DrawFn) -> dict[str, Fact]:
    """Facts known, unknown or absent, and a number known, bounded or unknown."""
    facts: dict[str, Fact] = {}
    for name in FACTS:
        status = draw(st.sampled_from(list(Status)))
        facts[name] = Fact(name, draw(st.booleans()) if status is Status.KNOWN else None, status)
    low, high = sorted((draw(st.integers(0, 5)), draw(st.integers(0, 5))))
    bounded = Fact(NUMBER, low=Decimal(low), high=Decimal(high))
    exact = Fact(NUMBER, Decimal(low), Status.KNOWN)
    facts[NUMBER] = draw(st.sampled_from([bounded, exact, Fact(NUMBER), Fact(NUMBER, status=Status.ABSENT)]))
    return facts


@given(rule_lists(), st.lists(patients(), min_size=1, max_size=3))
@settings(max_examples=150, deadline=None)
def test_both_engines_give_every_rule_and_finding_the_same_value(
    rules: list[Rule], people: list[Facts]
) -> None:
    """With facts missing or absent, over strata, and with every proof taken alone."""
    rulebase = rulebase_of(rules)
    for facts in people:
        result = fire(rulebase, facts)

        assert result.rules == kleene.run(rulebase, facts).rules
        assert set(result.heads) == {"low", "grade>=G1", "grade>=G2"}


VALUES = st.fixed_dictionaries({name: st.sampled_from([True, False, None]) for name in FACTS})


@given(rule_lists(), VALUES)
@settings(max_examples=60, deadline=None)
def test_a_definite_value_is_that_of_every_completion(
    rules: list[Rule], values: dict[str, bool | None]
) -> None:
    """Nothing that is learnt later overturns what was said with facts missing."""
    number = {NUMBER: Fact(NUMBER, Decimal(2), Status.KNOWN)}
    rulebase = rulebase_of(rules)
    said = fire(rulebase, facts_of(values) | number).rules
    names = [name for name, value in values.items() if value is None]
    for chosen in product([True, False], repeat=len(names)):
        complete = facts_of({**values, **dict(zip(names, chosen, strict=True))}) | number
        then = kleene.run(rulebase, complete).rules

        assert all(value is Truth.UNKNOWN or then[key] is value for key, value in said.items())


def test_a_proof_is_the_smallest_that_holds_and_every_alternative_is_one() -> None:
    """Two ways to be TRUE are two proofs, each with only its own facts."""
    rulebase = rulebase_of([rule("R", Any((flag("a"), All((flag("b"), flag("c"))))))])
    result = fire(rulebase, facts_of({"a": True, "b": True, "c": True}))

    assert set(result.proofs["R"]) == {frozenset({("a", True)}), frozenset({("b", True), ("c", True)})}


def test_a_false_rule_is_proved_too() -> None:
    """Why not: one fact that fails an `all`."""
    rulebase = rulebase_of([rule("R", All((flag("a"), flag("b"))))])
    result = fire(rulebase, facts_of({"a": False, "b": None}))

    assert result.rules == {"R": Truth.FALSE}
    assert result.proofs == {"R": (frozenset({("a", False)}),)}
    assert result.software == "durable_rules 2.0.28"


def test_drafts_do_not_run() -> None:
    """They are read and typed, and decide nothing."""
    rules = [rule("R", flag("a")), replace(rule("D", flag("b")), status="draft")]

    assert set(fire(rulebase_of(rules), facts_of({"a": True})).rules) == {"R"}


def test_a_rule_base_brings_the_findings_its_rules_rest_on() -> None:
    """A few rules can be run alone."""
    library = library_of(
        [rule("low-0", flag("a"), finding="low"), rule("R", leaf(Flag("low", finding=True)))]
    )
    rulebase = RuleBase([library.rules[1]], library)

    assert fire(rulebase, facts_of({"a": True})).rules == {"low-0": Truth.TRUE, "R": Truth.TRUE}


def test_no_rules_at_all_run() -> None:
    """A knowledge base without contradictions has an empty first run."""
    assert fire(rulebase_of([]), {}).rules == {}


def test_a_different_value_is_refused() -> None:
    """Nothing is advised when the engines differ."""
    rulebase = rulebase_of([rule("R", flag("a"))])
    facts = facts_of({"a": True})
    reference, result = kleene.run(rulebase, facts), durable.run(rulebase, facts)
    wrong = replace(result, rules={"R": Truth.FALSE})

    with pytest.raises(
        EnginesDisagree, match=r"rule `R`: the evaluator says TRUE, durable_rules 2\.0\.28 says FALSE"
    ):
        compare(rulebase, reference, wrong)


@pytest.mark.parametrize(
    "proofs",
    [{}, {"R": (frozenset({("b", True)}),)}, {"R": (frozenset(),)}],
    ids=["without a proof", "a proof of something else", "an empty proof"],
)
def test_a_value_that_its_proofs_do_not_carry_is_refused(
    proofs: dict[str, tuple[frozenset[tuple[str, bool]], ...]],
) -> None:
    """Each proof alone must give the value on the evaluator."""
    rulebase = rulebase_of([rule("R", flag("a")), rule("S", flag("b"))])
    facts = facts_of({"a": True, "b": None})
    reference, result = kleene.run(rulebase, facts), durable.run(rulebase, facts)
    wrong = Evaluation(result.rules, result.heads, proofs, result.software)

    with pytest.raises(EnginesDisagree, match="rule `R`"):
        compare(rulebase, reference, wrong)


def test_without_durable_rules_the_evaluator_decides_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a Python where it cannot be imported."""
    monkeypatch.setitem(__import__("sys").modules, "durable.engine", None)
    result = fire(rulebase_of([rule("R", flag("a"))]), facts_of({"a": True}))

    assert (result.software, result.rules) == ("kleene", {"R": Truth.TRUE})


def test_many_shards_give_what_one_would() -> None:
    """Rules are cut by about a hundred literals, each rule whole in one shard."""
    names = [f"f{i}" for i in range(300)]
    rules = [rule(f"R{i}", All((flag(a), flag(b, negated=True)))) for i, (a, b) in enumerate(pairwise(names))]
    library = library_of(rules)
    shards = cut(library.rules, library.rails)

    assert len(shards) > 5
    assert [r.key for shard in shards for r in shard.rules] == [r.key for r in rules]
    fire(RuleBase(library.rules, library), facts_of({n: i % 3 == 0 for i, n in enumerate(names)}))


def test_a_literal_used_too_often_fills_a_shard() -> None:
    """255 rules may share one test, the 256th kills the process: 250 is the limit."""
    rules = [rule(f"R{i}", flag("a")) for i in range(600)]
    library = library_of(rules)

    assert [len(shard.rules) for shard in cut(library.rules, library.rails)] == [250, 250, 100]
    assert set(fire(RuleBase(library.rules, library), facts_of({"a": True})).rules.values()) == {Truth.TRUE}


def test_a_rule_that_no_ruleset_can_hold_is_named_with_its_place() -> None:
    """The author is told before anything is compiled."""
    library = library_of([rule("R", flag("a"))])
    wide = replace(library.rails, true={"R": [list(range(0, 34, 2))]})

    with pytest.raises(
        KnowledgeRefused, match=r"rules/test\.yaml:7:3: too-wide: rule `R`: 17 criteria at once"
    ):
        cut(library.rules, wide)


def test_a_token_says_its_literal_and_is_never_a_number() -> None:
    """durable_rules compares the text `3` with the number 3."""
    assert [literal_of(token(i)) for i in (0, 1, 14, 15)] == [0, 1, 14, 15]
    assert (token(6), token(7)) == ("L3=T", "L3=F")


def test_two_literals_with_one_hash_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """In places durable_rules tells texts apart by their hash alone."""
    assert fnv_1a("a") == 0xE40C292C
    monkeypatch.setattr("escalate.engine.shards.fnv_1a", lambda text: 1)

    with pytest.raises(InternalFault, match="same hash"):
        check_hashes(["L0=T", "L0=F"])


def test_runs_leave_no_session_behind_and_share_no_facts() -> None:
    """What one patient had is unknown again for the next."""
    rulebase = rulebase_of([rule("R", All((flag("a"), flag("b"))))])
    first = fire(rulebase, facts_of({"a": True, "b": None})).rules
    second = fire(rulebase, facts_of({"a": None, "b": True})).rules

    assert first == second == {"R": Truth.UNKNOWN}


@pytest.mark.skipif(sys.platform != "linux", reason="glibc is asked to hand out memory that is not zero")
def test_a_patient_of_whom_nothing_fires_does_not_kill_the_process() -> None:
    """Deleting a session in which no action started frees a wild pointer: ours always starts one."""
    code = """
from test_engine import *
rulebase = rulebase_of([rule("R", All((flag("a"), flag("b"))))])
for _ in range(20):
    fire(rulebase, facts_of({"a": True, "b": None}))
"""
    environment = {**os.environ, "MALLOC_PERTURB_": "165", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False)

    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_grow_with_the_number_of_patients() -> None:
    """Every session is deleted; one of 150 rules would hold 2 MB."""

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1])

    names = [f"f{i}" for i in range(60)]
    rulebase = rulebase_of(
        [rule(f"R{i}", All((flag(a), flag(b)))) for i, (a, b) in enumerate(pairwise(names))]
    )
    facts = facts_of({name: i % 2 == 0 for i, name in enumerate(names)})
    for _ in range(50):
        fire(rulebase, facts)
    before = resident()
    for _ in range(300):
        fire(rulebase, facts)

    assert resident() - before < 1000  # pages: a few megabytes where a leak would be hundreds


def test_threads_may_share_a_rule_base() -> None:
    """One run at a time, each with its own session."""
    rulebase = rulebase_of([rule("R", All((flag("a"), flag("b"))))])
    wrong: list[object] = []

    def work(value: bool) -> None:
        for _ in range(50):
            got = fire(rulebase, facts_of({"a": value, "b": True})).rules["R"]
            if got is not Truth.of(value):
                wrong.append(got)

    threads = [threading.Thread(target=work, args=(i % 2 == 0,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


def test_a_forgotten_rule_base_frees_its_rulesets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session of 150 rules holds 2 MB, and nothing in durable_rules lets go of it."""
    freed: list[int] = []
    real = durable.durable_rules_engine.delete_ruleset

    class Watched:
        def __getattr__(self, name: str) -> object:
            return getattr(engine, name)

        def delete_ruleset(self, handle: int) -> None:
            freed.append(handle)
            real(handle)

    engine = durable.durable_rules_engine
    monkeypatch.setattr(durable, "durable_rules_engine", Watched())
    rulebase = rulebase_of([rule("R", flag("a"))])
    fire(rulebase, facts_of({"a": True}))
    del rulebase
    gc.collect()

    assert len(freed) == 1
