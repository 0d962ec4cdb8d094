"""Whether a prefetch template was satisfied: with everything there is, not with an error or with a part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from escalate.fhir.pages import lacks
from escalate.fhir.shapes import mapping, objects
from escalate.texts import _

_FAILED = ("error", "fatal")


def why_not(fetched: Mapping[str, Any], key: str) -> str:
    """Why the data of a template are not given, or not all of them; the empty text where they are.

    Args: fetched, the prefetch of a call: by key an object or null, which says that there are none.
    """
    if key not in fetched:
        return _("not given")
    value = fetched[key]
    if key == "patient":
        # Of which patient it is, is looked at later; an error in his place is none.
        is_one = bool(value) and value.get("resourceType") != "OperationOutcome"
        return "" if is_one else _("it is no Patient")
    return "" if value is None else _no_whole_search(value)


def _no_whole_search(value: Mapping[str, Any]) -> str:
    entries = value.get("entry", [])
    if _says_failed(value):
        return _("the search failed")
    if value.get("resourceType") != "Bundle" or not isinstance(entries, list):
        return _("it is no Bundle")
    resources = [mapping(entry).get("resource") for entry in entries]
    if not all(isinstance(one, dict) for one in resources):
        return _("an entry holds no resource")
    if any(_says_failed(one) for one in resources):
        return _("the search failed")
    return lacks(value)


def _says_failed(resource: Any) -> bool:
    """Whether it is an OperationOutcome of an error; one that does not say of what is taken for one."""
    if resource.get("resourceType") != "OperationOutcome":
        return False
    issues = objects(resource.get("issue"))
    return not issues or any(one.get("severity") in _FAILED for one in issues)
