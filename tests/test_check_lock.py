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
ALARM = """\
- id: ALARM
  title: Sepsis
  kind: alert
  alert: emergency
  when:
    any:
      - infection.sepsis
      - infection.fever
  do:
    - Blood cultures
    - {text: Methotrexate, therapies: [methotrexate]}
    - {text: Azathioprine, therapies: [azathioprine]}
  because: Stated.
  basis: expert_judgement
"""
HELD_ALARM = (
    HELD.rstrip(" ").replace(
        "    fields", "      ALARM: {kind: emergency, starts: [antimetabolites]}\n    fields"
    )
    + "    emergency_fields: [infection.fever, infection.sepsis]\n"
)
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


def test_an_emergency_that_fits_its_lock_says_nothing() -> None:
    """Its line names what it starts; without a line it is said which one to add."""
    (problem,) = problems(dedent(RULES) + ALARM)

    assert problems(dedent(RULES) + ALARM, HELD_ALARM) == ()
    assert (problem.code, problem.message) == ("unlocked-rule", "`ALARM` is an emergency and is not locked")
    assert problem.help.endswith(":  ALARM: {kind: emergency, starts: [antimetabolites]}")


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        (ALARM, "", "locked-rule-gone", "the locked rule `ALARM` is gone"),
        (
            "id: ALARM\n",
            "id: ALARM\n  status: draft\n",
            "locked-rule-gone",
            "the locked rule `ALARM` is draft",
        ),
        ("alert: emergency", "alert: warning", "locked-rule-weaker", "was `emergency` and is `warning`"),
        (
            ALARM,
            rule(id="ALARM", kind="exclude", when="infection.sepsis"),
            "locked-rule-weaker",
            "was `emergency` and is `exclude`",
        ),
        (
            "    - {text: Azathioprine, therapies: [azathioprine]}\n",
            "",
            "locked-rule-narrower",
            "the locked emergency `ALARM` no longer starts `azathioprine`",
        ),
        ("      - infection.fever\n", "", "locked-field-unread", "no emergency reads `infection.fever`"),
    ],
)
def test_an_emergency_that_is_less_than_it_was(old: str, new: str, code: str, said: str) -> None:
    """Gone, a warning, a rule that closes, without a treatment that it started, or blind to a field."""
    assert old in ALARM
    found = problems(dedent(RULES) + ALARM.replace(old, new), HELD_ALARM)

    assert [one.message for one in found if one.code == code and said in one.message]


def test_an_emergency_that_starts_more_changes_its_line() -> None:
    """What it starts is what a conference agreed upon, and it opens: the more is written down, too."""
    (problem,) = problems(
        dedent(RULES) + ALARM, HELD_ALARM.replace("[antimetabolites]}\n    f", "[methotrexate]}\n    f")
    )

    assert (problem.code, problem.message) == ("unlocked-rule", "`ALARM` starts more than its lock says")


def test_a_lock_names_what_an_emergency_starts_and_not_whom_it_is_for() -> None:
    """The word of a closing rule in the line of an emergency is a typing error, not an empty list."""
    found = problems(dedent(RULES) + ALARM, HELD_ALARM.replace("starts:", "for:"))

    assert "unknown-key" in {one.code for one in found}


def test_the_shipped_knowledge_is_locked() -> None:
    """A line per closing rule and per emergency; what is missing is said with the line to add."""
    documents = read_knowledge()
    found = [one for one in check(documents)[1] if "lock" in one.code]

    assert LOCK in documents
    assert [one.render() for one in found] == []
