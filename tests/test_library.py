"""Documents to Library: what a rule reaches, what is refused, and in which words."""

from __future__ import annotations

from decimal import Decimal
from textwrap import dedent

import pytest
from documents import knowledge, with_rules

from escalate.language.facts import Fact, Status
from escalate.language.tree import AtLevel, Leaf
from escalate.library.build import assemble, build_library
from escalate.library.heads import Heads
from escalate.library.packed import pack, unpack
from escalate.nodes import Document
from escalate.problems import KnowledgeRefused
from escalate.truth import Truth


def problems(documents: dict[str, Document]) -> list[str]:
    return [problem.render() for problem in assemble(documents)[1]]


def codes(documents: dict[str, Document]) -> list[str]:
    return [problem.code for problem in assemble(documents)[1]]


def rule(**changes: str) -> str:
    """A caution for methotrexate with some keys changed."""
    keys = {
        "id": "X", "title": "A caution", "kind": "caution", "for": "methotrexate", "when": "infection.fever",
        "because": "Stated.", "basis": "expert_judgement",
    }  # fmt: skip
    keys.update({key.rstrip("_"): value for key, value in changes.items()})
    return "- " + "\n  ".join(f"{key}: {value}" for key, value in keys.items() if value) + "\n"


def test_the_small_knowledge_base_loads() -> None:
    """Facts, findings, rules and names come together."""
    library = build_library(knowledge())

    assert library.version == "1.0.0"
    assert library.facts["heart.echo.lvef_percent"].high == Decimal(85)
    assert library.facts["heart.holter.nsvt"].test == "holter"
    assert library.drugs.canonical["mtx"] == "methotrexate"
    assert library.antibodies.refused["tif1y"] == "write TIF1-gamma"
    assert [r.key for r in library.rules] == ["HEART", "HEART-C1", "REFRACTORY", "MTX-X01"]


def test_families_exist_once_for_each_member() -> None:
    """Therapies, further drugs and antibodies all have their facts, with readable labels."""
    facts = build_library(knowledge()).facts

    assert facts["therapy.leflunomide.not_again"].label == "Leflunomide again"
    assert facts["antibody.tif1_gamma.positive"].label == "anti-TIF1-gamma positive"
    assert "therapy.aspirin.not_again" not in facts
    assert {"therapy.methotrexate.not_again", "infection.fever"} <= set(facts)


def test_a_closing_rule_for_a_class_reaches_every_member() -> None:
    """Also one that is not listed: it may be listed tomorrow."""
    library = build_library(knowledge())

    assert library.rules[3].targets == ("azathioprine", "methotrexate")
    assert library.classes["antimetabolite"] == ("azathioprine", "methotrexate", "leflunomide")


def test_an_indication_for_a_class_reaches_listed_members_only() -> None:
    """One without dose, evidence and gate is no option."""
    library = build_library(with_rules(rule(kind="indicate", for_="antimetabolite", step="1")))

    assert library.rules[0].targets == ("methotrexate",)


def test_a_template_stands_once_for_each_listed_therapy() -> None:
    """Same id, one key each, its own condition and texts."""
    text = rule(
        kind="against", for_="all_therapies", when="therapy.{therapy}.not_again", title="'{therapy} again'"
    )
    (made,) = [r for r in build_library(with_rules(text)).rules if r.id == "X"]

    assert (made.key, made.targets, made.title) == ("X@methotrexate", ("methotrexate",), "Methotrexate again")
    assert isinstance(made.when, Leaf)
    assert made.when.test.name == "therapy.methotrexate.not_again"


def test_a_duplicate_id_names_both_places() -> None:
    """The author must find the other one."""
    assert problems(with_rules(rule(id="HEART"))) == [
        dedent(
            """\
            rules/rules.yaml:1:3: duplicate-id: `HEART` is already the id of the rule at rules/more.yaml:1:3
                1 | - id: HEART
                  |   ^"""
        )
    ]


def test_a_rule_without_source_or_judgement_does_not_load() -> None:
    """Every word can be followed back."""
    (text,) = problems(with_rules(rule(basis="")))

    assert text == dedent(
        """\
        rules/more.yaml:1:3: unsupported-rule: rule `X` has neither a source nor a stated judgement
            1 | - id: X
              |   ^
          help: add `source:`, or `basis: expert_judgement` with the judgement in `because:`"""
    )


def test_recursion_is_named_as_a_path() -> None:
    """A finding that rests on itself has no meaning."""
    text = rule(id="A", kind="finding", for_="refractory", when="heart_grade >= C1") + rule(
        id="B", kind="finding", for_="heart_grade", level="C1", when="refractory"
    )
    (found,) = [p for p in assemble(with_rules(text))[1] if p.code == "recursion"]

    assert found.message == "the finding rests on itself: heart_grade -> refractory -> heart_grade"


def test_a_rule_too_wide_for_the_engine_is_named() -> None:
    """Seventeen alternatives cannot all be FALSE in one join."""
    many = ", ".join(f"heart.echo.lvef_percent < {n}" for n in range(10, 27))
    (found,) = assemble(with_rules(rule(when=f"{{any: [{many}]}}")))[1]

    assert (found.code, found.message.partition(";")[0]) == (
        "too-wide",
        "rule `X`: 17 criteria at once make it FALSE",
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "excludes"}, "unknown-value"),
        ({"for_": "methotrexat"}, "unknown-therapy"),
        ({"for_": ""}, "missing-key"),
        ({"because": ""}, "missing-key"),
        ({"wen": "x"}, "unknown-key"),
        ({"level": "C1"}, "misplaced-key"),
        ({"status": "old"}, "unknown-value"),
        ({"source": "[{ref: E99, at: x, supports: y}]"}, "unknown-value"),
        ({"kind": "finding", "for_": "heart_grade"}, "missing-key"),
        ({"kind": "finding", "for_": "heart_grade", "level": "C0"}, "constant-test"),
        ({"kind": "finding", "for_": "refractory", "level": "C1"}, "misplaced-key"),
        ({"kind": "alert", "for_": ""}, "missing-key"),
        ({"kind": "alert", "alert": "scope", "for_": ""}, "missing-key"),
        ({"kind": "alert", "alert": "warning"}, "misplaced-key"),
        (
            {"kind": "alert", "alert": "contradiction", "for_": "", "makes_unknown": "[infection.fevr]"},
            "unknown-name",
        ),
        ({"when": "infection.fever is known"}, "known-outside-ask"),
        ({"when": "not infection.sepsis"}, "negated-optional-fact"),
        ({"step": "1"}, "misplaced-key"),
    ],
)
def test_what_a_rule_may_not_be(changes: dict[str, str], code: str) -> None:
    """One fault, one code."""
    assert codes(with_rules(rule(**changes))) == [code]


@pytest.mark.parametrize(
    ("file", "text", "code"),
    [
        ("knowledge__entities", "a: {label: A, synonyms: [X]}\nb: {label: x}", "ambiguous-spelling"),
        ("knowledge__antibodies", "TIF1-gamma: {label: x}\nrefused: {tif1 gamma: no}", "ambiguous-spelling"),
        ("knowledge__findings", "infection.fever: {title: Fever}", "name-taken"),
        ("knowledge__ladder", "- {step: 0.5, content: x}", "not-a-number"),
        ("knowledge__evidence", "E01: {citation: x, year: 2020}", "unknown-key"),
        ("knowledge__more", "a: 1", "unknown-file"),
        ("knowledge__therapies__x", "{id: methotrexate, name: M, listed: true}", "duplicate-id"),
        ("knowledge__tests", "- {test: holter, fields: [heart.halter], called_for: never}", "unknown-name"),
        ("knowledge__parameters__a", "x: 1\n", None),
    ],
)  # fmt: skip
def test_what_a_knowledge_file_may_not_hold(file: str, text: str, code: str | None) -> None:
    """A misspelt key or name is never dropped."""
    found = codes(knowledge(**{file: text}))

    assert (code in found) if code else found == []


def test_a_finding_needs_an_active_rule() -> None:
    """A draft proves nothing."""
    text = rule(id="D", kind="finding", for_="refractory", status="draft")
    rules = text + rule(id="U", when="refractory")

    assert codes(knowledge(rules__rules=rules)) == ["finding-without-rule"]


def test_every_problem_comes_at_once_sorted_by_place() -> None:
    """One round of repair."""
    broken = rule(id="A", when="infection.fevr") + rule(id="B", for_="mtx") + rule(id="C", kind="no")
    with pytest.raises(KnowledgeRefused) as refused:
        build_library(with_rules(broken, knowledge__version=None))  # type: ignore[arg-type]

    assert [p.code for p in refused.value.problems] == [
        "missing-file", "unknown-name", "unknown-therapy", "unknown-value",
    ]  # fmt: skip


def test_the_digest_depends_on_paths_and_bytes_alone() -> None:
    """Not on the order in which files were read."""
    documents = knowledge()
    turned = dict(reversed(documents.items()))

    assert build_library(documents).digest == build_library(turned).digest
    assert (
        build_library(knowledge(knowledge__version="version: '1.0.1'")).digest
        != build_library(documents).digest
    )


def test_heads_follow_the_levels() -> None:
    """A proof of C2 proves C1; without the fact both are open."""
    library = build_library(knowledge())
    infection = {"infection.active": Fact("infection.active", "none", Status.KNOWN)}
    low = {"heart.echo.lvef_percent": Fact("heart.echo.lvef_percent", Decimal(40), Status.KNOWN), **infection}
    open_ = {"heart.echo.lvef_percent": Fact("heart.echo.lvef_percent"), **infection}

    assert Heads(library, low)["heart_grade>=C1"] is Truth.TRUE
    assert Heads(library, open_)["heart_grade>=C2"] is Truth.UNKNOWN
    assert list(Heads(library, low)) == ["heart_grade>=C1", "heart_grade>=C2", "refractory"]


def test_packing_loses_nothing() -> None:
    """The cache gives back the same Library."""
    library = build_library(
        with_rules(rule(status="draft", when="heart.echo.lvef_percent between 20 and 30 %"))
    )
    again = unpack(pack(library))

    assert again == library
    assert any(isinstance(r.when, Leaf) and isinstance(r.when.test, AtLevel) for r in again.rules) is False


def test_the_shipped_knowledge_loads_and_packs(shipped_documents: dict[str, Document]) -> None:
    """No problem in what we ship, and the cache holds all of it."""
    library, found = assemble(shipped_documents)

    assert [p.render() for p in found] == []
    assert unpack(pack(library)) == library


@pytest.fixture(scope="module")
def shipped_documents() -> dict[str, Document]:
    from escalate.files.knowledge_base import read_knowledge

    return dict(read_knowledge())
