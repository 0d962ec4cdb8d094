"""knowledge/safety-lock.yaml: what a change of a closing rule does to `kb check`, and which line to write."""

from __future__ import annotations

from textwrap import dedent

import pytest
from documents import KNOWLEDGE, document, knowledge
from test_library import rule

from escalate.audit.check import check
from escalate.audit.checks.lock import LOCK
from escalate.files.knowledge_base import read_knowledge
from escalate.problems import Problem

HELD = """\
    groups:
      antimetabolites: [azathioprine, methotrexate]
    rules:
      MTX-X01: {kind: exclude, for: [antimetabolites]}
    fields: [infection.active, heart.echo.lvef_percent]
    """
RULES = KNOWLEDGE["rules/rules.yaml"]
CLOSING = rule(id="NEW", kind="defer", for_="[methotrexate, azathioprine]", when="infection.sepsis")


def problems(rules: str = RULES, held: str = HELD) -> tuple[Problem, ...]:
    return check(knowledge(rules__rules=rules) | {LOCK: document(dedent(held), LOCK)})[1]


def test_a_lock_that_fits_says_nothing() -> None:
    """A field counts as read through a finding, too."""
    assert problems() == ()


def test_knowledge_without_a_lock_has_none() -> None:
    """A small knowledge base of somebody else need not have the file."""
    assert check(knowledge())[1] == ()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("id: MTX-X01", "id: MTX-X02", "locked-rule-gone"),
        ("kind: exclude", "kind: exclude\n          status: retired", "locked-rule-gone"),
        ("kind: exclude", "kind: defer", "locked-rule-weaker"),
        ("kind: exclude", "kind: caution_high", "locked-rule-weaker"),
        ("kind: exclude", "kind: caution", "locked-rule-weaker"),
        ("for: antimetabolite", "for: methotrexate", "locked-rule-narrower"),
        ("              - heart_grade >= C1\n", "", "locked-field-unread"),
    ],
)
def test_less_than_it_was(old: str, new: str, code: str) -> None:
    """Gone, weaker, narrower, or blind to a field."""
    assert code in {problem.code for problem in problems(RULES.replace(old, new))}


@pytest.mark.parametrize(
    ("kind", "code"), [("exclude", "unlocked-rule"), ("defer", ""), ("ask", "locked-rule-weaker")]
)
def test_the_order_of_kinds(kind: str, code: str) -> None:
    """Closed for good, for a time, until it is known; what closes more than its lock is locked anew."""
    held = HELD.replace(
        "kind: exclude, for: [antimetabolites]", "kind: defer, for: [azathioprine, methotrexate]"
    )

    assert [one.code for one in problems(RULES.replace("kind: exclude", f"kind: {kind}"), held)] == [
        code
    ] * bool(code)


def test_the_message_is_the_line_to_add() -> None:
    """Groups of the lock stand for their members."""
    (problem,) = problems(dedent(RULES) + CLOSING)

    assert problem.code == "unlocked-rule"
    assert problem.help == f"add to `rules` in {LOCK}:  NEW: {{kind: defer, for: [antimetabolites]}}"
    assert (
        problems(
            dedent(RULES) + CLOSING,
            HELD.replace("    fields", "      NEW: {kind: defer, for: [antimetabolites]}\n    fields"),
        )
        == ()
    )


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("kind: exclude", "kind: forbid", "unknown-value"),
        ("kind: exclude", "kin: exclude", "unknown-key"),
        ("[antimetabolites]", "[antimetabolit]", "unknown-value"),
        ("[azathioprine, methotrexate]", "[azathioprin, methotrexate]", "unknown-value"),
    ],
)
def test_a_lock_that_cannot_be_read(old: str, new: str, code: str) -> None:
    """It is no lock, and says so at its place."""
    found = problems(held=HELD.replace(old, new))

    assert (code, LOCK) in {(one.code, one.at.file) for one in found}


def test_the_shipped_knowledge_is_locked() -> None:
    """A line per closing rule; what is missing is said with the line to add."""
    documents = read_knowledge()
    found = [one for one in check(documents)[1] if "lock" in one.code]

    assert LOCK in documents
    assert [one.render() for one in found] == []
