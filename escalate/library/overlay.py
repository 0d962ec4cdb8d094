"""A centre's own, stricter limits over a knowledge base: `--overlay DIR`.

    overlay.yaml        name:      Heart failure board, 2 March 2026
                        because:   Why the centre is stricter
                        limits:    [{rule: BCMA-X04, fact: heart.echo.lvef_percent, limit: 50, because: ...}]
                        parameters: [{key: washouts.methotrexate.days, value: 28, because: ...}]
    rules/*.yaml        rules of its own, which may only close, ask, warn or announce

`instead_of` names the old number where a rule compares the fact more than once. An overlay may tighten,
never loosen: a limit that would open more, or one that other rules read in both directions, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from escalate.language.names import plain as written
from escalate.language.tree import Compare, Leaf
from escalate.language.values import Refusal, read_number
from escalate.library.model import Library, Overlay, OverlayChange, Rule
from escalate.library.overlay_nodes import mapped, matches, node_at, value_at, with_text
from escalate.library.polarity import Polarity, holds_for_more, signed_leaves
from escalate.library.reading import Reader
from escalate.nodes import Document, Node, Scalar, Sequence
from escalate.nodes import Mapping as MappingNode
from escalate.problems import Problem, Span, nearest
from escalate.texts import _

FOLDER = "overlay/"
MAIN = f"{FOLDER}overlay.yaml"
OWN_RULES = f"{FOLDER}rules/"
_KINDS = ("exclude", "defer", "caution", "caution_high", "ask", "alert")
# A contradiction makes facts unknown that close an option or announce an emergency; a scope drops rules.
_ALERTS = ("emergency", "warning", "outcome", "disagreement")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])")

Documents = dict[str, Document]


def split(documents: Mapping[str, Document]) -> tuple[Documents, Documents]:
    """The knowledge base, and the overlay that lies over it."""
    overlay = {path: d for path, d in documents.items() if path.startswith(FOLDER)}
    return {path: d for path, d in documents.items() if path not in overlay}, overlay


def overlaid(
    base: Library, documents: Documents, overlay: Documents, collect: Callable[[Problem], None]
) -> tuple[Documents, Overlay]:
    """The documents of the knowledge base with the overlay's numbers and rules in them.

    Args:    base, the library of `documents` alone;
             documents, overlay, as `split` gives them, in one language.
    Returns: documents for the loader, and what the report says about the overlay; problems went to `collect`.
    """
    main = overlay.get(MAIN)
    for path, document in overlay.items():
        if path != MAIN and not path.startswith(OWN_RULES):
            message = _("`{file}` is no part of an overlay").format(file=document.file)
            help_ = _("an overlay has `overlay.yaml` and `rules/*.yaml`")
            Reader(document, collect).problem(document.root.at, "unknown-file", message, help_)
    if main is None:
        collect(Problem(Span(MAIN, 1, 1), "missing-file", _("an overlay needs a file `overlay.yaml`")))
        return documents, Overlay("", "", ())
    merge = _Merge(base, dict(documents), Reader(main, collect))
    name, because = merge.read()
    for path, document in overlay.items():
        if path.startswith(OWN_RULES):
            merge.own_rules(path, Reader(document, collect))
    return merge.documents, Overlay(name, because, tuple(merge.changes))


@dataclass(frozen=True, slots=True)
class _Limit:
    """One comparison of a rule with the way it works."""

    leaf: Leaf
    compare: Compare
    sign: int  # +1: its truth speaks for the rule


class _Merge:
    def __init__(self, base: Library, documents: Documents, reader: Reader) -> None:
        self.base, self.documents, self.reader = base, documents, reader
        self.rules = {rule.id: rule for rule in base.rules if rule.status == "active"}
        self.polarity = Polarity(base)
        self.changes: list[OverlayChange] = []

    def read(self) -> tuple[str, str]:
        root = self.reader.mapping(self.reader.document.root, _("an overlay"))
        if root is None:
            return "", ""
        self.reader.keys(
            root, ("name", "because", "limits", "parameters"), ("name", "because"), _("an overlay")
        )
        for item in self.reader.items(root.get("limits"), "limits"):
            self._limit(item)
        for item in self.reader.items(root.get("parameters"), "parameters"):
            self._parameter(item)
        return self.reader.text(root.get("name")), self.reader.text(root.get("because"))

    # -- limits of rules

    def _limit(self, node: Node) -> None:
        body = self.reader.mapping(node, _("a limit"))
        if body is None:
            return
        keys = ("rule", "fact", "limit", "instead_of", "because")
        self.reader.keys(body, keys, ("rule", "fact", "limit", "because"), _("a limit"))
        name, fact, limit = (body.get(key) for key in keys[:3])
        if not isinstance(name, Scalar) or not isinstance(fact, Scalar) or not isinstance(limit, Scalar):
            return
        rule = self.rules.get(name.text)
        if rule is None:
            near = nearest(name.text, self.rules)
            self.reader.problem(
                name.at, "unknown-rule", _("`{name}` is no active rule").format(name=name.text), near
            )
            return
        found = self._comparison(rule, fact, body.get("instead_of"))
        if found is None:
            return
        try:
            number = read_number(self.base.facts[fact.text], limit.text)
        except Refusal as refusal:
            self.reader.problem(limit.at, refusal.code, refusal.message, refusal.help)
            return
        if self._tightens(rule, found, number, limit):
            old = f"{fact.text} {found.compare.op} {written(found.compare.number)}"
            new = f"{fact.text} {found.compare.op} {written(number)}"
            self._replace(rule, found, number, new)
            self.changes.append(OverlayChange(rule.id, old, new, self.reader.text(body.get("because"))))

    def _comparison(self, rule: Rule, fact: Scalar, instead_of: Node | None) -> _Limit | None:
        limits = [
            _Limit(leaf, leaf.test, sign)
            for leaf, sign in signed_leaves(rule.when)
            if isinstance(leaf.test, Compare) and leaf.test.name == fact.text
        ]
        if not limits:
            compared = {
                leaf.test.name for leaf, _ in signed_leaves(rule.when) if isinstance(leaf.test, Compare)
            }
            help_ = (
                _("it compares {names}").format(names=", ".join(sorted(compared)))
                if compared
                else _("it compares no number")
            )
            self.reader.problem(
                fact.at,
                "unknown-limit",
                _("`{rule}` has no limit of `{fact}`").format(rule=rule.id, fact=fact.text),
                help_,
            )
            return None
        old = self.reader.decimal(instead_of, "instead_of")
        chosen = [limit for limit in limits if old is None or limit.compare.number == old]
        if len(chosen) != 1:
            numbers = ", ".join(written(limit.compare.number) for limit in limits)
            self.reader.problem(
                (instead_of or fact).at,
                "ambiguous-limit",
                _("`{rule}` compares `{fact}` with {numbers}").format(
                    rule=rule.id, fact=fact.text, numbers=numbers
                ),
                _("name the old number in `instead_of`"),
            )
            return None
        return chosen[0]

    def _tightens(self, rule: Rule, found: _Limit, number: Decimal, at: Scalar) -> bool:
        ways = self.polarity.of(rule)
        old, new = written(found.compare.number), written(number)
        if number == found.compare.number:
            self.reader.problem(
                at.at, "no-change", _("`{rule}` has the limit {old} already").format(rule=rule.id, old=old)
            )
            return False
        if len(ways) != 1:
            self.reader.problem(
                at.at,
                "both-directions",
                _("other rules read `{rule}` in both directions").format(rule=rule.id),
                _("no number is stricter for all of them; add a rule of your own that closes or asks"),
            )
            return False
        grows = holds_for_more(found.compare, number) == (found.sign > 0)
        if grows != (1 in ways):
            self.reader.problem(
                at.at,
                "loosens",
                _("{new} instead of {old} in `{rule}` would close less, or open more").format(
                    new=new, old=old, rule=rule.id
                ),
                _("an overlay may only tighten"),
            )
            return False
        return True

    def _replace(self, rule: Rule, found: _Limit, number: Decimal, new: str) -> None:
        """Write the number into the leaf, and into the title that there is a limit of the centre's own."""
        path, document = next((path, d) for path, d in self.documents.items() if d.file == rule.at.file)

        def leaf(scalar: Scalar) -> Scalar:
            if scalar.at != found.leaf.at:
                return scalar
            old = found.compare.number
            text = _NUMBER.sub(lambda m: written(number) if Decimal(m[0]) == old else m[0], scalar.text)
            return replace(scalar, text=text)

        def rules(item: Node) -> Node:
            if not isinstance(item, MappingNode) or item.at != rule.at:
                return item
            entries = []
            for key, value in item.entries:
                if key.text == "when":
                    value = mapped(value, leaf)
                elif key.text == "title" and isinstance(value, Scalar):
                    value = replace(value, text=f"{value.text} [overlay: {new}]")
                entries.append((key, value))
            return replace(item, entries=tuple(entries))

        if isinstance(document.root, Sequence):
            root = replace(document.root, items=tuple(rules(item) for item in document.root.items))
            self.documents[path] = replace(document, root=root)

    # -- parameters of derived facts

    def _parameter(self, node: Node) -> None:
        body = self.reader.mapping(node, _("a parameter"))
        if body is None:
            return
        self.reader.keys(body, ("key", "value", "because"), ("key", "value", "because"), _("a parameter"))
        key, value = body.get("key"), self.reader.decimal(body.get("value"), "value")
        if not isinstance(key, Scalar) or value is None:
            return
        allowed = self.base.parameters.get("overlayable")
        ways = {str(k): str(v) for k, v in allowed.items()} if isinstance(allowed, Mapping) else {}
        way = next((w for pattern, w in ways.items() if matches(pattern, key.text)), None)
        old = value_at(self.base.parameters, key.text)
        if way is None or not isinstance(old, Decimal):
            help_ = _("accepted are {known}").format(known=", ".join(ways))
            message = _("`{key}` is no parameter that an overlay may set").format(key=key.text)
            self.reader.problem(key.at, "unknown-parameter", message, help_)
            return
        if (value > old) != (way == "higher") or value == old:
            message = _("{new} instead of {old} in `{key}`").format(
                new=written(value), old=written(old), key=key.text
            )
            higher = _("an overlay may only tighten: higher than {old}")
            lower = _("an overlay may only tighten: lower than {old}")
            help_ = (higher if way == "higher" else lower).format(old=written(old))
            self.reader.problem(body.at, "loosens", message, help_)
            return
        self._replace_parameter(key.text.split("."), value)
        because = self.reader.text(body.get("because"))
        self.changes.append(OverlayChange(key.text, written(old), written(value), because))

    def _replace_parameter(self, path: list[str], value: Decimal) -> None:
        for name, document in self.documents.items():
            if name.startswith("knowledge/parameters/") and node_at(document.root, path) is not None:
                self.documents[name] = replace(document, root=with_text(document.root, path, written(value)))

    # -- rules of the centre

    def own_rules(self, path: str, reader: Reader) -> None:
        """Take the rules of one file, if every one of them closes, asks, warns or announces."""
        for item in reader.items(reader.document.root, reader.document.file):
            if not isinstance(item, MappingNode):
                continue
            for key, accepted in (("kind", _KINDS), ("alert", _ALERTS)):
                kind = item.get(key)
                if isinstance(kind, Scalar) and kind.text not in accepted:
                    reader.problem(
                        kind.at,
                        "loosens",
                        _("an overlay adds no rule of kind `{kind}`").format(kind=kind.text),
                        _("accepted are {known}").format(known=", ".join(accepted)),
                    )
            self._starts_nothing(item, reader)
            name, title = item.get("id"), item.get("title")
            if isinstance(name, Scalar) and isinstance(title, Scalar):
                self.changes.append(OverlayChange(name.text, "", title.text, ""))
        self.documents[f"rules/{path}"] = reader.document

    def _starts_nothing(self, rule: MappingNode, reader: Reader) -> None:
        """What an emergency starts is indicated by it, and an indication is the knowledge base's own."""
        do = rule.get("do")
        for action in do.items if isinstance(do, Sequence) else ():
            therapies = action.get("therapies") if isinstance(action, MappingNode) else None
            if therapies is not None:
                reader.problem(
                    therapies.at,
                    "loosens",
                    _("an emergency of an overlay starts no therapy: that would indicate it"),
                    _("say in `text` what is done"),
                )
