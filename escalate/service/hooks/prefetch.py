"""Whether a prefetch template was satisfied: with everything there is, not with an error or with a part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from escalate.fhir.shapes import mapping, objects

_FAILED = ("error", "fatal")


def is_given(fetched: Mapping[str, Any], key: str) -> bool:
    """Whether the data of a template came, and all of them; null says that there are none.

    Args: fetched, the prefetch of a call: by key an object or null.
    """
    if key not in fetched:
        return False
    value = fetched[key]
    if key == "patient":
        # Of which patient it is, is looked at later; an error in his place is none.
        return bool(value) and value.get("resourceType") != "OperationOutcome"
    return value is None or _is_whole(value)


def _is_whole(value: Mapping[str, Any]) -> bool:
    """Whether a search gave a Bundle with every result."""
    entries = value.get("entry", [])
    if value.get("resourceType") != "Bundle" or not isinstance(entries, list):
        return False
    resources = [mapping(entry).get("resource") for entry in entries]
    if not all(isinstance(one, dict) for one in resources) or any(_says_failed(one) for one in resources):
        return False
    total = value.get("total")
    if isinstance(total, int) and total > len(entries) and not isinstance(total, bool):
        return False
    return not any(link.get("relation") == "next" for link in objects(value.get("link")))


def _says_failed(resource: Any) -> bool:
    """Whether it is an OperationOutcome of an error; one that does not say of what is taken for one."""
    if resource.get("resourceType") != "OperationOutcome":
        return False
    issues = objects(resource.get("issue"))
    return not issues or any(one.get("severity") in _FAILED for one in issues)
