"""What is worked out of a library once and kept while the library is in use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from escalate.library.model import Library

T = TypeVar("T")


class Once(Generic[T]):
    """A function of a library that keeps its last two answers: a process works with one library, a comparison
    with two in turn.

    By identity, for a library is frozen; two threads at worst both work it out.
    """

    def __init__(self, make: Callable[[Library], T]) -> None:
        self._make = make
        self._kept: tuple[tuple[Library, T], ...] = ()

    def __call__(self, library: Library) -> T:
        for known, answer in self._kept:
            if known is library:
                return answer
        answer = self._make(library)
        self._kept = ((library, answer), *self._kept[:1])
        return answer
