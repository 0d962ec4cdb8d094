"""All checks over one knowledge base, in the order in which a reviewer reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from escalate.audit.verify.blind import blind_spots
from escalate.audit.verify.gates import fail_closed, invariants
from escalate.audit.verify.monotone import harm, knowledge
from escalate.audit.verify.prover import TIMEOUT_MS, Prover
from escalate.audit.verify.result import Result, Step, Tally
from escalate.audit.verify.rulebase import covered, defeated, gaps, reachable, undecided_or_false
from escalate.audit.verify.vain import vain_questions
from escalate.audit.verify.witness import Assess, Witnesses
from escalate.library.model import Library
from escalate.library.statements import Statements

Check = Callable[[Tally, Step], Result]

# What may be unsafe comes first, what is only in vain after it.
CHECKS: Mapping[str, Check] = {
    "invariants": invariants,
    "fail-closed": fail_closed,
    "knowledge": knowledge,
    "harm": harm,
    "unreachable": reachable,
    "always": undecided_or_false,
    "covered": covered,
    "defeated": defeated,
    "gaps": gaps,
    "blind-spots": blind_spots,
    "vain-questions": vain_questions,
}

# A search rather than a proof, about trouble and not about safety, and as long as all others together: only
# where it is asked for.
ON_REQUEST = ("vain-questions",)


def verify(
    library: Library,
    statements: Statements,
    assess: Assess | None = None,
    *,
    only: tuple[str, ...] = (),
    step: Callable[[str, int, int], None] | None = None,
    timeout_ms: int = TIMEOUT_MS,
) -> Iterator[Result]:
    """The result of each check as it is done.

    Args: assess, a patient file's text to its assessment, for the replay of witnesses;
          only, names of CHECKS (default: all but those ON_REQUEST);
          step, told the check, its subjects done and their number;
          timeout_ms, for one question to the solver; past it the subject is not proved.
    """
    prover = Prover(library, statements, timeout_ms)
    witnesses = Witnesses(prover, assess)
    for name, check in CHECKS.items():
        if name not in (only or (known for known in CHECKS if known not in ON_REQUEST)):
            continue

        def tell(done: int, of: int, name: str = name) -> None:
            if step is not None:
                step(name, done, of)

        yield check(Tally(prover, witnesses), tell)
