"""Facts written by hand, and what the shipped rules say about them, without a patient file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from escalate.language.evaluate import evaluate
from escalate.language.facts import Fact, Status, Value
from escalate.library.model import Library, Rule
from escalate.truth import Truth, every, some

_NOT_GIVEN = (
    ".given",
    ".present",
    ".failed",
    ".failed_or_not_tolerated",
    ".not_again",
    ".tried_adequately",
    ".relapsed_after_response",
    ".allergy",
)


class Stated(dict[str, Fact]):
    """What is stated; every other fact is UNKNOWN. With a known history only the stated drugs were given.

    Args: values by fact name (bool, number, word, or a list of words; None is ABSENT);
          history, whether the lines of therapy are known.
    """

    def __init__(self, values: Mapping[str, object], *, history: bool = False) -> None:
        super().__init__({name: _fact(name, value) for name, value in values.items()})
        self._history = history

    def __missing__(self, name: str) -> Fact:
        if self._history and name.startswith(("therapy.", "class.")):
            if name.endswith(_NOT_GIVEN):
                return _fact(name, False)
            if name.endswith(".days_since_last_dose"):
                return _fact(name, None)
        if self._history and name.startswith("lines.failed"):
            return _fact(name, 0)
        return Fact(name)

    def get(self, name: str, default: object = None) -> Fact:  # type: ignore[override]
        return self[name]


def _fact(name: str, value: object) -> Fact:
    if value is None:
        return Fact(name, status=Status.ABSENT)
    known: Value
    if isinstance(value, bool | str):
        known = value
    elif isinstance(value, list):
        known = frozenset(value)
    else:
        known = Decimal(str(value))
    return Fact(name, known, Status.KNOWN)


class Reading(Mapping[str, Truth]):
    """The rules read for one set of facts; as a mapping, the truths of the findings (`heart_grade>=C2`)."""

    def __init__(self, library: Library, facts: Stated) -> None:
        self.library, self.facts = library, facts
        self._heads: dict[str, Truth] = {}

    def __getitem__(self, head: str) -> Truth:
        if head not in self._heads:
            self._heads[head] = self._head(head)
        return self._heads[head]

    def __iter__(self) -> Iterator[str]:
        for name, spec in self.library.findings.items():
            yield from (f"{name}>={level}" for level in spec.levels[1:]) if spec.levels else (name,)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _head(self, head: str) -> Truth:
        name, _, level = head.partition(">=")
        levels = self.library.findings[name].levels
        return some(
            self.value(rule)
            for rule in self._active("finding")
            if rule.targets == (name,) and (not level or levels.index(rule.level) >= levels.index(level))
        )

    def _active(self, *kinds: str) -> list[Rule]:
        return [r for r in self.library.rules if r.kind in kinds and r.status == "active"]

    def value(self, rule: Rule) -> Truth:
        return evaluate(rule.when, self.facts, self)

    def indicated(self, therapy: str) -> Truth:
        """Some indication, nothing against it (contract/assessment.md)."""
        return every(
            (
                some(self.value(r) for r in self._active("indicate") if therapy in r.targets),
                ~some(self.value(r) for r in self._active("against") if therapy in r.targets),
            )
        )

    def place(self, therapy: str) -> tuple[int, int] | None:
        """Step and order of the lowest TRUE indication."""
        places = [
            (r.step, r.order or 0)
            for r in self._active("indicate")
            if therapy in r.targets and r.step is not None and self.value(r) is Truth.TRUE
        ]
        return min(places, default=None)

    def saying(self, therapy: str, kind: str) -> set[str]:
        """Ids of the TRUE rules of a kind for a therapy."""
        return {r.id for r in self._active(kind) if therapy in r.targets and self.value(r) is Truth.TRUE}

    def alerts(self, kind: str = "") -> set[str]:
        """Ids of the alerts that fire."""
        rules = [r for r in self._active("alert") if not kind or r.alert == kind]
        return {r.id for r in rules if self.value(r) is Truth.TRUE}

    def grade(self, finding: str) -> tuple[str, str]:
        """Highest certain and highest possible level."""
        least = most = (levels := self.library.findings[finding].levels)[0]
        for level in levels[1:]:
            value = self[f"{finding}>={level}"]
            least = level if value is Truth.TRUE else least
            most = level if value is not Truth.FALSE else most
        return least, most
