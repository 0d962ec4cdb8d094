"""Versions of one resource: what was entered in error holds in none, and of the others the latest alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from escalate.fhir.model import Item
from escalate.fhir.shapes import mapping, text
from escalate.fhir.times import when
from escalate.fhir.whose import base_of
from escalate.texts import _

_VOID = ("entered-in-error", "cancelled")
_MOST = 100  # of one resource; beyond it nobody compares each with each


@dataclass(frozen=True, slots=True)
class Outdated:
    """Why a version does not hold; `unclear` where nobody can say which of several does."""

    why: str
    unclear: bool = False


def outdated(items: Iterable[Item]) -> dict[int, Outdated]:
    """By `id` of an item: why it does not hold. What is certainly later than a void version holds."""
    groups: dict[tuple[str, str], list[Item]] = {}
    every = list(items)
    for item in every:
        key = _key(item)
        if key is not None:
            groups.setdefault(key, []).append(item)
    found: dict[int, Outdated] = {}
    for versions in groups.values():
        if len(versions) > _MOST:
            said = _("more than {count} entries have its id").format(count=_MOST)
            found |= {id(item): Outdated(said, unclear=True) for item in versions}
        elif len(versions) > 1:
            found |= {id(item): told for item in versions if (told := _told(item, versions)) is not None}
    for item in every:  # what is contained holds no longer than its holder
        if item.holder is not None and (told := found.get(id(item.holder)) or _of_a_void(item.holder)):
            found[id(item)] = told
    return found


def _told(item: Item, versions: list[Item]) -> Outdated | None:
    """Why one of several versions does not hold: a void one first, then a later one."""
    if _is_void(item):
        return None  # its own status says so
    others = [one for one in versions if one is not item and _of_one_server(item, one)]
    for other in others:
        if _is_void(other) and not _is_later(item, other):
            said = _("{entry}, another version of it, has the status {status}")
            return Outdated(said.format(entry=other.path, status=other.resource["status"]))
    stands = [one for one in others if not _is_void(one)]
    for other in stands:
        if _is_later(other, item):
            return Outdated(_("{entry} is a later version of it").format(entry=other.path))
    for other in stands:
        # Of a patient both are read, and what differs is a conflict like any other.
        if item.resource.get("resourceType") == "Patient" or _is_later(item, other):
            continue
        if _content(item) != _content(other):
            said = _("{entry} has the same id and says something else; neither is certainly later")
            return Outdated(said.format(entry=other.path), unclear=True)
        if versions.index(other) < versions.index(item):
            return Outdated(_("the same as {entry}").format(entry=other.path))
    return None


def _of_a_void(holder: Item) -> Outdated | None:
    if not _is_void(holder):
        return None
    said = _("{entry}, which contains it, has the status {status}")
    return Outdated(said.format(entry=holder.path, status=holder.resource["status"]))


def _is_void(item: Item) -> bool:
    return item.resource.get("status") in _VOID


def _content(item: Item) -> dict[str, object]:
    return {key: value for key, value in item.resource.items() if key not in ("meta", "text")}


def _key(item: Item) -> tuple[str, str] | None:
    if item.holder is not None:
        return None  # its id means something inside its holder alone
    kind, name = text(item.resource.get("resourceType")), text(item.resource.get("id")) or item.full_url
    return (kind, name) if kind and name else None


def _of_one_server(one: Item, other: Item) -> bool:
    first, second = base_of(one.full_url), base_of(other.full_url)
    return not first or not second or first == second


def _is_later(one: Item, other: Item) -> bool:
    mine, its = mapping(one.resource.get("meta")), mapping(other.resource.get("meta"))
    numbers = [text(meta.get("versionId")) for meta in (mine, its)]
    if all(number.isascii() and number.isdigit() and len(number) <= 18 for number in numbers):
        return int(numbers[0]) > int(numbers[1])
    moments = [when(meta.get("lastUpdated")) for meta in (mine, its)]
    return moments[0] is not None and moments[1] is not None and moments[0].after(moments[1])
