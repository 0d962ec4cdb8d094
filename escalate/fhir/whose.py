"""Whose a resource is: the patients of an input, every name they go by, and what belongs to each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from escalate.fhir.gather import CLINICAL, Gathered
from escalate.fhir.model import Item, Resource
from escalate.fhir.shapes import mapping, objects, text
from escalate.texts import _

_OF_A_PATIENT = ("subject", "patient")


def reference_key(reference: str) -> str:
    """What two references to the same resource share: `Patient/1` of an address, a `urn:` as it is.

    >>> reference_key("https://example.org/fhir/Patient/1/_history/3")
    'Patient/1'
    """
    if reference.startswith("urn:"):
        return reference
    parts = reference.partition("/_history/")[0].rstrip("/").split("/")
    return "/".join(parts[-2:]) if len(parts) >= 2 else reference


def base_of(address: str) -> str:
    """The server of an absolute reference, without its scheme; the empty text for any other.

    >>> base_of("https://Example.org/fhir/Patient/1/_history/3")
    'example.org/fhir'
    """
    scheme, _mark, rest = address.partition("/_history/")[0].partition("://")
    if scheme.lower() not in ("http", "https"):
        return ""
    host, _slash, path = rest.rstrip("/").partition("/")
    return "/".join([host.lower(), *path.split("/")[:-2]])


def same_server(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether servers may be one: an address that is not absolute names none."""
    return not one or not other or bool(one & other)


def bases_of(*addresses: str) -> frozenset[str]:
    """The servers that some addresses name."""
    return frozenset(base for base in map(base_of, addresses) if base)


def keys_of(item: Item) -> frozenset[str]:
    """Every name under which others may point at a resource."""
    if item.holder is not None:
        return frozenset()  # its id means something inside its holder alone
    kind, name = text(item.resource.get("resourceType")), text(item.resource.get("id"))
    keys = {f"{kind}/{name}"} if kind and name else set()
    if item.full_url:
        keys.add(reference_key(item.full_url))
    return frozenset(keys)


def subject_of(resource: Resource) -> Mapping[str, Any] | None:
    """The reference to the patient, where one stands there."""
    for name in _OF_A_PATIENT:
        value = resource.get(name)
        if isinstance(value, Mapping):
            return value
    return None


def identifiers(resource: Resource) -> Iterator[tuple[str, str]]:
    """System and value of each identifier."""
    for one in objects(resource.get("identifier")):
        if text(one.get("value")):
            yield text(one.get("system")), text(one.get("value"))


@dataclass(frozen=True, slots=True)
class Person:
    """One patient of the input: the resource where there is one, every name it goes by, and its server."""

    item: Item | None
    keys: frozenset[str]
    identified_by: frozenset[tuple[str, str]] = frozenset()
    bases: frozenset[str] = frozenset()

    def is_stated_by(self, item: Item) -> bool:
        """Whether a Patient resource is of this patient."""
        if item is self.item:
            return True
        return bool(keys_of(item) & self.keys) and same_server(bases_of(item.full_url), self.bases)

    def is_meant_by(self, subject: Mapping[str, Any]) -> bool:
        """Whether a reference is to this patient."""
        reference = text(subject.get("reference"))
        if reference:
            return reference_key(reference) in self.keys and same_server(bases_of(reference), self.bases)
        one = mapping(subject.get("identifier"))
        return (text(one.get("system")), text(one.get("value"))) in self.identified_by


def why_not_of(item: Item, person: Person) -> str:
    """Why a resource is not of this patient; the empty text where it is, or is of a kind that is nobody's."""
    kind = text(item.resource.get("resourceType"))
    if kind == "Patient":
        return "" if person.is_stated_by(item) else _("another patient")
    if kind not in CLINICAL:
        return ""
    if is_nobodys(item, person):
        return _("it does not say whose it is: no `subject` that leads to a patient")
    subject = subject_of(item.resource) or {}
    return "" if person.is_meant_by(subject) else _("it is of another patient")


def is_nobodys(item: Item, person: Person) -> bool:
    """Whether a resource does not say whose it is; one inside that of another patient is his."""
    subject = subject_of(item.resource)
    # `#p` is a patient inside the resource, of whom nobody knows who he is.
    if subject is not None and not text(subject.get("reference")).startswith("#"):
        return False
    if item.holder is None:
        return True
    return is_nobodys(item.holder, person) or not why_not_of(item.holder, person)


def may_be_a_patient(reference: str) -> bool:
    """Whether a reference may lead to a patient: not to a device or group, nor inside the resource itself.

    Two resources may each hold a `#p`, and those are not one patient.
    """
    kind, slash, _name = reference_key(reference).partition("/")
    return bool(reference) and not reference.startswith("#") and (not slash or kind == "Patient")


def persons(items: Iterable[Item]) -> list[Person]:
    """The patients of an input, in its order; one without a Patient resource by the references to it."""
    every = list(items)
    found: dict[str, list[Person]] = {}  # by each of their names, for an export has thousands of them
    people: list[Person] = []
    for item in every:
        if item.resource.get("resourceType") != "Patient":
            continue
        keys = keys_of(item) or frozenset({f"{item.path}#"})
        if any(known.is_stated_by(item) for key in keys for known in found.get(key, ())):
            continue
        identified = frozenset(identifiers(item.resource))
        people.append(Person(item, keys, identified, bases_of(item.full_url)))
        for key in keys:
            found.setdefault(key, []).append(people[-1])
    if people:
        return people
    references: dict[str, dict[str, None]] = {}
    for item in every:
        reference = text((subject_of(item.resource) or {}).get("reference"))
        if may_be_a_patient(reference):
            bases = references.setdefault(reference_key(reference), {})
            bases.update(dict.fromkeys(bases_of(reference)))
    return [
        Person(None, frozenset({key}), bases=frozenset({base} if base else ()))
        for key, bases in references.items()
        for base in bases or ("",)
    ]


def apart(gathered: Gathered, people: list[Person]) -> list[Gathered]:
    """What belongs to each of several people, in one pass: an export has thousands of them.

    Medications are shared. What says of nobody here whose it is is counted in the notes of all.
    """
    numbers_of: dict[str, list[int]] = {}
    for number, person in enumerate(people):
        for key in person.keys:
            numbers_of.setdefault(key, []).append(number)
    number_of_identifier = {one: n for n, person in enumerate(people) for one in person.identified_by}
    number_of_item = {id(person.item): number for number, person in enumerate(people)}
    own: list[list[Item]] = [[] for _person in people]
    shared: list[Item] = []
    unclaimed = len(gathered.refused)
    for item in gathered.items:
        kind = item.resource.get("resourceType")
        if kind == "Medication":
            shared.append(item)
            continue
        found: int | None
        if kind == "Patient":
            named_so = (number for key in sorted(keys_of(item)) for number in numbers_of.get(key, ()))
            again = (number for number in named_so if people[number].is_stated_by(item))
            found = number_of_item.get(id(item), next(again, None))
        else:
            subject = subject_of(item.resource) or {}
            reference = text(subject.get("reference"))
            one = mapping(subject.get("identifier"))
            named = (text(one.get("system")), text(one.get("value")))
            meant = (
                n for n in numbers_of.get(reference_key(reference), ()) if people[n].is_meant_by(subject)
            )
            found = next(meant, None) if reference else number_of_identifier.get(named)
            if item.holder is not None and (not subject or reference.startswith("#")):
                found = number_of_item.get(id(item.holder))  # whose his holder is, it may be
        if found is None:
            unclaimed += 1
        else:
            number_of_item[id(item)] = found
            own[found].append(item)
    notes = list(gathered.notes)
    if unclaimed:
        said = _("{count} resources of the input say of none of its patients whose they are")
        notes.append(said.format(count=unclaimed))
    return [Gathered([*items, *shared], [], notes, gathered.whole) for items in own]
