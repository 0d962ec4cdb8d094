"""A YAML or JSON document as a tree of texts with positions; types are given by whoever reads it.

Scalars stay the text that stands in the file: `no`, `1.10`, `12:30` and `010` mean what the
reader of that field says, not what a YAML resolver guesses. `plain` tells `null` from `"null"`.
"""

from __future__ import annotations

from dataclasses import dataclass

from escalate.problems import Span


@dataclass(frozen=True, slots=True)
class Scalar:
    text: str
    at: Span
    plain: bool = True  # written without quotes, so that null, true and numbers may be meant


@dataclass(frozen=True, slots=True)
class Sequence:
    items: tuple[Node, ...]
    at: Span


@dataclass(frozen=True, slots=True)
class Mapping:
    entries: tuple[tuple[Scalar, Node], ...]  # in the order of the file; keys are unique
    at: Span

    def get(self, key: str) -> Node | None:
        """The value under `key`, or None."""
        for k, value in self.entries:
            if k.text == key:
                return value
        return None


Node = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class Document:
    """One document of one file: the root, the lines for excerpts, and the bytes' SHA-256."""

    root: Node
    lines: tuple[str, ...]
    sha256: str
    file: str

    def excerpt(self, at: Span) -> str:
        """The source line of a place, for an error message."""
        return self.lines[at.line - 1] if 0 < at.line <= len(self.lines) else ""
