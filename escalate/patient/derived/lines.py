"""How many lines of therapy failed or were not tolerated. Dossier 4.6 (REF-A, REF-D), 8.1, 8.2 P-RELAPSE.

Agents are counted, not entries: several entries of one drug, and all glucocorticoids together, are one.
An agent of which it is unclear whether it failed widens the range of the count.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from escalate.language.facts import Fact
from escalate.language.words import say_word
from escalate.patient.derived.answers import between, unknown, yes_no
from escalate.patient.derived.registry import HISTORY, Case, derived
from escalate.patient.lines import Line
from escalate.patient.parameters import Parameters
from escalate.texts import _
from escalate.truth import Truth, some

_GLUCOCORTICOID = "glucocorticoid"
_COUNTED: dict[str, Callable[[str, Parameters], bool]] = {
    "lines.failed": lambda agent, p: agent not in p.not_counted,
    "lines.failed_beside_glucocorticoid": lambda agent, p: agent not in {*p.not_counted, _GLUCOCORTICOID},
    "lines.failed_key_agents": lambda agent, p: agent in p.key_agents,
    "lines.failed_further_agents": lambda agent, p: agent in p.further_agents,
    "lines.failed_step_1": lambda agent, p: agent in p.step_1,
}


@derived(*_COUNTED)
def failed_agents(case: Case, name: str) -> Fact:
    """Number of agents that failed an adequate trial or were not tolerated; 0 when treatment-naive."""
    if case.lines is None:
        return between(name, Decimal(0), None, missing=HISTORY)
    counted = _COUNTED[name]
    agents: dict[str, list[Line]] = {}
    for line in case.lines:
        agent = _GLUCOCORTICOID if line.therapy in case.parameters.glucocorticoids else line.therapy
        if line.given is not Truth.FALSE and counted(agent, case.parameters):
            agents.setdefault(agent, []).append(line)
    failed: list[Line] = []
    unclear: list[Line] = []
    low = high = 0
    for lines in agents.values():
        value = some(line.counts for line in lines)
        low += value is Truth.TRUE
        high += value is not Truth.FALSE
        if value is Truth.TRUE:
            failed += [line for line in lines if line.counts is Truth.TRUE]
        elif value is Truth.UNKNOWN:
            unclear += [line for line in lines if line.counts is Truth.UNKNOWN]
    because = _listed(case, failed) or _("no line counts as failed")
    if unclear:
        because += _("; unclear: {lines}").format(lines=_listed(case, unclear))
    missing = tuple(dict.fromkeys(path for line in unclear for path in line.missing))
    origins = tuple(line.at for line in (*failed, *unclear))
    return between(name, Decimal(low), Decimal(high), because, origins, missing)


def _listed(case: Case, lines: list[Line]) -> str:
    """The drugs, each with its word; dose, weeks and dates stand with the lines of therapy."""
    labels = case.library.drugs.labels
    words = (f"{labels.get(x.therapy, x.therapy)} ({say_word(x.counts_as)})" for x in lines)
    return ", ".join(dict.fromkeys(words))


@derived("lines.too_early_to_judge")
def too_early_to_judge(case: Case, name: str) -> Fact:
    """Number of running lines below the least dose or weeks of a trial; an unclear one widens the range."""
    if case.lines is None:
        return between(name, Decimal(0), None, missing=HISTORY)
    running = [
        line
        for line in case.lines
        if line.counts_as == "running" and line.therapy not in case.parameters.not_counted
    ]
    early = [line for line in running if line.tried_adequately is Truth.FALSE]
    unclear = [line for line in running if line.tried_adequately is Truth.UNKNOWN]
    low, high = Decimal(len(early)), Decimal(len(early) + len(unclear))
    missing = tuple(dict.fromkeys(path for line in unclear for path in line.missing))
    return between(name, low, high, _listed(case, early), tuple(line.at for line in early), missing)


@derived("lines.major_response_before")
def major_response_before(case: Case, name: str) -> Fact:
    """A relapse after a response, or a major response that a later line follows with worsening.

    "Later" is the order of the file. UNKNOWN while a response is not stated.
    """
    if case.lines is None:
        return unknown(name, HISTORY)
    lines = [line for line in case.lines if line.given is not Truth.FALSE]
    for line in lines:
        if line.source.response == "relapse_after_response":
            return yes_no(name, Truth.TRUE, line.because, (line.at,))
    major = next((i for i, line in enumerate(lines) if line.source.response == "major"), None)
    if major is not None:
        worse = next((line for line in lines[major + 1 :] if line.source.response == "worsening"), None)
        if worse is not None:
            because = _("{earlier}; then {later}").format(earlier=lines[major].because, later=worse.because)
            return yes_no(name, Truth.TRUE, because, (lines[major].at, worse.at))
    unstated = tuple(f"therapies[{line.entry}].response" for line in lines if line.source.response is None)
    if unstated:
        return unknown(name, unstated)
    return yes_no(name, Truth.FALSE, _("no relapse or worsening after a major response"))


@derived("treatment_naive")
def treatment_naive(case: Case, name: str) -> Fact:
    """The history is stated and holds no line; planned drugs are none."""
    if case.lines is None:
        return unknown(name, HISTORY)
    lines = [line for line in case.lines if line.given is not Truth.FALSE]
    return yes_no(name, Truth.of(not lines), "", tuple(line.at for line in lines))
