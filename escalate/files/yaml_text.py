"""A node tree as the text of a YAML file; what the reader makes of that text is the same tree again."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from escalate.nodes import Mapping, Node, Scalar

_WIDTH = 10_000_000  # no value is broken into lines: a patient file reads one field a line


def yaml_text(root: Node) -> str:
    """The tree as YAML, without comments: mappings and their lists in blocks, lists of words in brackets."""
    text: str = yaml.emit(_events(root), Dumper=yaml.SafeDumper, allow_unicode=True, width=_WIDTH)
    return text


def _events(root: Node) -> Iterator[yaml.Event]:
    yield yaml.StreamStartEvent()
    yield yaml.DocumentStartEvent(explicit=False)
    yield from _node(root)
    yield yaml.DocumentEndEvent(explicit=False)
    yield yaml.StreamEndEvent()


def _node(node: Node) -> Iterator[yaml.Event]:
    if isinstance(node, Scalar):
        # Quotes where there were none would turn `null` into a word; an empty plain value is one, too.
        text = node.text if node.text or not node.plain else "null"
        style = None if node.plain else '"'
        yield yaml.ScalarEvent(None, None, (True, True), text, style=style)
    elif isinstance(node, Mapping):
        yield yaml.MappingStartEvent(None, None, True, flow_style=not node.entries)
        for key, value in node.entries:
            yield yaml.ScalarEvent(None, None, (True, True), key.text)  # quoted only where it must be
            yield from _node(value)
        yield yaml.MappingEndEvent()
    else:
        words = all(isinstance(item, Scalar) for item in node.items)
        yield yaml.SequenceStartEvent(None, None, True, flow_style=words)
        for item in node.items:
            yield from _node(item)
        yield yaml.SequenceEndEvent()
