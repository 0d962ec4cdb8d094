"""The page that lists the codes of `kb check` is written from the code: it names each, and no other."""

from __future__ import annotations

from tests.code_table import PAGE, codes, page


def test_the_page_is_what_the_code_says() -> None:
    """`python tests/code_table.py` writes it again."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_each_code_says_something() -> None:
    """One line for each."""
    assert [code for code, said in codes().items() if not said] == []


def test_codes_of_every_kind_of_problem_are_found() -> None:
    """Of reading, of the language, of the library, of the evidence and of the lock."""
    assert {
        "not-yaml",
        "unknown-value",
        "duplicate-id",
        "evidence-direction",
        "locked-rule-gone",
    } <= codes().keys()
