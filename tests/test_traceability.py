"""Every id of the clinical dossier is held by rules, knowledge or program and a test, or a reason says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from escalate.audit.trace import Entry, Row, read_entries, trace
from escalate.audit.trace_page import page
from escalate.files.trace import PAGE, trace_repository
from escalate.files.yaml_reader import read_text
from escalate.library.model import Library
from escalate.problems import KnowledgeRefused

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def rows(library: Library) -> tuple[Row, ...]:
    return trace_repository(ROOT, library)


def entries(text: str) -> tuple[Entry, ...]:
    return read_entries(read_text(text, "ids.yaml", KnowledgeRefused))


def one(text: str, library: Library, **files: str) -> Row:
    """The row of one id in a repository of a few files."""
    texts = {name.replace("__", "/"): body for name, body in files.items()}
    (row,) = trace(entries(text), library, texts)
    return row


def test_every_id_has_a_home_and_a_test_or_a_reason(rows: tuple[Row, ...]) -> None:
    """And every place that an entry names is there."""
    assert [problem for row in rows for problem in row.problems] == []


def test_the_page_is_what_the_command_makes(rows: tuple[Row, ...]) -> None:
    """`escalate kb trace` writes it anew."""
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page(rows)


@pytest.mark.parametrize(
    ("first", "last"),
    [("NEV-01", "NEV-10"), ("V01", "V66"), ("BCMA-X01", "BCMA-X41"), ("CARD-01", "CARD-07"), ("R1", "R41")],
)
def test_no_number_of_a_series_is_left_out(first: str, last: str, rows: tuple[Row, ...]) -> None:
    """A row may be split by a letter (BCMA-X14a, BCMA-X14b); its number stands all the same."""
    known = {row.entry.id.rstrip("abcd") for row in rows}
    stem, digits = first.rstrip("0123456789"), len(first) - len(first.rstrip("0123456789"))
    numbers = range(int(first[len(stem) :]), int(last[len(stem) :]) + 1)

    assert {f"{stem}{n:0{digits}}" for n in numbers} <= known


def test_a_rule_belongs_to_the_id_that_it_begins_with(library: Library) -> None:
    """`CARD-05-ADVANCED` to `CARD-05`; a test that names one of its rules is a test of it."""
    row = one("- {id: CARD-05, section: '6.2'}", library, tests__x="CARD-05-ADVANCED", tests__y="CARD-06")

    assert "CARD-05-ADVANCED" in row.rules
    assert row.tests == ("tests/x",)
    assert row.problems == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- {id: ZZZ-01, section: '1'}", "stands in no rule"),
        ("- {id: CARD-05, section: '6.2'}", "no test holds `CARD-05`"),
        ("- {id: CARD-05, section: '6.2', none: it has none, untested: x}", "still says why it is not"),
        ("- {id: CARD-05, section: '6.2', untested: x, home: [rules/gone.yaml]}", "no rule and no file"),
        (
            "- {id: CARD-05, section: '6.2', test: ['tests/gone.py::test_x']}",
            "no test `tests/gone.py::test_x`",
        ),
        ("- {id: V99, section: '11', kind: vignette}", "stands in no rule"),
        ("- {id: E999, section: '12', kind: evidence}", "stands in no rule"),
    ],
)
def test_what_is_missing_or_stale_is_said(text: str, problem: str, library: Library) -> None:
    """An id without a home, without a test, and a reason or a place that no longer fits."""
    assert any(problem in said for said in one(text, library).problems)


def test_a_reason_is_enough(library: Library) -> None:
    """An id that is kept out on purpose says why."""
    assert one("- {id: ZZZ-01, section: '1', none: a task of the maintainer}", library).problems == ()


def test_ranges_and_lists_are_unfolded() -> None:
    """In the width in which the first one is written."""
    assert [entry.id for entry in entries("- {ids: [V08..V10, R1..R2, X], section: '1'}")] == [
        "V08", "V09", "V10", "R1", "R2", "X",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["{id: X}", "- {id: X, words_: y}", "- {id: X, kind: drug}", "- {id: X}\n- {id: X}"],
    ids=["no list", "unknown key", "unknown kind", "twice"],
)
def test_ids_that_cannot_be_meant_are_refused(text: str) -> None:
    """With their place, instead of a row too few."""
    with pytest.raises(KnowledgeRefused, match=r"ids.yaml:\d+"):
        entries(text)
