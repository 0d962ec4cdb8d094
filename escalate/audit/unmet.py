"""What a vignette expected and did not find: one sentence, in the language of whoever reads it.

A vignette is judged in English, the language of the texts that it expects; so the sentence is said later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from escalate.texts import N_, _


class Unmet:
    """A message of the catalogue with what stands in its places; `str` says it."""

    __slots__ = ("message", "parts")

    def __init__(self, message: str, **parts: object) -> None:
        self.message, self.parts = message, parts

    def __str__(self) -> str:
        return _(self.message).format(**self.parts)


def same(subject: str, found: str, wanted: list[str], **parts: str) -> Iterator[Unmet]:
    """Unmet where what was found is not among what is wanted; the parts stand in the subject."""
    if found not in wanted:
        yield from different(subject, found, wanted, **parts)


def different(subject: str, found: object, wanted: Iterable[str], **parts: str) -> Iterator[Unmet]:
    """One unmet expectation; subject and found may be messages of the catalogue."""
    yield Unmet(
        N_("{subject} is {found}, not {wanted}"),
        subject=_Said(subject, **parts),
        found=_Said(found),
        wanted=_Either(wanted),
    )


class _Said:
    def __init__(self, text: object, **parts: str) -> None:
        self.text, self.parts = str(text), parts

    def __format__(self, spec: str) -> str:
        said = _(self.text)
        return said.format(**self.parts) if self.parts else said


class _Either:
    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(words)

    def __format__(self, spec: str) -> str:
        return _(" or ").join(self.words)
