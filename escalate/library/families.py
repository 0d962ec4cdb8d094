"""Mappings that build their values when they are asked for: most patients need few of the many names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from escalate.library.model import FactType

V = TypeVar("V")

_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")


def slug(name: str) -> str:
    """An antibody's name as it stands in the name of a fact.

    >>> slug("RuvBL1/2"), slug("TIF1-gamma"), slug("cN1A")
    ('ruvbl1_2', 'tif1_gamma', 'cn1a')
    """
    return _NOT_IN_A_NAME.sub("_", name.lower()).strip("_")


class Lazy(Mapping[str, V]):
    """A mapping over rows that are made into values one by one, each at most once."""

    def __init__(self, rows: Mapping[str, Any], make: Callable[[Any], V]) -> None:
        self._rows, self._make = rows, make
        self._made: dict[str, V] = {}

    def __getitem__(self, key: str) -> V:
        try:
            return self._made[key]
        except KeyError:
            value = self._made[key] = self._make(self._rows[key])
            return value

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


@dataclass(frozen=True, slots=True)
class Family:
    """Facts that exist once for each member of a slot, `therapy.{therapy}.given`."""

    pattern: FactType  # its name, label and ask hold `{slot}`
    slot: str  # therapy, class or antibody


class FactTypes(Mapping[str, FactType]):
    """Every fact a rule may name: the plain ones, and the members of the families.

    `members[slot]` maps what stands in the name to what people read.
    """

    def __init__(
        self,
        plain: Mapping[str, FactType],
        families: tuple[Family, ...],
        members: Mapping[str, Mapping[str, str]],
    ) -> None:
        self.plain, self.families, self.members = plain, families, members
        self._split: list[tuple[str, str, Mapping[str, str], Family]] = []
        for family in families:
            before, _, after = family.pattern.name.partition(f"{{{family.slot}}}")
            self._split.append((before, after, members.get(family.slot, {}), family))
        self._made: dict[str, FactType] = {}

    def __getitem__(self, key: str) -> FactType:
        if key in self._made:
            return self._made[key]
        fact = self.plain.get(key)
        if fact is None:
            fact = self._member(key)
        self._made[key] = fact
        return fact

    def _member(self, key: str) -> FactType:
        for before, after, members, family in self._split:
            if key.startswith(before) and key.endswith(after):
                member = key[len(before) : len(key) - len(after)]
                if member in members:
                    return _filled(family, key, members[member])
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        if not isinstance(key, str):
            return False
        try:
            self[key]
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        yield from self.plain
        for before, after, members, _ in self._split:
            for member in members:
                if (name := f"{before}{member}{after}") not in self.plain:
                    yield name

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _filled(family: Family, name: str, label: str) -> FactType:
    mark, pattern = f"{{{family.slot}}}", family.pattern
    return replace(
        pattern,
        name=name,
        label=pattern.label.replace(mark, label),
        ask=pattern.ask.replace(mark, label),
    )
