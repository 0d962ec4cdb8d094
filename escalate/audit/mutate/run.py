"""Patients read and mutants judged in two processes, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Any, TypeVar

from escalate.audit.mutate.beneath import Beneath, Person
from escalate.audit.mutate.expected import expected
from escalate.audit.mutate.full import Cases
from escalate.audit.mutate.judge import Check, Fate, Judge
from escalate.audit.mutate.mutants import Mutant
from escalate.audit.mutate.patients import Row, columns, fact_tests, row, settler
from escalate.audit.mutate.world import World
from escalate.audit.vignettes import Case
from escalate.library.model import Library
from escalate.nodes import Mapping as MappingNode
from escalate.patient.facts import PatientFacts
from escalate.patient.model import Patient
from escalate.problems import PatientRefused
from escalate.texts import speaking

T = TypeVar("T")
Read = Callable[[MappingNode, Library], Patient]
Equal = Callable[[Library, Mutant], bool]
Closed = Callable[[Library, Mutant, frozenset[str]], bool]
Step = Callable[[str, int, int], None]
PROCESSES = 2
_WORTH_IT = 100  # patients or mutants


@dataclass(frozen=True, slots=True)
class Judged:
    """One mutant and its fate."""

    mutant: Mutant
    fate: Fate


def judge_all(
    library: Library,
    chosen: Sequence[Mutant],
    cases: Sequence[Case],
    read: Read,
    *,
    cohort: Sequence[MappingNode] = (),
    check: Check | None = None,
    proof: Check | None = None,
    equal: Equal | None = None,
    opens_nothing: Closed | None = None,
    step: Step | None = None,
    processes: int = PROCESSES,
) -> list[Judged]:
    """The fate of each mutant, in their order.

    Args: cases, the vignettes; cohort, further patients whose verdicts or alerts may change; read, a
          patient's document to a Patient; check, what is wrong with a mutated library; proof, what cannot
          be proved of it, asked of survivors only; equal, whether a mutant is proved to change nobody, and
          opens_nothing, whether one beneath the rules is proved to open nothing, asked of the safety mutants
          that survive; step, told what is done, how many, of how many.
    """
    global _work
    tests = fact_tests(library, chosen)
    settle = settler(library)

    with speaking("en"):  # the language of the texts that vignettes expect
        asked, patients, roots = _readable(cases, cohort, read, library)

        def rows(place: int) -> Row:
            return row(settle(patients[place]), tests)

        good = list(_spread(rows, len(patients), "patients", step, processes))
        first = [rule for rule in library.rules if rule.alert == "contradiction"]
        others = [rule for rule in library.rules if rule.alert != "contradiction"]
        stated = World(first, library, columns([one.stated for one in good], tests), len(good))
        settled = World(others, library, columns([one.settled for one in good], tests), len(good))
        known: dict[int, tuple[Patient, PatientFacts]] = {}

        def facts_of(place: int) -> tuple[Patient, PatientFacts]:
            if place not in known:
                patient = patients[place]
                known[place] = patient, PatientFacts(patient, library, good[place].blanked)
            return known[place]

        whole = Cases(asked, facts_of, library, {})
        judge = Judge(settled, stated, whole, expected(asked, library), check)
        people = [
            Person(patient, partial(read, root), one.blanked)
            for patient, root, one in zip(patients, roots, good, strict=True)
        ]
        beneath = Beneath(judge, people, tests)
        fates = list(_spread(lambda n: beneath.fate(chosen[n]), len(chosen), "mutants", step, processes))
        for place, mutant in enumerate(chosen):
            if mutant.safety and not fates[place].by:
                mutated = judge.mutated(mutant)
                if equal is not None and equal(mutated, mutant):
                    fates[place] = Fate("equal")
                elif opens_nothing is not None and opens_nothing(mutated, mutant, fates[place].turned):
                    fates[place] = Fate("opens_nothing")
        if proof is not None:
            _prove(judge, chosen, fates, proof, step)
    return [Judged(mutant, fate) for mutant, fate in zip(chosen, fates, strict=True)]


def _readable(
    cases: Sequence[Case], cohort: Sequence[MappingNode], read: Read, library: Library
) -> tuple[list[Case], list[Patient], list[MappingNode]]:
    """The cases and patients that are read: a vignette of what must be refused says nothing of the rules."""
    asked: list[Case] = []
    patients: list[Patient] = []
    roots: list[MappingNode] = []
    for number, root in enumerate((*(case.patient for case in cases), *cohort)):
        try:
            patients.append(read(root, library))
        except PatientRefused:
            continue
        roots.append(root)
        if number < len(cases):
            asked.append(cases[number])
    return asked, patients, roots


def _prove(
    judge: Judge, chosen: Sequence[Mutant], fates: list[Fate], proof: Check, step: Step | None
) -> None:
    """Ask the proofs of what nothing but the cohort noticed, if that."""
    left = [place for place, fate in enumerate(fates) if fate.by in ("", "cohort")]
    for done, place in enumerate(left, 1):
        if proof(judge.mutated(chosen[place]), chosen[place]):
            fates[place] = Fate("proof")
        if step is not None:
            step("proofs", done, len(left))


# What a process works on: it is there when the process starts and need not travel.
_work: Callable[[int], Any] | None = None


def _one(number: int) -> Any:
    assert _work is not None
    return _work(number)


def _spread(
    work: Callable[[int], T], count: int, what: str, step: Step | None, processes: int
) -> Iterator[T]:
    """The work on 0, 1, 2, ... in that order, by several processes where that is worth it."""
    global _work
    if processes < 2 or count < _WORTH_IT:
        yield from _told(map(work, range(count)), count, what, step)
        return
    _work = work
    with get_context("fork").Pool(processes) as pool:
        yield from _told(pool.imap(_one, range(count), chunksize=20), count, what, step)


def _told(found: Iterable[T], count: int, what: str, step: Step | None) -> Iterator[T]:
    for done, one in enumerate(found, 1):
        if step is not None and (done % 20 == 0 or done == count):
            step(what, done, count)
        yield one
