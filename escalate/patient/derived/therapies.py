"""What the history says about one therapy, and about the members of a class. Dossier 4.5, 4.6, 6.4 X32.

UNKNOWN while there is no history; FALSE for a drug that is not in it, since a list of therapies is the
whole history.
"""

from __future__ import annotations

from collections.abc import Callable

from escalate.language.facts import Fact
from escalate.language.words import say_word
from escalate.patient.derived.answers import unknown, yes_no
from escalate.patient.derived.registry import HISTORY, Case, family, lines_of
from escalate.patient.lines import Line
from escalate.texts import _
from escalate.truth import Truth, some

_READ: dict[str, Callable[[Line], Truth]] = {
    "given": lambda line: line.given,
    "present": lambda line: line.present,
    "failed": lambda line: line.failed,
    "failed_or_not_tolerated": lambda line: line.closed,
    "not_again": lambda line: line.not_again,
    "tried_adequately": lambda line: line.tried_adequately,
    "relapsed_after_response": lambda line: line.relapsed,
}
_ALLERGIES = "comorbidities.allergies"


@family(*(f"therapy.{{therapy}}.{part}" for part in _READ))
def of_therapy(case: Case, name: str, member: str) -> Fact:
    """Some entry of the therapy is so."""
    label = case.library.drugs.labels.get(member, member)
    return _of_lines(case, name, (member,), _("{label} is not in the history").format(label=label))


@family(*(f"class.{{class}}.{part}" for part in _READ))
def of_class(case: Case, name: str, member: str) -> Fact:
    """Some entry of a member of the class is so."""
    never = _("no drug of the class {name} is in the history").format(name=say_word(member))
    return _of_lines(case, name, case.library.classes.get(member, ()), never)


@family("therapy.{therapy}.allergy")
def allergy_to_therapy(case: Case, name: str, member: str) -> Fact:
    """The therapy stands among the allergies; UNKNOWN while allergies are."""
    return _allergy(case, name, (member,))


@family("class.{class}.allergy")
def allergy_to_class(case: Case, name: str, member: str) -> Fact:
    """A member of the class, or the class by its name, stands among the allergies."""
    return _allergy(case, name, (member, *case.library.classes.get(member, ())))


def _of_lines(case: Case, name: str, drugs: tuple[str, ...], never: str) -> Fact:
    if case.lines is None:
        return unknown(name, HISTORY)
    lines = lines_of(case, drugs)
    if not lines:
        return yes_no(name, Truth.FALSE, never)
    read = _READ[name.rpartition(".")[2]]
    value = some(map(read, lines))
    speaking = [line for line in lines if read(line) is value]
    missing = tuple(dict.fromkeys(path for line in speaking for path in line.missing))
    because = "; ".join(line.because for line in speaking)
    return yes_no(name, value, because, tuple(line.at for line in speaking), missing or HISTORY)


def _allergy(case: Case, name: str, drugs: tuple[str, ...]) -> Fact:
    fact = case[_ALLERGIES]
    if not isinstance(fact.value, frozenset):
        return unknown(name, fact.missing, origins=fact.origins)
    found = fact.value.intersection(drugs)
    because = (
        _("allergy to {drugs}").format(drugs=", ".join(sorted(_label(case, one) for one in found)))
        if found
        else _("not among the allergies")
    )
    return yes_no(name, Truth.of(bool(found)), because, fact.origins)


def _label(case: Case, drug: str) -> str:
    return case.library.drugs.labels.get(drug) or say_word(drug)
