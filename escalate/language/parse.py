"""A `when:` node as a typed condition tree; every problem of it is collected, none is guessed away."""

from __future__ import annotations

from collections.abc import Callable

from escalate.language.leaf import parse_leaf
from escalate.language.names import Names, Reading
from escalate.language.tree import All, Any, AtLeast, Condition, Nothing
from escalate.nodes import Node, Scalar, Sequence
from escalate.problems import Problem, Span, nearest
from escalate.texts import N_, _

_CONNECTIVES = ("all", "any", "none", "at_least", "of")
_HELP = N_("a condition is one criterion, or `all:`, `any:`, `none:` with a list, or `at_least:` with `of:`")


def parse_condition(
    node: Node,
    names: Names,
    *,
    ask: bool,
    excerpt: Callable[[Span], str],
    collect: Callable[[Problem], None],
    opening: bool = False,
) -> Condition | None:
    """The condition of one rule.

    Args:    node, the value of `when:`; names, what it may name; ask, whether `is known` is allowed;
             opening, whether a detail that may be absent may stand negated (rules that open something).
    Returns: the tree, or None if anything is wrong; the problems went to `collect`.
    """
    return _parse(node, Reading(names, ask, opening, excerpt, collect), negative=False)


def _parse(node: Node, reading: Reading, *, negative: bool) -> Condition | None:
    if isinstance(node, Scalar):
        return parse_leaf(node, reading, negative=negative)
    if isinstance(node, Sequence):
        _fail(reading, node.at, "bare-list", _("a list of criteria needs a word before it"), _(_HELP))
        return None
    words = {key.text: (key, value) for key, value in node.entries}
    unknown = [key for key, _value in node.entries if key.text not in _CONNECTIVES]
    for key in unknown:
        near = nearest(key.text, _CONNECTIVES) or _(_HELP)
        _fail(reading, key.at, "unknown-connective", _("`{key}` is no connective").format(key=key.text), near)
    if unknown:
        return None
    if set(words) == {"at_least", "of"}:
        return _at_least(words["at_least"][1], words["of"][1], reading, negative=negative)
    if len(words) != 1 or set(words) & {"at_least", "of"}:
        help_ = _("`at_least:` and `of:` stand together, every other word alone")
        _fail(reading, node.at, "one-connective", _("a condition needs exactly one connective"), help_)
        return None
    word, (_key, value) = next(iter(words.items()))
    parts = _parts(value, reading, word, negative=negative != (word == "none"))
    if parts is None:
        return None
    if word == "all":
        return All(parts)
    return Any(parts) if word == "any" else Nothing(parts)


def _parts(node: Node, reading: Reading, word: str, *, negative: bool) -> tuple[Condition, ...] | None:
    if not isinstance(node, Sequence) or not node.items:
        _fail(
            reading,
            node.at,
            "empty-condition",
            _("`{word}:` needs a list of criteria").format(word=word),
            _(_HELP),
        )
        return None
    parsed = [_parse(item, reading, negative=negative) for item in node.items]
    parts = tuple(part for part in parsed if part is not None)
    return parts if len(parts) == len(parsed) else None


def _at_least(count: Node, of: Node, reading: Reading, *, negative: bool) -> Condition | None:
    parts = _parts(of, reading, "of", negative=negative)
    if not isinstance(count, Scalar) or not count.text.isdecimal():
        _fail(reading, count.at, "not-a-count", _("`at_least:` needs a whole number"), _(_HELP))
        return None
    if parts is None:
        return None
    number = int(count.text)
    if not 1 <= number <= len(parts):
        message = _("at least {number} of {count} criteria").format(number=number, count=len(parts))
        _fail(
            reading, count.at, "impossible-count", message, _("`any:` is at least one, `all:` is every one")
        )
        return None
    return AtLeast(number, parts)


def _fail(reading: Reading, at: Span, code: str, message: str, help_: str) -> None:
    reading.collect(Problem(at, code, message, help_, reading.excerpt(at)))
