"""knowledge/terminology/: read strictly, and nothing rests on a code that nobody verified."""

from __future__ import annotations

from pathlib import Path

import pytest

from escalate import load_knowledge
from escalate.files.knowledge_base import read_knowledge
from escalate.files.yaml_reader import read_text
from escalate.library.build import assemble
from escalate.library.terms import UNVERIFIED, terms_of
from escalate.problems import KnowledgeRefused, Problem

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def documents():
    return dict(read_knowledge())


def with_change(documents, name: str, old: str, new: str) -> tuple[Problem, ...]:
    """The problems of the shipped knowledge with one text of one terminology file changed."""
    path = f"knowledge/terminology/{name}.yaml"
    text = "\n".join(documents[path].lines) + "\n"
    assert text.count(old) >= 1
    changed = read_text(text.replace(old, new, 1), path, KnowledgeRefused)
    return assemble({**documents, path: changed})[1]


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("laboratory", "[{code: 2157-6, grade: A}]", "[{code: 2157-6, grade: U}]", "unverified-code"),
        ("laboratory", "fact: muscle.ck_u_per_l", "fact: muscle.ck_u_per_ml", "unknown-value"),
        ("laboratory", "units: ['U/L']", "units: ['U/l']", "unknown-value"),
        ("laboratory", "code: 2157-6, grade: A", "code: 2157-6, grade: D", "unknown-value"),
        ("laboratory", "code: 1761-6", "code: 2157-6", "duplicate-code"),
        ("laboratory", "    read: quantity\n", "", "missing-key"),
        ("laboratory", "as: {positive: positive", "as: {positive: possible", "unknown-value"),
        ("laboratory", "checked: '2026-11'", "checked: yesterday", "not-a-date"),
        ("antibodies", "antibody: Jo-1", "antibody: Jo-2", "unknown-value"),
        ("antibodies", "[{code: 8076-2, grade: C}]", "[{code: 8076-2}]", "missing-key"),
        ("drugs", "  rituximab:", "  rituxymab:", "unknown-value"),
        ("drugs", "atc: [L01FA01]", "atc: [L01AA01]", "duplicate-code"),
        ("results", "  positive:\n", "  yes:\n", "unknown-value"),
        ("diagnoses", "hints: [dermatomyositis]", "hints: [dermatitis]", "unknown-value"),
        ("systems", "grade: A", "grade: Z", "unknown-value"),
        ("units", "free_text:", "free_texts:", "unknown-key"),
    ],
)  # fmt: skip
def test_a_fault_is_found_where_it_stands(documents, name: str, old: str, new: str, code: str) -> None:
    """Each file is read strictly, with the place of what is wrong."""
    problems = with_change(documents, name, old, new)

    assert code in [problem.code for problem in problems]
    assert all(p.at.file == f"knowledge/terminology/{name}.yaml" and p.at.line > 1 for p in problems)


def test_a_file_that_is_missing_is_named(documents) -> None:
    """The tables refer to each other: none may be left out."""
    path = "knowledge/terminology/units.yaml"

    problems = assemble({name: one for name, one in documents.items() if name != path})[1]

    assert (path, "missing-file") in [(p.at.file, p.code) for p in problems]


def test_an_unknown_file_is_refused(documents) -> None:
    """What nobody reads is not kept among the tables."""
    path = "knowledge/terminology/colours.yaml"
    extra = read_text("red: {code: 1}\n", path, KnowledgeRefused)

    problems = assemble({**documents, path: extra})[1]

    assert [(p.at.file, p.code) for p in problems] == [(path, "unknown-file")]


def test_nothing_that_is_read_has_unverified_codes_alone() -> None:
    """A fact that only a code of grade U could give would rest on nobody's word."""
    terms = terms_of(load_knowledge())
    grades: dict[str, set[str]] = {}
    for code in terms.measured.values():
        for fact in filter(None, (code.fact, code.antibody)):
            grades.setdefault(fact, set()).add(code.grade)

    assert grades
    assert [fact for fact, found in grades.items() if found == {UNVERIFIED}] == []


def test_the_notice_of_loinc_is_there() -> None:
    """LOINC is free to use with its notice."""
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")

    assert "Regenstrief Institute" in notice
    assert "loinc.org/license" in notice


def test_the_tables_survive_the_cache() -> None:
    """A library from the cache has the same tables as one that was just built."""
    fresh, cached = load_knowledge(), load_knowledge()

    assert terms_of(fresh) == terms_of(cached)
    assert terms_of(cached).drugs["L04AA58"].current == "L04AL01"
