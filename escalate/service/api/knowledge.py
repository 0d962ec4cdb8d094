"""`/v1/knowledge`: what the service knows, rule by rule and therapy by therapy."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from escalate.files.json_text import dumps
from escalate.language.describe import describe
from escalate.language.names import Names
from escalate.library.model import Library, Rule, Therapy
from escalate.patient.schema import patient_schema
from escalate.service.api.described import answers, problems
from escalate.service.api.sent import JSON, Language
from escalate.service.details import Refusal
from escalate.texts import _, speaking

router = APIRouter(prefix="/v1/knowledge")
schemas = APIRouter(prefix="/v1/schemas")
_KEPT = (404, 422)
_INDEX = {"type": "object", "required": ["version", "digest", "rules", "therapies"]}
_ONE = {"type": "object", "required": ["id"]}


@router.get(
    "",
    summary="The knowledge in use",
    response_class=Response,
    responses={**answers("Version, digest and every id.", (JSON, _INDEX)), **problems(422)},
)
async def index(request: Request, language: Language) -> Response:
    """Version, digest and every id."""
    library: Library = request.app.state.knowledge.library(language)
    return _given(
        {
            "version": library.version,
            "digest": library.digest,
            "language": library.language,
            "overlay": library.overlay.name if library.overlay else None,
            "rules": [
                {"id": rule.id, "title": rule.title, "kind": rule.kind, "status": rule.status}
                for rule in library.rules
            ],
            "therapies": [{"id": one.id, "name": one.name} for one in library.therapies.values()],
        }
    )


@router.get(
    "/rules/{rule}",
    summary="One rule",
    response_class=Response,
    responses={**answers("What the rule says, and on what ground.", (JSON, _ONE)), **problems(*_KEPT)},
)
async def rule(
    request: Request, rule: Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,64}$")], language: Language
) -> Response:
    """What a rule says, and on what ground; an id may stand for several forms of one rule."""
    library: Library = request.app.state.knowledge.library(language)
    found = [one for one in library.rules if one.id == rule]
    if not found:
        raise Refusal(404, "no-such-rule", _("there is no rule of this id"))
    return _given({"id": rule, "forms": [_rule(one, library) for one in found]})


@router.get(
    "/therapies/{therapy}",
    summary="One therapy",
    response_class=Response,
    responses={**answers("What is known of the therapy.", (JSON, _ONE)), **problems(*_KEPT)},
)
async def therapy(
    request: Request, therapy: Annotated[str, Path(pattern=r"^[a-z0-9_]{1,64}$")], language: Language
) -> Response:
    """What is known of a therapy, and the rules that decide about it."""
    library: Library = request.app.state.knowledge.library(language)
    known = library.therapies.get(therapy)
    if known is None:
        raise Refusal(404, "no-such-therapy", _("there is no therapy of this id"))
    return _given(_therapy(known, library))


@schemas.get(
    "/patient",
    summary="The JSON Schema of a patient file",
    description="What `escalate schema patient` prints: made of the knowledge in use.",
    response_class=Response,
    responses={**answers("A JSON Schema.", (JSON, {"type": "object"})), **problems(422)},
)
async def patient(request: Request, language: Language) -> Response:
    """Every field of a patient file, with what it accepts."""
    library: Library = request.app.state.knowledge.library(language)
    with speaking(library.language):
        return _given(patient_schema(library))


def _rule(one: Rule, library: Library) -> dict[str, Any]:
    return {
        "key": one.key,
        "title": one.title,
        "kind": one.kind,
        "for": list(one.targets),
        "when": describe(one.when, Names(library.facts, library.findings)),
        "because": one.because,
        "advise": one.advise,
        "basis": one.basis,
        "sources": [
            {"ref": source.ref, "at": source.at, "supports": source.supports} for source in one.sources
        ],
        "status": one.status,
        "since": one.since,
        "at": str(one.at),
    }


def _therapy(one: Therapy, library: Library) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "classes": list(one.classes),
        "synonyms": list(one.synonyms),
        "target": one.target,
        "dose": one.dose,
        "evidence_level": one.evidence_level,
        "evidence": list(one.evidence),
        "status": dict(one.status),
        "approved_in": list(one.approved_in),
        "warnings": list(one.warnings),
        "work_up": list(one.work_up),
        "monitoring": list(one.monitoring),
        "prophylaxis": list(one.prophylaxis),
        "washout": list(one.washout),
        "rules": list(dict.fromkeys(r.id for r in library.rules if one.id in r.targets)),
    }


def _given(document: dict[str, Any]) -> Response:
    return Response(dumps(document) + "\n", media_type=JSON)
