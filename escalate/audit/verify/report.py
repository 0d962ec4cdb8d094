"""What the checks found, as text for a reviewer and as plain values for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from escalate.audit.verify.result import Failure, Outcome, Result
from escalate.audit.verify.witness import Witness
from escalate.findings.say import say, value_range, with_unit
from escalate.language.facts import Fact, Status
from escalate.language.words import say_word
from escalate.library.model import Library
from escalate.library.statements import Statements
from escalate.texts import N_, _

_OUTCOMES = {
    Outcome.PROVED: N_("proved"),
    Outcome.FAILED: N_("FAILED"),
    Outcome.NOT_PROVED: N_("not proved"),
    Outcome.SEARCHED: N_("searched"),
}


def text(
    results: Sequence[Result], library: Library, statements: Statements, files: Mapping[Witness, str]
) -> Iterator[str]:
    """The report line by line. Args: files, the name under which a witness was written."""
    yield _("knowledge {version}, {digest}: {rules} rules, {therapies} therapies, over all patients").format(
        version=library.version,
        digest=library.digest,
        rules=len(library.rules),
        therapies=len(library.therapies),
    )
    yield ""
    for result in results:
        outcome = _(_OUTCOMES[result.outcome])
        yield f"{outcome:12}{result.check:14}{result.subjects:5}  {result.title}"
    for result in results:
        if result.failures or result.undecided or result.notes:
            yield ""
            yield f"{result.check}: {result.title}"
        for failure in result.failures:
            yield from _failure(failure, library, files)
        for subject in result.undecided:
            yield "  " + _("not proved: {subject}: no answer within the time for one question").format(
                subject=subject
            )
        for note in result.notes:
            yield f"  {note}"
    yield from _assumptions(results, statements)


def document(
    results: Sequence[Result], library: Library, statements: Statements, files: Mapping[Witness, str]
) -> dict[str, object]:
    """The same as plain values, keys in a fixed order."""
    used = {name for result in results for name in result.used}
    return {
        "schema": "escalate/verification/v1",
        "knowledge": {"version": library.version, "digest": library.digest},
        "holds": all(result.holds for result in results),
        "checks": [_check(result, library, files) for result in results],
        "assumptions": [
            {
                "id": a.about.id,
                "title": a.about.title,
                "because": a.about.because,
                "at": str(a.about.at),
                "used": a.about.id in used,
            }
            for a in statements.assumptions
        ],
    }


def _failure(failure: Failure, library: Library, files: Mapping[Witness, str]) -> Iterator[str]:
    yield ""
    place = f"{failure.at}: " if failure.at is not None else ""
    yield f"  {place}{failure.message}"
    if not failure.witnesses:
        yield "    " + _("no patient can be shown")
    for number, witness in enumerate(failure.witnesses, start=1):
        yield "    " + (
            _("the smallest patient:")
            if len(failure.witnesses) == 1
            else _("the smallest patient {number} of {count}:").format(
                number=number, count=len(failure.witnesses)
            )
        )
        yield from (f"      {line}" for line in _facts(witness.facts, library))
        yield from (f"    {line}" for line in _judged(witness, library, files))


def _facts(facts: Iterable[Fact], library: Library) -> Iterator[str]:
    lines = [_fact(fact, library) for fact in facts]
    yield from lines or [_("nothing is known")]


def _fact(fact: Fact, library: Library) -> str:
    spec = library.facts[fact.name]
    if fact.status is Status.ABSENT:
        said = _("never") if spec.accepts_never else _("not applicable")
    elif fact.value is not None:
        said = with_unit(say(fact.value), spec.unit)
    else:
        said = _("not known, {bounds}").format(bounds=with_unit(value_range(fact.low, fact.high), spec.unit))
    return f"{spec.label or fact.name}: {said}  ({fact.name})"


def _judged(witness: Witness, library: Library, files: Mapping[Witness, str]) -> Iterator[str]:
    said = ", ".join(
        f"{_name(name, library)} {say_word(value.lower())}" for name, value in witness.says.items()
    )
    if witness.replayed:
        yield _("NOT CONFIRMED, the engines differ from the proof: {what}").format(what=witness.replayed)
    elif said:
        yield _("both engines say: {said}").format(said=said)
    if witness in files:
        yield _("file: {file}").format(file=files[witness])
    elif not witness.file:
        yield _("no patient file: no fields were found that give {facts}").format(
            facts=", ".join(witness.not_in_file) or _("these facts")
        )


def _name(name: str, library: Library) -> str:
    therapy = library.therapies.get(name)
    return therapy.name if therapy is not None else name


def _assumptions(results: Sequence[Result], statements: Statements) -> Iterator[str]:
    used = {name for result in results for name in result.used}
    if not statements.assumptions:
        return
    yield ""
    yield _("Assumptions on derived facts (rules/assumptions.yaml; * needed by a proof above):")
    for assumption in statements.assumptions:
        mark = "*" if assumption.about.id in used else " "
        yield f"  {mark} {assumption.about.id}: {assumption.about.title}"


def _check(result: Result, library: Library, files: Mapping[Witness, str]) -> dict[str, object]:
    return {
        "check": result.check,
        "title": result.title,
        "outcome": result.outcome.value,
        "subjects": result.subjects,
        "failures": [
            {
                "subject": failure.subject,
                "message": failure.message,
                "at": None if failure.at is None else str(failure.at),
                "witnesses": [_witness(witness, library, files) for witness in failure.witnesses],
            }
            for failure in result.failures
        ],
        "not_proved": list(result.undecided),
        "assumptions": list(result.used),
        "notes": list(result.notes),
    }


def _witness(witness: Witness, library: Library, files: Mapping[Witness, str]) -> dict[str, object]:
    return {
        "facts": {fact.name: _plain(fact) for fact in witness.facts},
        "engines_say": dict(witness.says),
        "confirmed": not witness.replayed,
        "file": files.get(witness),
        "not_in_file": list(witness.not_in_file),
    }


def _plain(fact: Fact) -> object:
    if fact.status is Status.ABSENT:
        return "not applicable"
    if isinstance(fact.value, frozenset):
        return sorted(fact.value)
    if fact.value is None:
        return {"at_least": fact.low, "at_most": fact.high}
    return fact.value
