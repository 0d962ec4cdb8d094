"""One language out of a knowledge file that holds two.

English stands in the entry itself. Its German stands beside it in one of two forms, and nowhere else:

    title: eGFR below 30                        a block `de` at the end of the entry, which repeats the keys
    do: [Blood count weekly]                    and the order of the lists
    de:
      title: eGFR unter 30
      do: [Blutbild wöchentlich]

    refused: {PM: {en: ..., de: ...}}           a text that stands alone, as a pair

Readers of the files never see either: they are given the document in one language.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from escalate.nodes import Document, Mapping, Node, Scalar, Sequence
from escalate.problems import Problem, Span
from escalate.texts import LANGUAGES, _

# What people read. A key that stands here needs its German wherever it holds words.
TEXT_KEYS = frozenset(
    (
        "title", "because", "advise", "do", "do_not", "positions",  # rules, findings
        "label", "ask", "content", "entry", "exit",  # fields, vocabularies, the ladder
        "dose", "headline", "warnings", "work_up", "monitoring", "prophylaxis", "washout",  # therapies
        "for_and_against", "escalation", "negative_guidance", "note",
    )
)  # fmt: skip
_TRANSLATION = "de"
_PAIR = frozenset(LANGUAGES)
# A name in either language stays a spelling that files may use.
_NAMED = {"label": "synonyms", "name": "synonyms"}


def spoken(document: Document, language: str) -> Document:
    """The document in one of LANGUAGES; where it has no German, the English stays."""
    return replace(document, root=_spoken(document.root, language))


def untranslated(document: Document) -> Iterator[Problem]:
    """Every text for people that has no German, and every `de` that says what the English does not."""
    yield from _gaps(document.root, document)


def _spoken(node: Node, language: str) -> Node:
    if isinstance(node, Sequence):
        return replace(node, items=tuple(_spoken(item, language) for item in node.items))
    if isinstance(node, Scalar):
        return node
    if _is_pair(node):
        return node.get(language) or node
    german = node.get(_TRANSLATION)
    if not isinstance(german, Mapping):
        return replace(node, entries=tuple((key, _spoken(value, language)) for key, value in node.entries))
    entries = []
    for key, value in node.entries:
        if key.text == _TRANSLATION:
            continue
        said = german.get(key.text) if language != "en" else None
        inner = _spoken(value, language)
        entries.append((key, inner if said is None else _replaced(inner, said)))
    return replace(node, entries=_with_both_names(tuple(entries), node, german))


def _replaced(english: Node, german: Node) -> Node:
    """The German words at the places of the English ones; what is no text (an action's therapies) stays."""
    if isinstance(english, Sequence) and isinstance(german, Sequence):
        pairs = zip(english.items, german.items, strict=False)
        return replace(english, items=tuple(_replaced(old, new) for old, new in pairs))
    if isinstance(english, Mapping) and isinstance(german, Mapping):
        entries = ((key, value, german.get(key.text)) for key, value in english.entries)
        return replace(
            english,
            entries=tuple((k, value if new is None else _replaced(value, new)) for k, value, new in entries),
        )
    if isinstance(english, Mapping) and isinstance(german, Scalar):
        return replace(
            english, entries=tuple((k, german if k.text == "text" else v) for k, v in english.entries)
        )
    return german


def _with_both_names(
    entries: tuple[tuple[Scalar, Node], ...], node: Mapping, german: Mapping
) -> tuple[tuple[Scalar, Node], ...]:
    for key, spellings in _NAMED.items():
        names = [one for one in (node.get(key), german.get(key)) if isinstance(one, Scalar)]
        known = node.get(spellings)
        if len(names) == 2 and isinstance(known, Sequence):
            more = replace(known, items=(*known.items, *names))
            return tuple((k, more if k.text == spellings else value) for k, value in entries)
    return entries


def _is_pair(node: Mapping) -> bool:
    return {key.text for key, _ in node.entries} == _PAIR


def _is_entry(node: Node) -> bool:
    return isinstance(node, Mapping) and node.get(_TRANSLATION) is not None and not _is_pair(node)


def _gaps(node: Node, document: Document) -> Iterator[Problem]:
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _gaps(item, document)
    if not isinstance(node, Mapping) or _is_pair(node):
        return
    german = node.get(_TRANSLATION)
    said = german if isinstance(german, Mapping) else Mapping((), node.at)
    for key, value in node.entries:
        if key.text == _TRANSLATION:
            continue
        # The patient field `note` is an entry that bears the name of a text.
        if key.text not in TEXT_KEYS or _is_entry(value):
            yield from _gaps(value, document)
        elif _has_words(value):
            yield from _compare(value, said.get(key.text), key, document)
    for key, _value in said.entries:
        if node.get(key.text) is None:
            yield _problem(
                document,
                key.at,
                "unknown-key",
                _("`de` has a `{key}` and the entry has none").format(key=key.text),
            )


def _compare(english: Node, german: Node | None, key: Scalar, document: Document) -> Iterator[Problem]:
    if german is None:
        if not (isinstance(english, Mapping) and _is_pair(english)):
            yield _problem(
                document, key.at, "missing-translation", _("`{key}` has no German").format(key=key.text)
            )
    elif isinstance(english, Sequence) and (
        not isinstance(german, Sequence) or len(german.items) != len(english.items)
    ):
        message = _("`{key}` has {count} entries in English and another number in German").format(
            key=key.text, count=len(english.items)
        )
        yield _problem(document, german.at, "missing-translation", message)
    elif isinstance(english, Mapping) and isinstance(german, Mapping):
        for inner, value in english.entries:
            if _has_words(value):
                yield from _compare(value, german.get(inner.text), inner, document)


def _has_words(node: Node) -> bool:
    if isinstance(node, Scalar):
        return any(letter.isalpha() for letter in node.text)
    children = node.items if isinstance(node, Sequence) else tuple(value for _, value in node.entries)
    return any(_has_words(child) for child in children)


def _problem(document: Document, at: Span, code: str, message: str) -> Problem:
    return Problem(
        at, code, message, _("its German stands in the block `de` of the entry"), document.excerpt(at)
    )
