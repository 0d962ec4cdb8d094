"""The codes of knowledge/terminology/ ready to look up; what has grade U is known and never read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from escalate.library.model import Library
from escalate.library.once import Once

UNVERIFIED = "U"


@dataclass(frozen=True, slots=True)
class Code:
    """What one code stands for: an entry of the tables, with what this code alone says of it."""

    system: str
    code: str
    grade: str
    entry: str
    fact: str = ""
    read: str = ""
    answers: Mapping[str, str] | None = None  # result -> word of the field
    limit: str = ""
    day: str = ""
    units: tuple[str, ...] = ()
    ratio_below: Decimal | None = None
    antibody: str = ""
    only_positive: bool = False
    quantitative: bool = False  # of an antibody: a number


@dataclass(frozen=True, slots=True)
class DrugCode:
    """A drug of the patient file; `current` is the code of now where the one that was met is older.

    `beside`: co-medication, which is no line of therapy.
    """

    name: str
    current: str
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """Every table, by the URI of the system and the code."""

    measured: Mapping[tuple[str, str], Code]
    results: Mapping[tuple[str, str], tuple[str, str]]  # -> positive ..., grade
    diagnoses: Mapping[tuple[str, str], tuple[str, str, tuple[str, ...]]]  # -> entry, grade, entities
    drugs: Mapping[str, DrugCode]
    drug_groups: Mapping[str, DrugCode]  # by the begin of an ATC code
    atc: frozenset[str]
    units: Mapping[str, str]
    free_units: Mapping[str, str]
    ucum: str
    own: str
    loinc: str

    @property
    def therapy_extension(self) -> str:
        """The URL of the extension that carries parts of `therapies[]` which FHIR has no element for."""
        return self.own.replace("CodeSystem/escalate-facts", "StructureDefinition/escalate-therapy")

    def loinc_of(self, field: str) -> tuple[str, ...]:
        """The LOINC codes by which a field can be filled, verified ones only, best grade first."""
        found = [
            code
            for code in self.measured.values()
            if code.system == self.loinc
            and code.grade != UNVERIFIED
            and field in (code.fact, code.limit, code.day)
        ]
        return tuple(code.code for code in sorted(found, key=lambda c: (c.grade, c.code)))

    def atc_of(self, drug: str) -> tuple[str, ...]:
        """The ATC codes of now for a drug or therapy; () where it has none here."""
        return tuple(dict.fromkeys(c.current for c in self.drugs.values() if c.name == drug))


@Once
def terms_of(library: Library) -> Terms:
    """The tables of a library; empty ones where its knowledge has no terminology."""
    files: Mapping[str, Any] = library.terminology
    systems = {name: _plain(body) for name, body in _plain(files.get("systems")).items()}
    uris = {name: str(body["uri"]) for name, body in systems.items()}
    measured: dict[tuple[str, str], Code] = {}
    for name in ("laboratory", "function"):
        _measured(_plain(files.get(name)), uris, measured)
    _antibodies(_plain(files.get("antibodies")), uris, measured)
    units = _plain(files.get("units"))
    drugs, groups = _drugs(_plain(files.get("drugs")))
    atc = systems.get("atc", {})
    return Terms(
        measured=measured,
        results=_results(_plain(files.get("results")), uris),
        diagnoses=_diagnoses(_plain(files.get("diagnoses")), uris),
        drugs=drugs,
        drug_groups=groups,
        atc=frozenset(str(uri) for uri in (atc.get("uri"), *atc.get("further", ())) if uri),
        units={str(k): str(v) for k, v in _plain(units.get("ucum")).items()},
        free_units={str(k): str(v) for k, v in _plain(units.get("free_text")).items()},
        ucum=uris.get("ucum", ""),
        own=uris.get("escalate_facts", ""),
        loinc=uris.get("loinc", ""),
    )


def _plain(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _measured(file: dict[str, Any], uris: Mapping[str, str], found: dict[tuple[str, str], Code]) -> None:
    system = uris.get(str(file.get("system")), "")
    for entry, body in _plain(file.get("entries")).items():
        for code in body.get("codes", ()):
            share = body.get("ratio_below")
            found[system, str(code["code"])] = Code(
                system=system,
                code=str(code["code"]),
                grade=str(code["grade"]),
                entry=entry,
                fact=str(body.get("fact", "")),
                read=str(body.get("read", "")),
                answers={str(k): str(v) for k, v in _plain(body.get("as")).items()} or None,
                limit=str(body.get("limit", "")),
                day=str(body.get("day", "")),
                units=tuple(str(unit) for unit in code.get("units", body.get("units", ()))),
                ratio_below=share if isinstance(share, Decimal) else None,
            )


def _antibodies(file: dict[str, Any], uris: Mapping[str, str], found: dict[tuple[str, str], Code]) -> None:
    system = uris.get(str(file.get("system")), "")
    for entry, body in _plain(file.get("entries")).items():
        for part in ("presence", "quantity"):
            for code in body.get(part, ()):
                found[system, str(code["code"])] = Code(
                    system=system,
                    code=str(code["code"]),
                    grade=str(code["grade"]),
                    entry=entry,
                    read="antibody" if body.get("antibody") else "",
                    antibody=str(body.get("antibody", "")),
                    only_positive=body.get("only_positive") == "true",
                    quantitative=part == "quantity",
                )


def _results(file: dict[str, Any], uris: Mapping[str, str]) -> dict[tuple[str, str], tuple[str, str]]:
    return {
        (uris.get(str(code["system"]), ""), str(code["code"])): (result, str(code["grade"]))
        for result, codes in _plain(file.get("results")).items()
        for code in codes
    }


def _diagnoses(
    file: dict[str, Any], uris: Mapping[str, str]
) -> dict[tuple[str, str], tuple[str, str, tuple[str, ...]]]:
    return {
        (uris.get(str(code["system"]), ""), str(code["code"])): (
            entry,
            str(code["grade"]),
            tuple(map(str, body.get("hints", ()))),
        )
        for entry, body in _plain(file.get("entries")).items()
        for code in body.get("codes", ())
    }


def _drugs(file: dict[str, Any]) -> tuple[dict[str, DrugCode], dict[str, DrugCode]]:
    drugs: dict[str, DrugCode] = {}
    groups: dict[str, DrugCode] = {}
    for name, body in _plain(file.get("drugs")).items():
        now = [str(code) for code in body.get("atc", ())]
        beside = body.get("co_medication") == "true"
        drugs |= {code: DrugCode(name, code, beside) for code in now}
        drugs |= {str(code): DrugCode(name, now[0], beside) for code in body.get("before", ())}
        groups |= {str(code): DrugCode(name, str(code), beside) for code in body.get("also_under", ())}
    return drugs, groups
