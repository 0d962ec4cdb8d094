"""`--since OLD.json`: an earlier output of `escalate assess --format json`, judged before it is used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

from escalate.files.safe_bytes import read_bytes
from escalate.problems import Problem, UsageError, printable
from escalate.report.document import SCHEMA
from escalate.texts import _

_SIZE_LIMIT = 50_000_000  # bytes; one assessment has some hundred thousand, a conference some dozen patients
_VERDICTS = frozenset(
    ("propose", "caution", "caution_high", "data_needed", "deferred", "excluded", "not_indicated")
)
_REASONS = ("indicated_by", "excluded_by", "deferred_by", "cautions")
_LISTS = {"antibodies": "name", "therapies": "drug"}
Earlier = Mapping[str, Mapping[str, Any]]


def read_earlier(path: str) -> Earlier:
    """The assessments of a file by the pseudonym of their patient.

    Raises: UsageError where the file cannot be read, is no assessment, or holds a patient twice.
    """
    raw = read_bytes(Path(path), path, limit=_SIZE_LIMIT)
    if isinstance(raw, Problem):
        raise UsageError(f"--since {raw.render()}")
    try:
        held = json.loads(raw, object_pairs_hook=_once, parse_constant=_number, parse_float=_number)
    except (ValueError, RecursionError) as fault:
        why = _("a key stands twice, or a number is out of range")
        if isinstance(fault, json.JSONDecodeError):
            why = printable(str(fault))
        elif isinstance(fault, UnicodeDecodeError):
            why = _("it is not UTF-8")
        elif isinstance(fault, RecursionError):
            why = _("it is too deep")
        raise UsageError(_("--since {file}: not JSON: {why}").format(file=path, why=why)) from None
    found: dict[str, Mapping[str, Any]] = {}
    for number, one in enumerate(held if isinstance(held, list) else [held]):
        where = f"[{number}]" if isinstance(held, list) else ""
        assessment = _Judge(path, where).assessment(one)
        if assessment["patient"]["id"] in found:
            said = _("--since {file}: patient {id} stands in it twice")
            raise UsageError(said.format(file=path, id=assessment["patient"]["id"]))
        found[assessment["patient"]["id"]] = assessment
    return found


def earlier_of(earlier: Earlier, patient: str, path: str) -> Mapping[str, Any]:
    """The assessment of one patient. Raises: UsageError where the file is about somebody else."""
    if patient in earlier:
        return earlier[patient]
    said = _("--since {file}: it is about {known}, not about patient {id}")
    known = ", ".join(list(earlier)[:5]) or _("nobody")
    raise UsageError(said.format(file=path, known=known, id=patient))


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    held = dict(pairs)
    if len(held) != len(pairs):
        raise ValueError
    return held


def _number(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError
    return number


class _Judge:
    """Whether a document holds what the comparison reads, in the types that it reads."""

    def __init__(self, file: str, at: str) -> None:
        self._file, self._at = file, at

    def assessment(self, one: Any) -> Mapping[str, Any]:
        """The document. Raises: UsageError naming the first key that is not as it should be."""
        if not isinstance(one, dict) or one.get("schema") != SCHEMA:
            said = _(
                "--since {file}: this is no assessment; it is the output of `escalate assess --format json`"
            )
            raise UsageError(said.format(file=self._file))
        patient = self._held(one, "patient", dict)
        for key in ("id", "assessed_on", "sha256"):
            self._held(patient, key, str, "patient.")
        self._day(patient["assessed_on"], "patient.assessed_on")
        self._facts(patient)
        knowledge = self._held(one, "knowledge", dict)
        for key in ("version", "digest"):
            self._held(knowledge, key, str, "knowledge.")
        if knowledge.get("overlay") is not None:
            self._held(
                self._held(knowledge, "overlay", dict, "knowledge."), "name", str, "knowledge.overlay."
            )
        for name, finding in self._held(one, "findings", dict).items():
            whole = isinstance(finding, dict) and isinstance(finding.get("value"), str | bool)
            self._known(whole, f"findings.{name}")
            for bound in ("at_least", "at_most"):
                self._known(isinstance(finding.get(bound), str | None), f"findings.{name}.{bound}")
        for at, alert in self._rows(one, "alerts"):
            for key in ("id", "title"):
                self._held(alert, key, str, at)
        for at, option in self._rows(one, "options"):
            self._option(at, option)
        for at, rest in self._rows(one, "not_indicated"):
            self._held(rest, "therapy", str, at)
            self._known(_texts(rest.get("rules") or []), f"{at}rules")
        for at, question in self._rows(one, "missing_data"):
            self._held(question, "fact", str, at)
            self._held(question, "ask", str, at)
            self._held(question, "rank", int, at)
        return one

    def _option(self, at: str, option: dict[str, Any]) -> None:
        self._held(option, "therapy", str, at)
        self._known(self._held(option, "verdict", str, at) in _VERDICTS, f"{at}verdict")
        for key in _REASONS:
            for inner, entry in self._rows(option, key, at):
                self._held(entry, "rule", str, inner)
                if entry.get("until") is not None:
                    self._day(entry["until"], f"{inner}until")
        for inner, missing in self._rows(option, "missing", at):
            self._known(_texts(missing.get("for_rules")), f"{inner}for_rules")
        self._known(_texts(option.get("unsettled") or []), f"{at}unsettled")

    def _facts(self, patient: dict[str, Any]) -> None:
        """Files of before the facts were written have none."""
        facts = patient.get("facts")
        self._known(isinstance(facts, dict | None), "patient.facts")
        for name, value in (facts or {}).items():
            self._known(name in _LISTS or _plain(value), f"patient.facts.{name}")
        listed = [(facts, n, k, "patient.facts.") for n, k in _LISTS.items() if facts and n in facts]
        if patient.get("overrides") is not None:
            listed.append((patient, "overrides", "rule", "patient."))
        for held, name, key, where in listed:
            for at, entry in self._rows(held, name, where):
                self._held(entry, key, str, at)
                for part, value in entry.items():
                    self._known(_plain(value), f"{at}{part}")

    def _rows(self, of: dict[str, Any], key: str, at: str = "") -> list[tuple[str, dict[str, Any]]]:
        rows = self._held(of, key, list, at)
        found = []
        for number, row in enumerate(rows):
            here = f"{at}{key}[{number}]"
            self._known(isinstance(row, dict), here)
            found.append((f"{here}.", row))
        return found

    def _held(self, of: dict[str, Any], key: str, kind: type, at: str = "") -> Any:
        self._known(isinstance(of.get(key), kind) and not isinstance(of.get(key), bool), f"{at}{key}")
        return of[key]

    def _day(self, text: object, at: str) -> None:
        try:
            date.fromisoformat(text if isinstance(text, str) else "")
        except ValueError:
            self._known(False, at)

    def _known(self, holds: bool, at: str) -> None:
        if not holds:
            said = _("--since {file}: `{at}` is not what an assessment holds there")
            raise UsageError(said.format(file=self._file, at=printable(f"{self._at}{at}"[:200])))


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _plain(value: object) -> bool:
    """A scalar, or a list of words: what a fact is."""
    return isinstance(value, str | int | float | bool | None) or _texts(value)
