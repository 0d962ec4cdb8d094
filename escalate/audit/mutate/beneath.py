"""The fate of a mutant beneath the rules: the facts of each case that it can reach, worked out again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from escalate.audit.mutate.judge import Fate, Judge
from escalate.audit.mutate.mutants import Mutant, Under
from escalate.audit.mutate.planes import Plane
from escalate.audit.mutate.world import Turned, World
from escalate.language.evaluate import test_truth
from escalate.language.tree import Test
from escalate.library.model import Library
from escalate.patient.facts import PatientFacts
from escalate.patient.model import Patient
from escalate.patient.parameters import parameters_of
from escalate.problems import InternalFault, PatientRefused

# The first cases are those that a vignette is likeliest to speak of; most mutants get no further.
_CHUNKS = (40, 200, 1000)


@dataclass(frozen=True, slots=True)
class Person:
    """A case or a patient of the cohort: as read, how to read him again, and what a contradiction blanked."""

    patient: Patient
    again: Callable[[Library], Patient]
    blanked: frozenset[str]


class Beneath:
    """What notices a change of what the rules stand on.

    Args: people, by their bit, the cases before the cohort; tests, those whose planes the worlds hold.
    """

    def __init__(self, judge: Judge, people: Sequence[Person], tests: Sequence[Test]) -> None:
        self.judge, self.people, self.tests = judge, people, tests

    def fate(self, mutant: Mutant) -> Fate:
        """What notices this mutant."""
        under, judge = mutant.under, self.judge
        if under is None:
            return judge.fate(mutant)
        mutated = judge.mutated(mutant)
        try:
            parameters_of(mutated)
        except InternalFault:  # a number that the facts need is not there any more
            return Fate("load")
        tests = [test for test in self.tests if test.name in under.facts]
        if under.assumed:
            return self._assumed(mutant, mutated, tests)
        settled, stated = _Bits(judge.settled.facts), _Bits(judge.stated.facts)
        turned, before = Turned(), Turned()
        for chunk in self._chunks(under):
            known: dict[int, tuple[Patient, PatientFacts]] = {}
            for place in chunk:
                person = self._under(self.people[place], under, mutated)
                if person is None:
                    continue
                facts = PatientFacts(person.patient, mutated, person.blanked)
                as_stated = PatientFacts(person.patient, mutated) if person.blanked else facts
                moved = settled.put(place, tests, facts)
                if person.blanked:
                    moved = stated.put(place, tests, as_stated) or moved
                elif moved:
                    stated.put(place, tests, facts)
                if moved or self._score(place, under) == 0:
                    known[place] = person.patient, facts
            turned = judge.settled.under({}, settled.changed)
            before = judge.stated.under({}, stated.changed)
            if found := judge.noticed(mutant, turned, before):
                return Fate("vignette", found)
            if found := self._by_assessment(mutant, mutated, turned, known):
                return Fate("vignette", found)
        fate = judge.otherwise(mutant, mutated, turned, before)
        return replace(fate, turned=frozenset(test.name for test in (*settled.changed, *stated.changed)))

    def _assumed(self, mutant: Mutant, mutated: Library, tests: Sequence[Test]) -> Fate:
        """Of a fact that is not there every test is FALSE: no fact need be worked out again."""
        judge = self.judge

        def settled(world: World) -> Turned:
            left = {t: Plane(world.facts[t].true, world.all & ~world.facts[t].true) for t in tests}
            return world.under({}, {t: plane for t, plane in left.items() if plane != world.facts[t]})

        turned, stated = settled(judge.settled), settled(judge.stated)
        if found := judge.noticed(mutant, turned, stated):
            return Fate("vignette", found)
        return judge.otherwise(mutant, mutated, turned, stated)

    def _under(self, person: Person, under: Under, mutated: Library) -> Person | None:
        if not under.default:
            return person
        try:
            return replace(person, patient=person.again(mutated))
        except PatientRefused:
            return None

    # -- whom it can reach

    def _chunks(self, under: Under) -> Iterator[list[int]]:
        """The people it can reach, those first whose vignette names what is changed."""
        cases = len(self.judge.cases.cases)
        reached = [place for place in range(len(self.people)) if self._is_reached(place, under)]
        reached.sort(key=lambda place: (place >= cases, self._score(place, under), place))
        rest = iter(reached)
        for size in (*_CHUNKS, len(reached)):
            if chunk := list(islice(rest, size)):
                yield chunk

    def _is_reached(self, place: int, under: Under) -> bool:
        patient = self.people[place].patient
        if under.score:
            return self._score(place, under) == 0
        if under.drug and not any(line.drug == under.drug for line in patient.therapies or ()):
            return False
        if under.default:
            head, _, part = under.default.partition("[]")
            return any(used.startswith(head) and f"{part} = " in used for used in patient.defaults_used)
        return not under.missing or any(field not in patient.values for field in under.missing)

    def _score(self, place: int, under: Under) -> int:
        if place >= len(self.judge.cases.cases):
            return 3
        named = self.judge.expected.named[place]
        if under.score:
            return 0 if "improvement" in named else 3
        if named & under.words and (not under.drug or "lines" in named):
            return 0
        name = self.judge.cases.cases[place].name
        return 1 if any(word in name for word in under.words) else 2

    # -- one case after another

    def _by_assessment(
        self,
        mutant: Mutant,
        mutated: Library,
        turned: Turned,
        known: dict[int, tuple[Patient, PatientFacts]],
    ) -> str:
        under, judge = mutant.under, self.judge
        if under is None:
            return ""
        spoken = judge.spoken(turned)
        scored = [
            (self._score(place, under), place)
            for place in known
            if place < len(judge.cases.cases) and judge.expected.named[place] & (spoken | under.words)
        ]
        for _score, place in sorted(scored)[: judge.most]:
            values = judge.values(place, turned)
            if judge.cases.newly_failing(place, mutated, values, judge.shipped(place), known[place]):
                return judge.cases.cases[place].name
        return ""


class _Bits:
    """The planes of the tests that turned so far, one case after another."""

    def __init__(self, shipped: Mapping[Test, Plane]) -> None:
        self._shipped = shipped
        self.changed: dict[Test, Plane] = {}

    def put(self, place: int, tests: Sequence[Test], facts: PatientFacts) -> bool:
        """Whether one of the tests has another value for this case now; kept where it has."""
        moved = False
        for test in tests:
            now = test_truth(test, facts, {})
            plane = self.changed.get(test) or self._shipped[test]
            if plane.of(place) is not now:
                self.changed[test] = plane.with_value(place, now)
                moved = True
        return moved
