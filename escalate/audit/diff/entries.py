"""Knowledge files field by field: therapies, regimens, parameters, evidence, fields, names.

Compared is what the files say: comments, the order of keys and the line something stands on do not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase

from escalate.audit.diff.category import Category, basis_category, text_category
from escalate.audit.diff.model import EntryChange, FieldChange
from escalate.library.languages import TEXT_KEYS
from escalate.library.read_statements import FILES as STATEMENTS
from escalate.nodes import Document, Node, Scalar, Sequence
from escalate.nodes import Mapping as MappingNode
from escalate.problems import Span

Documents = Mapping[str, Document]

OVERLAYABLE = "knowledge/parameters/overlayable.yaml"
_LOCK = "knowledge/safety-lock.yaml"
# What names an entry of a list, in this order.
_KEYS = ("id", "name", "test", "step")
_OF_FOLDER = {
    "knowledge/parameters/": Category.PARAMETER,
    "knowledge/pk/": Category.PK,
    "knowledge/regimens/": Category.DOSE,
    "knowledge/evidence.yaml": Category.EVIDENCE,
    "knowledge/version.yaml": Category.RECORD,
    "knowledge/antibodies.yaml": Category.NAMES,
    "knowledge/entities.yaml": Category.NAMES,
    "knowledge/drugs.yaml": Category.NAMES,
    "knowledge/terminology/": Category.CODES,
}
_OF_KEY = {
    "dose": Category.DOSE,
    "day": Category.SCHEDULE,
    "evidence": Category.EVIDENCE,
    "evidence_level": Category.EVIDENCE,
    "status": Category.EVIDENCE,
    "approved_in": Category.EVIDENCE,
    "source": Category.EVIDENCE,
    "basis": Category.EVIDENCE,
    "monitoring": Category.MONITORING,
    "work_up": Category.MONITORING,
    "prophylaxis": Category.MONITORING,
    "washout": Category.MONITORING,
    "warnings": Category.MONITORING,
    "synonyms": Category.NAMES,
    "classes": Category.ROLE,
    "listed": Category.ROLE,
    "pk_model": Category.PK,
}


@dataclass(frozen=True, slots=True)
class _Value:
    parts: tuple[str, ...]  # a list has several
    at: Span
    is_list: bool = False

    @property
    def text(self) -> str:
        return ", ".join(self.parts)


def entry_changes(old: Documents, new: Documents) -> tuple[EntryChange, ...]:
    """Every entry that differs, by file and place.

    Args: old, new, at least the documents that are not byte for byte the same.
    """
    # By the old side's word: a change that turns a direction round is not judged by what it brings along.
    stricter = _stricter_ways(new) | _stricter_ways(old)
    found: list[EntryChange] = []
    for path in sorted({*old, *new}):
        if path.startswith("rules/") and path not in STATEMENTS:
            continue  # rules are compared as rules
        before = _flat(old[path]) if path in old else {}
        after = _flat(new[path]) if path in new else {}
        if before == after:
            continue
        groups: dict[str, list[FieldChange]] = {}
        places: dict[str, Span] = {}
        ways: dict[str, set[bool]] = {}
        for name in dict.fromkeys((*before, *after)):
            was, now = before.get(name), after.get(name)
            entry, field = _split(path, name)
            for change in _changes(path, field, was, now):
                groups.setdefault(entry, []).append(change)
                value = now or was
                if value is not None:
                    places.setdefault(entry, value.at)
                way = _is_stricter(name, change, stricter)
                if way is not None and change.category is Category.PARAMETER:
                    ways.setdefault(entry, set()).add(way)
        for entry, fields in groups.items():
            # One number that opens earlier is a loosening, whatever stands beside it.
            way = False if False in ways.get(entry, ()) else (True if ways.get(entry) else None)
            found.append(EntryChange(path, entry, places[entry], _with_bases(fields), way))
    return tuple(found)


def _with_bases(fields: SequenceOf[FieldChange]) -> tuple[FieldChange, ...]:
    """Each change of a basis as what it claims; its source stands beside it."""
    found = []
    for field in fields:
        above, dot, last = field.name.rpartition(".")
        if last == "basis" and field.category is Category.EVIDENCE:
            source = f"{above}{dot}source"
            more = any(one.new and one.name.startswith(source) for one in fields)
            field = replace(field, category=basis_category(field.old, field.new, cites_more=more))
        found.append(field)
    return tuple(found)


def rule_translations(documents: Documents) -> dict[str, dict[str, str]]:
    """By rule id, the German texts of its block `de`."""
    found: dict[str, dict[str, str]] = {}
    for path, document in documents.items():
        if not path.startswith("rules/") or not isinstance(document.root, Sequence):
            continue
        for item in document.root.items:
            id, german = (item.get("id"), item.get("de")) if isinstance(item, MappingNode) else (None, None)
            if isinstance(id, Scalar) and isinstance(german, MappingNode):
                texts = {key.text: dict(_leaves(value, "")) for key, value in german.entries}
                found[id.text] = {
                    name: "; ".join(v.text for v in values.values()) for name, values in texts.items()
                }
    return found


def _changes(path: str, field: str, was: _Value | None, now: _Value | None) -> Iterator[FieldChange]:
    before, after = was.parts if was else (), now.parts if now else ()
    if before == after:
        return
    category = _category(path, field)
    listed = bool((was and was.is_list) or (now and now.is_list))
    if listed and before and after and category is not Category.FIELD:
        gone = tuple(part for part in before if part not in after)
        come = tuple(part for part in after if part not in before)
        if not gone and not come:
            return  # the order of a list of texts, sources or names
        before, after = gone, come
    was_said, said = "; ".join(before), "; ".join(after)
    if category is Category.TEXT:
        category = text_category(was_said, said)
    yield FieldChange(field, was_said, said, category)


def _category(path: str, field: str) -> Category:
    keys = field.replace("[", ".").split(".")
    if "de" in keys:
        return Category.TRANSLATION
    if path in STATEMENTS or path == _LOCK:
        return Category.PROOF
    for key in keys:
        if key in _OF_KEY and (key != "day" or path.startswith("knowledge/regimens/")):
            return _OF_KEY[key]
    if keys[-1] in TEXT_KEYS:
        return Category.TEXT
    for folder, category in _OF_FOLDER.items():
        if path.startswith(folder):
            return category
    if path.startswith("knowledge/therapies/"):
        return Category.TEXT
    return Category.FIELD


def _split(path: str, name: str) -> tuple[str, str]:
    """The entry and the field in it: a therapy's file is one entry, elsewhere the first name is one."""
    if path.startswith(("knowledge/therapies/", "knowledge/pk/")):
        return path.rpartition("/")[2].removesuffix(".yaml"), name
    if path.startswith("knowledge/parameters/"):
        group, _, rest = name.partition(".")
        inner, dot, field = rest.partition(".")
        return (f"{group}.{inner}", field) if dot else (group, rest or group)
    if name.startswith("["):
        entry, _, field = name[1:].partition("]")
        return entry, field.removeprefix(".") or entry
    if path.startswith("knowledge/regimens/"):
        therapy = path.rpartition("/")[2].removesuffix(".yaml")
        entry, _, field = name.removeprefix("regimens[").partition("]")
        return (f"{therapy}: {entry}", field.removeprefix(".")) if field else (therapy, name)
    entry, _, field = name.partition(".")
    # Names of facts hold dots; what follows the last one is the field.
    if path.startswith(("knowledge/fields.yaml", "knowledge/derived/")):
        entry, _, field = name.rpartition(":")
    return entry, field or entry


def _flat(document: Document) -> dict[str, _Value]:
    root = document.root
    if document.file.startswith(("knowledge/fields.yaml", "knowledge/derived/")) and isinstance(
        root, MappingNode
    ):
        return {
            f"{key.text}:{name}": value for key, body in root.entries for name, value in _leaves(body, "")
        }
    return dict(_leaves(root, ""))


def _leaves(node: Node, prefix: str) -> Iterator[tuple[str, _Value]]:
    if isinstance(node, Scalar):
        yield prefix, _Value((" ".join(node.text.split()),), node.at)
    elif isinstance(node, MappingNode):
        for key, value in node.entries:
            yield from _leaves(value, f"{prefix}.{key.text}" if prefix else key.text)
    elif all(isinstance(item, Scalar) for item in node.items):
        texts = tuple(" ".join(item.text.split()) for item in node.items if isinstance(item, Scalar))
        yield prefix, _Value(texts, node.at, True)
    else:
        for number, item in enumerate(node.items, 1):
            yield from _leaves(item, f"{prefix}[{_named(item, number)}]")


def _named(item: Node, number: int) -> str:
    if isinstance(item, MappingNode):
        for key in _KEYS:
            value = item.get(key)
            if isinstance(value, Scalar):
                return value.text
    return str(number)


def _stricter_ways(documents: Documents) -> dict[str, str]:
    """Pattern of a parameter -> the way that is stricter, as knowledge/parameters/overlayable.yaml says."""
    document = documents.get(OVERLAYABLE)
    root = document.root if document is not None else None
    ways = root.get("overlayable") if isinstance(root, MappingNode) else None
    if not isinstance(ways, MappingNode):
        return {}
    return {key.text: value.text for key, value in ways.entries if isinstance(value, Scalar)}


def _is_stricter(name: str, change: FieldChange, ways: Mapping[str, str]) -> bool | None:
    """Whether a number of this name closes more than before; None where nobody says which way that is."""
    way = next((way for pattern, way in ways.items() if fnmatchcase(name, pattern)), "")
    try:
        was, now = Decimal(change.old), Decimal(change.new)
    except InvalidOperation:
        return None
    return (now > was) is (way == "higher") if way in ("higher", "lower") else None
