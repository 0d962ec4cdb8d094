"""The keys of a patient file, nested or dotted, as one flat list of fields with their nodes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from escalate.library.families import FactTypes
from escalate.library.model import FactType, Library
from escalate.library.once import Once
from escalate.nodes import Mapping, Node, Scalar
from escalate.patient.complaints import Complaints, quoted
from escalate.patient.scalars import is_unknown
from escalate.problems import Span
from escalate.texts import _

LISTS = ("antibodies", "therapies", "overrides")
"""The fields that are lists of mappings; their parts are named `antibodies[].name`."""
_NEAR = 5  # names that are offered for one that is no field


@dataclass(frozen=True, slots=True)
class Fields:
    """The shape of a patient file: its fields, the groups they stand in, and the parts of its lists."""

    names: tuple[str, ...]  # all of them, in the order of knowledge/fields.yaml
    facts: dict[str, FactType]
    groups: frozenset[str]
    parts: dict[str, dict[str, FactType]]


@Once
def fields_of(library: Library) -> Fields:
    """The patient fields among the library's facts."""
    known = library.facts
    # The families of derived facts hold thousands of names, none of them a field.
    plain = known.plain if isinstance(known, FactTypes) else known
    facts = {n: f for n, f in plain.items() if not f.derived}
    names = tuple(facts)
    parts: dict[str, dict[str, FactType]] = {name: {} for name in LISTS}
    groups: set[str] = set()
    for name in [n for n in facts if "[]." in n]:
        owner, part = name.split("[].")
        parts[owner][part] = facts.pop(name)
    for name in facts:
        steps = name.split(".")
        groups.update(".".join(steps[:n]) for n in range(1, len(steps)))
    return Fields(names, facts, frozenset(groups), parts)


@dataclass(frozen=True, slots=True)
class Entry:
    """One field as the file gives it: where its key stands, and its value."""

    key: Span
    node: Node


def flatten(root: Mapping, fields: Fields, complaints: Complaints) -> dict[str, Entry]:
    """Field path to entry. Complains about unknown keys, groups that are no mapping, fields given twice."""
    found: dict[str, Entry] = {}
    _walk(root, "", fields, complaints, found)
    return found


def _walk(
    here: Mapping, prefix: str, fields: Fields, complaints: Complaints, found: dict[str, Entry]
) -> None:
    for key, node in here.entries:
        path = prefix + key.text.strip()
        if path in fields.facts or path in LISTS:
            first = found.get(path)
            if first is not None:
                # The same field once nested and once with dots.
                message = _("`{path}` is given twice, first on line {line}").format(
                    path=path, line=first.key.line
                )
                complaints.add(key.at, "duplicate-key", message, _("keep one of them"))
            else:
                found[path] = Entry(key.at, node)
        elif path in fields.groups:
            if isinstance(node, Mapping):
                _walk(node, path + ".", fields, complaints, found)
            elif not is_unknown(node):
                what = quoted(node.text) if isinstance(node, Scalar) else _("a list")
                message = _("`{path}` holds several fields, {what} is none of them").format(
                    path=path, what=what
                )
                inside = [f for f in fields.facts if f.startswith(path + ".")]
                complaints.add(node.at, "not-a-mapping", message, _listing(inside[:6]))
        else:
            _unknown(key, path, fields, complaints)


def _unknown(key: Scalar, path: str, fields: Fields, complaints: Complaints) -> None:
    help = decimal_comma(key) or near_field(path, [*fields.facts, *LISTS, *sorted(fields.groups)])
    complaints.add(key.at, "unknown-field", _("{path} is not a field").format(path=quoted(path)), help)


def decimal_comma(key: Scalar) -> str:
    """Advice for a key that is the end of a number: inside `{weeks: 12,5}` the comma ends it."""
    if not key.text[:1].isdigit():
        return ""
    return _("inside { } a comma separates fields; write a decimal point, or quote the number")


def near_field(path: str, known: Iterable[str], otherwise: str = "") -> str:
    """The known field a wrong key may mean: one with the same last word or a part of it, else one like it."""
    names = list(known)
    last = path.rsplit(".", 1)[-1]
    group = path[: len(path) - len(last)]
    same = [n for n in names if n.rsplit(".", 1)[-1] == last]
    if group and not any("." in n for n in same):
        # `skin.activity` is one of the fields of the skin, not the group `activity`.
        beside = {n[len(group) :]: n for n in names if n.startswith(group)}
        close = [n for word, n in beside.items() if last in word]
        if len(path) <= 100:
            close += [beside[word] for word in get_close_matches(last, beside, n=3, cutoff=0.6)]
        same = list(dict.fromkeys(close)) or same
    # `LVEF` is how everybody calls `heart.echo.lvef_percent`, and `MRI` what `heart.mri` holds.
    spoken = last.lower()
    same = same or [n for n in names if spoken in n.rsplit(".", 1)[-1].split("_")] + [
        n for n in names if spoken in n.split(".")[:-1] and not n.endswith(".date")
    ]
    # difflib is quadratic: a hostile key of a megabyte is not worth a suggestion.
    near = same or (get_close_matches(path, names, n=3, cutoff=0.6) if len(path) <= 100 else [])
    if near:
        return _("did you mean {names}?").format(names=_(" or ").join(f"`{n}`" for n in near[:_NEAR]))
    return otherwise or _("`escalate schema patient` lists the fields")


def _listing(names: list[str]) -> str:
    return _("its fields are {names}").format(names=", ".join(f"`{n}`" for n in names))
