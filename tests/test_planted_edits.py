"""Bad edits of the shipped knowledge, one of each kind, and the command that catches each.

The tables are planted_edits.yaml and, of edits that change nothing, planted_harmless.yaml. Everything runs in
memory: one file is read again per edit, and a proof is asked only of the invariant that must fail.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from escalate.audit.check import check, translations
from escalate.audit.diff.compare import Side, compare
from escalate.audit.diff.difference import Difference
from escalate.audit.expectations import failures
from escalate.audit.verify.verify import verify
from escalate.files.knowledge_base import read_knowledge
from escalate.files.vignettes import assessor, vignette_cases
from escalate.files.yaml_reader import read_text
from escalate.library.build import build_library
from escalate.library.model import Library
from escalate.library.read_statements import statements_of
from escalate.library.statements import Statements
from escalate.nodes import Document
from escalate.problems import KnowledgeRefused, Problem

HERE = Path(__file__).parent
Row = Mapping[str, Any]


def table(name: str) -> list[Row]:
    rows = yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
    assert isinstance(rows, list)
    return rows


BAD, HARMLESS = table("planted_edits.yaml"), table("planted_harmless.yaml")


def of(command: str) -> list[Any]:
    return [pytest.param(row, id=row["edit"]) for row in BAD if row["caught_by"] == command]


@cache
def shipped() -> Mapping[str, Document]:
    return read_knowledge()


@cache
def before() -> tuple[Library, Statements]:
    library = build_library(shipped())
    return library, statements_of(shipped(), library)


def edited(row: Row) -> tuple[dict[str, Document], list[Problem]]:
    """The shipped documents with the edit of a row, or what keeps its file from being read."""
    documents = dict(shipped())
    refused: list[Problem] = []
    for edit in (row, *row.get("also", ())):
        file = edit["file"]
        try:
            documents[file] = read_text(changed(documents[file], edit), file, KnowledgeRefused)
        except KnowledgeRefused as unreadable:
            refused += unreadable.problems
    return documents, refused


def changed(document: Document, edit: Row) -> str:
    text = "\n".join(document.lines) + "\n"
    start, end = part(text, edit.get("in"))
    inside = text[start:end]
    if edit.get("remove"):
        return text[:start] + text[end:]
    if "add" in edit:
        return text + "\n" + str(edit["add"])
    old, new = str(edit["old"]), str(edit["new"])
    count = inside.count(old)
    assert count == 1 or (count and edit.get("first")), f"{edit['edit']}: `{old}` stands {count} times"
    return text[:start] + inside.replace(old, new, 1) + text[end:]


def part(text: str, entry: str | None) -> tuple[int, int]:
    """Where a rule, a regimen or an entry begins and ends."""
    if entry is None:
        return 0, len(text)
    begin = re.search(rf"^(\s*- id: {re.escape(entry)}\n|{re.escape(entry)}:)", text, re.MULTILINE)
    assert begin, f"there is no {entry}"
    following = re.compile(r"^\s*- id: |^\S+:|^# -----", re.MULTILINE).search(text, begin.end())
    return begin.start(), following.start() if following else len(text)


def difference(row: Row) -> Difference:
    old, statements = before()
    documents, refused = edited(row)
    assert not refused
    # As the command does: only the files that are not byte for byte the same.
    files = [path for path in documents if documents[path].lines != shipped()[path].lines]
    return compare(
        Side("old", old, {path: shipped()[path] for path in files}, statements),
        Side("new", build_library(documents), {path: documents[path] for path in files}, statements),
    )


def test_the_table_holds_every_kind() -> None:
    """Forty bad edits and ten harmless ones at the least, and every command catches some."""
    assert len(BAD) >= 40
    assert len(HARMLESS) >= 10
    assert {row["caught_by"] for row in BAD} == {"check", "verify", "diff", "test"}


@pytest.mark.parametrize("row", of("check"))
def test_kb_check_catches_it_at_its_place(row: Row) -> None:
    """One code at one line; nothing else is said unless the edit breaks more than one thing."""
    documents, refused = edited(row)
    library, problems = (None, tuple(refused)) if refused else check(documents)
    if library is not None:
        problems = (*problems, *translations(documents))
    elsewhere = row["at"].startswith(("knowledge/", "rules/"))
    file, _, words = row["at"].partition(": ") if elsewhere else (row["file"], "", row["at"])
    found = [
        problem
        for problem in problems
        if problem.code == row["says"] and problem.at.file == file and words in problem.excerpt
    ]

    assert found, [problem.render() for problem in problems]
    assert row.get("says_too") or {problem.code for problem in problems} == {row["says"]}


@pytest.mark.parametrize("row", of("verify"))
def test_kb_verify_catches_it(row: Row) -> None:
    """The invariant is broken by somebody, and holds for everybody before the edit."""
    old, statements = before()
    one = tuple(i for i in statements.invariants if i.about.id == row["says"])
    alone = replace(statements, invariants=one)
    documents, _ = edited(row)

    (held,) = verify(old, alone, only=("invariants",))
    (broken,) = verify(build_library(documents), alone, only=("invariants",))

    assert held.failures == ()
    assert {failure.subject for failure in broken.failures} == {row["says"]}


@pytest.mark.parametrize("row", of("diff"))
def test_kb_diff_says_that_it_loosens(row: Row) -> None:
    """`--fail-on loosens` stops it, or a reviewer has to confirm it, and the rule is named."""
    found = difference(row)

    assert found.loosens is not row.get("raised", False)
    assert found.raised == ((row["says"],) if row.get("raised") else ())
    assert row["says"] in [rule.id for rule in found.rules if not rule.is_harmless]


@pytest.mark.parametrize("row", of("test"))
def test_a_vignette_catches_it(row: Row) -> None:
    """A case that holds before the edit fails after it."""
    documents, _ = edited(row)
    run, was = assessor(build_library(documents)), assessor(before()[0])
    cases = list(vignette_cases(HERE / "vignettes" / row["vignettes"]))
    failing = [case.name for case in cases if failures(case, run)]

    assert [case.name for case in cases if failures(case, was)] == []
    assert any(row["says"] in name for name in failing)


@pytest.mark.parametrize("row", [pytest.param(row, id=row["edit"]) for row in HARMLESS])
def test_a_harmless_edit_is_called_harmless(row: Row) -> None:
    """`kb check` has nothing to say, and the comparison proves that nobody is advised otherwise."""
    documents, refused = edited(row)
    _, problems = check(documents)
    found = difference(row)

    assert [problem.render() for problem in (*refused, *problems, *translations(documents))] == []
    assert not found.loosens
    assert not found.tightens
    assert not found.means_anything
