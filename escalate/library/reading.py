"""Reading one knowledge file node by node: what is missing, misspelt or of the wrong shape is collected."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from escalate.nodes import Document, Mapping, Node, Scalar, Sequence
from escalate.problems import Problem, Span, nearest
from escalate.texts import _

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


class Reader:
    """One document with the list that its problems go to."""

    def __init__(self, document: Document, collect: Callable[[Problem], None]) -> None:
        self.document, self.collect = document, collect

    def problem(self, at: Span, code: str, message: str, help_: str = "") -> None:
        """Collect one problem with the line it stands in."""
        self.collect(Problem(at, code, message, help_, self.document.excerpt(at)))

    def mapping(self, node: Node | None, what: str) -> Mapping | None:
        """The node if it is a mapping; a problem otherwise."""
        if isinstance(node, Mapping):
            return node
        if node is not None:
            self.problem(node.at, "wrong-shape", _("{what} needs `key: value` pairs").format(what=what))
        return None

    def items(self, node: Node | None, what: str) -> tuple[Node, ...]:
        """The items of a list; an empty text is an empty list."""
        if isinstance(node, Sequence):
            return node.items
        if node is not None and not (isinstance(node, Scalar) and not node.text):
            self.problem(node.at, "wrong-shape", _("{what} needs a list").format(what=what))
        return ()

    def keys(
        self, node: Mapping, allowed: Iterable[str], required: Iterable[str] = (), what: str = ""
    ) -> None:
        """Every key is allowed, and no required one is missing."""
        known = tuple(allowed)
        for key, _value in node.entries:
            if key.text not in known:
                help_ = nearest(key.text, known) or _("keys are {known}").format(known=", ".join(known))
                self.problem(
                    key.at,
                    "unknown-key",
                    _("`{key}` is not a key of {what}").format(key=key.text, what=what or _("it")),
                    help_,
                )
        for name in required:
            value = node.get(name)
            if value is None or (isinstance(value, Scalar) and not value.text.strip()):
                self.problem(
                    node.at,
                    "missing-key",
                    _("{what} has no `{key}`").format(what=what or _("it"), key=name),
                )

    def text(self, node: Node | None, what: str = "") -> str:
        """The text of a scalar, folded to one line; empty for nothing."""
        if isinstance(node, Scalar):
            return " ".join(node.text.split())
        if node is not None:
            self.problem(node.at, "wrong-shape", _("{what} needs a text").format(what=what or _("it")))
        return ""

    def texts(self, node: Node | None, what: str = "") -> tuple[str, ...]:
        """A list of texts; a single text is a list of one."""
        if isinstance(node, Scalar):
            return (self.text(node),) if node.text else ()
        return tuple(self.text(item, what) for item in self.items(node, what or _("it")))

    def word(self, node: Node | None, accepted: Iterable[str], what: str) -> str:
        """One of the accepted words; empty for nothing."""
        word = self.text(node, what)
        known = tuple(accepted)
        if node is not None and word not in known:
            help_ = nearest(word, known) or _("accepted are {known}").format(known=", ".join(known))
            self.problem(
                node.at,
                "unknown-value",
                _("`{word}` is not a value of `{what}`").format(word=word, what=what),
                help_,
            )
            return ""
        return word

    def decimal(self, node: Node | None, what: str) -> Decimal | None:
        """An exact number, or None with a problem."""
        text = self.text(node, what)
        if node is None:
            return None
        if not _NUMBER.fullmatch(text):
            self.problem(
                node.at,
                "not-a-number",
                _("`{what}` needs a number, not `{text}`").format(what=what, text=text),
            )
            return None
        return Decimal(text)

    def whole(self, node: Node | None, what: str) -> int | None:
        """A whole number, or None with a problem."""
        number = self.decimal(node, what)
        if number is None or node is None:
            return None
        if number != number.to_integral_value():
            self.problem(node.at, "not-a-number", _("`{what}` needs a whole number").format(what=what))
            return None
        return int(number)

    def flag(self, node: Node | None, what: str, default: bool = False) -> bool:
        """`true` or `false`."""
        if node is None:
            return default
        return self.word(node, ("true", "false"), what) == "true"

    def entries(self, what: str) -> Iterator[tuple[Scalar, Mapping]]:
        """Name and body of each entry of a document that is one mapping of mappings."""
        root = self.mapping(self.document.root, what)
        for key, value in root.entries if root else ():
            body = self.mapping(value, f"`{key.text}`")
            if body is not None:
                yield key, body


def plain(node: Node) -> object:
    """A node as plain values: mapping -> dict, sequence -> list, unquoted number -> Decimal, else str."""
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node.entries}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return Decimal(node.text) if node.plain and _NUMBER.fullmatch(node.text) else " ".join(node.text.split())


def plain_dict(node: Node) -> dict[str, object]:
    """A mapping as plain values; empty for anything else."""
    value = plain(node)
    return value if isinstance(value, dict) else {}


def scalars_of(document: Document, key: str) -> tuple[Scalar, ...]:
    """The texts in the list behind a key of a document that is a mapping."""
    node = getattr(document.root, "get", lambda _: None)(key)
    return tuple(item for item in getattr(node, "items", ()) if isinstance(item, Scalar))
