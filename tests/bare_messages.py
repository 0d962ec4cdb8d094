"""Texts in the code that a reader may be told and that no catalogue holds."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "escalate"

# Rooms of which every text that reads like a sentence must be translated. The others hold SQL, OpenAPI and
# pages as well: of them what is handed to an error or to the screen.
TOLD = (
    "texts.py", "problems.py", "truth.py", "nodes.py", "units.py", "assessment.py", "language/", "library/",
    "patient/", "engine/", "findings/", "options/", "pk/", "audit/", "files/", "commands/",
)  # fmt: skip
_SAYS = {"_", "N_", "ngettext"}
_SINKS = {
    "Problem", "UsageError", "PatientRefused", "KnowledgeRefused", "LogFailed", "InternalFault",
    "EnginesDisagree", "Refusal", "BadDose", "TooWide", "Unmet", "echo", "problem", "fail", "_fail",
}  # fmt: skip
# A pattern is no text, and neither is the name of a type.
_NO_TEXT = {"compile", "search", "match", "fullmatch", "sub", "findall", "finditer", "cast"}
# A mistake in a program is told to whoever mends it; what the exposure raises is told to its reader.
_MISTAKES = {"ValueError", "TypeError", "RuntimeError", "AttributeError"}
_TOLD_ALL_THE_SAME = "pk/"
_OPTION = re.compile(r"--?[a-z]+")
_PROSE = re.compile(r"[a-z]{2,}[,;.]? [`{(]?[A-Za-z{]|[a-z]{2,}: [a-z]{2,} |[}`)] [a-z]{2,}|^ [a-z]+ $")


def bare_messages(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of what is said without the catalogue; `{}` stands for what is put in."""
    yield from bare_texts(path.read_text(encoding="utf-8"), path)


def bare_texts(source: str, path: Path) -> Iterator[tuple[int, str]]:
    """The same of a source that would stand at the path."""
    name = path.relative_to(PACKAGE).as_posix()
    silent = _SAYS | _NO_TEXT | (set() if name.startswith(_TOLD_ALL_THE_SAME) else _MISTAKES)
    yield from sorted(_bare(ast.parse(source), silent, told=name.startswith(TOLD)))


def _bare(node: ast.AST, silent: set[str], *, told: bool) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.Call):
        called = _name(node.func)
        if called in silent:
            return
        told = told or called in _SINKS
    text = _text(node)
    if text is not None:
        if told and _PROSE.search(_OPTION.sub("", text)):
            yield node.lineno, text  # type: ignore[attr-defined]
        if isinstance(node, ast.Constant):
            return
    for child in ast.iter_child_nodes(node):
        if not (isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant)):
            yield from _bare(child, silent, told=told)


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)
    return None


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def hidden_translators(path: Path) -> list[int]:
    """Lines of a function that asks the catalogue by `_` and also binds `_` to something else."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lines = []
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            own = [n for n in _own(function) if isinstance(n, ast.Name) and n.id == "_"]
            if len({type(name.ctx) for name in own}) > 1:
                lines.append(function.lineno)
    return lines


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function without those of the scopes within it."""
    for child in ast.iter_child_nodes(function):
        yield child
        scopes = (ast.FunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
        if not isinstance(child, scopes):
            yield from _own(child)
