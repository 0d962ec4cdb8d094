"""Whether what a rule cites can carry it: the direction of the source, its drug and its disease.

- A trial against a drug is never support for it: a rule that indicates the drug cites such a source only
  with words that say so, and rests on more than such sources. The same the other way round.
- A source about other drugs or diseases only is cited with words that name them. What a source is about
  stands in its entry (`about: {therapies: [...], entities: [...]}`); for the drugs of a trial, series,
  label or meta-analysis it also follows from the therapies that list it. Guidelines and reviews are about
  many drugs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from escalate.audit.checks.evidence import register
from escalate.audit.checks.places import citations_in, place_of, rules_in_files
from escalate.language.tree import All, Any, Condition, Leaf, OneOf
from escalate.library.model import Citation, Evidence, Library, Rule
from escalate.library.reading import Reader
from escalate.nodes import Document
from escalate.nodes import Mapping as MappingNode
from escalate.problems import Problem
from escalate.texts import _

_ENTITY = "diagnosis.entity"
_SAYS_SO = re.compile(
    r"\b(negative|no|not|against|missed|doubt|caution|warning|unsupported)\b", re.IGNORECASE
)
_ABOUT_MANY = ("guideline", "expert", "review", "secondary", "registry", "protocol", "laboratory", "model")


@dataclass(frozen=True, slots=True)
class _Subjects:
    therapies: frozenset[str] = frozenset()
    entities: frozenset[str] = frozenset()


def citations(library: Library, documents: Mapping[str, Document]) -> Iterator[Problem]:
    """Every citation that cannot carry its rule."""
    problems: list[Problem] = []
    subjects = _subjects(library, documents, problems)
    yield from problems
    for rule, body in rules_in_files(library, documents):
        cited = [
            (source, library.evidence[source.ref], node)
            for source, node in zip(rule.sources, citations_in(body), strict=False)
            if source.ref in library.evidence
        ]
        yield from _direction(rule, cited, body)
        if rule.kind in ("finding", "alert"):
            continue  # they speak of the patient, not for or against a drug
        for source, evidence, node in cited:
            about = subjects.get(evidence.id, _Subjects())
            yield from _drug(rule, source, about, node, library)
            if rule.kind in ("indicate", "against"):
                yield from _disease(rule, source, about, node, library)


def _direction(
    rule: Rule, cited: list[tuple[Citation, Evidence, MappingNode]], body: MappingNode
) -> Iterator[Problem]:
    wrong = {"indicate": "against", "against": "for"}.get(rule.kind)
    if wrong is None or not cited:
        return
    if rule.basis != "expert_judgement" and all(e.direction == wrong for _, e, _ in cited):
        against = _("`{rule}` ({kind}) rests only on sources that speak against the treatment")
        for_ = _("`{rule}` ({kind}) rests only on sources that speak for the treatment")
        message = (against if wrong == "against" else for_).format(rule=rule.id, kind=rule.kind)
        help_ = _("cite what carries it, or `basis: expert_judgement` with the judgement in `because`")
        yield Problem(place_of(body, "source"), "evidence-direction", message, help_)
    for source, evidence, node in cited if rule.kind == "indicate" else ():
        if evidence.direction == "against" and not _SAYS_SO.search(source.supports):
            message = _("`{rule}` cites `{evidence}` as support, and it speaks against: {supports}").format(
                rule=rule.id, evidence=evidence.id, supports=evidence.supports
            )
            help_ = _("say so in `supports` (`negative`, `no ...`, `doubt ...`, `caution ...`)")
            yield Problem(place_of(node, "supports"), "evidence-direction", message, help_)


def _drug(
    rule: Rule, source: Citation, about: _Subjects, node: MappingNode, library: Library
) -> Iterator[Problem]:
    others = about.therapies
    if (
        not others
        or not rule.targets
        or others & set(rule.targets)
        or _names(source, _drug_names(others, library))
    ):
        return
    said = ", ".join(f"`{name}`" for name in sorted(others))
    message = _("`{rule}` cites `{ref}`, which is about {about}").format(
        rule=rule.id, ref=source.ref, about=said
    )
    yield Problem(
        place_of(node, "ref"),
        "evidence-drug",
        message,
        _("name that drug in `supports`, or cite another source"),
    )


def _disease(
    rule: Rule, source: Citation, about: _Subjects, node: MappingNode, library: Library
) -> Iterator[Problem]:
    asked = frozenset(_entities(rule.when))
    names = [library.entities.labels.get(one, one) for one in about.entities]
    short = [s for s, name in library.entities.canonical.items() if name in about.entities]
    if not asked or not about.entities or asked & about.entities or _names(source, [*names, *short]):
        return
    message = _("`{rule}` cites `{ref}`, which is about {about}").format(
        rule=rule.id, ref=source.ref, about=", ".join(sorted(names))
    )
    yield Problem(
        place_of(node, "ref"),
        "evidence-entity",
        message,
        _("name that disease in `supports`, or cite another source"),
    )


def _subjects(
    library: Library, documents: Mapping[str, Document], problems: list[Problem]
) -> dict[str, _Subjects]:
    """What each source is about; empty where it is about many things, or nobody says."""
    listing: dict[str, set[str]] = {}
    for therapy in library.therapies.values():
        for source in therapy.evidence:
            listing.setdefault(source, set()).add(therapy.id)
    found: dict[str, _Subjects] = {}
    for name, body in register(documents):
        reader = Reader(documents["knowledge/evidence.yaml"], problems.append)
        stated = reader.mapping(body.get("about"), "about")
        if stated is not None:
            reader.keys(stated, ("therapies", "entities"), (), "`about`")
        therapies, entities = (
            frozenset(
                reader.word(item, known, key)
                for item in reader.items(stated.get(key) if stated else None, key)
            )
            for key, known in (("therapies", library.therapies), ("entities", library.entities.labels))
        )
        if not therapies and library.evidence[name.text].level not in _ABOUT_MANY:
            therapies = frozenset(listing.get(name.text, ()))
        found[name.text] = _Subjects(therapies, entities)
    return found


def _entities(condition: Condition) -> Iterator[str]:
    """The entities that a condition asks for in so many words."""
    if isinstance(condition, Leaf):
        if isinstance(condition.test, OneOf) and condition.test.name == _ENTITY and not condition.negated:
            yield from condition.test.words
    elif isinstance(condition, All | Any):
        for part in condition.parts:
            yield from _entities(part)


def _drug_names(therapies: Iterable[str], library: Library) -> Iterator[str]:
    for name in therapies:
        therapy = library.therapies[name]
        yield from (therapy.id, therapy.name, *therapy.synonyms)
        yield from (one.replace("_", " ") for one in therapy.classes)


def _names(source: Citation, names: Iterable[str]) -> bool:
    said = f"{source.at} {source.supports}".casefold()
    return any(re.search(rf"(?<!\w){re.escape(name.casefold())}s?(?!\w)", said) for name in names)
