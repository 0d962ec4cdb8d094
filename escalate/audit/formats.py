"""What a review command found, for programs: SARIF 2.1.0, the annotations of a GitHub workflow, JSON.

One `Result` is one thing at one place; `kb check` and `kb diff` both hand theirs over here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from escalate._version import VERSION
from escalate.problems import Problem, Span, printable

_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
_GITHUB = {"error": "error", "warning": "warning", "note": "notice"}

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Result:
    """One thing found. `code` is stable, for filters; `at` names a file relative to the knowledge folder."""

    code: str
    level: Level
    message: str
    at: Span
    help: str = ""


def results(problems: Iterable[Problem]) -> tuple[Result, ...]:
    """Problems of a knowledge base, each an error."""
    return tuple(Result(p.code, "error", printable(p.message), p.at, printable(p.help)) for p in problems)


def document(found: Iterable[Result]) -> list[Mapping[str, object]]:
    """One plain object per result, with keys that stay."""
    return [
        {
            "code": one.code,
            "level": one.level,
            "file": one.at.file,
            "line": one.at.line,
            "column": one.at.column,
            "message": one.message,
            "help": one.help,
        }
        for one in found
    ]


def sarif(found: Iterable[Result], tool: str, codes: Iterable[str] = ()) -> Mapping[str, object]:
    """A log of one run.

    Args: tool, the command that found it; codes, that it may give, whether or not one of them was found.
    """
    listed = tuple(found)
    ids = sorted({*codes, *(one.code for one in listed)})
    driver = {"name": tool, "version": VERSION, "rules": [{"id": code} for code in ids]}
    return {
        "$schema": _SARIF,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": [_result(one, ids) for one in listed]}],
    }


def github(found: Iterable[Result]) -> Iterator[str]:
    """Workflow commands: each becomes an annotation beside the line of the pull request."""
    for one in found:
        place = f"file={_escaped(one.at.file, inside=True)},line={one.at.line},col={one.at.column}"
        said = "\n".join(text for text in (one.message, one.help) if text)
        yield f"::{_GITHUB[one.level]} {place},title={_escaped(one.code, inside=True)}::{_escaped(said)}"


def _result(one: Result, ids: list[str]) -> Mapping[str, object]:
    region = {"startLine": one.at.line, "startColumn": one.at.column}
    if one.at.end_column is not None:
        region["endColumn"] = one.at.end_column
    return {
        "ruleId": one.code,
        "ruleIndex": ids.index(one.code),
        "level": one.level,
        "message": {"text": "\n".join(text for text in (one.message, one.help) if text)},
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": one.at.file}, "region": region}},
        ],
    }


def _escaped(text: str, *, inside: bool = False) -> str:
    """As the workflow commands of GitHub escape a message, or a property of one."""
    said = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return said.replace(":", "%3A").replace(",", "%2C") if inside else said
