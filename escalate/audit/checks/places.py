"""Where things stand in the knowledge files, for problems of what has loaded already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from escalate.library.model import Library, Rule
from escalate.nodes import Document, Node, Scalar, Sequence
from escalate.nodes import Mapping as MappingNode
from escalate.problems import Problem, Span


def places(document: Document | None) -> dict[str, Span]:
    """The place of each entry of a document that is one mapping."""
    if document is None or not isinstance(document.root, MappingNode):
        return {}
    return {key.text: key.at for key, _ in document.root.entries}


def rules_in_files(library: Library, documents: Mapping[str, Document]) -> Iterator[tuple[Rule, MappingNode]]:
    """Each active rule with the node it was read from; a rule that stands once per therapy comes once."""
    bodies = {
        item.at: item
        for path, document in documents.items()
        if path.startswith("rules/") and isinstance(document.root, Sequence)
        for item in document.root.items
        if isinstance(item, MappingNode)
    }
    seen: set[str] = set()
    for rule in library.rules:
        if rule.status == "active" and rule.id not in seen and rule.at in bodies:
            seen.add(rule.id)
            yield rule, bodies[rule.at]


def citations_in(body: MappingNode) -> Iterator[MappingNode]:
    """The entries of a rule's `source`, in the order of `Rule.sources`."""
    source = body.get("source")
    for item in source.items if isinstance(source, Sequence) else ():
        if isinstance(item, MappingNode):
            yield item


def place_of(body: MappingNode, *keys: str) -> Span:
    """The place of the first key that is there; else of the whole."""
    return next((value.at for key in keys if (value := body.get(key)) is not None), body.at)


def words_of(node: Node | None) -> Iterator[Scalar]:
    """Every scalar in a node."""
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from words_of(item)
    elif isinstance(node, MappingNode):
        for _, value in node.entries:
            yield from words_of(value)


def with_excerpt(problem: Problem, documents: Mapping[str, Document]) -> Problem:
    """The problem with the line it stands in."""
    for document in documents.values():
        if document.file == problem.at.file:
            return Problem(
                problem.at, problem.code, problem.message, problem.help, document.excerpt(problem.at)
            )
    return problem
