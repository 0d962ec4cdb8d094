"""What the OpenAPI document says of CDS Hooks: the shapes of the specification, as far as they bind us."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi import Response

_TEXT = {"type": "string", "minLength": 1}
_CODING = {
    "type": "object",
    "required": ["code", "system"],
    "properties": {"code": _TEXT, "system": _TEXT, "display": _TEXT},
}
DISCOVERY: dict[str, Any] = {
    "type": "object",
    "required": ["services"],
    "properties": {
        "services": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["hook", "title", "description", "id", "prefetch"],
                "properties": {
                    "hook": _TEXT,
                    "title": _TEXT,
                    "description": _TEXT,
                    "id": _TEXT,
                    "prefetch": {"type": "object", "additionalProperties": _TEXT},
                    "usageRequirements": _TEXT,
                },
            },
        }
    },
}
CALL: dict[str, Any] = {
    "type": "object",
    "required": ["hook", "hookInstance", "context"],
    "properties": {
        "hook": {"type": "string", "enum": ["patient-view", "order-select"]},
        "hookInstance": {"type": "string", "format": "uuid"},
        "fhirServer": {"type": "string", "pattern": "^https?://"},
        "fhirAuthorization": {"type": "object", "description": "Not used: no FHIR server is called."},
        "context": {
            "type": "object",
            "required": ["userId", "patientId"],
            "properties": {
                "userId": _TEXT,
                "patientId": _TEXT,
                "selections": {"type": "array", "items": _TEXT},
                "draftOrders": {"type": "object"},
            },
        },
        "prefetch": {
            "type": "object",
            "additionalProperties": {"type": ["object", "null"]},
            "description": "By the keys of discovery; `patient`, `conditions` and `observations` are needed.",
        },
    },
}
CARDS: dict[str, Any] = {
    "type": "object",
    "required": ["cards"],
    "additionalProperties": False,
    "properties": {
        "cards": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["uuid", "summary", "detail", "indicator", "source", "links"],
                "properties": {
                    "uuid": {"type": "string", "format": "uuid"},
                    "summary": {"type": "string", "minLength": 1, "maxLength": 139},
                    "detail": _TEXT,
                    "indicator": {"enum": ["info", "warning", "critical"]},
                    "source": {
                        "type": "object",
                        "required": ["label", "url", "topic"],
                        "properties": {"label": _TEXT, "url": _TEXT, "topic": _CODING},
                    },
                    "suggestions": {"type": "array", "minItems": 1},
                    "selectionBehavior": {"enum": ["at-most-one"]},
                    "overrideReasons": {"type": "array", "minItems": 1, "items": _CODING},
                    "links": {"type": "array", "minItems": 1},
                },
                "dependentRequired": {"suggestions": ["selectionBehavior"]},
                "additionalProperties": False,
            },
        }
    },
}
FEEDBACK_TAKEN: dict[str, Any] = {
    "type": "object",
    "required": ["recorded"],
    "properties": {"recorded": {"type": "integer", "minimum": 1}},
}


def body(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A body of JSON that is read here and not by FastAPI."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def json_answer(value: object, headers: Mapping[str, str] | None = None) -> Response:
    """An answer of JSON."""
    return Response(
        json.dumps(value, ensure_ascii=False), media_type="application/json", headers=dict(headers or {})
    )
