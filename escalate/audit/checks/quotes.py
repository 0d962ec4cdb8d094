"""A threshold against the value that its source prints.

A citation may quote, per fact, the words in which the source gives the number:

    source:
      - {ref: E111, at: label, supports: exclusion, quotes: {labs.egfr_ml_per_min: contraindicated <30}}

Then every number that the rule compares this fact with stands in the quote. Whoever moves the threshold
changes the quote too, and the reviewer sees that the source did not change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from escalate.audit.checks.places import citations_in, rules_in_files
from escalate.language.evaluate import leaves_of
from escalate.language.names import plain
from escalate.language.tree import Compare, Leaf
from escalate.library.model import Library
from escalate.nodes import Document
from escalate.nodes import Mapping as MappingNode
from escalate.problems import Problem
from escalate.texts import _

_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")


def thresholds_against_quotes(library: Library, documents: Mapping[str, Document]) -> Iterator[Problem]:
    """Every threshold that stands in no quote of its fact, and every quote of a fact that is not compared."""
    for rule, body in rules_in_files(library, documents):
        quotes: dict[str, list[str]] = {}
        for source in rule.sources:
            for fact, text in source.quotes:
                quotes.setdefault(fact, []).append(text)
        compared: dict[str, list[tuple[Leaf, Decimal]]] = {}
        for leaf in leaves_of(rule.when):
            if isinstance(leaf.test, Compare):
                compared.setdefault(leaf.test.name, []).append((leaf, leaf.test.number))
        for fact, texts in quotes.items():
            printed = {Decimal(number) for text in texts for number in _NUMBER.findall(text)}
            for leaf, number in compared.get(fact, ()):
                if abs(number) not in printed:
                    said = "; ".join(texts)
                    message = _("`{leaf}`: {number} does not stand in what the source says: {said}").format(
                        leaf=leaf.text, number=plain(number), said=said
                    )
                    help_ = _("the number follows the source; a number of one's own is a judgement (`basis`)")
                    yield Problem(leaf.at, "threshold-not-quoted", message, help_)
            if fact not in compared:
                message = _("`{rule}` quotes its source on `{fact}` and compares it with no number").format(
                    rule=rule.id, fact=fact
                )
                at = next((_place(one, fact) for one in citations_in(body) if _quotes(one, fact)), body)
                yield Problem(at.at, "quote-unread", message, _("remove the quote, or compare the fact"))


def _quotes(citation: MappingNode, fact: str) -> bool:
    quotes = citation.get("quotes")
    return isinstance(quotes, MappingNode) and quotes.get(fact) is not None


def _place(citation: MappingNode, fact: str) -> MappingNode:
    quotes = citation.get("quotes")
    return quotes if isinstance(quotes, MappingNode) else citation
