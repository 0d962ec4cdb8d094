"""The ladder: the step that is reached, and why the next ones are not (yet) open (LAD-01, LAD-02)."""

from __future__ import annotations

from collections.abc import Sequence

from escalate.findings.find import bounds, head
from escalate.findings.reasons import Reasons
from escalate.language.words import say_word
from escalate.options.model import Ladder, NextStep, Option
from escalate.texts import _
from escalate.truth import Truth

_FINDING = "ladder_step"
_SHOWN = 2


def ladder(options: Sequence[Option], reasons: Reasons) -> Ladder:
    """Reached step, highest step still possible, and at least two steps from there on."""
    spec = reasons.library.findings[_FINDING]
    at_least, at_most = (spec.levels.index(level) for level in bounds(spec, reasons))
    content = dict(reasons.library.ladder)
    last = len(spec.levels) - 1
    first = min(at_least + 1, last - _SHOWN + 1)
    steps = range(max(first, 1), last + 1)
    return Ladder(
        reached_step=at_least,
        possible_step=at_most,
        next_steps=tuple(_next(step, content.get(step, ""), options, reasons) for step in steps),
    )


def _next(step: int, content: str, options: Sequence[Option], reasons: Reasons) -> NextStep:
    level = reasons.library.findings[_FINDING].levels[step]
    value = reasons.heads[head(_FINDING, level)]
    here = [o for o in options if o.step == step]
    is_open = value is Truth.TRUE and any(o.verdict.is_open for o in here)
    return NextStep(step, content, is_open, _why(level, value, here, reasons))


def _why(level: str, value: Truth, here: Sequence[Option], reasons: Reasons) -> str:
    if value is Truth.TRUE:
        verdicts = "; ".join(f"{o.therapy.name}: {say_word(o.verdict)}" for o in here)
        return (
            _("entry condition met; {verdicts}").format(verdicts=verdicts)
            if here
            else _("entry condition met; no option at this step")
        )
    if value is Truth.UNKNOWN:
        missing = reasons.missing_of_finding(_FINDING, level)
        return _("entry condition not decided; missing: {missing}").format(missing=", ".join(missing[:6]))
    rules = [rule for rule in reasons.rules_of(_FINDING) if rule.level == level]
    because = dict.fromkeys(line for rule in rules for line in reasons.of(rule).brief)
    return _("entry condition not met: {because}").format(because="; ".join(because))
