"""The facts of a patient: fields of the file (fields.yaml) and derived facts (knowledge/derived)."""

from __future__ import annotations

import re
from collections.abc import Mapping as AbstractMapping
from dataclasses import replace

from escalate.library.families import Family
from escalate.library.model import FactType, Vocabulary
from escalate.library.reading import Reader
from escalate.nodes import Mapping, Node, Scalar
from escalate.problems import nearest
from escalate.texts import _

_KINDS = ("boolean", "number", "integer", "enum", "list", "date", "text")
_SHARED = ("type", "unit", "range", "values", "label", "ask")
_FIELD = (
    *_SHARED, "names", "also", "refines", "never", "default", "month", "dated_by", "not_before",
    "unit_needed_below", "max_length", "means",
)  # fmt: skip
_DERIVED = (*_SHARED, "reads", "means", "source")
_SLOT = re.compile(r"\{([a-z_]+)\}")


def read_fields(reader: Reader, words: AbstractMapping[str, Vocabulary]) -> dict[str, FactType]:
    """The fields; `words` are the vocabularies that spell the values of a field with `names`."""
    fields: dict[str, FactType] = {}
    for key, body in reader.entries(reader.document.file):
        reader.keys(body, _FIELD, ("type", "label"), f"`{key.text}`")
        fact = _shared(reader, key, body)
        names = reader.word(body.get("names"), words, "names")
        values = fact.values or tuple(words[names].labels if names else ())
        most = reader.whole(body.get("max_length"), "max_length")
        fields[key.text] = replace(
            fact,
            values=values,
            names=names,
            also=reader.texts(body.get("also"), "also"),
            refines=reader.text(body.get("refines"), "refines"),
            accepts_never=reader.flag(body.get("never"), "never"),
            default=reader.text(body.get("default"), "default"),
            month=reader.flag(body.get("month"), "month"),
            dated_by=reader.text(body.get("dated_by"), "dated_by"),
            not_before=reader.text(body.get("not_before"), "not_before"),
            unit_needed_below=reader.decimal(body.get("unit_needed_below"), "unit_needed_below"),
            max_length=most,
        )
    for key, body in reader.entries(reader.document.file):
        for link in ("refines", "dated_by", "not_before"):
            target = body.get(link)
            if isinstance(target, Scalar) and target.text not in fields:
                reader.problem(
                    target.at,
                    "unknown-name",
                    _("`{link}` of `{key}`: `{target}` is not a field").format(
                        link=link, key=key.text, target=target.text
                    ),
                    nearest(target.text, fields),
                )
    return fields


def read_derived(
    reader: Reader, fields: AbstractMapping[str, FactType], members: AbstractMapping[str, object]
) -> tuple[dict[str, FactType], tuple[Family, ...]]:
    """The derived facts of one file, and the families among them."""
    plain: dict[str, FactType] = {}
    families: list[Family] = []
    for key, body in reader.entries(reader.document.file):
        reader.keys(body, _DERIVED, ("type", "label", "reads"), f"`{key.text}`")
        fact = replace(
            _shared(reader, key, body), derived=True, reads=_reads(reader, body.get("reads"), fields)
        )
        slots = _SLOT.findall(key.text)
        if not slots:
            plain[key.text] = fact
        elif len(slots) == 1 and slots[0] in members:
            families.append(Family(fact, slots[0]))
        else:
            reader.problem(
                key.at,
                "unknown-slot",
                _("`{key}` may hold one of {members} in braces").format(
                    key=key.text, members=", ".join(members)
                ),
            )
    return plain, tuple(families)


def _reads(reader: Reader, node: Node | None, fields: AbstractMapping[str, FactType]) -> tuple[str, ...]:
    """Fields of the patient; a list of mappings (`therapies`) is named as a whole."""
    whole = {name.partition("[")[0] for name in fields}
    blocks = {name.rpartition(".")[0] for name in fields}
    for item in reader.items(node, "reads"):
        text = reader.text(item)
        if text not in fields and text not in whole and text not in blocks:
            reader.problem(
                item.at, "unknown-name", _("`{name}` is not a field").format(name=text), nearest(text, fields)
            )
    return reader.texts(node, "reads")


def _shared(reader: Reader, key: Scalar, body: Mapping) -> FactType:
    kind = reader.word(body.get("type"), _KINDS, "type") or "text"
    bounds = reader.items(body.get("range"), "range")
    if bounds and (len(bounds) != 2 or kind not in ("number", "integer")):
        reader.problem(
            key.at,
            "wrong-shape",
            _("`range` of `{key}` needs two numbers, and a number it bounds").format(key=key.text),
        )
        bounds = ()
    low, high = (reader.decimal(bound, "range") for bound in bounds) if bounds else (None, None)
    return FactType(
        name=key.text,
        kind=kind,
        unit=reader.text(body.get("unit"), "unit"),
        low=low,
        high=high,
        values=reader.texts(body.get("values"), "values"),
        ask=reader.text(body.get("ask"), "ask"),
        label=reader.text(body.get("label"), "label"),
    )
