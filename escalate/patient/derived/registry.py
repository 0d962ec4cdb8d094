"""One function per derived fact, found by the fact's name.

A family is registered under its pattern (`therapy.{therapy}.given`); its function is also told the member.
The names are those declared in knowledge/derived/*.yaml; a test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Protocol, TypeVar

from escalate.language.facts import Fact
from escalate.library.model import Library
from escalate.patient.lines import Line
from escalate.patient.model import Patient
from escalate.patient.parameters import Parameters
from escalate.truth import Truth


class Case(Protocol):
    """What a derived fact may look at: the patient's fields as facts, the lines, and the parameters."""

    @property
    def patient(self) -> Patient: ...
    @property
    def library(self) -> Library: ...
    @property
    def parameters(self) -> Parameters: ...
    @property
    def lines(self) -> tuple[Line, ...] | None: ...
    @property
    def blanked(self) -> frozenset[str]: ...
    def __getitem__(self, name: str, /) -> Fact: ...


HISTORY = ("therapies",)  # what is asked for while the history is unknown


def lines_of(case: Case, drugs: Collection[str]) -> tuple[Line, ...]:
    """The entries of these drugs that are lines of therapy; none while the history is unknown."""
    return tuple(line for line in case.lines or () if line.therapy in drugs and line.given is not Truth.FALSE)


Single = Callable[[Case, str], Fact]
Family = Callable[[Case, str, str], Fact]

SINGLE: dict[str, Single] = {}
FAMILIES: dict[str, Family] = {}

_S = TypeVar("_S", bound=Single)
_F = TypeVar("_F", bound=Family)
_MEMBER = re.compile(r"(therapy|class|antibody)\.(.+)\.([a-z_0-9]+)")


def derived(*names: str) -> Callable[[_S], _S]:
    """Register a function `(case, name) -> Fact` for one or several facts."""

    def register(function: _S) -> _S:
        SINGLE.update(dict.fromkeys(names, function))
        return function

    return register


def family(*patterns: str) -> Callable[[_F], _F]:
    """Register a function `(case, name, member) -> Fact` for every member of a family."""

    def register(function: _F) -> _F:
        FAMILIES.update(dict.fromkeys(patterns, function))
        return function

    return register


def compute(case: Case, name: str) -> Fact | None:
    """The derived fact of this name, or None where there is none."""
    single = SINGLE.get(name)
    if single is not None:
        return single(case, name)
    found = _MEMBER.fullmatch(name)
    if found is None:
        return None
    kind, member, part = found.groups()
    function = FAMILIES.get(f"{kind}.{{{kind}}}.{part}")
    return None if function is None else function(case, name, member)
