"""Therapies with their regimens, the register of evidence, and the ladder."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass, replace
from decimal import Decimal

from escalate.library.model import Citation, DoseStep, Evidence, Regimen, Therapy
from escalate.library.reading import Reader
from escalate.nodes import Mapping, Node
from escalate.texts import _

_THERAPY = (
    "id",
    "name",
    "classes",
    "synonyms",
    "listed",
    "target",
    "dose",
    "evidence_level",
    "evidence",
    "headline",
    "status",
    "approved_in",
    "warnings",
    "work_up",
    "monitoring",
    "prophylaxis",
    "washout",
    "for_and_against",
    "pk_model",
)
_EVIDENCE = (
    "citation",
    "design",
    "n",
    "level",
    "doi",
    "more_dois",
    "pmid",
    "pmc",
    "registry",
    "provenance",
    "supports",
    "direction",
    "about",
    "uncited",
    "note",
)
_REGIMEN = ("id", "title", "route", "steps", "source", "note")
_STEP = ("name", "mg_per_kg", "day", "vial_mg", "mg_per_ml")
_LIMITS = ("max_mg_per_kg", "vials", "source")


@dataclass(frozen=True, slots=True)
class DoseLimits:
    """The largest single dose of a drug, and its vials as (mg, mg/mL)."""

    max_mg_per_kg: Decimal
    vials: tuple[tuple[Decimal, Decimal], ...]


def read_therapy(reader: Reader) -> Therapy | None:
    """One file of knowledge/therapies."""
    root = reader.mapping(reader.document.root, reader.document.file)
    if root is None:
        return None
    reader.keys(root, _THERAPY, ("id", "name", "listed"), _("a therapy"))

    def texts(key: str) -> tuple[str, ...]:
        return reader.texts(root.get(key), key)

    status = reader.mapping(root.get("status"), "status")
    sides = reader.mapping(root.get("for_and_against"), "for_and_against")
    if status is not None:
        reader.keys(status, ("eu", "us", "verified_on"), ("eu", "us"), _("a status"))
    if sides is not None:
        reader.keys(sides, ("for", "against"), (), "for_and_against")
    return Therapy(
        id=reader.text(root.get("id"), "id"),
        name=reader.text(root.get("name"), "name"),
        classes=texts("classes"),
        synonyms=texts("synonyms"),
        listed=reader.flag(root.get("listed"), "listed"),
        target=reader.text(root.get("target"), "target"),
        dose=reader.text(root.get("dose"), "dose"),
        evidence_level=reader.text(root.get("evidence_level"), "evidence_level"),
        evidence=texts("evidence"),
        headline=texts("headline"),
        status={key.text: reader.text(value) for key, value in status.entries} if status else {},
        approved_in=texts("approved_in"),
        warnings=texts("warnings"),
        work_up=texts("work_up"),
        monitoring=texts("monitoring"),
        prophylaxis=texts("prophylaxis"),
        washout=texts("washout"),
        for_and_against={key.text: reader.texts(value) for key, value in sides.entries} if sides else {},
        pk_model=reader.text(root.get("pk_model"), "pk_model"),
        at=root.at,
    )


def read_regimens(reader: Reader, therapies: dict[str, Therapy], evidence: Iterable[str]) -> None:
    """The regimens of one file of knowledge/regimens, put into their therapy."""
    root = reader.mapping(reader.document.root, reader.document.file)
    if root is None:
        return
    reader.keys(root, ("therapy", "limits", "regimens"), ("therapy", "regimens"), _("a file of regimens"))
    read_limits(reader, root.get("limits"), evidence)
    name = reader.word(root.get("therapy"), therapies, "therapy")
    regimens = [_regimen(reader, item, evidence) for item in reader.items(root.get("regimens"), "regimens")]
    if name:
        therapies[name] = replace(therapies[name], regimens=tuple(r for r in regimens if r is not None))


def read_limits(reader: Reader, node: Node | None, evidence: Iterable[str]) -> DoseLimits | None:
    """What no dose of a drug may exceed, and the vials it comes in; None where nothing usable is stated."""
    body = reader.mapping(node, "limits")
    if body is None:
        return None
    reader.keys(body, _LIMITS, _LIMITS, "limits")
    read_citations(reader, body.get("source"), evidence)
    most = reader.decimal(body.get("max_mg_per_kg"), "max_mg_per_kg")
    vials = []
    for item in reader.items(body.get("vials"), "vials"):
        vial = reader.mapping(item, _("a vial"))
        if vial is None:
            continue
        reader.keys(vial, _STEP[-2:], _STEP[-2:], _("a vial"))
        amount, strength = (reader.decimal(vial.get(key), key) for key in _STEP[-2:])
        if amount is not None and strength is not None:
            vials.append((amount, strength))
    return None if most is None else DoseLimits(most, tuple(vials))


def _regimen(reader: Reader, node: Node, evidence: Iterable[str]) -> Regimen | None:
    body = reader.mapping(node, _("a regimen"))
    if body is None:
        return None
    reader.keys(body, _REGIMEN, _REGIMEN[:-1], _("a regimen"))
    steps = [_step(reader, item) for item in reader.items(body.get("steps"), "steps")]
    return Regimen(
        id=reader.text(body.get("id")),
        title=reader.text(body.get("title")),
        route=reader.text(body.get("route")),
        steps=tuple(step for step in steps if step is not None),
        source=read_citations(reader, body.get("source"), evidence),
        note=reader.text(body.get("note")),
    )


def _step(reader: Reader, node: Node) -> DoseStep | None:
    body = reader.mapping(node, _("a step"))
    if body is None:
        return None
    reader.keys(body, _STEP, _STEP, _("a step"))
    numbers = [reader.decimal(body.get(key), key) for key in _STEP[1:]]
    mg_per_kg, day, vial_mg, mg_per_ml = numbers
    if mg_per_kg is None or day is None or vial_mg is None or mg_per_ml is None:
        return None
    return DoseStep(reader.text(body.get("name")), mg_per_kg, day, vial_mg, mg_per_ml)


def read_citations(reader: Reader, node: Node | None, evidence: Iterable[str]) -> tuple[Citation, ...]:
    """A `source:` list; each `ref` must stand in the register."""
    known = tuple(evidence)
    citations: list[Citation] = []
    for item in reader.items(node, "source"):
        body = reader.mapping(item, _("a source"))
        if body is None:
            continue
        reader.keys(body, ("ref", "at", "supports", "quotes"), ("ref",), _("a source"))
        ref = body.get("ref")
        if ref is not None and known:
            reader.word(ref, known, "ref")
        quotes = reader.mapping(body.get("quotes"), "quotes")
        citations.append(
            Citation(
                reader.text(ref),
                reader.text(body.get("at")),
                reader.text(body.get("supports")),
                tuple((key.text, reader.text(value)) for key, value in quotes.entries) if quotes else (),
            )
        )
    return tuple(citations)


def read_evidence(reader: Reader) -> dict[str, Evidence]:
    """The register: knowledge/evidence.yaml."""
    register: dict[str, Evidence] = {}
    for key, body in reader.entries(reader.document.file):
        reader.keys(body, _EVIDENCE, ("citation",), f"`{key.text}`")
        register[key.text] = Evidence(
            id=key.text,
            citation=reader.text(body.get("citation")),
            design=reader.text(body.get("design")),
            level=reader.text(body.get("level")),
            n=reader.whole(body.get("n"), "n"),
            doi=reader.text(body.get("doi")),
            provenance=reader.text(body.get("provenance")),
            supports=reader.text(body.get("supports")),
            direction=reader.text(body.get("direction")),
            more_dois=reader.texts(body.get("more_dois")),
            pmid=reader.text(body.get("pmid")),
            pmc=reader.text(body.get("pmc")),
            registry=reader.text(body.get("registry")),
        )
    return register


def read_ladder(reader: Reader) -> tuple[tuple[int, str], ...]:
    """The steps of the ladder, lowest first: a list of `{step, content}`."""
    steps: list[tuple[int, str]] = []
    for item in reader.items(reader.document.root, reader.document.file):
        body = reader.mapping(item, _("a step"))
        if not isinstance(body, Mapping):
            continue
        reader.keys(body, ("step", "content", "entry", "exit", "evidence"), ("step", "content"), _("a step"))
        step = reader.whole(body.get("step"), "step")
        if step is not None:
            steps.append((step, reader.text(body.get("content"), "content")))
    return tuple(sorted(steps))


def classes_of(
    therapies: AbstractMapping[str, Therapy], drugs: AbstractMapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Each class with its members, therapies first."""
    members: dict[str, list[str]] = {}
    for name, classes in [*((t.id, t.classes) for t in therapies.values()), *drugs.items()]:
        for one in classes:
            members.setdefault(one, []).append(name)
    return {name: tuple(members[name]) for name in sorted(members)}
