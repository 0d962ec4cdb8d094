"""Parser events to nodes, with every limit judged as the events come in."""

from __future__ import annotations

from typing import Any

import yaml

from escalate.nodes import Mapping, Node, Scalar, Sequence
from escalate.problems import Problem, Span
from escalate.texts import N_, _

DEPTH_LIMIT = 60
EVENT_LIMIT = 200_000
PROBLEM_LIMIT = 100
_WRITE_IT = N_("write the value itself")


class _Open:
    """A list or mapping whose end has not come yet."""

    __slots__ = ("at", "children", "is_mapping", "key", "keys")

    def __init__(self, at: Span, is_mapping: bool) -> None:
        self.at = at
        self.is_mapping = is_mapping
        self.children: list[Any] = []
        self.key: Scalar | None = None  # of a mapping: the key that waits for its value
        self.keys: dict[str, int] = {}  # key to the line it was first seen on


class TreeBuilder:
    """Takes events one by one; `take` says whether to go on, `root` holds the tree in the end."""

    def __init__(self, file: str, lines: tuple[str, ...]) -> None:
        self.file = file
        self.lines = lines
        self.problems: list[Problem] = []
        self.root: Node | None = None
        self._open: list[_Open] = []
        self._events = 0
        self._documents = 0

    def take(self, event: Any) -> bool:
        """Judge and store one event; False where reading must stop."""
        self._events += 1
        kind = type(event)
        if kind is yaml.ScalarEvent:
            at = self._span(event)
            self._judge(event, at)
            plain = event.implicit[0] and not event.style
            self._add(Scalar(event.value, at, bool(plain)))
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            at = self._span(event)
            self._judge(event, at)
            if len(self._open) == DEPTH_LIMIT:
                return self._stop(
                    at,
                    "too-deep",
                    _("more than {depth_limit} levels inside each other").format(depth_limit=DEPTH_LIMIT),
                )
            self._open.append(_Open(at, kind is yaml.MappingStartEvent))
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            done = self._open.pop()
            children = tuple(done.children)
            self._add(Mapping(children, done.at) if done.is_mapping else Sequence(children, done.at))
        elif kind is yaml.AliasEvent:
            at = self._span(event)
            self._problem(
                at,
                "alias",
                _("the alias `*{anchor}` is not followed").format(anchor=_short(event.anchor)),
                _(_WRITE_IT),
            )
            self._add(Scalar("", at))
        elif kind is yaml.DocumentStartEvent:
            self._documents += 1
            if self._documents > 1:
                return self._stop(
                    self._span(event),
                    "two-documents",
                    _("a second document begins here"),
                    _("one file holds one document"),
                )
        if self._events > EVENT_LIMIT:
            return self._stop(
                self._span(event),
                "too-many-values",
                _("more than {event_limit} values").format(event_limit=EVENT_LIMIT),
            )
        if len(self.problems) >= PROBLEM_LIMIT:
            return self._stop(self._span(event), "too-many-problems", _("the rest of the file was not read"))
        return True

    def finish(self) -> None:
        """Say so where the file held nothing."""
        empty = self.root is None or (
            isinstance(self.root, Scalar) and self.root.plain and self.root.text in ("", "~", "null")
        )
        if empty and not self.problems:
            self._problem(Span(self.file, 1, 1), "empty-file", _("the file is empty"))

    def _add(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if not parent.is_mapping:
            parent.children.append(node)
        elif parent.key is None:
            parent.key = self._as_key(node, parent)
        else:
            parent.children.append((parent.key, node))
            parent.key = None

    def _as_key(self, node: Node, parent: _Open) -> Scalar:
        if not isinstance(node, Scalar):
            self._problem(
                node.at, "not-a-key", _("a list or mapping cannot be a key"), _("a key is one word")
            )
            return Scalar("", node.at)
        if node.text == "<<" and node.plain:
            self._problem(node.at, "merge-key", _("the merge key `<<` is not followed"), _(_WRITE_IT))
        elif not node.text:
            self._problem(node.at, "not-a-key", _("a key is empty"), _("a key is one word before `:`"))
        elif node.text in parent.keys:
            first = parent.keys[node.text]
            message = _("`{text}` is given twice, first on line {first}").format(
                text=_short(node.text), first=first
            )
            self._problem(node.at, "duplicate-key", message, _("keep one of them"))
        else:
            parent.keys[node.text] = node.at.line
        return node

    def _judge(self, event: Any, at: Span) -> None:
        if event.anchor is not None:
            self._problem(
                at,
                "anchor",
                _("the anchor `&{anchor}` is not read").format(anchor=_short(event.anchor)),
                _(_WRITE_IT),
            )
        if event.tag is not None:
            self._problem(
                at, "tag", _("the tag `{tag}` is not read").format(tag=_short(event.tag)), _(_WRITE_IT)
            )

    def _span(self, event: Any) -> Span:
        start, end = event.start_mark, event.end_mark
        # A block ends where the next thing begins; only on its own line does the end mark its width.
        end_column = end.column + 1 if end.line == start.line and end.column > start.column else None
        return Span(self.file, start.line + 1, start.column + 1, end_column)

    def _problem(self, at: Span, code: str, message: str, help: str = "") -> None:
        excerpt = self.lines[at.line - 1] if 0 < at.line <= len(self.lines) else ""
        self.problems.append(Problem(at, code, message, help, excerpt))

    def _stop(self, at: Span, code: str, message: str, help: str = "") -> bool:
        self._problem(at, code, message, help)
        return False


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:60] + "..."
