"""Whether a Bundle holds all that a search found: not with a next page or fewer matches than `total`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from escalate.fhir.quantities import Unreadable, number, plainly
from escalate.fhir.shapes import mapping, named, objects, short, text
from escalate.texts import _

_BESIDE = ("include", "outcome")
# What a server says of its own answer, whatever the severity: not everything was looked at.
_NOT_ALL = ("incomplete", "throttled", "timeout", "too-costly", "transient")


def lacks(bundle: Mapping[str, Any]) -> str:
    """Why a Bundle is not known to be whole, and what to do about it; the empty text where it is.

    `total` counts the matches alone, not what came beside them. A server may leave it out, or estimate it,
    which the Bundle does not tell: fewer matches than `total` are never taken for all of them. As many or
    more are all there is, where no link leads on.
    """
    entries = objects(bundle.get("entry"))
    if any(text(link.get("relation")).strip().lower() == "next" for link in objects(bundle.get("link"))):
        return _("there are further pages; send the entries of all of them in one Bundle, without the link")
    if any(_says_so(mapping(entry.get("resource"))) for entry in entries):
        return _("the server says that its answer is not complete")
    total, matches = _count(bundle.get("total")), sum(_is_match(entry) for entry in entries)
    if total is not None and total > matches:
        message = _(
            "its `total` is {total}, and {count} of its entries are matches; if that is an estimate, search "
            "with `_total=accurate` or leave `total` out"
        )
        return message.format(total=plainly(total), count=matches)
    return ""


def _is_match(entry: Mapping[str, Any]) -> bool:
    """Whether an entry is one that was searched for; one that does not say so is."""
    mode = mapping(entry.get("search")).get("mode")
    return mode not in _BESIDE and mapping(entry.get("resource")).get("resourceType") != "OperationOutcome"


def _count(total: Any) -> Decimal | None:
    """The number of `total`, also where it was written as a text."""
    if isinstance(total, str):
        written = total.strip()
        return Decimal(written) if written.isascii() and written.isdigit() and len(written) <= 18 else None
    try:
        return number(total)
    except Unreadable:
        return None


def withheld(resource: Mapping[str, Any]) -> str | None:
    """What a server says of results that it may have left out by its own rules; None where it says nothing.

    That is no reason to refuse what came: some servers say so beside every answer.
    """
    if resource.get("resourceType") != "OperationOutcome":
        return None
    for issue in objects(resource.get("issue")):
        if issue.get("code") == "suppressed":
            return short(issue.get("diagnostics")) or named(issue.get("details"))
    return None


def _says_so(resource: Mapping[str, Any]) -> bool:
    if resource.get("resourceType") != "OperationOutcome":
        return False
    return any(text(issue.get("code")) in _NOT_ALL for issue in objects(resource.get("issue")))
