"""What to measure next: missing fields, whom they decide, in the order in which they matter."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from escalate.findings.reasons import Reasons
from escalate.library.model import FactType, Rule
from escalate.options.model import Option, Question
from escalate.options.soon import wait
from escalate.options.verdict import Verdict
from escalate.texts import _
from escalate.truth import Truth

_INDEX = re.compile(r"\[\d+\]")
_ANTIBODY = re.compile(r"antibodies\[(?!\d+\])([^\]]+)\]")  # `antibodies[MDA5]`, not an entry `antibodies[0]`
# Without these nothing can be placed at all, so they come first whatever else is open.
_FIRST = ("diagnosis.entity", "demographics.age_years")


def ask_for(path: str, facts: Mapping[str, FactType]) -> str:
    """The request for one missing field; `therapies[2].dose` is asked as `therapies[].dose`."""
    antibody = _ANTIBODY.fullmatch(path)
    if antibody:
        return _("Antibody test: {antibody}, positive or negative").format(antibody=antibody[1])
    if path == "therapies":  # a list, which is no field of its own
        return _("All earlier and present treatment with dose, weeks, response and why it ended")
    known = facts.get(path) or facts.get(_INDEX.sub("[]", path))
    return known.ask or known.label or path if known else path


def questions(options: Iterable[Option], reasons: Reasons) -> tuple[Question, ...]:
    """One question per missing field, ranked by how many options it decides and how high they stand.

    What decides alike is asked in the order in which it can be had.
    After them, what an `ask` rule that gates nothing wants to know: it decides no verdict. Where the field
    is asked for anyway, what such a rule advises stands beside the question.
    """
    facts = reasons.library.facts
    decides: dict[str, list[Option]] = {}
    waiting: Counter[str] = Counter()  # how many rules wait for a field: breaks ties among many options
    for option in options:
        if option.verdict is not Verdict.EXCLUDED:
            for missing in option.missing:
                decides.setdefault(missing.fact, []).append(option)
                waiting[missing.fact] += len(missing.for_rules)

    def weight(fact: str) -> tuple[bool, int, int, int, int, str]:
        steps = [option.step or 0 for option in decides[fact]]
        return fact not in _FIRST, -len(steps), -max(steps), -waiting[fact], wait(fact), fact

    advised: dict[str, list[str]] = {}
    further = []
    for fact, rule in _organisational(reasons):
        if fact not in decides:
            further.append((fact, rule.advise or rule.title, ()))
        elif rule.advise:
            advised.setdefault(fact, []).append(rule.advise)
    deciding = [
        (
            fact,
            ". ".join((ask_for(fact, facts), *advised.get(fact, ()))),
            tuple(o.therapy.id for o in decides[fact]),
        )
        for fact in sorted(decides, key=weight)
    ]
    return tuple(Question(*asked, rank) for rank, asked in enumerate((*deciding, *further), start=1))


def _organisational(reasons: Reasons) -> Iterable[tuple[str, Rule]]:
    for rule in reasons.library.rules:
        if rule.kind != "ask" or rule.targets or rule.status != "active":
            continue
        if reasons.values[rule.key] is Truth.TRUE:
            fields = reasons.missing(rule.when) or (rule.id,)
            yield fields[0], rule
