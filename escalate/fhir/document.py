"""What was understood as the document that the patient reader takes; each value at the place of its entry."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from escalate.fhir.model import Drug, Fact, Told
from escalate.fhir.shapes import text
from escalate.fhir.whose import Person
from escalate.nodes import Document, Mapping, Node, Scalar
from escalate.nodes import Sequence as Items
from escalate.patient.scalars import is_unknown
from escalate.problems import Span, printable
from escalate.texts import _

ANTIBODY = re.compile(r"antibodies\[(.+)\]")
_BESIDE = "comorbidities.co_medication"


def patient_id(person: Person, sha256: str) -> str:
    """The id of the Patient resource, which is a pseudonym of its server; else a piece of the digest.

    Names and identifiers of the patient are never taken.
    """
    own = text(person.item.resource.get("id")) if person.item else ""
    named = own or next(
        (key.removeprefix("Patient/") for key in sorted(person.keys) if "Patient/" in key), ""
    )
    plain = re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", named)
    if plain is None or is_unknown(Scalar(named, Span("", 1, 1))):
        return f"fhir-{sha256[:12]}"
    return named


def document_of(
    facts: Iterable[Fact],
    lines: Sequence[Sequence[Fact]] | None,
    beside: Sequence[Drug] | None,
    *,
    unsettled: Sequence[str],
    notes: Sequence[str],
    identifier: str,
    name: str,
    sha256: str,
) -> Document:
    """The document. `lines` and `beside` are None while the record does not say that they are everything.

    Of the `unsettled` fields nothing is written; an antibody is written as unknown, for one of the panel that
    is not reported is negative. The `notes` become the note of the file, which the reports show.
    """
    top = Span(name, 1, 1)
    entries: list[tuple[Scalar, Node]] = [
        (Scalar("schema", top), Scalar("escalate/patient/v1", top, False)),
        (Scalar("id", top), Scalar(identifier, top, False)),
    ]
    if notes:
        # Read by no rule; quoted, so that no note is taken for a word.
        said = _("From the record: {notes}").format(notes="; ".join(printable(note) for note in notes))
        entries.append((Scalar("note", top), Scalar(said, top, False)))
    antibodies: list[Node] = []
    for fact in facts:
        at = fact.item.at
        antibody = ANTIBODY.fullmatch(fact.field)
        if antibody:
            pair = (("name", Told(antibody[1])), ("result", fact.told))
            antibodies.append(_mapping(pair, at))
        else:
            entries.append((Scalar(fact.field, at), fact.told.node(at)))
    for field in unsettled:
        antibody = ANTIBODY.fullmatch(field)
        if antibody:
            antibodies.append(_mapping((("name", Told(antibody[1])), ("result", Told("unknown"))), top))
    if antibodies:
        entries.append((Scalar("antibodies", top), Items(tuple(antibodies), top)))
    if lines is not None:
        read = [_mapping(((f.field, f.told) for f in line), line[0].item.at) for line in lines]
        entries.append((Scalar("therapies", top), Items(tuple(read), top)))
    if beside is not None and _BESIDE not in unsettled:
        taken = {d.name: d for d in beside if _is_taken(d)}
        names = tuple(Scalar(drug.name, drug.item.at, False) for drug in taken.values())
        stated = next((n for key, n in entries if key.text == _BESIDE and isinstance(n, Items)), None)
        # What the record states in a list of its own is taken as well.
        entries = [(key, node) for key, node in entries if key.text != _BESIDE]
        entries.append((Scalar(_BESIDE, top), Items((*(stated.items if stated else ()), *names), top)))
    return Document(_nested(entries, top), (), sha256, name)


def _nested(entries: Sequence[tuple[Scalar, Node]], top: Span) -> Mapping:
    """Dotted keys as the groups that a patient file has."""
    found: dict[str, tuple[Scalar, Node | list[tuple[Scalar, Node]]]] = {}
    for key, node in entries:
        group, dot, rest = key.text.partition(".")
        if not dot:
            found[group] = (key, node)
            continue
        inside = found.setdefault(group, (Scalar(group, top), []))[1]
        if isinstance(inside, list):
            inside.append((Scalar(rest, key.at), node))
    return Mapping(
        tuple((k, _nested(node, top) if isinstance(node, list) else node) for k, node in found.values()), top
    )


def _mapping(parts: Iterable[tuple[str, Told]], at: Span) -> Mapping:
    return Mapping(tuple((Scalar(name, at), told.node(at)) for name, told in parts), at)


def _is_taken(drug: Drug) -> bool:
    """A drug whose status is not known may be taken: co-medication only ever closes."""
    status = drug.parts.get("status")
    return status is None or status.text == "ongoing"
