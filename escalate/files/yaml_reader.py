"""A YAML or JSON file as a `Document`: judged while its events stream past, nothing built by a loader.

The C loader follows aliases, builds what a tag asks for, keeps the last of two equal keys, reads
`no` as false and `1:40` as 100, and dies on ten thousand brackets. Here its scanner alone is used:
each event is counted and judged before the next one is asked for, and scalars stay text. So depth
and size are bounded before anything is nested, and every value has its line and column.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import yaml

from escalate.files.safe_bytes import SIZE_LIMIT, decode, read_bytes, too_large
from escalate.files.tree_builder import TreeBuilder
from escalate.files.yaml_errors import in_plain_words
from escalate.nodes import Document
from escalate.problems import KnowledgeRefused, PatientRefused, Problem, Span
from escalate.texts import _

Refused = type[PatientRefused] | type[KnowledgeRefused]


def read_document(path: Path | str, refused: Refused) -> Document:
    """Read one file. Raises `refused` with every problem of the file, sorted by place."""
    name = str(path)
    raw = read_bytes(Path(path), name)
    if isinstance(raw, Problem):
        raise refused([raw])
    return read_raw(raw, name, refused)


def read_text(text: str, file: str, refused: Refused) -> Document:
    """Read a text as if it were the file `file`. Raises `refused`."""
    # A lone surrogate cannot be encoded; made a question mark here it would be lost without a word.
    try:
        raw = text.encode()
    except UnicodeEncodeError as fault:
        raise refused(
            [
                Problem(
                    Span(file, 1, 1), "not-utf-8", _("not valid text: {reason}").format(reason=fault.reason)
                )
            ]
        ) from None
    return read_raw(raw, file, refused)


def read_raw(raw: bytes, file: str, refused: Refused) -> Document:
    """Read the bytes of the file `file`. Raises `refused`."""
    if len(raw) > SIZE_LIMIT:
        raise refused([too_large(Span(file, 1, 1))])
    text = decode(raw, file)
    if not isinstance(text, str):
        raise refused(text)
    lines = tuple(text.splitlines())
    builder = TreeBuilder(file, lines)
    source = _as_yaml(text) if file.lower().endswith(".json") else text
    try:
        for event in yaml.parse(source, Loader=yaml.CSafeLoader):
            if not builder.take(event):
                break
    except yaml.YAMLError as fault:
        builder.problems.append(in_plain_words(fault, file, lines))
    else:
        builder.finish()
    if builder.problems or builder.root is None:
        raise refused(builder.problems)
    return Document(builder.root, lines, hashlib.sha256(raw).hexdigest(), file)


_SURROGATES = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


def _as_yaml(text: str) -> str:
    """JSON that YAML reads otherwise: tabs as white space, and characters written as two surrogates."""

    def joined(hit: re.Match[str]) -> str:
        high, low = int(hit[2], 16) - 0xD800, int(hit[3], 16) - 0xDC00
        return hit[1] + chr(0x10000 + (high << 10) + low)

    # A tab inside a JSON string is not allowed, so each one is white space; one blank keeps the column.
    return _SURROGATES.sub(joined, text.replace("\t", " "))
