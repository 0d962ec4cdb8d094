"""One document, two languages: what German replaces, and what is said where it is missing."""

from __future__ import annotations

from escalate.library.languages import spoken, untranslated
from escalate.library.reading import plain
from tests.documents import document

ENTRY = """
- id: A
  title: eGFR below 30
  for: methotrexate
  do: [Blood count weekly, {text: Stop the drug, therapies: methotrexate}]
  de:
    title: eGFR unter 30
    do: [Blutbild wöchentlich, Das Mittel absetzen]
"""


def test_german_takes_the_place_of_the_english_texts() -> None:
    """What is no text, such as the therapies of an action, stays."""
    told = plain(spoken(document(ENTRY), "de").root)

    assert told == [
        {
            "id": "A",
            "title": "eGFR unter 30",
            "for": "methotrexate",
            "do": ["Blutbild wöchentlich", {"text": "Das Mittel absetzen", "therapies": "methotrexate"}],
        }
    ]


def test_english_is_the_entry_without_its_german() -> None:
    """A reader of the file never sees the block `de`."""
    told = plain(spoken(document(ENTRY), "en").root)

    assert isinstance(told, list)
    assert told[0]["title"] == "eGFR below 30"
    assert "de" not in told[0]


def test_a_text_that_stands_alone_is_a_pair() -> None:
    """`{en, de}` is one text, wherever it stands."""
    pair = document("refused: {PM: {en: which one, de: welche}}")

    assert plain(spoken(pair, "de").root) == {"refused": {"PM": "welche"}}
    assert plain(spoken(pair, "en").root) == {"refused": {"PM": "which one"}}


def test_a_name_stays_a_spelling_in_both_languages() -> None:
    """A German report still reads a file that was written in English, and the other way round."""
    drug = document("cortisone: {label: Glucocorticoids, synonyms: [GC], de: {label: Glukokortikoide}}")

    for language in ("en", "de"):
        told = plain(spoken(drug, language).root)
        assert isinstance(told, dict)
        assert told["cortisone"]["synonyms"] == ["GC", "Glucocorticoids", "Glukokortikoide"]


def test_a_missing_translation_is_named_with_its_place() -> None:
    """A key without German, and a list with too few German entries."""
    entry = document("- id: A\n  title: Heart\n  do: [one, two]\n  de: {do: [eins]}\n")

    found = [(p.at.line, p.code) for p in untranslated(entry)]

    assert found == [(2, "missing-translation"), (4, "missing-translation")]


def test_german_for_nothing_is_named() -> None:
    """A `de` that outlived its English is an error, not an ornament."""
    entry = document("- id: A\n  title: Heart\n  de: {title: Herz, advise: Echo}\n")

    assert [(p.at.line, p.code) for p in untranslated(entry)] == [(3, "unknown-key")]
