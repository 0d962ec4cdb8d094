"""The register of evidence: what an entry must say, level against design, who cites it, and approvals.

The level weighs a source, so a row of `_DESIGNS` says which levels a design can have at all. An entry that
nobody cites is reported unless it says under `uncited` why it stands there. An approval is a record: a
therapy whose status says `approved` cites a label or a regulator, or says that the status is `not verified`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from escalate.audit.checks.places import place_of, places, words_of
from escalate.library.model import Library, Therapy
from escalate.nodes import Document, Node, Scalar, Sequence
from escalate.nodes import Mapping as MappingNode
from escalate.problems import Problem
from escalate.texts import _

REGISTER = "knowledge/evidence.yaml"
_CITING = ("ref", "evidence", "source")
_RECORDS = ("label", "regulator")
_NOT_VERIFIED = "not verified"
_RANDOMISED = ("rct", "rct_negative")
_OF_TRIALS = (*_RANDOMISED, "meta_analysis", "systematic_review")

# The first row whose words stand in the design decides; special designs stand above general ones.
_DESIGNS = tuple(
    (re.compile(rf"\b(?:{words})\b", re.IGNORECASE), tuple(levels.split()))
    for words, levels in (
        ("secondary|slides|web copy", "secondary"),
        ("protocol", "protocol"),
        ("meta-analysis|cochrane", "meta_analysis"),
        ("systematic review|SLR|SR", "systematic_review"),
        ("post hoc", "cohort"),
        ("RCT|randomi[sz]ed", "rct rct_negative registry"),
        ("phase 1/2", "cohort case_series press"),
        ("case reports?", "case_report"),
        ("retrospective|prospective|historical controls", "cohort"),
        ("series|review of cases", "case_series"),
        ("label|label-derived|label cop(?:y|ies)", "label"),
        ("regulator", "regulator"),
        ("press", "press"),
        ("pharmacovigilance|registry", "registry"),
        ("guideline|recommendations|criteria|grading|methods", "guideline"),
        ("consensus", "guideline expert"),
        ("laboratory", "laboratory"),
        ("model", "model"),
        ("cohorts?|cross-sectional|case-control|validation|open|single arm|histology|trial", "cohort"),
        ("conference abstract", "cohort"),
        ("reviews?|editorial|letter|viewpoint|rationale|report|institutional", "expert review"),
    )
)


def incomplete_evidence(library: Library, documents: Mapping[str, Document]) -> Iterator[Problem]:
    """A reader weighs a register entry by its design and its level."""
    at = places(documents.get(REGISTER))
    for evidence in library.evidence.values():
        if not evidence.design or not evidence.level:
            message = _("`{evidence}` has no design or no level").format(evidence=evidence.id)
            yield Problem(at[evidence.id], "incomplete-evidence", message)


def levels_against_design(library: Library, documents: Mapping[str, Document]) -> Iterator[Problem]:
    """A case series is no randomised trial, whatever its entry says."""
    for name, body in register(documents):
        evidence = library.evidence[name.text]
        if not evidence.design or not evidence.level:
            continue
        levels = next((levels for words, levels in _DESIGNS if words.search(evidence.design)), ())
        if not levels:
            message = _(
                "`{design}`, the design of `{evidence}`, is in no row of the table of designs"
            ).format(design=evidence.design, evidence=evidence.id)
            help_ = _("use a known word (RCT, cohort, case series, review, guideline, label, ...)")
            yield Problem(place_of(body, "design"), "unknown-design", message, help_)
        elif evidence.level not in levels:
            message = _("`{evidence}` is a {design} and cannot have the level `{level}`").format(
                evidence=evidence.id, design=evidence.design, level=evidence.level
            )
            yield Problem(
                place_of(body, "level"),
                "level-against-design",
                message,
                _("{design} goes with {levels}").format(design=evidence.design, levels=_or(levels)),
            )


def levels_above_evidence(library: Library, documents: Mapping[str, Document]) -> Iterator[Problem]:
    """A listed therapy that claims a randomised trial has one among its sources, or a review of them."""
    for therapy, root in _therapies(library, documents):
        levels = [library.evidence[one].level for one in therapy.evidence]
        claimed = therapy.listed and therapy.evidence_level in _RANDOMISED
        if claimed and not any(level in _OF_TRIALS for level in levels):
            message = _("`{therapy}` has the level `{evidence_level}`, and none of its sources has").format(
                therapy=therapy.id, evidence_level=therapy.evidence_level
            )
            help_ = _("its sources: {levels}").format(levels=", ".join(sorted(set(levels))))
            yield Problem(place_of(root, "evidence_level"), "level-above-evidence", message, help_)


def orphaned_evidence(documents: Mapping[str, Document]) -> Iterator[Problem]:
    """An entry that nobody cites, and one that says so and is cited."""
    cited = {
        word
        for path, document in documents.items()
        if path != REGISTER
        for scalar in _citing(document.root)
        for word in re.findall(r"[\w-]+", scalar.text)
    }
    for name, body in register(documents):
        marked = body.get("uncited")
        if name.text not in cited and marked is None:
            help_ = _("cite it, remove it, or say under `uncited:` why it stands here")
            yield Problem(
                name.at, "orphaned-evidence", _("nobody cites `{name}`").format(name=name.text), help_
            )
        elif name.text in cited and marked is not None:
            message = _("`{name}` is marked `uncited`, and it is cited").format(name=name.text)
            yield Problem(marked.at, "orphaned-evidence", message, _("remove the mark"))


def approvals_without_record(library: Library, documents: Mapping[str, Document]) -> Iterator[Problem]:
    """Nobody can look up an approval that has neither a label nor a regulator behind it."""
    for therapy, root in _therapies(library, documents):
        if "approved" not in therapy.status.values():
            continue
        recorded = any(library.evidence[one].level in _RECORDS for one in therapy.evidence)
        if not recorded and therapy.status.get("verified_on") != _NOT_VERIFIED:
            message = _(
                "`{therapy}` is approved, and neither a label nor a regulator stands in its evidence"
            ).format(therapy=therapy.id)
            help_ = _("cite the record, or write `verified_on: {word}`").format(word=_NOT_VERIFIED)
            yield Problem(place_of(root, "status"), "approval-without-record", message, help_)


def register(documents: Mapping[str, Document]) -> Iterator[tuple[Scalar, MappingNode]]:
    """Name and body of each entry."""
    document = documents.get(REGISTER)
    if document is not None and isinstance(document.root, MappingNode):
        for name, body in document.root.entries:
            if isinstance(body, MappingNode):
                yield name, body


def _therapies(library: Library, documents: Mapping[str, Document]) -> Iterator[tuple[Therapy, MappingNode]]:
    for path, document in documents.items():
        if path.startswith("knowledge/therapies/") and isinstance(document.root, MappingNode):
            name = document.root.get("id")
            if isinstance(name, Scalar) and name.text in library.therapies:
                yield library.therapies[name.text], document.root


def _citing(node: Node) -> Iterator[Scalar]:
    """Every scalar under a key that names sources."""
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _citing(item)
    elif isinstance(node, MappingNode):
        for key, value in node.entries:
            yield from words_of(value) if key.text in _CITING else _citing(value)


def _or(words: tuple[str, ...]) -> str:
    return _(" or ").join(f"`{word}`" for word in words)
