"""One change put into the tree of a patient file: a field, a list, an entry of a list, or a part of one."""

from __future__ import annotations

import re
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, replace

from escalate.files.safe_bytes import control_characters
from escalate.files.yaml_reader import read_text
from escalate.library.model import Library
from escalate.nodes import Mapping, Node, Scalar, Sequence
from escalate.patient.complaints import quoted
from escalate.patient.fields import LISTS, Fields, fields_of, near_field
from escalate.patient.model import WHAT_IF
from escalate.patient.scalars import is_unknown
from escalate.patient.vocabulary import resolve, vocabulary
from escalate.problems import PatientRefused, Problem, Span
from escalate.texts import _

_ENTRY = re.compile(rf"({'|'.join(LISTS)})\[([^\[\]]+)\](?:\.(.+))?")
_KEYS = {"antibodies": "name", "therapies": "drug", "overrides": "rule"}
_NEVER_CHANGED = ("schema", "id")  # another patient is no what-if


@dataclass(frozen=True, slots=True)
class Change:
    """`field=value`, the change with this number, from 1."""

    number: int
    field: str
    value: str

    @property
    def text(self) -> str:
        return f"{self.field}={self.value}"

    @property
    def short(self) -> str:
        """Both, cut where they are long."""
        return self.text if len(self.text) <= 80 else self.text[:80] + "..."

    def at_field(self) -> Span:
        return Span(WHAT_IF, self.number, 1, len(self.field) + 1)

    def at_value(self) -> Span:
        start = len(self.field) + 2
        return Span(WHAT_IF, self.number, start, start + max(1, len(self.value)))

    def problem(self, code: str, message: str, help: str = "") -> Problem:
        """What is wrong with the field that it names."""
        return Problem(self.at_field(), code, message, help, self.text)


class _Refused(Exception):
    """Ends putting in one change."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__()
        self.problems = problems


def put_in(root: Mapping, change: Change, library: Library) -> Mapping | SequenceOf[Problem]:
    """The tree with the change, or what is wrong with it. Values are judged when the tree is read."""
    fields = fields_of(library)
    try:
        node = _value(change)
        entry = _ENTRY.fullmatch(change.field)
        if entry is not None:
            owner, chosen, part = entry.groups()
            return _put(root, "", owner, _list(root, change, owner, chosen, part, node, fields, library))
        _check_name(change, fields, library)
        return _put(root, "", change.field, node)
    except _Refused as refused:
        return refused.problems


def _value(change: Change) -> Node | None:
    """The value as a patient file would hold it; None takes the field away."""
    text, at = change.value, change.at_value()
    problems = control_characters(text, WHAT_IF)
    if problems:
        raise _Refused(*(replace(p, at=at, excerpt=change.text) for p in problems))
    scalar = Scalar(text, at)
    if is_unknown(scalar):
        return None
    if not text.lstrip().startswith(("[", "{", '"', "'")):
        return scalar
    try:
        return _moved(read_text(text, WHAT_IF, PatientRefused).root, change)
    except PatientRefused as refusal:
        raise _Refused(
            *(replace(p, at=_span(p.at, change), excerpt=change.text) for p in refusal.problems)
        ) from None


def _moved(node: Node, change: Change) -> Node:
    at = _span(node.at, change)
    if isinstance(node, Scalar):
        return replace(node, at=at)
    if isinstance(node, Sequence):
        return Sequence(tuple(_moved(item, change) for item in node.items), at)
    entries = ((replace(k, at=_span(k.at, change)), _moved(v, change)) for k, v in node.entries)
    return Mapping(tuple(entries), at)


def _span(at: Span, change: Change) -> Span:
    """A place in the value alone as one in the change."""
    offset = len(change.field) + 1
    end = None if at.end_column is None else at.end_column + offset
    return Span(WHAT_IF, change.number, at.column + offset, end)


def _check_name(change: Change, fields: Fields, library: Library) -> None:
    path = change.field
    if path in _NEVER_CHANGED:
        raise _Refused(
            change.problem(
                "not-changed", _("`{path}` is not changed: it says whose file this is").format(path=path)
            )
        )
    if path in fields.facts or path in LISTS:
        return
    if path in fields.groups:
        inside = [name for name in fields.facts if name.startswith(path + ".")][:6]
        names = ", ".join(f"`{name}`" for name in inside)
        raise _Refused(
            change.problem(
                "unknown-field",
                _("`{path}` holds several fields; name one of them").format(path=path),
                _("its fields are {names}").format(names=names),
            )
        )
    derived = library.facts.get(path)
    if (derived is not None and derived.derived) or path in library.findings:
        reads = derived.reads if derived is not None else ()
        help_ = _("it reads {names}").format(names=", ".join(f"`{name}`" for name in reads)) if reads else ""
        message = _("`{path}` follows from other fields; change one of those").format(path=path)
        raise _Refused(change.problem("derived-field", message, help_))
    near = near_field(path, [*fields.facts, *LISTS])
    raise _Refused(
        change.problem("unknown-field", _("{path} is not a field").format(path=quoted(path)), near)
    )


def _list(
    root: Mapping,
    change: Change,
    owner: str,
    chosen: str,
    part: str | None,
    node: Node | None,
    fields: Fields,
    library: Library,
) -> Sequence:
    """The list `owner` with one entry changed, put behind the others, or taken away."""
    if part is not None and part not in fields.parts[owner]:
        known = _("its fields are {names}").format(names=", ".join(f"`{p}`" for p in fields.parts[owner]))
        message = _("{here} is not a field").format(here=quoted(change.field))
        raise _Refused(change.problem("unknown-field", message, near_field(part, fields.parts[owner], known)))
    found = root.get(owner)
    items = list(found.items) if isinstance(found, Sequence) else []
    number, made = _chosen(items, change, owner, chosen, fields, library)
    if part is None:
        new = node
    elif number is not None and not isinstance(items[number], Mapping):
        new = items[number]  # the reader says what an entry is
    else:
        held = items[number] if number is not None else made
        new = _put(held if isinstance(held, Mapping) else Mapping((), change.at_field()), "", part, node)
    if number is None:
        items += [new] if new is not None else []
    elif new is None:
        del items[number]
    else:
        items[number] = new
    return Sequence(tuple(items), found.at if found is not None else change.at_field())


def _chosen(
    items: SequenceOf[Node], change: Change, owner: str, chosen: str, fields: Fields, library: Library
) -> tuple[int | None, Mapping | None]:
    """The number of the entry that is meant; None for a new one, with what it begins with."""
    if chosen == "+":
        return None, None
    if chosen.isdecimal() and len(chosen) < 7:
        if int(chosen) < len(items):
            return int(chosen), None
        raise _Refused(_no_entry(change, owner, items))
    key = _KEYS[owner]
    kind = fields.parts[owner][key].names
    known = vocabulary(library, kind) if kind else None

    def named(text: str) -> str:
        resolved = resolve(text, known, kind) if known else text.strip()
        return resolved if isinstance(resolved, str) else text.strip()

    meant = named(chosen)
    texts = [item.get(key) if isinstance(item, Mapping) else None for item in items]
    same = [n for n, t in enumerate(texts) if isinstance(t, Scalar) and named(t.text) == meant]
    if len(same) == 1:
        return same[0], None
    if same:
        numbers = ", ".join(f"`{owner}[{n}]`" for n in same)
        message = _("{count} entries of `{owner}` are `{name}`").format(
            count=len(same), owner=owner, name=meant
        )
        help_ = _("say which: {numbers}").format(numbers=numbers)
        raise _Refused(change.problem("ambiguous-entry", message, help_))
    if owner == "antibodies":
        # A result that nobody has yet is the usual question; the reader judges the name.
        at = change.at_field()
        return None, Mapping(((Scalar(key, at), Scalar(chosen, at)),), at)
    raise _Refused(_no_entry(change, owner, items))


def _no_entry(change: Change, owner: str, items: SequenceOf[Node]) -> Problem:
    key = _KEYS[owner]
    shown = []
    for number, item in enumerate(items[:8]):
        name = item.get(key) if isinstance(item, Mapping) else None
        shown.append(f"`{owner}[{number}]` ({name.text if isinstance(name, Scalar) else '?'})")
    more = ", ..." if len(items) > len(shown) else ""
    message = _("`{owner}` has no such entry, it has {count}").format(owner=owner, count=len(items))
    new = _("`{owner}[+]` with `{{{key}: ...}}` is a new one").format(owner=owner, key=key)
    return change.problem(
        "unknown-entry", message, "; ".join(part for part in (", ".join(shown) + more, new) if part)
    )


def _put(here: Mapping, prefix: str, path: str, node: Node | None) -> Mapping:
    """`here` with `node` at `path`, where the path stands already, nested or with dots, or as a new key."""
    replaced = _replaced(here, prefix, path, node)
    if replaced is not None:
        return replaced
    return here if node is None else _inserted(here, prefix, path, node)


def _replaced(here: Mapping, prefix: str, path: str, node: Node | None) -> Mapping | None:
    entries = list(here.entries)
    for number, (key, held) in enumerate(entries):
        name = prefix + key.text.strip()
        if name == path:
            entries[number : number + 1] = [(key, node)] if node is not None else []
            return Mapping(tuple(entries), here.at)
        if path.startswith(name + ".") and isinstance(held, Mapping):
            inner = _replaced(held, name + ".", path, node)
            if inner is not None:
                entries[number] = (key, inner)
                return Mapping(tuple(entries), here.at)
    return None


def _inserted(here: Mapping, prefix: str, path: str, node: Node) -> Mapping:
    entries = list(here.entries)
    for number, (key, held) in enumerate(entries):
        name = prefix + key.text.strip()
        if not path.startswith(name + "."):
            continue
        if isinstance(held, Mapping):
            entries[number] = (key, _inserted(held, name + ".", path, node))
        else:  # the group was written as unknown
            entries[number] = (key, _inserted(Mapping((), node.at), name + ".", path, node))
        return Mapping(tuple(entries), here.at)
    first, *rest = path[len(prefix) :].split(".")
    inner = node
    for step in reversed(rest):
        inner = Mapping(((Scalar(step, node.at), inner),), node.at)
    return Mapping((*entries, (Scalar(first, node.at), inner)), here.at)
