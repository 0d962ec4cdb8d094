"""What the OpenAPI document says of errors and of bodies that are no plain JSON."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from escalate.service.details import MEDIA_TYPE
from escalate.service.settings import Settings

Described = dict[int | str, dict[str, Any]]
_WHY = {
    400: "The body is not what its Content-Type says.",
    401: "Nobody who is known here asks.",
    404: "There is no such thing.",
    406: "None of the accepted forms can be given.",
    408: "The body did not come in time.",
    412: "Data that the service cannot do without are missing.",
    413: "The body is too large.",
    415: "Bodies of this type are not read.",
    421: "The service is not known under that name.",
    422: "Understood and refused: a patient file with all its problems, or a wrong parameter.",
    500: "A fault of the service, or the two engines disagree; nothing is advised.",
    503: "Too much work, too slow, or the decision log failed; try again later.",
}
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "code": {"type": "string", "pattern": "^[a-z-]+$"},
        "problems": {
            "type": "array",
            "minItems": 1,
            "description": "Every problem of a refused patient file, sorted by place.",
            "items": {
                "type": "object",
                "required": ["line", "column", "code", "message"],
                "properties": {
                    "line": {"type": "integer", "minimum": 1},
                    "column": {"type": "integer", "minimum": 1},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "help": {"type": "string"},
                },
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}
_ASSESSMENT: dict[str, Any] = {
    "type": "object",
    "description": "One assessment, `escalate/assessment/v1`, as `escalate assess --format json` prints it.",
    "required": [
        "schema", "patient", "knowledge", "software", "scope", "alerts", "findings", "lines_of_therapy",
        "ladder", "options", "not_indicated", "missing_data", "evidence",
    ],
    "properties": {
        "schema": {"const": "escalate/assessment/v1"},
        "patient": {"type": "object", "required": ["id", "assessed_on", "sha256"]},
        "knowledge": {"type": "object", "required": ["version", "digest"]},
        "scope": {"enum": ["iim", "bcma_safety_only", "out_of_scope"]},
        "options": {"type": "array", "items": {"type": "object", "required": ["therapy", "verdict"]}},
        "record": {
            "type": "object",
            "description": "What became of a FHIR record; a patient file has no such member.",
            "required": ["entries", "notes"],
            "properties": {
                "entries": {
                    "type": "array",
                    "description": "Every entry, with the fields of the patient file that it filled.",
                    "items": {
                        "type": "object",
                        "required": ["entry", "resource", "at", "use", "reason", "facts", "shown"],
                        "properties": {
                            "use": {"enum": ["used", "ignored", "rejected"]},
                            "reason": {"type": "string"},
                            "facts": {"type": "array", "items": {"type": "string"}},
                            "shown": {"type": "string", "description": "Free text: shown, never read."},
                        },
                    },
                },
                "notes": {
                    "type": "array",
                    "description": "Conflicts and what else was noticed of the record as a whole.",
                    "items": {"type": "string"},
                },
            },
        },
    },
}  # fmt: skip
# The whole schema changes with the knowledge, and is larger than the rest of this document together.
_PATIENT: dict[str, Any] = {
    "type": "object",
    "description": "A patient file, `escalate/patient/v1`; every field of it is in `/v1/schemas/patient`.",
    "required": ["schema", "id"],
    "properties": {
        "schema": {"const": "escalate/patient/v1"},
        "id": {"type": "string", "minLength": 1, "maxLength": 200, "description": "A pseudonym."},
    },
}
FHIR_RESOURCE = {
    "type": "object",
    "required": ["resourceType"],
    "properties": {"resourceType": {"type": "string"}},
}


def ref(name: str) -> dict[str, str]:
    """A schema of the document, by name."""
    return {"$ref": f"#/components/schemas/{name}"}


def problems(*statuses: int) -> Described:
    """These errors, and those that every address may answer, each as problem details."""
    content = {MEDIA_TYPE: {"schema": ref("Problem")}}
    return {
        status: {"description": _WHY[status], "content": content}
        for status in sorted({*statuses, 401, 421, 500, 503})
    }


def answers(description: str, *types: tuple[str, dict[str, Any]], status: int = 200) -> Described:
    """A good answer in one or several forms."""
    return {status: {"description": description, "content": {kind: {"schema": one} for kind, one in types}}}


def patient_body() -> dict[str, Any]:
    """The body of a request about one patient."""
    file = ref("Patient")
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": file},
                "application/yaml": {"schema": file},
                "application/fhir+json": {"schema": FHIR_RESOURCE},
            },
        }
    }


def describe(app: FastAPI, settings: Settings) -> None:
    """Make the OpenAPI document of the application: FastAPI's, with our schemas and who may ask."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is not None:
            return app.openapi_schema
        document = made()
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        schemas |= {"Problem": _PROBLEM, "Assessment": _ASSESSMENT, "Patient": _PATIENT}
        if not settings.access.is_open:
            components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
            document["security"] = [{"bearer": []}]
        return document

    app.openapi = openapi  # type: ignore[method-assign]
