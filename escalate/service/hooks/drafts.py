"""The selected draft orders of a call: which they are, of which medication, and whose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from escalate.fhir.shapes import mapping, objects, short, text
from escalate.fhir.whose import identifiers, reference_key
from escalate.service.hooks.shape import wrong
from escalate.texts import _

Entry = tuple[
    str, Mapping[str, Any]
]  # the address of a resource, empty where none is given; and the resource
_WEB = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class Draft:
    """One selected draft order.

    `name` is what it is called in an answer, `MedicationRequest/1`; `concept` its medication, None where that
    was not sent; `is_theirs` is False where the order does not say that it is of the patient of the context.
    """

    name: str
    order: Mapping[str, Any]
    concept: Mapping[str, Any] | None
    is_theirs: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """The patient of the context: `Patient/1`, the identifiers, and the client's FHIR server if named."""

    key: str
    identifiers: frozenset[tuple[str, str]]
    server: str = ""

    @classmethod
    def of(cls, patient: Mapping[str, Any], server: str) -> Subject:
        """Args: patient, the resource; server, its base address, or the empty text."""
        return cls(_key(patient), frozenset(identifiers(patient)), server.rstrip("/"))

    def is_meant_by(self, reference: Mapping[str, Any]) -> bool | None:
        """Whether a reference is to this patient; None where it does not say."""
        literal = text(reference.get("reference"))
        if literal and not literal.startswith(("#", "urn:")):
            return _same(literal, self.key, self.server)
        one = mapping(reference.get("identifier"))
        named = (text(one.get("system")), text(one.get("value")))
        return True if not literal and named in self.identifiers else None


def entries(value: object) -> Iterator[Entry]:
    """The resources of a Bundle with their addresses; of another resource, that one."""
    whole = mapping(value)
    if whole and whole.get("resourceType") != "Bundle":
        yield "", whole
        return
    for entry in objects(whole.get("entry")):
        if isinstance(entry.get("resource"), dict):
            yield text(entry.get("fullUrl")), entry["resource"]


def selected(
    selections: Sequence[str], drafts: object, sent: Iterable[Entry], subject: Subject
) -> tuple[Draft, ...]:
    """The draft orders that are selected, each once.

    Args:   selections, as the context names them; drafts, its Bundle; sent, what else came with the call.
    Raises: Refusal where a selection is no draft, or an order is of somebody else.
    """
    if mapping(drafts).get("resourceType") != "Bundle":
        raise wrong(_("`context.{field}` is missing, or not what the hook says").format(field="draftOrders"))
    orders = list(entries(drafts))
    known = _Names(orders, subject.server)
    medications = _Names(
        (one for one in (*orders, *sent) if one[1].get("resourceType") == "Medication"), subject.server
    )
    found: dict[str, Draft] = {}
    for selection in dict.fromkeys(selections):
        order = _selected(selection, known)
        whose = subject.is_meant_by(mapping(order.get("subject")))
        if whose is False:
            said = _("`{name}` is not of the patient of the context")
            raise wrong(said.format(name=short(selection)))
        key = _key(order)
        name = key if key and key.isprintable() else selection
        found[name] = Draft(name, order, _concept(order, medications), whose is True)
    return tuple(found.values())


class _Names:
    """Resources by every name that a reference may give them: a call may hold many thousands."""

    def __init__(self, every: Iterable[Entry], server: str) -> None:
        self._server = server
        self._by_name: dict[str, list[Entry]] = {}
        for full, one in every:
            for name in {full, _key(one), text(one.get("id"))} - {""}:
                same = self._by_name.setdefault(name, [])
                # Two that differ leave open which is meant, and so do three.
                if len(same) < 2 and (full, one) not in same:
                    same.append((full, one))

    def of(self, reference: str) -> list[Mapping[str, Any]]:
        """The resources that a reference may mean, each once."""
        whole = reference.partition("/_history/")[0]
        hits: list[Mapping[str, Any]] = []
        for name in dict.fromkeys((whole, reference_key(whole))):
            for full, one in self._by_name.get(name, ()):
                if one not in hits and self._is_meant(whole, full, one):
                    hits.append(one)
        return hits

    def _is_meant(self, reference: str, full: str, one: Mapping[str, Any]) -> bool:
        if reference in (full, text(one.get("id"))):  # some clients send the id alone
            return True
        if full.startswith(_WEB) and reference.startswith(_WEB):
            return False  # another server has another resource of this id
        return bool(_key(one)) and _same(reference, _key(one), self._server)


def _selected(selection: str, orders: _Names) -> Mapping[str, Any]:
    hits = orders.of(selection)
    if len(hits) != 1:
        said = (
            _("`{name}` of `context.selections` names several draft orders")
            if hits
            else _("`{name}` of `context.selections` names no draft order")
        )
        raise wrong(said.format(name=short(selection)))
    return hits[0]


def _same(reference: str, key: str, server: str) -> bool:
    """Whether a reference is to `Type/id`; a whole address only where it is one of the client's server."""
    whole = reference.partition("/_history/")[0]
    if not whole.startswith(_WEB):
        return whole == key
    return reference_key(whole) == key and (not server or whole == f"{server}/{key}")


def _key(resource: Mapping[str, Any]) -> str:
    kind, name = text(resource.get("resourceType")), text(resource.get("id"))
    return f"{kind}/{name}" if kind and name else ""


def _concept(order: Mapping[str, Any], medications: _Names) -> Mapping[str, Any] | None:
    """The concept of the drug: in the order, in a Medication that it contains, or in one that was sent."""
    reference = text(mapping(order.get("medicationReference")).get("reference"))
    if not reference:
        return mapping(order.get("medicationCodeableConcept"))
    if reference.startswith("#"):
        hits = [one for one in objects(order.get("contained")) if one.get("id") == reference[1:]]
    else:
        hits = medications.of(reference)
    return mapping(hits[0].get("code")) if len(hits) == 1 else None
