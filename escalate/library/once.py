"""What is worked out of a library once and kept while the library is in use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from escalate.library.model import Library

T = TypeVar("T")


class Once(Generic[T]):
    """A function of a library that keeps its last answer: a process works with one, or two in turn at most.

    By identity, for a library is frozen; two threads at worst both work it out.
    """

    def __init__(self, make: Callable[[Library], T]) -> None:
        self._make = make
        self._last: tuple[Library, T] | None = None

    def __call__(self, library: Library) -> T:
        last = self._last
        if last is None or last[0] is not library:
            self._last = last = (library, self._make(library))
        return last[1]
