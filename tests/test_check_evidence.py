"""`kb check` on evidence: direction, drug, disease, level, who cites it, approvals, and quoted thresholds."""

from __future__ import annotations

from textwrap import dedent

import pytest
from documents import KNOWLEDGE, knowledge, with_rules
from test_library import rule

from escalate.audit.check import check
from escalate.nodes import Document
from escalate.problems import Problem

REGISTER = """\
    E01: {citation: A trial, design: RCT, level: rct, direction: for}
    E02: {citation: A negative trial, design: RCT, level: rct_negative, direction: against}
    E03: {citation: A trial of azathioprine, design: RCT, level: rct, about: {therapies: [azathioprine]}}
    E04: {citation: A trial in another disease, design: RCT, level: rct, about: {entities: [other]}}
    """
ENTITIES = "dermatomyositis: {label: Dermatomyositis, synonyms: [DM]}\nother: {label: Other disease}\n"


def problems(documents: dict[str, Document]) -> list[Problem]:
    """All problems but those that come of having one listed therapy and a register of several sources."""
    return [one for one in check(documents)[1] if one.code not in ("orphaned-evidence", "no-gate")]


def citing(source: str, kind: str = "caution", **more: str) -> list[Problem]:
    text = rule(kind=kind, source=f"[{source}]", **{"basis": "source", **more})
    return problems(with_rules(text, knowledge__evidence=REGISTER, knowledge__entities=ENTITIES))


@pytest.mark.parametrize(
    ("source", "kind", "basis", "found"),
    [
        ("{ref: E02, supports: indication}", "indicate", "expert_judgement", ["evidence-direction"]),
        ("{ref: E02, supports: negative}", "indicate", "expert_judgement", []),
        ("{ref: E02, supports: negative}", "indicate", "source", ["evidence-direction"]),
        ("{ref: E01, supports: indication}", "indicate", "source", []),
        ("{ref: E01, supports: selected patients}", "against", "source", ["evidence-direction"]),
        ("{ref: E01, supports: selected patients}", "against", "expert_judgement", []),
        ("{ref: E02, supports: negative}", "against", "source", []),
    ],
)
def test_a_negative_trial_is_never_support(source: str, kind: str, basis: str, found: list[str]) -> None:
    """It may stand beside an indication that is a judgement, with words that say what it is."""
    step = {"step": "1"} if kind == "indicate" else {}

    assert [one.code for one in citing(source, kind, basis=basis, **step)] == found


@pytest.mark.parametrize(
    ("supports", "found"),
    [("a limit", ["evidence-drug"]), ("a limit of azathioprine", []), ("a limit of AZA", [])],
)
def test_a_source_about_another_drug_is_named_as_such(supports: str, found: list[str]) -> None:
    """By the drug's name or any of its synonyms."""
    assert [one.code for one in citing(f"{{ref: E03, supports: {supports}}}")] == found


@pytest.mark.parametrize(
    ("when", "supports", "found"),
    [
        ("diagnosis.entity == dermatomyositis", "indication", ["evidence-entity"]),
        ("diagnosis.entity == dermatomyositis", "as in the other disease", []),
        ("diagnosis.entity == other", "indication", []),
        ("infection.fever", "indication", []),
    ],
)
def test_a_source_about_another_disease_is_named_as_such(when: str, supports: str, found: list[str]) -> None:
    """Where the rule asks for a disease in so many words."""
    result = citing(f"{{ref: E04, supports: {supports}}}", "indicate", when=when, step="1")

    assert [one.code for one in result] == found


def test_what_a_source_is_about_is_a_name_of_the_knowledge() -> None:
    """A disease misspelt there would switch the check off."""
    register = REGISTER.replace("[other]", "[othr]")
    (problem,) = problems(knowledge(knowledge__evidence=register, knowledge__entities=ENTITIES))

    assert problem.code == "unknown-value"
    assert problem.help == "did you mean `other`?"


@pytest.mark.parametrize(
    ("design", "level", "found"),
    [
        ("case series", "rct", ["level-against-design"]),
        ("case series", "case_series", []),
        ("retrospective series", "cohort", []),
        ("post hoc analysis of a RCT", "rct", ["level-against-design"]),
        ("RCT phase 3", "rct_negative", []),
        ("a landmark", "rct", ["unknown-design"]),
    ],
)
def test_a_level_fits_its_design(design: str, level: str, found: list[str]) -> None:
    """A case series cannot weigh as much as a randomised trial."""
    register = f"E01: {{citation: A trial, design: {design}, level: {level}}}\n"

    assert [one.code for one in problems(knowledge(knowledge__evidence=register))] == found


@pytest.mark.parametrize(("level", "found"), [("cohort", ["level-above-evidence"]), ("meta_analysis", [])])
def test_a_therapy_claims_no_more_than_its_sources_give(level: str, found: list[str]) -> None:
    """A randomised trial stands among them, or a review of such trials."""
    design = {"cohort": "cohort", "meta_analysis": "meta-analysis"}[level]
    register = f"E01: {{citation: A source, design: {design}, level: {level}}}\n"
    therapy = dedent(KNOWLEDGE["knowledge/therapies/methotrexate.yaml"]).replace(
        "evidence_level: cohort", "evidence_level: rct"
    )
    documents = knowledge(knowledge__therapies__methotrexate=therapy, knowledge__evidence=register)

    assert [one.code for one in problems(documents)] == found


def test_a_source_that_nobody_cites_says_why_it_stands_there() -> None:
    """And one that says so is not cited."""
    register = dedent(KNOWLEDGE["knowledge/evidence.yaml"])
    orphan = "E09: {citation: Another trial, design: RCT, level: rct}\n"
    found = check(knowledge(knowledge__evidence=register + orphan))[1]
    marked = check(
        knowledge(knowledge__evidence=register + orphan.replace("rct}", "rct, uncited: background}"))
    )[1]
    cited = check(
        knowledge(knowledge__evidence=register.replace("level: rct", "level: rct, uncited: background"))
    )[1]

    assert [(one.code, one.at.line) for one in found] == [("orphaned-evidence", 2)]
    assert marked == ()
    assert [one.message for one in cited] == ["`E01` is marked `uncited`, and it is cited"]


@pytest.mark.parametrize(
    ("verified", "level", "found"),
    [
        ("2026-11-01", "rct", ["approval-without-record"]),
        ("not verified", "rct", []),
        ("2026-11-01", "label", []),
    ],
)
def test_an_approval_is_a_record(verified: str, level: str, found: list[str]) -> None:
    """A label or a regulator stands behind it, or nobody has verified it."""
    design = "RCT" if level == "rct" else "label"
    therapy = (
        dedent(KNOWLEDGE["knowledge/therapies/methotrexate.yaml"])
        .replace("eu: off_label", "eu: approved")
        .replace("verified_on: not verified", f"verified_on: {verified}")
        .replace("listed: true", "listed: true, approved_in: [dermatomyositis]")
    )
    documents = knowledge(
        knowledge__therapies__methotrexate=therapy,
        knowledge__evidence=f"E01: {{citation: A source, design: {design}, level: {level}}}\n",
    )

    assert [one.code for one in problems(documents)] == found


@pytest.mark.parametrize(
    ("limit", "quote", "found"),
    [
        ("30", "contraindicated <30 %", []),
        ("30.0", "contraindicated <30 %", []),
        ("20", "contraindicated <30 %", ["threshold-not-quoted"]),
        ("3", "between 30 and 70 %", ["threshold-not-quoted"]),
    ],
)
def test_a_threshold_stands_in_the_quoted_source(limit: str, quote: str, found: list[str]) -> None:
    """As a number of its own, however it is written."""
    source = f"{{ref: E01, supports: limit, quotes: {{heart.echo.lvef_percent: '{quote}'}}}}"
    # The range of the fact begins at 5: the smallest of these limits is refused before.
    fields = KNOWLEDGE["knowledge/fields.yaml"].replace("[5, 85]", "[0, 85]")
    text = rule(when=f"heart.echo.lvef_percent < {limit}", source=f"[{source}]", basis="source")

    assert [one.code for one in problems(with_rules(text, knowledge__fields=fields))] == found


def test_a_quote_of_a_fact_that_is_not_compared() -> None:
    """Then the quote holds nothing any more."""
    (problem,) = citing("{ref: E01, supports: limit, quotes: {heart.echo.lvef_percent: <30 %}}")

    assert problem.code == "quote-unread"
