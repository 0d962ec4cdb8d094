"""What a rule reaches: the therapies behind its `for:`, or a finding and the level that it proves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.library.reading import Reader
from escalate.nodes import Mapping, Node, Scalar, Sequence
from escalate.problems import nearest
from escalate.texts import _

if TYPE_CHECKING:
    from escalate.library.rules import Surroundings

ALL = "all_therapies"


def level_of(reader: Reader, body: Mapping, around: Surroundings, what: str) -> str:
    target = reader.text(body.get("for"), "for")
    finding = around.findings.get(target)
    level = body.get("level")
    if finding is None:
        return ""
    if not finding.levels:
        if level is not None:
            reader.problem(level.at, "misplaced-key", _("`{target}` has no levels").format(target=target))
        return ""
    if level is None:
        reader.problem(
            body.at,
            "missing-key",
            _("{what} has no `{key}`").format(what=what, key="level"),
            _("one of {words}").format(words=", ".join(finding.levels[1:])),
        )
        return ""
    word = reader.word(level, finding.levels, "level")
    if word == finding.levels[0]:
        reader.problem(
            level.at,
            "constant-test",
            _("`{word}` is the lowest level of `{target}`: nothing proves it").format(
                word=word, target=target
            ),
        )
        return ""
    return word


def targets_of(reader: Reader, body: Mapping, kind: str, around: Surroundings, what: str) -> tuple[str, ...]:
    node = body.get("for")
    if kind == "alert" and reader.text(body.get("alert")) != "disagreement":
        if node is not None:
            reader.problem(
                node.at, "misplaced-key", _("an alert concerns nobody in particular: it takes no `for`")
            )
        return ()
    if node is None or (isinstance(node, Scalar) and not node.text):
        if kind != "ask":
            reader.problem(body.at, "missing-key", _("{what} has no `{key}`").format(what=what, key="for"))
        return ()
    if kind == "finding":
        word = reader.word(node, around.findings, "for")
        return (word,) if word else ()
    return therapies_of(reader, node, around, only_listed=kind == "indicate")


def therapies_of(reader: Reader, node: Node, around: Surroundings, *, only_listed: bool) -> tuple[str, ...]:
    """The therapies that a `for:` reaches, in the order of the knowledge base.

    A class reaches every member that is a therapy; where something opens, only the listed ones,
    which have an own dose, evidence and gate.
    """
    reached: set[str] = set()
    for item in node.items if isinstance(node, Sequence) else (node,):
        name = reader.text(item, "for")
        if name == ALL:
            reached |= {t.id for t in around.therapies.values() if t.listed}
        elif name in around.therapies:
            reached.add(name)
        elif name in around.classes:
            members = (around.therapies[m] for m in around.classes[name] if m in around.therapies)
            reached |= {t.id for t in members if t.listed or not only_listed}
        else:
            help_ = nearest(name, [*around.therapies, *around.classes, ALL])
            reader.problem(
                item.at,
                "unknown-therapy",
                _("`{name}` is neither a therapy nor a class").format(name=name),
                help_,
            )
    return tuple(name for name in around.therapies if name in reached)
