"""Every resource of an input, one after another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from escalate.fhir.model import Item, Resource
from escalate.fhir.pages import lacks, withheld
from escalate.fhir.shapes import mapping, objects, short, text
from escalate.problems import PatientRefused, Problem, Span
from escalate.texts import _

BUNDLES = ("collection", "searchset", "transaction", "batch", "document")
MOST_ENTRIES = 200_000
_DEEPEST = 4
CLINICAL = (
    "Observation",
    "Condition",
    "DiagnosticReport",
    "Procedure",
    "MedicationStatement",
    "MedicationRequest",
    "MedicationAdministration",
)


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
    if isinstance(entries, Mapping):
        entries = [entries]  # as some converters from XML write a single one
    elif entries is not None and not isinstance(entries, list | tuple):
        found.refused.append((Item({}, f"{path}.entry".lstrip("."), at), _("it is no resource"), True))
        entries = []
    entries = entries or []
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
    kept_back = withheld(resource)
    if kept_back is not None:
        said = _("{entry}: the server may have left results out: {why}")
        found.notes.append(said.format(entry=path, why=kept_back or "?"))
    if mapping(mapping(entry).get("search")).get("mode") == "outcome":
        found.refused.append((Item(resource, path, at), _("it is about the search"), False))
        return
    method = text(mapping(mapping(entry).get("request")).get("method"))
    full = text(mapping(entry).get("fullUrl"))
    found.items.append(Item(resource, path, at, full, method))


def unfolded(gathered: Gathered) -> Gathered:
    """The same with what resources contain that may be a fact of its own: a result inside its report."""
    every: list[Item] = []
    for item in gathered.items:
        every.append(item)
        for number, one in enumerate(objects(item.resource.get("contained"))):
            if one.get("resourceType") in CLINICAL:
                inner = "resource.contained" if item.path.endswith("]") else "contained"
                path = f"{item.path}.{inner}[{number}]"
                every.append(Item(one, path, item.at, method=item.method, holder=item))
    return replace(gathered, items=every)
