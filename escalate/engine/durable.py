"""The live run on durable_rules: forward chaining over two rails, with a proof for every firing.

Each test of a condition is a literal, judged once in Python. A literal that is TRUE is asserted as one
fact, FALSE as another, UNKNOWN not at all; each alternative that makes a rule TRUE, and each that makes
it FALSE, is one durable rule over such facts. Nothing else of durable_rules is used, because little
else of it can be trusted (engine.md 4): no numbers, no negation, no deriving of facts inside it, and
neither its module-level host nor its threads. The findings are joined here, between the strata.
"""

from __future__ import annotations

import itertools
import json
import weakref
from collections.abc import Iterable, Iterator
from typing import Any

import durable_rules_engine
from durable.engine import Promise, Ruleset

from escalate.engine.model import Evaluation, Proof
from escalate.engine.rulebase import RuleBase
from escalate.engine.shards import Shard, check_hashes, cut, literal_of, token
from escalate.language.facts import Facts
from escalate.problems import InternalFault
from escalate.texts import _
from escalate.truth import Truth

SOFTWARE = "durable_rules 2.0.28"

_names = itertools.count(1)
_OPENING = "open"
_Firing = tuple[str, bool, dict[str, Any]]


class _Host:
    """Stands where durable_rules expects its host, which would start two threads that steal actions."""


def _no_action(closure: object) -> None:
    """Every durable rule must have an action; ours are never run, the agenda is read instead (`_agenda`)."""


# One for all rules: durable_rules would wrap the function again for each.
_ACTION = Promise(_no_action)


class _RuleSet:
    """One shard as a ruleset of durable_rules."""

    def __init__(self, shard: Shard, rulebase: RuleBase) -> None:
        self.literals = sorted(shard.literals)
        definition, self.meaning = _definition(shard, rulebase)
        # Its constructor takes `run` out of every rule it is given: the definition is made for it alone.
        self.ruleset = Ruleset(f"escalate-{next(_names)}", _Host(), definition)
        # Nothing else frees a ruleset; at exit the process does.
        weakref.finalize(self, durable_rules_engine.delete_ruleset, self.ruleset._handle).atexit = False

    def run(self, values: list[int], sid: str) -> list[_Firing]:
        """Assert what is known, read what fires, and forget the session.

        Args:   values, of every literal; sid, a session that nothing else uses.
        Raises: InternalFault for any fault of durable_rules.
        """
        known = [literal for literal in self.literals if values[literal] == Truth.TRUE]
        if not known:
            return []
        handle = self.ruleset._handle
        state = self._assert(_OPENING, sid)
        # The opening rule fires before anything else does. A session in which no action ever started
        # holds an uninitialised pointer, and deleting it frees that pointer.
        if not durable_rules_engine.start_action_for_state(handle, state):
            raise InternalFault(_("durable_rules opened no session"))
        try:
            for literal in known:
                self._assert(token(literal), sid)
            return [self._firing(*entry) for entry in self._agenda(state)]
        finally:
            self.ruleset.delete_state(sid)

    def _assert(self, text: str, sid: str) -> int:
        # One fact at a time: a batch with one that nobody listens to raises although the others are stored.
        fact = f'{{"k":"{text}","sid":"{sid}"}}'
        fault, state = durable_rules_engine.assert_fact(self.ruleset._handle, fact)
        if fault:
            raise InternalFault(
                _("durable_rules answered {fault} to the fact {fact}").format(fault=fault, fact=fact)
            )
        return int(state)

    def _agenda(self, state: int) -> Iterator[tuple[str, dict[str, Any]]]:
        """The name of each durable rule that fires, with the facts it fires on.

        Ends the entry before and takes the next. The loop of `Ruleset.do_actions` would run an action
        in between, swallow what it raises, and write an unchanged session back each time, which takes
        longer than the matching.
        """
        entries: list[str] = []
        while entry := durable_rules_engine.complete_and_start_action(self.ruleset._handle, state):
            entries.append(entry)
        # Read as one list: a decoder call per entry costs more than the entry.
        for fired in json.loads(f"[{','.join(entries)}]"):
            yield from fired.items()

    def _firing(self, name: str, facts: dict[str, Any]) -> _Firing:
        return (*self.meaning[name], facts)


class Compiled:
    """A rule base as rulesets, stratum by stratum."""

    def __init__(self, rulebase: RuleBase) -> None:
        rails = rulebase.library.rails
        shards = [cut(stratum.rules, rails) for stratum in rulebase.strata]
        literals = {literal for group in shards for shard in group for literal in shard.literals}
        check_hashes([_OPENING, *map(token, sorted(literals))])
        self.strata = [[_RuleSet(shard, rulebase) for shard in group] for group in shards]


def run(rulebase: RuleBase, facts: Facts) -> Evaluation:
    """The value and the proofs of every rule, and the value of every finding.

    Raises: InternalFault when durable_rules fails; KnowledgeRefused for a rule too wide for it.
    """
    return run_on(rulebase, rulebase.read_facts(facts))


def run_on(rulebase: RuleBase, values: list[int]) -> Evaluation:
    """The same over literals already read; the literals of findings are filled in as they are settled."""
    rules: dict[str, Truth] = {}
    heads: dict[str, Truth] = {}
    proofs: dict[str, tuple[Proof, ...]] = {}
    with rulebase.lock:
        if rulebase.compiled is None:
            rulebase.compiled = Compiled(rulebase)
        # No two assessments may share a session: their facts would join.
        sid = f"s{next(_names)}"
        for stratum, rulesets in zip(rulebase.strata, rulebase.compiled.strata, strict=True):
            rulebase.read_heads(values, stratum.head_tests, heads)
            for ruleset in rulesets:
                _read(ruleset.run(values, sid), rulebase, rules, proofs)
            for rule in stratum.rules:
                rules.setdefault(rule.key, Truth.UNKNOWN)
            for head in stratum.heads:
                heads[head.name] = max((rules[key] for key in head.rules), default=Truth.FALSE)
    return Evaluation(rules, heads, proofs, SOFTWARE)


def _read(
    firings: Iterable[_Firing],
    rulebase: RuleBase,
    rules: dict[str, Truth],
    proofs: dict[str, tuple[Proof, ...]],
) -> None:
    for key, fired, facts in firings:
        value = Truth.TRUE if fired else Truth.FALSE
        if rules.setdefault(key, value) is not value:
            raise InternalFault(_("durable_rules found `{key}` both TRUE and FALSE").format(key=key))
        literals = (literal_of(fact["k"]) for fact in facts.values())
        proof = frozenset((rulebase.texts[literal >> 1], not literal & 1) for literal in literals)
        proofs[key] = (*proofs.get(key, ()), proof)


def _definition(
    shard: Shard, rulebase: RuleBase
) -> tuple[dict[str, dict[str, Any]], dict[str, tuple[str, bool]]]:
    """The durable rules of a shard, and the rule and value that each of them settles."""
    rails = rulebase.library.rails
    definition: dict[str, dict[str, Any]] = {
        _OPENING: {"all": [{"m": {"k": _OPENING}}], "run": _ACTION},
    }
    meaning: dict[str, tuple[str, bool]] = {}
    for rule in shard.rules:
        for value, disjuncts in ((True, rails.true[rule.key]), (False, rails.false[rule.key])):
            for disjunct in disjuncts:
                name = f"r{len(definition)}"
                meaning[name] = rule.key, value
                definition[name] = {
                    "all": [{f"m{i}": {"k": token(literal)}} for i, literal in enumerate(disjunct)],
                    "run": _ACTION,
                }
    return definition, meaning
