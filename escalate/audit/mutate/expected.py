"""What the vignettes expect of verdicts and alerts, for all cases at once, and what they name at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from escalate.audit.vignettes import Case
from escalate.library.model import Library
from escalate.nodes import Mapping, Node, Scalar
from escalate.nodes import Sequence as SequenceNode
from escalate.options.verdict import Verdict

_CLOSED = (Verdict.EXCLUDED, Verdict.DEFERRED)
_GROUPS: dict[str, list[Verdict]] = {
    "open": [v for v in Verdict if v.is_open],
    "not_open": [v for v in Verdict if not v.is_open],
    "closed": list(_CLOSED),
    "listed": [v for v in Verdict if v is not Verdict.NOT_INDICATED and v not in _CLOSED],
    "not_looked_at": [],
}


@dataclass(slots=True)
class Expected:
    """By therapy: who expects a verdict, and who accepts which; by alert: who expects it, who forbids it.
    `named` holds, for each case, every word of its expectations."""

    expects: dict[str, int] = field(default_factory=dict)
    accepts: dict[str, dict[Verdict, int]] = field(default_factory=dict)
    shown: dict[str, int] = field(default_factory=dict)
    hidden: dict[str, int] = field(default_factory=dict)
    named: list[frozenset[str]] = field(default_factory=list)


def expected(cases: Sequence[Case], library: Library) -> Expected:
    """The expectations of these cases; case `i` is bit `i`."""
    found = Expected()
    for place, case in enumerate(cases):
        bit = 1 << place
        found.named.append(frozenset(_words(case.expect)))
        for key, value in case.expect.entries:
            words = list(_words(value))
            if key.text in library.therapies:
                found.expects[key.text] = found.expects.get(key.text, 0) | bit
                accepts = found.accepts.setdefault(key.text, {})
                for verdict in {v for word in words for v in _GROUPS.get(word, _own(word))}:
                    accepts[verdict] = accepts.get(verdict, 0) | bit
            elif key.text in ("alerts", "no_alerts"):
                side = found.shown if key.text == "alerts" else found.hidden
                for word in words:
                    side[word] = side.get(word, 0) | bit
    return found


def _own(word: str) -> list[Verdict]:
    return [v for v in Verdict if v == word]


def _words(node: Node) -> Iterator[str]:
    if isinstance(node, Scalar):
        yield node.text
    elif isinstance(node, SequenceNode):
        for item in node.items:
            yield from _words(item)
    elif isinstance(node, Mapping):
        for key, value in node.entries:
            yield key.text
            yield from _words(value)
