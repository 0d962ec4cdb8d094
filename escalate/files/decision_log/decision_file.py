"""A decision of the conference as a YAML file: what `escalate log decide --file` reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from escalate.files.decision_log.conference import Conference, ForPatient
from escalate.files.yaml_reader import read_document
from escalate.nodes import Document, Mapping, Node, Scalar, Sequence
from escalate.patient.scalars import calendar_day
from escalate.problems import PatientRefused, Problem, UsageError, nearest
from escalate.texts import _

_TEXTS = ("therapy", "way", "decision", "reason")
_DAYS = ("held_on", "review_on")
_LISTS = ("present", "stop_if")
_KEYS = (*_TEXTS, *_DAYS, *_LISTS, "for_patient")
_PATIENT_TEXTS = ("treatment", "why", "contact")
_PATIENT_LISTS = ("next", "call_if")


@dataclass(frozen=True, slots=True)
class Stated:
    """What the file says; None where it says nothing."""

    therapy: str | None
    way: str | None
    decision: str | None
    reason: str | None
    conference: Conference


def read_decision(path: str) -> Stated:
    """The file. Raises: UsageError with every problem, each with its line and column."""
    try:
        document = read_document(path, PatientRefused)
    except PatientRefused as refusal:
        raise UsageError(str(refusal)) from None
    reading = _Reading(document)
    root = reading.mapping(document.root, _KEYS)
    patient = (
        reading.mapping(root["for_patient"], (*_PATIENT_TEXTS, *_PATIENT_LISTS))
        if "for_patient" in root
        else {}
    )
    said = {name: reading.text(root.get(name)) for name in _TEXTS}
    days = {name: reading.day(root.get(name)) for name in _DAYS}
    lists = {name: reading.texts(root.get(name)) for name in _LISTS}
    words = {name: reading.text(patient.get(name)) for name in _PATIENT_TEXTS}
    further = {name: reading.texts(patient.get(name)) for name in _PATIENT_LISTS}
    if reading.problems:
        raise UsageError("\n".join(p.render() for p in sorted(reading.problems, key=lambda p: p.at.line)))
    return Stated(
        therapy=said["therapy"],
        way=said["way"],
        decision=said["decision"],
        reason=said["reason"],
        conference=Conference(
            held_on=days["held_on"],
            present=lists["present"],
            stop_if=lists["stop_if"],
            review_on=days["review_on"],
            for_patient=ForPatient(
                treatment=words["treatment"],
                why=words["why"],
                next=further["next"],
                call_if=further["call_if"],
                contact=words["contact"],
            ),
        ),
    )


class _Reading:
    """One file while it is being read; problems are collected."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.problems: list[Problem] = []

    def mapping(self, node: Node, keys: tuple[str, ...]) -> dict[str, Node]:
        if not isinstance(node, Mapping):
            listed = ", ".join(f"`{key}`" for key in keys)
            self._add(
                node,
                "not-a-mapping",
                _("this is no set of fields"),
                _("its fields are {names}").format(names=listed),
            )
            return {}
        for key, _value in node.entries:
            if key.text not in keys:
                help_ = nearest(key.text, keys) or ", ".join(f"`{known}`" for known in keys)
                self._add(key, "unknown-field", _("`{key}` is not a field").format(key=key.text[:60]), help_)
        return {key.text: value for key, value in node.entries if key.text in keys}

    def text(self, node: Node | None) -> str | None:
        if node is None:
            return None
        if not isinstance(node, Scalar):
            self._add(node, "not-a-value", _("this is no text"), "")
            return None
        return None if node.plain and node.text in ("", "~", "null") else node.text

    def texts(self, node: Node | None) -> tuple[str, ...]:
        if node is None:
            return ()
        items = node.items if isinstance(node, Sequence) else (node,)
        return tuple(text for item in items if (text := self.text(item)) is not None)

    def day(self, node: Node | None) -> date | None:
        text = self.text(node)
        if node is None or text is None:
            return None
        found = calendar_day(text.strip())
        if found is None:
            self._add(
                node,
                "not-a-date",
                _("`{text}` is not a day").format(text=text[:60]),
                _("accepted: a date like 2026-03-31"),
            )
        return found

    def _add(self, node: Node, code: str, message: str, help_: str) -> None:
        self.problems.append(Problem(node.at, code, message, help_, self._document.excerpt(node.at)))
