"""What was understood as a patient file for a human to complete; each value names the entry it comes from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from escalate.fhir.document import ANTIBODY
from escalate.fhir.medications import KINDS
from escalate.fhir.model import Drug, Entry, Fact, Item, Told, Understood, Use
from escalate.fhir.shapes import short
from escalate.library.model import Library
from escalate.nodes import Scalar
from escalate.patient.fields import fields_of
from escalate.patient.scalars import is_unknown
from escalate.problems import Span, printable
from escalate.texts import _, speaking

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]*")
_NOWHERE = Span("", 1, 1)
_BESIDE = "comorbidities.co_medication"


def patient_file(understood: Understood, library: Library, assessed_on: date) -> str:
    """The YAML text of a patient file that `escalate check` accepts."""
    with speaking(library.language):
        return "\n".join(_lines(understood, library, assessed_on)) + "\n"


def _lines(understood: Understood, library: Library, assessed_on: date) -> Iterator[str]:
    document = understood.patient_document
    yield from _comment(
        _("Written by `escalate import` from {file}, for a clinician to check and to complete.").format(
            file=printable(document.file)
        ),
        _("What is not stated here is unknown; unknown is never read as no or as normal."),
        f"sha256:{document.sha256}",
        *understood.notes,
    )
    yield "schema: escalate/patient/v1"
    yield f"id: {_written(understood.patient_id)}"
    yield f"assessed_on: {assessed_on.isoformat()}  # {_('the day to which the age is counted')}"
    facts = {fact.field: fact for fact in understood.facts if not ANTIBODY.fullmatch(fact.field)}
    if understood.whole_history:
        facts.pop(_BESIDE, None)  # written below, with the drugs that are taken
    order = [name for name in fields_of(library).names if name in facts]
    hinted = [hint.field for hint in understood.hints if hint.field not in facts]
    groups = list(dict.fromkeys(name.partition(".")[0] for name in (*order, *hinted)))
    for group in groups:
        yield ""
        yield f"{group}:" if any(name.startswith(f"{group}.") for name in order) else f"# {group}:"
        yield from _hints(understood, group, set(facts))
        yield from _group([facts[name] for name in order if name.startswith(f"{group}.")], group, 1)
    yield from _antibodies(understood)
    yield from _history(understood)


def _comment(*texts: str) -> Iterator[str]:
    for text in texts:
        yield f"# {printable(text)}"


def _group(facts: Sequence[Fact], prefix: str, depth: int) -> Iterator[str]:
    """The facts below a prefix: its own first, then what stands one level deeper."""
    indent = "  " * depth
    deeper: dict[str, list[Fact]] = {}
    for fact in facts:
        rest = fact.field[len(prefix) + 1 :]
        if "." in rest:
            deeper.setdefault(f"{prefix}.{rest.partition('.')[0]}", []).append(fact)
        else:
            yield f"{indent}{rest}: {_value(fact.told)}  # {_source(fact)}"
    for name, inside in deeper.items():
        yield f"{indent}{name.rpartition('.')[2]}:"
        yield from _group(inside, name, depth + 1)


def _hints(understood: Understood, group: str, known: set[str]) -> Iterator[str]:
    for hint in understood.hints:
        field = hint.field.removeprefix(f"{group}.")
        if hint.field.startswith(f"{group}.") and hint.field not in known:
            words = _(" or ").join(hint.words)
            yield f"#   {field}: {words}  # {hint.item.path}: {printable(hint.because)}"


def _antibodies(understood: Understood) -> Iterator[str]:
    found = [(hit[1], fact) for fact in understood.facts if (hit := ANTIBODY.fullmatch(fact.field))]
    # One of the panel that is not listed would be negative.
    open_ = [hit[1] for field in understood.unsettled if (hit := ANTIBODY.fullmatch(field))]
    if found or open_:
        yield ""
        yield "antibodies:"
    for name, fact in found:
        yield f"  - {{name: {_written(name)}, result: {_written(fact.told.text)}}}  # {_source(fact)}"
    for name in open_:
        yield f"  - {{name: {_written(name)}, result: unknown}}"


def _history(understood: Understood) -> Iterator[str]:
    """The lines of therapy: as comment while nobody has said that they are the whole history."""
    mark = "" if understood.whole_history else "# "
    lost = [one for one in understood.entries if one.use is Use.REJECTED and _is_medication(one)]
    if understood.lines or understood.whole_history or lost:
        yield ""
    if lost:
        yield from _comment(
            _("Medication of the record that was not understood; it may belong to the history:"),
            *(f"  {one.path} {one.resource}: {one.reason}" for one in lost),
        )
    if understood.lines and mark:
        yield from _comment(
            _("The record does not say that this is the whole history, and a list is the whole history."),
            _("Complete it (response, reason for stopping, dose), then take `# ` away from these lines."),
        )
    if understood.lines:
        yield f"{mark}therapies:"
    elif understood.whole_history:
        yield "therapies: []"
    for line in understood.lines:
        for number, fact in enumerate(line):
            lead = "  - " if number == 0 else "    "
            yield f"{mark}{lead}{fact.field}: {_value(fact.told)}  # {_item(fact.item)}"
    yield from _beside(understood, mark)


def _is_medication(entry: Entry) -> bool:
    return entry.resource.partition("/")[0] in KINDS


def _beside(understood: Understood, mark: str) -> Iterator[str]:
    if _BESIDE in understood.unsettled:
        mark = "# "
    stated = next((f for f in understood.facts if f.field == _BESIDE), None)
    taken = [drug for drug in understood.drugs if drug.co_medication]
    names = _names(taken, stated if understood.whole_history else None)
    if names or understood.whole_history:
        yield ""
        told = [*([stated.item] if stated and understood.whole_history else []), *(d.item for d in taken)]
        source = f"  # {short(', '.join(item.path for item in told))}" if told else ""
        yield f"{mark}{_BESIDE}: [{', '.join(map(_written, names))}]{source}"


def _names(taken: Iterable[Drug], stated: Fact | None) -> list[str]:
    status = {drug.name: drug.parts.get("status") for drug in taken}
    own = [name for name, told in status.items() if told is None or told.text == "ongoing"]
    return list(dict.fromkeys([*(stated.told.words or () if stated else ()), *own]))


def _value(told: Told) -> str:
    if told.words is not None:
        return f"[{', '.join(map(_written, told.words))}]"
    if told.bounds:
        return "{" + ", ".join(f"{key}: {_written(text)}" for key, text in told.bounds) + "}"
    return _written(told.text)


def _written(text: str) -> str:
    """A scalar that reads as this text: quoted where YAML or the reader could take it for something else."""
    if _PLAIN.fullmatch(text) and not is_unknown(Scalar(text, _NOWHERE)):
        return text
    return json.dumps(text, ensure_ascii=False)


def _source(fact: Fact) -> str:
    parts = [_item(fact.item), fact.observed_on, fact.note]
    return printable(", ".join(part for part in parts if part))


def _item(item: Item) -> str:
    return printable(item.label.replace("\n", " "))
