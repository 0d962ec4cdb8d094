"""Every code that `escalate kb check` may give, with what it says, read off the code that says it.

`python tests/code_table.py` writes docs/kb-check-codes.md; tests/test_kb_check_codes.py holds the page to it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "kb-check-codes.md"
HEAD = """\
# The codes of `escalate kb check`

Each problem has a stable code, the same in text, JSON, SARIF and GitHub annotations. The table is written by
`python tests/code_table.py` from the code that gives them; `{...}` stands for what was found.

| code | says |
|---|---|
"""
# Where a knowledge base is read and looked at. Patient files have codes of their own.
_READ = (
    "audit/check.py",
    "audit/prohibitions.py",
    "audit/checks",
    "language",
    "library",
    "files/yaml_errors.py",
    "files/yaml_reader.py",
    "files/tree_builder.py",
    "files/knowledge_base.py",
    "nodes.py",
    "units.py",
)
_CODE = re.compile(r"[a-z]+(-[a-z]+)+")
# Names that are written like codes and are none.
_NO_CODES = {"pack-years", "step-up"}

# Where the message is put together elsewhere, or stands behind its help.
_SAID = {
    "unverified-code": "every code of `{fact}` has grade U: not verified, so no rule may rest on it",
}


def codes() -> dict[str, str]:
    """Each code with the message that stands beside it first."""
    found: dict[str, str] = {}
    for path in sorted(_files()):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {
            target.id: node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for scope in (*(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)), tree):
            own = {
                target.id: node.value
                for node in ast.walk(scope)
                if isinstance(node, ast.Assign)
                for target in node.targets
                if isinstance(target, ast.Name)
            }
            for node in ast.walk(scope):
                if isinstance(node, ast.Call):
                    for code, said in _in_call(node, {**names, **own}):
                        found[code] = found.get(code) or said
    return dict(sorted({code: _SAID.get(code, said) for code, said in found.items()}.items()))


def page() -> str:
    """The page as it should stand."""
    return HEAD + "".join(f"| `{code}` | {said.replace('|', '/')} |\n" for code, said in codes().items())


def _files() -> Iterator[Path]:
    for place in _READ:
        whole = ROOT / "escalate" / place
        yield from whole.rglob("*.py") if whole.is_dir() else [whole] if whole.exists() else []


def _in_call(call: ast.Call, names: Mapping[str, ast.expr]) -> Iterator[tuple[str, str]]:
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    for place, argument in enumerate(arguments):
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            code = argument.value
            if _CODE.fullmatch(code) and code not in _NO_CODES:
                rest = arguments[place + 1 :]
                texts = (_text(names.get(one.id, one) if isinstance(one, ast.Name) else one) for one in rest)
                yield code, next((text for text in texts if text), "")


def _text(node: ast.AST) -> str:
    """The words of a message, translated or not; empty where it is worked out elsewhere."""
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and " " in one.value:
            return " ".join(one.value.split())
    return ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
