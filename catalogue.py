"""Brings the German catalogue up to the code: `make catalogue`.

The messages of Python code are read off the syntax tree, so that one inside an f-string is found as well;
those of the site's templates by jinja2. A message that is new stands in the catalogue without German until
somebody writes it (tests/test_german.py fails so long); one that nothing says any more is dropped, and named.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from hatch_build import LOCALE, compile_catalogues

PACKAGE = LOCALE.parent
PO = LOCALE / "de" / "LC_MESSAGES" / "escalate.po"
Text = str | tuple[str, ...]
# How many texts each of them is given.
_TAKES = {"_": 1, "N_": 1, "ngettext": 2}


def messages() -> Iterator[tuple[str, Text]]:
    """File, and the English text of each message in it (of one that counts, both forms), in their order.

    Raises: ValueError for an f-string as a message: its words change before they can be looked up.
    """
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE.parent).as_posix()
        calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if _asks(node)]
        for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
            texts = call.args[: _TAKES[call.func.id]]  # type: ignore[attr-defined]
            if any(isinstance(text, ast.JoinedStr) for text in texts):
                raise ValueError(f"{name}:{call.lineno}: an f-string cannot be translated")
            said = tuple(text.value for text in texts if isinstance(text, ast.Constant))
            if len(said) == len(texts):
                yield name, said[0] if len(said) == 1 else said
    options = {"**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
    templates = extract_from_dir(PACKAGE, [("**.html", "jinja2")], options_map=options)
    for inside, _line, found, _comments, _context in templates:
        yield f"{PACKAGE.name}/{inside}", found


def _asks(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _TAKES


def updated(old: Catalog) -> tuple[Catalog, list[str]]:
    """The catalogue of the code with the German that is there, and the messages that went."""
    new = Catalog("de", project="escalate", header_comment=old.header_comment, fuzzy=False)
    new.mime_headers = old.mime_headers
    for file, text in messages():
        known = old.get(_key(text))
        new.add(text, known.string if known else None, locations=[(file, 0)])
    return new, [str(message.id) for message in old if message.id and new.get(_key(message.id)) is None]


def _key(text: Text) -> str:
    return text if isinstance(text, str) else text[0]


def main() -> None:
    """Rewrite the `.po` file and compile it."""
    with PO.open("rb") as file:
        catalogue, gone = updated(read_po(file, locale="de"))
    with PO.open("wb") as file:
        write_po(file, catalogue, width=0, include_lineno=False)
    for text in gone:
        print(f"no longer said: {text}", file=sys.stderr)
    compile_catalogues(LOCALE)


if __name__ == "__main__":
    main()
