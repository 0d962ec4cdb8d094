"""Trees of a document with single values read or replaced: the tools with which an overlay is laid over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from escalate.nodes import Mapping as MappingNode
from escalate.nodes import Node, Scalar, Sequence


def mapped(node: Node, change: Callable[[Scalar], Scalar]) -> Node:
    """The same tree with every scalar changed."""
    if isinstance(node, Scalar):
        return change(node)
    if isinstance(node, Sequence):
        return replace(node, items=tuple(mapped(item, change) for item in node.items))
    return replace(node, entries=tuple((key, mapped(value, change)) for key, value in node.entries))


def matches(pattern: str, key: str) -> bool:
    """Whether a dotted key fits a pattern, in which `*` stands for one part."""
    wanted, given = pattern.split("."), key.split(".")
    return len(wanted) == len(given) and all(w in ("*", g) for w, g in zip(wanted, given, strict=True))


def value_at(value: object, key: str) -> object:
    """The value behind a dotted key, or None."""
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def node_at(node: Node | None, path: list[str]) -> Node | None:
    """The node at the end of a path of keys, or None."""
    for part in path:
        node = node.get(part) if isinstance(node, MappingNode) else None
    return node


def with_text(node: Node, path: list[str], text: str) -> Node:
    """The same tree with another text at the end of a path of keys."""
    if isinstance(node, Scalar):
        return replace(node, text=text)
    if isinstance(node, Sequence):
        return node
    entries = (
        (key, with_text(value, path[1:], text) if key.text == path[0] else value)
        for key, value in node.entries
    )
    return replace(node, entries=tuple(entries))
