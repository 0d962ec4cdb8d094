"""The lists that go with an open option; a sentence that several options share stands at the first alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from escalate.library.model import Rule
from escalate.options.model import Option
from escalate.report.sheet_said import Voice


@dataclass(frozen=True, slots=True)
class Shared:
    """Sentences that stand at an earlier option already: how many, and at which."""

    at: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Part:
    """One list of a card: each line with the later options it holds for too; `shared` stand elsewhere."""

    key: str
    lines: tuple[tuple[str, tuple[str, ...]], ...]
    shared: tuple[Shared, ...]


def _disagreement(rule: Rule, voice: Voice) -> str:
    """Both positions in one line, with the numbers of their sources."""
    positions = " / ".join(position.rstrip(".") for position in rule.positions)
    numbers = ", ".join(map(str, voice.cite(source.ref for source in rule.sources)))
    return f"{rule.title}: {positions}. {rule.because}{f' [{numbers}]' if numbers else ''}"


def parts_of(opened: Sequence[Option], voice: Voice) -> dict[str, dict[str, Part]]:
    """By therapy and kind of list; each sentence at the first option that says it, and only there."""
    kinds = {
        "warning": [o.therapy.warnings for o in opened],
        "disagreement": [tuple(_disagreement(r, voice) for r in o.disagreements) for o in opened],
        "work_up": [o.therapy.work_up for o in opened],
        "monitoring": [o.therapy.monitoring for o in opened],
        "prophylaxis": [o.therapy.prophylaxis for o in opened],
        "washout": [o.therapy.washout for o in opened],
    }
    found: dict[str, dict[str, Part]] = {o.therapy.id: {} for o in opened}
    for kind, lists in kinds.items():
        for number, (option, lines) in enumerate(zip(opened, lists, strict=True)):
            own, elsewhere = [], dict.fromkeys(range(number), 0)
            for line in dict.fromkeys(lines):
                first = next(i for i, other in enumerate(lists) if line in other)
                if first == number:
                    later = [o for o, said in zip(opened, lists, strict=True) if line in said][1:]
                    own.append((line, tuple(o.therapy.name for o in later)))
                else:
                    elsewhere[first] += 1
            shared = tuple(
                Shared(opened[i].therapy.id, opened[i].therapy.name, n) for i, n in elsewhere.items() if n
            )
            found[option.therapy.id][kind] = Part(kind, tuple(own), shared)
    return found
