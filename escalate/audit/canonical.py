"""The one form of a knowledge file, so that a diff shows what was meant: order of keys, spacing, blank lines.

Words, numbers and comments stay as they are, and so does every line break inside a value. What changes:

- keys of a rule stand in the order of `escalate.library.rules`, its German last; a comment goes with its key
- a criterion has one space around its operator and after a comma: `a<45` becomes `a < 45`
- one blank line between entries of a list, none at the end of a line, one line end at the end of the file
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from escalate.library.rules import KEYS
from escalate.nodes import Document, Mapping, Node, Scalar, Sequence

_ORDER = {key: place for place, key in enumerate((*KEYS, "de"))}
_CONDITIONS = ("when", "called_for", "suspected_by", "replaced_by")
_OPERATOR = re.compile(r"\s*(==|!=|<=|>=|<|>)\s*")
_FLOW = ("{", "[")


def canonical(document: Document) -> str:
    """The text of a document in its one form; reads the same."""
    lines = [line.rstrip() for line in document.lines]
    for scalar in _criteria(document.root):
        _respace(lines, scalar)
    if isinstance(document.root, Sequence) and document.root.items:
        lines = _entries(lines, document.root)
    return "\n".join(_without_gaps(lines)).strip("\n") + "\n"


# -- criteria -----------------------------------------------------------------------------------


def _criteria(node: Node, inside: bool = False) -> Iterator[Scalar]:
    """Every scalar that stands under a `when`."""
    if isinstance(node, Scalar):
        if inside and node.plain:
            yield node
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _criteria(item, inside)
    else:
        for key, value in node.entries:
            yield from _criteria(value, inside or key.text in _CONDITIONS)


def _respace(lines: list[str], scalar: Scalar) -> None:
    line, start = lines[scalar.at.line - 1], scalar.at.column - 1
    # A text that does not stand on one line as it reads (folded, quoted) is left alone.
    if not line[start:].startswith(scalar.text):
        return
    text = _OPERATOR.sub(r" \1 ", scalar.text)
    text = re.sub(r"\s*,\s*", ", ", text)
    text = re.sub(r"\[\s*", "[", re.sub(r"\s*\]", "]", text))
    text = " ".join(text.split())
    lines[scalar.at.line - 1] = line[:start] + text + line[start + len(scalar.text) :]


# -- entries of a list ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """The lines of one key of an entry, its comments before it."""

    key: str
    lines: tuple[str, ...]


def _entries(lines: list[str], root: Sequence) -> list[str]:
    starts = [_with_comments(lines, item.at.line - 1, 0) for item in root.items]
    told = lines[: starts[0]]
    for number, item in enumerate(root.items):
        end = starts[number + 1] if number + 1 < len(starts) else len(lines)
        first = item.at.line - 1
        body = lines[first:end]
        while body and not body[-1]:
            body.pop()
        comments = lines[starts[number] : first]
        told += ["", *comments, *_ordered(body, item, first)]
    return told


def _ordered(body: list[str], item: Node, first: int) -> list[str]:
    """The keys of one entry in their order."""
    if not isinstance(item, Mapping) or not body or body[0].lstrip("- ").startswith(_FLOW):
        return body
    keys = [key for key, _ in item.entries]
    if any(key.text not in _ORDER for key in keys) or len({key.at.line for key in keys}) < len(keys):
        return body
    indent = keys[0].at.column - 1
    unmarked = [" " * indent + body[0][indent:], *body[1:]]
    starts = [0, *(_with_comments(unmarked, key.at.line - 1 - first, indent) for key in keys[1:])]
    ends = [*starts[1:], len(unmarked)]
    parts = [
        _Part(key.text, tuple(unmarked[start:end]))
        for key, start, end in zip(keys, starts, ends, strict=True)
    ]
    parts.sort(key=lambda part: _ORDER[part.key])
    told = [line for part in parts for line in part.lines if line]
    mark = body[0][:indent]
    return [mark + told[0][indent:], *told[1:]]


def _with_comments(lines: list[str], line: int, indent: int) -> int:
    """The first line of the comment, at this indent, that stands directly above a line."""
    start = line
    while start and (lines[start - 1].startswith(" " * indent + "#") or not lines[start - 1]):
        start -= 1
    while start < line and not lines[start]:
        start += 1
    return start


def _without_gaps(lines: list[str]) -> list[str]:
    """No two blank lines after each other."""
    return [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
