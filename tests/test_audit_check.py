"""`kb check`: knowledge that loads and still cannot do what its author meant."""

from __future__ import annotations

import pytest
from documents import KNOWLEDGE, knowledge, with_rules
from test_library import rule

from escalate.audit.check import check, drafts
from escalate.nodes import Document


def codes(documents: dict[str, Document]) -> list[str]:
    return [problem.code for problem in check(documents)[1]]


def test_sound_knowledge_has_no_problem() -> None:
    """And comes back as a Library."""
    library, problems = check(knowledge())

    assert library is not None
    assert problems == ()


def test_what_does_not_load_is_said_first() -> None:
    """With all problems of loading, and no Library."""
    library, problems = check(with_rules(rule(when="infection.fevr")))

    assert library is None
    assert [p.code for p in problems] == ["unknown-name"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (rule(when="heart.echo.lvef_percent >= 5"), "constant-test"),
        (rule(when="heart.echo.lvef_percent > 85"), "constant-test"),
        (rule() + rule(id="Y"), "repeated-rule"),
        (
            rule(when="heart.echo.lvef_percent < 45")
            + rule(id="Y", when="{any: [heart.echo.lvef_percent < 45 %, infection.fever]}"),
            "repeated-number",
        ),
        (rule(kind="indicate", for_="azathioprine"), "unlisted-therapy"),
        (rule(advise="Must be given at night."), "order"),
    ],
)
def test_a_rule_that_cannot_be_meant(text: str, code: str) -> None:
    """Each with the line it stands in."""
    (problem,) = check(with_rules(text))[1]

    assert problem.code == code
    assert problem.excerpt


def test_a_listed_therapy_needs_a_gate() -> None:
    """An indication without anything that closes the option is not safe."""
    rules = rule(kind="indicate", step="1")
    finding = rule(id="F", kind="finding", for_="refractory") + rule(
        id="G", kind="finding", for_="heart_grade", level="C1"
    )
    high = rule(id="H", kind="finding", for_="heart_grade", level="C2", when="heart.echo.lvef_percent < 40")

    assert codes(knowledge(rules__rules=rules + finding + high)) == ["no-gate"]


def test_a_level_that_nothing_proves_and_a_finding_that_nobody_reads() -> None:
    """Both are mistakes of the author, not of the patient."""
    findings = """\
        heart_grade: {title: Heart grade, levels: [C0, C1, C2, C3], shown: true}
        refractory: {title: Refractory}
        forgotten: {title: Forgotten}
        """
    read = rule(id="F", kind="finding", for_="forgotten")

    assert codes(with_rules(read, knowledge__findings=findings)) == [
        "level-without-rule",
        "finding-unread",
    ]  # fmt: skip
    assert "finding-without-rule" in codes(knowledge(knowledge__findings=findings))


def test_a_fact_that_rules_read_needs_a_question() -> None:
    """Otherwise the report cannot say what to measure."""
    fields = KNOWLEDGE["knowledge/fields.yaml"].replace(", ask: Temperature", "")

    assert codes(knowledge(knowledge__fields=fields)) == ["nothing-to-ask"]


def test_evidence_needs_a_design_and_a_level() -> None:
    """A reader weighs it by them."""
    assert codes(knowledge(knowledge__evidence="E01: {citation: A trial}\n")) == ["incomplete-evidence"]


def test_drafts_are_listed() -> None:
    """They are no problem, and a reviewer wants to see them."""
    library, problems = check(with_rules(rule(status="draft")))

    assert library is not None
    assert [r.id for r in drafts(library)] == ["X"]
    assert problems == ()


def test_the_shipped_knowledge_passes() -> None:
    """What we ship we stand for."""
    from escalate.files.knowledge_base import read_knowledge

    _, problems = check(read_knowledge())

    assert [p.render() for p in problems] == []
