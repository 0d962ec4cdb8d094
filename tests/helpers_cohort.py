"""Random patients as facts: known, unknown, bounded or not applicable, and on the margins of the rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from random import Random

from reference_cohort import LOOKED_AT, TODAY, checked_in

from escalate.cohort.columns import FactColumn, Kind, fact_columns, rules_of
from escalate.cohort.engines import Spark
from escalate.cohort.facts import settled_facts
from escalate.cohort.relational.names import rule_column
from escalate.files.patient_file import patient_of
from escalate.language.evaluate import head_name, test_truth
from escalate.language.facts import Fact, Status
from escalate.language.tree import AtLevel, Compare, Flag, Known, OneOf, Test
from escalate.library.model import Library, Rule
from escalate.truth import Truth

Facts = dict[str, Fact]
KNOWN = Status.KNOWN


class RandomPatients:
    """Facts of patients who need not exist; each is drawn from its own number.

    Some patients are nearly complete and some nearly empty, so that every verdict is met; each has what makes
    one of the rules TRUE.
    """

    def __init__(self, library: Library, seed: int = 8) -> None:
        self._seed, self._library = seed, library
        self._columns = fact_columns(library)
        self._numbers: dict[str, set[Decimal]] = defaultdict(set)
        self._words: dict[str, set[str]] = defaultdict(set)
        self._by_name = {column.name: column for column in self._columns}
        rulebase = self._rulebase = rules_of(library)
        for number in rulebase.fact_tests:
            test = rulebase.tests[number]
            if isinstance(test, Compare):
                step = Decimal(1).scaleb(min(int(test.number.normalize().as_tuple().exponent), 0))
                self._numbers[test.name] |= {test.number - step, test.number, test.number + step}
            elif isinstance(test, OneOf):
                self._words[test.name] |= {*test.words, "none"}

    def __call__(self, count: int) -> Iterator[tuple[str, Facts]]:
        """The first so many, each with an id."""
        for number in range(count):
            random = Random(f"{self._seed} {number}")
            facts = self._facts(random)
            rules = self._rulebase.rules
            self._make_true(rules[number % len(rules)], facts, random)
            yield f"random-{number:06}", facts

    def _facts(self, random: Random) -> Facts:
        unknown, yes = random.choice((0, 0.02, 0.1, 0.4)), random.choice((0.02, 0.1, 0.3))
        facts = {column.name: self._fact(column, random, unknown, yes) for column in self._columns}
        # Most fall within the ladder, or every verdict would be that of another scope.
        if random.random() < 0.8:
            facts["demographics.age_years"] = Fact("demographics.age_years", Decimal(47), KNOWN)
            entity = random.choice(("dermatomyositis", "antisynthetase_syndrome", "overlap_myositis"))
            facts["diagnosis.entity"] = Fact("diagnosis.entity", entity, KNOWN)
        return facts

    def _fact(self, column: FactColumn, random: Random, unknown: float, yes: float) -> Fact:
        name = column.name
        lot = random.random()
        if lot < unknown:
            low = high = None
            if column.low and random.random() < 0.3:
                low, high = sorted((self._number(name, random), self._number(name, random)))
                low, high = random.choice(((low, high), (low, None), (None, high)))
            fields = ("therapies[0].dose", name, "antibodies[MDA5]")[: random.randint(0, 3)]
            missing = fields if column.missing else (name,)
            return Fact(name, low=low, high=high, missing=missing)
        if column.absent and lot < unknown + 0.1:
            return Fact(name, status=Status.ABSENT)
        return Fact(name, self._value(column, random, yes), KNOWN)

    def _value(self, column: FactColumn, random: Random, yes: float) -> bool | Decimal | str | frozenset[str]:
        match column.kind:
            case Kind.FLAG:
                return random.random() < yes
            case Kind.NUMBER:
                return self._number(column.name, random)
            case Kind.WORD:
                return random.choice(sorted(self._words[column.name]) or ["none"])
            case Kind.WORDS:
                words = sorted(self._words[column.name])
                return frozenset(random.sample(words, random.randint(0, min(2, len(words)))))

    def _number(self, name: str, random: Random) -> Decimal:
        margins = sorted(self._numbers[name])
        return random.choice(margins) if margins else Decimal(random.randint(0, 100))

    def _make_true(self, rule: Rule, facts: Facts, random: Random) -> None:
        """The facts of one alternative of the rule; of a finding that it needs, those of one of its rules."""
        rails = self._library.rails
        for literal in random.choice(rails.true[rule.key]):
            test, wanted = rails.tests[literal // 2], literal % 2 == 0
            if test.name in self._by_name:
                facts[test.name] = self._fact_with(test, wanted, random)
            elif wanted:
                level = test.level if isinstance(test, AtLevel) else ""
                head = head_name(test.name, level)
                behind = [h.rules for s in self._rulebase.strata for h in s.heads if h.name == head]
                for keys in behind:
                    self._make_true(self._rulebase.by_key[random.choice(keys)], facts, random)

    def _fact_with(self, test: Test, wanted: bool, random: Random) -> Fact:
        name, kind = test.name, self._by_name[test.name].kind
        if isinstance(test, Known):
            return Fact(name, self._value(self._by_name[name], random, 0.5), KNOWN) if wanted else Fact(name)
        if isinstance(test, Flag):
            return Fact(name, wanted, KNOWN)
        if isinstance(test, OneOf):
            words = [w for w in sorted(self._words[name]) if (w in test.words) is wanted]
            if kind is Kind.WORDS:
                return Fact(name, frozenset(random.sample(words, 1)) if wanted else frozenset[str](), KNOWN)
            return Fact(name, random.choice(words), KNOWN)
        fitting = [n for n in sorted(self._numbers[name]) if _holds(test, n) is wanted]
        return Fact(name, random.choice(fitting), KNOWN)


def _holds(test: Test, number: Decimal) -> bool:
    fact = {test.name: Fact(test.name, number, KNOWN)}
    return test_truth(test, fact, {}) is Truth.TRUE


def values_of(library: Library) -> tuple[str, ...]:
    """The columns of every active rule and of every finding: what readings are compared by."""
    rulebase = rules_of(library)
    heads = (head.name for stratum in rulebase.strata for head in stratum.heads)
    return (*(rule_column(rule) for rule in rulebase.rules), *heads)


def executors_of(engine: Spark) -> int:
    """How many processes of the cluster work for an engine's session, the driver apart."""
    context = engine._session.sparkContext._jsc.sc()
    return len(context.statusTracker().getExecutorInfos()) - 1


def reference_patients(library: Library) -> Iterator[tuple[str, Facts]]:
    """Patients of the reference cohort who between them make every rule TRUE, contradictions settled."""
    lines = checked_in()
    chosen = [line for number, line in enumerate(lines) if number < LOOKED_AT or '"directed-' in line]
    for line in chosen:
        patient = patient_of(line.encode(), "cohort.json", library, today=TODAY)
        facts = settled_facts(patient, library)
        yield patient.id, {column.name: facts[column.name] for column in fact_columns(library)}
