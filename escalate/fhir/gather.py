"""Every resource of an input, one after another, and whose each of them is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from escalate.fhir.model import Item, Resource
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
    if any(text(link.get("relation")) == "next" for link in objects(resource.get("link"))):
        found.whole = False
        found.notes.append(_("the search result has further pages, which are not here"))
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
    """One patient of the input: the resource where there is one, and every name it goes by."""

    item: Item | None
    keys: frozenset[str]
    identified_by: frozenset[tuple[str, str]] = frozenset()

    def is_meant_by(self, subject: Mapping[str, Any]) -> bool:
        """Whether a reference is to this patient."""
        reference = text(subject.get("reference"))
        if reference:
            return reference_key(reference) in self.keys
        one = mapping(subject.get("identifier"))
        return (text(one.get("system")), text(one.get("value"))) in self.identified_by


def persons(items: Iterable[Item]) -> list[Person]:
    """The patients of an input, in its order; one without a Patient resource by the references to it."""
    every = list(items)
    found: dict[frozenset[str], Person] = {}
    for item in every:
        if item.resource.get("resourceType") != "Patient":
            continue
        keys = keys_of(item) or frozenset({f"{item.path}#"})
        same = next((k for k in found if k & keys), None)
        if same is None:
            found[keys] = Person(item, keys, frozenset(identifiers(item.resource)))
    if found:
        return list(found.values())
    references = dict.fromkeys(
        reference_key(text(subject.get("reference")))
        for item in every
        if (subject := subject_of(item.resource)) and text(subject.get("reference"))
    )
    return [Person(None, frozenset({reference})) for reference in references]


def apart(gathered: Gathered, people: list[Person]) -> list[Gathered]:
    """What belongs to each of several people, in one pass: an export has thousands of them.

    Medications are shared. What says of nobody here whose it is is counted in the notes of all.
    """
    number_of = {key: number for number, person in enumerate(people) for key in person.keys}
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
            again = (number_of[key] for key in sorted(keys_of(item)) if key in number_of)
            found = number_of_item.get(id(item), next(again, None))
        else:
            subject = subject_of(item.resource) or {}
            reference = text(subject.get("reference"))
            one = mapping(subject.get("identifier"))
            named = (text(one.get("system")), text(one.get("value")))
            found = number_of.get(reference_key(reference)) if reference else number_of_identifier.get(named)
        if found is None:
            unclaimed += 1
        else:
            own[found].append(item)
    notes = list(gathered.notes)
    if unclaimed:
        said = _("{count} resources of the input say of none of its patients whose they are")
        notes.append(said.format(count=unclaimed))
    return [Gathered([*items, *shared], [], notes, gathered.whole) for items in own]
