"""Looking into a resource that nobody has validated: what has the wrong shape is not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from escalate.problems import printable

_LONGEST = 80
# The last four are of older editions of FHIR, in which they turn `completed` into its opposite.
_CHANGES = (
    "implicitRules", "modifierExtension", "wasNotTaken", "notGiven", "wasNotGiven", "notDone",
)  # fmt: skip
_TOLD_BY = frozenset(("doNotPerform", "meta", "taken", *_CHANGES))
_PARTS_ALONE = ("SUBSETTED", "REDACTED", "MASKED")


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one."""
    # A record asks this ten thousand times: of a `dict` and of nothing it is known ten times as fast.
    if type(value) is dict:
        return value
    return value if value is not None and isinstance(value, Mapping) else {}


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of an array; a single object is an array of one."""
    if value is None:
        return []
    if isinstance(value, list | tuple):
        return [item for item in value if type(item) is dict or isinstance(item, Mapping)]
    return [value] if isinstance(value, Mapping) else []


def text(value: Any) -> str:
    """The value if it is a text, else the empty one."""
    return value if isinstance(value, str) else ""


def short(value: Any, length: int = _LONGEST) -> str:
    """A text of a stranger for a sentence: one line, printable, cut where it is long."""
    plain = printable(" ".join(text(value)[: 4 * length].split()))
    return plain if len(plain) <= length else plain[:length] + "..."


@dataclass(frozen=True, slots=True)
class Coding:
    """One code with its system."""

    system: str
    code: str
    version: str = ""

    def __str__(self) -> str:
        return short(f"{self.system}|{self.code}")


def codings(concept: Any) -> Iterator[Coding]:
    """The codings of a CodeableConcept that have both system and code, without blanks around them."""
    for coding in objects(mapping(concept).get("coding")):
        system, code = text(coding.get("system")).strip(), text(coding.get("code")).strip()
        if system and code:
            yield Coding(system.rstrip("/"), code, text(coding.get("version")))


def named(concept: Any) -> str:
    """How a concept is called: its text, else the first display, else its first code."""
    whole = mapping(concept)
    displays = [text(coding.get("display")) for coding in objects(whole.get("coding"))]
    codes = [text(coding.get("code")) for coding in objects(whole.get("coding"))]
    return short(next((said for said in (text(whole.get("text")), *displays, *codes) if said), ""))


def not_understood(resource: Mapping[str, Any]) -> str:
    """The key that changes the meaning of a resource in a way that is not known here, or the empty text."""
    if _TOLD_BY.isdisjoint(resource):
        return ""
    told = resource.get("doNotPerform")
    if told is not None and not isinstance(told, bool):
        return "doNotPerform"  # of another type than FHIR's it says neither
    tags = mapping(resource.get("meta"))
    for tag in (*objects(tags.get("tag")), *objects(tags.get("security"))):
        if tag.get("code") in _PARTS_ALONE:
            return f"meta: {tag['code']}"
    if resource.get("taken") not in (None, "y"):
        return "taken"
    return next((key for key in _CHANGES if resource.get(key)), "")


def is_forbidden(resource: Mapping[str, Any]) -> bool:
    """Whether an order says that it is not to be performed."""
    return resource.get("doNotPerform") is True
