"""What `kb check` says to programs: SARIF 2.1.0, GitHub annotations and JSON."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from click.testing import CliRunner
from documents import KNOWLEDGE

from escalate.audit.formats import Result, github, sarif
from escalate.commands.kb import command
from escalate.problems import Span

RESULT = Result(
    "a-code", "error", "100 % wrong\nin two lines", Span("rules/a,b.yaml", 3, 5, 9), "write it so"
)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A small knowledge base with one fault: a fact misspelt in one rule."""
    for name, text in KNOWLEDGE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            dedent(text).replace("infection.active == active", "infection.actve == active"), encoding="utf-8"
        )
    return tmp_path


def said(folder: Path, fmt: str) -> str:
    outcome = CliRunner().invoke(command, ["check", "--knowledge", str(folder), "--format", fmt])
    assert outcome.exit_code == 1
    return outcome.stdout


def schema_faults(log: Any) -> list[str]:
    """What the JSON schema of SARIF 2.1.0 demands of the parts that we write."""
    faults = [] if log.get("version") == "2.1.0" and "sarif-2.1.0" in log.get("$schema", "") else ["version"]
    for run in log["runs"]:
        driver = run["tool"]["driver"]
        faults += [] if isinstance(driver["name"], str) and driver["name"] else ["driver"]
        ids = [rule["id"] for rule in driver["rules"]]
        faults += [] if len(ids) == len(set(ids)) else ["rules"]
        for result in run["results"]:
            place = result["locations"][0]["physicalLocation"]
            region, uri = place["region"], place["artifactLocation"]["uri"]
            fits = {
                "ruleId": ids[result["ruleIndex"]] == result["ruleId"],
                "level": result["level"] in ("none", "note", "warning", "error"),
                "message": bool(result["message"]["text"]),
                "uri": not uri.startswith("/") and "\\" not in uri,
                "region": all(isinstance(n, int) and n >= 1 for n in region.values()),
                "keys": region.keys() <= {"startLine", "startColumn", "endLine", "endColumn"},
            }
            faults += [name for name, fit in fits.items() if not fit]
    return faults


def test_sarif_has_the_shape_of_its_schema(broken: Path) -> None:
    """With the rule, the file and the column of the problem."""
    log = json.loads(said(broken, "sarif"))
    (result,) = log["runs"][0]["results"]

    assert schema_faults(log) == []
    assert result["ruleId"] == "unknown-name"
    assert "did you mean `infection.active`" in result["message"]["text"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "rules/rules.yaml"}


def test_codes_are_listed_although_none_was_found() -> None:
    """So that a filter knows them."""
    log = sarif([], "escalate kb check", ["b", "a"])

    assert schema_faults(log) == []
    assert log["runs"][0]["tool"]["driver"]["rules"] == [{"id": "a"}, {"id": "b"}]  # type: ignore[index]


def test_github_takes_one_line_per_problem(broken: Path) -> None:
    """An annotation beside the line of the pull request."""
    (line,) = said(broken, "github").splitlines()

    assert line.startswith(
        "::error file=rules/rules.yaml,line=14,col=9,title=unknown-name::`infection.actve`"
    )


def test_github_escapes_what_would_end_a_command() -> None:
    """Per cent, line ends, and in a property also colon and comma."""
    (line,) = github([RESULT])

    assert line == (
        "::error file=rules/a%2Cb.yaml,line=3,col=5,title=a-code::100 %25 wrong%0Ain two lines%0Awrite it so"
    )


def test_json_names_every_problem(broken: Path) -> None:
    """With its place in numbers, and no knowledge where none could be read."""
    document = json.loads(said(broken, "json"))

    assert document["schema"] == "escalate/check/v1"
    assert document["knowledge"] is None
    assert [(p["code"], p["file"], p["line"]) for p in document["problems"]] == [
        ("unknown-name", "rules/rules.yaml", 14)
    ]
