"""REF-05: what a step-5 option must say about steps 1 to 4 that nobody has tried."""

from __future__ import annotations

from collections.abc import Iterable

from escalate.findings.reasons import Reasons
from escalate.language.facts import Status
from escalate.options.model import Option
from escalate.options.verdict import Verdict
from escalate.texts import N_, _

# Named as a class: to have tried one member is to have tried the class.
_BY_CLASS = {
    "jak_inhibitor": N_("JAK inhibitor"),
    "calcineurin_inhibitor": N_("calcineurin inhibitor"),
    "fcrn_inhibitor": N_("FcRn inhibitor"),
}
_NO_DRUG = ("exercise", "clinical_trial")


def untried_note(option: Option, options: Iterable[Option], reasons: Reasons) -> tuple[str, ...]:
    """`not yet tried: ...`, for an option at step 5; the conference records why each is passed over."""
    names = [name for name, _members in passed_over(option, options, reasons)]
    return (_("not yet tried: {names}").format(names=", ".join(names)),) if names else ()


def passed_over(
    option: Option, options: Iterable[Option], reasons: Reasons
) -> tuple[tuple[str, tuple[Option, ...]], ...]:
    """The agents of steps 1 to 4 that a step-5 option passes over, by name; a class with its members."""
    if option.step != 5:
        return ()
    found: dict[str, list[Option]] = {}
    for other in options:
        if _untried(other, reasons):
            found.setdefault(_name(other), []).append(other)
    return tuple((name, tuple(members)) for name, members in found.items())


def _untried(option: Option, reasons: Reasons) -> bool:
    if option.step is None or option.step >= 5 or option.therapy.id in _NO_DRUG:
        return False
    if option.verdict in (Verdict.EXCLUDED, Verdict.DEFERRED):
        return False
    family = _family(option)
    name = f"class.{family}.tried_adequately" if family else f"therapy.{option.therapy.id}.tried_adequately"
    tried = reasons.facts[name]
    return tried.status is Status.KNOWN and tried.value is False


def _family(option: Option) -> str:
    return next((c for c in _BY_CLASS if c in option.therapy.classes), "")


def _name(option: Option) -> str:
    family = _family(option)
    return _(_BY_CLASS[family]) if family else option.therapy.name
