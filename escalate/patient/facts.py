"""One patient as the rules see it: every field and derived fact by name, worked out when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from escalate.language.facts import Fact, Status
from escalate.library.heads import Heads
from escalate.library.model import FactType, Library
from escalate.patient.conditional_tests import needed
from escalate.patient.derived import compute
from escalate.patient.lines import Line, read_lines
from escalate.patient.model import Patient, PatientValue
from escalate.patient.parameters import Parameters, parameters_of
from escalate.texts import _, speaking, spoken_now
from escalate.truth import Truth


class PatientFacts(Mapping[str, Fact]):
    """Facts of one patient under one library.

    Args: blanked, fields (and item paths such as `therapies[2].stopped_on`) that a contradiction made
    unknown; derived facts that read them follow.
    """

    __slots__ = ("_cache", "_lines", "_lines_read", "_owed", "_view", "_without_tests", "blanked", "library",
                 "parameters", "patient")  # fmt: skip

    def __init__(self, patient: Patient, library: Library, blanked: frozenset[str] = frozenset()) -> None:
        self.patient, self.library, self.blanked = patient, library, blanked
        self.parameters: Parameters = parameters_of(library)
        self._cache: dict[str, Fact] = {}
        self._lines: tuple[Line, ...] | None = None
        self._lines_read = False
        self._owed: dict[str, Truth] = {}
        # Set in the view that judges which tests are called for: one that was not done shows nothing there.
        self._without_tests = False
        self._view: tuple[PatientFacts, Heads] | None = None

    def __getitem__(self, name: str) -> Fact:
        fact = self._cache.get(name)
        if fact is None:
            fact = self._cache[name] = self._told(name)
        return fact

    def __iter__(self) -> Iterator[str]:
        return iter(self.library.facts)

    def __len__(self) -> int:
        return len(self.library.facts)

    @property
    def lines(self) -> tuple[Line, ...] | None:
        """The lines of therapy; None while the history is unknown."""
        if not self._lines_read:
            self._lines, self._lines_read = read_lines(self.patient, self.library, self.blanked), True
        return self._lines

    def _told(self, name: str) -> Fact:
        # A fact may be asked for long after the assessment: its sentence is in the library's language.
        if spoken_now() == self.library.language:
            return self._fact(name)
        with speaking(self.library.language):
            return self._fact(name)

    def _fact(self, name: str) -> Fact:
        spec = self.library.facts.get(name)
        if spec is not None and not spec.derived:
            return self._field(name, spec)
        fact = compute(self, name)
        if fact is None:
            raise KeyError(name)
        return fact

    def _field(self, name: str, spec: FactType) -> Fact:
        if name in self.blanked:
            given = self.patient.values.get(name)
            origins = (given.at,) if given else ()
            because = _("contradicted by another fact")
            if spec.test and self.library.tests[spec.test].called_for is None:
                # Nobody asks for it (a letter: "heart: none"); contradicted, it is worth its absence.
                return Fact(name, status=Status.ABSENT, origins=origins, because=because)
            return Fact(name, origins=origins, because=because, missing=(name,))
        found = self.patient.values.get(name)
        if found is not None:
            return _given(name, found)
        if name == "assessed_on":
            return Fact(name, self.patient.assessed_on, Status.KNOWN)
        if name == "region":
            return Fact(name, self.patient.region, Status.KNOWN)
        if spec.test:
            return self._not_done(name, spec.test)
        if spec.refines:
            main = self[spec.refines]
            if main.status is not Status.UNKNOWN:
                label = self.library.facts[spec.refines].label or spec.refines
                return Fact(
                    name,
                    status=Status.ABSENT,
                    because=_("not stated; {label} speaks for it").format(label=label),
                )
        return Fact(name, missing=(name,))

    def _not_done(self, name: str, test_name: str) -> Fact:
        """A field of a conditional test without a value: owed, or not applicable."""
        if self._without_tests or self._is_owed(test_name) is Truth.FALSE:
            return Fact(name, status=Status.ABSENT, because=_("the test was not done and is not called for"))
        return Fact(name, missing=(name,))

    def _is_owed(self, test_name: str) -> Truth:
        value = self._owed.get(test_name)
        if value is None:
            if self._view is None:
                view = PatientFacts(self.patient, self.library, self.blanked)
                view._without_tests = True
                self._view = view, Heads(self.library, view)
            value = self._owed[test_name] = needed(self.library.tests[test_name], *self._view)
        return value


def _given(name: str, found: PatientValue) -> Fact:
    if found.never:
        return Fact(name, status=Status.ABSENT, origins=(found.at,), because="never")
    if found.value is None:
        # Only bounds are known: a comparison on which they agree is decided, every other one is UNKNOWN.
        return Fact(name, low=found.low, high=found.high, origins=(found.at,), missing=(name,))
    return Fact(name, found.value, Status.KNOWN, origins=(found.at,))
