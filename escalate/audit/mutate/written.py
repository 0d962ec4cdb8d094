"""The words of each rule's `for:`, as its author wrote them: a class is one word, however many it reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from escalate.nodes import Document, Scalar
from escalate.nodes import Mapping as MappingNode
from escalate.nodes import Sequence as SequenceNode


def written_targets(documents: Mapping[str, Document]) -> Mapping[str, Sequence[str]]:
    """By rule id; a rule without `for:` has no entry."""
    found: dict[str, Sequence[str]] = {}
    for path, document in documents.items():
        if not path.startswith("rules/") or not isinstance(document.root, SequenceNode):
            continue
        for item in document.root.items:
            if not isinstance(item, MappingNode):
                continue
            name, targets = item.get("id"), item.get("for")
            if isinstance(name, Scalar) and targets is not None:
                words = targets.items if isinstance(targets, SequenceNode) else (targets,)
                found[name.text] = tuple(word.text for word in words if isinstance(word, Scalar))
    return found
