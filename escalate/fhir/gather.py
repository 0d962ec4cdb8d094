"""Every resource of an input, one after another, and whose each of them is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from escalate.fhir.model import Item, Resource
from escalate.fhir.pages import lacks
from escalate.fhir.shapes import mapping, objects, short, text
from escalate.problems import PatientRefused, Problem, Span
from escalate.texts import _

BUNDLES = ("collection", "searchset", "transaction", "batch", "document")
MOST_ENTRIES = 200_000
_DEEPEST = 4
_OF_A_PATIENT = ("subject", "patient")


@dataclass(slots=True)
class Gathered:
    """The resources of an input; what could not be taken for one; what was noticed on the way."""

    items: list[Item] = field(default_factory=list)
    refused: list[tuple[Item, str, bool]] = field(default_factory=list)  # with the reason; True: rejected
    notes: list[str] = field(default_factory=list)
    whole: bool = True  # no page of a search is missing


def gather(resource: Any, name: str, places: Mapping[str, Span]) -> Gathered:
    """The resources of a Bundle, of a CDS Hooks prefetch (name -> resource or null), or of a single one.

    Args:   name, what the input is called in places; places, path (`entry[3]`) -> where it stands.
    Raises: PatientRefused for what is none of these.
    """
    found = Gathered()
    if not isinstance(resource, Mapping):
        raise PatientRefused([_problem(name, "not-fhir", _("this is no FHIR resource: not a JSON object"))])
    if "resourceType" in resource:
        _add(found, resource, "", name, places, 0)
    else:
        for key, value in resource.items():
            if isinstance(value, Mapping):
                _add(found, value, f"prefetch.{short(key, 40)}", name, places, 0)
            elif value is not None:
                item = Item({}, f"prefetch.{short(key, 40)}", _place(name, "", places))
                found.refused.append((item, _("it is no resource"), True))
    if not found.items and not found.refused and "resourceType" not in resource:
        raise PatientRefused([_problem(name, "not-fhir", _("this is no FHIR resource: no `resourceType`"))])
    return found


def _problem(name: str, code: str, message: str, help_: str = "") -> Problem:
    return Problem(Span(name, 1, 1), code, message, help_)


def _place(name: str, path: str, places: Mapping[str, Span]) -> Span:
    return places.get(path) or Span(f"{name}#{path}" if path else name, 1, 1)


def _add(
    found: Gathered, resource: Resource, path: str, name: str, places: Mapping[str, Span], depth: int
) -> None:
    kind = resource.get("resourceType")
    at = _place(name, path, places)
    if kind != "Bundle":
        full = text(resource.get("id")) and f"{text(kind)}/{text(resource.get('id'))}"
        found.items.append(Item(resource, path or "resource", at, full))
        return
    form = resource.get("type")
    if form not in BUNDLES:
        message = _("a Bundle of type `{form}` is not read").format(form=short(form) or "?")
        help_ = _("read are {forms}").format(forms=", ".join(BUNDLES))
        if depth == 0 and not path:
            raise PatientRefused([Problem(at, "bundle-type", message, help_)])
        found.refused.append((Item(resource, path or "bundle", at), f"{message}; {help_}", True))
        return
    missing = lacks(resource)
    if missing:
        found.whole = False
        said = _("{entry}: the search result is not whole: {why}")
        found.notes.append(said.format(entry=path or "bundle", why=missing))
    entries = resource.get("entry")
    entries = entries if isinstance(entries, list | tuple) else []
    if len(entries) + len(found.items) > MOST_ENTRIES:
        message = _("more than {count} entries").format(count=MOST_ENTRIES)
        raise PatientRefused([Problem(at, "too-many-values", message)])
    for number, entry in enumerate(entries):
        _entry(found, entry, f"{path}.entry[{number}]".lstrip("."), name, places, depth)


def _entry(found: Gathered, entry: Any, path: str, name: str, places: Mapping[str, Span], depth: int) -> None:
    at = _place(name, path, places)
    resource = mapping(entry).get("resource")
    if not isinstance(resource, Mapping):
        # A transaction that deletes, a response: nothing is stated. Anything else in its place is broken.
        broken = resource is not None or not isinstance(entry, Mapping)
        reason = _("it is no resource") if broken else _("it holds no resource")
        found.refused.append((Item({}, path, at), reason, broken))
        return
    if resource.get("resourceType") == "Bundle":
        if depth + 1 >= _DEEPEST:
            found.refused.append(
                (Item(resource, path, at), _("Bundles stand too deep inside each other"), True)
            )
        else:
            _add(found, resource, path, name, places, depth + 1)
        return
    if mapping(mapping(entry).get("search")).get("mode") == "outcome":
        found.refused.append((Item(resource, path, at), _("it is about the search"), False))
        return
    method = text(mapping(mapping(entry).get("request")).get("method"))
    full = text(mapping(entry).get("fullUrl"))
    found.items.append(Item(resource, path, at, full, method))


# -- whose a resource is ------------------------------------------------------------------------


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


def _fit(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether servers may be one: an address that is not absolute names none."""
    return not one or not other or bool(one & other)


def bases_of(*addresses: str) -> frozenset[str]:
    """The servers that some addresses name."""
    return frozenset(base for base in map(base_of, addresses) if base)


def keys_of(item: Item) -> frozenset[str]:
    """Every name under which others may point at a resource."""
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
        return bool(keys_of(item) & self.keys) and _fit(bases_of(item.full_url), self.bases)

    def is_meant_by(self, subject: Mapping[str, Any]) -> bool:
        """Whether a reference is to this patient."""
        reference = text(subject.get("reference"))
        if reference:
            return reference_key(reference) in self.keys and _fit(bases_of(reference), self.bases)
        one = mapping(subject.get("identifier"))
        return (text(one.get("system")), text(one.get("value"))) in self.identified_by


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
        if reference:
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
        if found is None:
            unclaimed += 1
        else:
            own[found].append(item)
    notes = list(gathered.notes)
    if unclaimed:
        said = _("{count} resources of the input say of none of its patients whose they are")
        notes.append(said.format(count=unclaimed))
    return [Gathered([*items, *shared], [], notes, gathered.whole) for items in own]
