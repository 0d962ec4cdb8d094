"""Documents for tests, from text as an author would write it."""

from __future__ import annotations

import hashlib

import yaml

from escalate.nodes import Document, Mapping, Node, Scalar, Sequence
from escalate.problems import Span


def document(text: str, file: str = "rules/test.yaml") -> Document:
    def node(n: yaml.Node) -> Node:
        at = Span(file, n.start_mark.line + 1, n.start_mark.column + 1)
        if isinstance(n, yaml.MappingNode):
            return Mapping(tuple((node(k), node(v)) for k, v in n.value), at)
        if isinstance(n, yaml.SequenceNode):
            return Sequence(tuple(node(v) for v in n.value), at)
        if n.end_mark.line == n.start_mark.line:
            at = Span(file, at.line, at.column, n.end_mark.column + 1)
        return Scalar(n.value, at, not n.style)

    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    return Document(node(root), tuple(text.splitlines()), hashlib.sha256(text.encode()).hexdigest(), file)
