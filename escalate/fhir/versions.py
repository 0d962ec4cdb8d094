"""Versions of one resource: what was entered in error in one of them holds in none."""

from __future__ import annotations

from collections.abc import Iterable

from escalate.fhir.gather import base_of
from escalate.fhir.model import Item
from escalate.fhir.shapes import mapping, text
from escalate.fhir.times import when
from escalate.texts import _

_VOID = ("entered-in-error", "cancelled")


def voided(items: Iterable[Item]) -> dict[int, str]:
    """By `id` of an item: why it does not hold. One that is certainly later than the void version holds."""
    void: dict[tuple[str, str], list[Item]] = {}
    every = list(items)
    for item in every:
        key = _key(item)
        if key is not None and item.resource.get("status") in _VOID:
            void.setdefault(key, []).append(item)
    found: dict[int, str] = {}
    for item in every if void else ():
        key = _key(item)
        if key is None or item.resource.get("status") in _VOID:
            continue
        for other in void.get(key, ()):
            if _of_one_server(item, other) and not _is_later(item, other):
                said = _("{entry}, another version of it, has the status {status}")
                found[id(item)] = said.format(entry=other.path, status=other.resource["status"])
    return found


def _key(item: Item) -> tuple[str, str] | None:
    kind, name = text(item.resource.get("resourceType")), text(item.resource.get("id"))
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
