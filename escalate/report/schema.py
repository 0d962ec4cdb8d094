"""JSON Schema of an assessment, for clients: the keys of `document.py`, their types and the words they hold.

Other keys may come with later versions: a client leaves out what it does not know.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from escalate.library.model import Library
from escalate.library.rules import ALERTS, OUTCOMES
from escalate.options.verdict import Verdict
from escalate.report.document import SCHEMA
from escalate.texts import _

Schema = dict[str, Any]
_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_FLAG: Schema = {"type": "boolean"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_NUMBER: Schema = {"type": "number"}
_OPEN: Schema = {"type": "object"}
_DAY: Schema = {"type": "string", "format": "date"}
_STAMP: Schema = {"type": "string", "format": "date-time"}
_DIGEST: Schema = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
_SHA256: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_BASIS: Schema = {"basis": {"enum": ["source", "expert_judgement"]}, "verified": _FLAG}
_SCOPES = ("iim", "bcma_safety_only", "out_of_scope")
_COUNTS_AS = (
    "failed", "stopped_for_toxicity", "inadequate_trial", "responded", "running", "unknown", "not_a_line",
)  # fmt: skip
_STEPS = 5


def assessment_schema(library: Library) -> Schema:
    """The JSON Schema (draft 2020-12) of one assessment under this knowledge base."""
    therapy = _word(library.therapies)
    rule_keys: Schema = {
        "rule": _TEXT, "title": _TEXT, "because": _TEXTS, "evidence": _TEXTS, **_BASIS,
    }  # fmt: skip
    decision = _object(
        {"by": _TEXT, "on_date": _null(_DAY), "reason": _TEXT, "until": _null(_DAY), "lapsed": _FLAG}
    )
    entry_keys: Schema = {
        **rule_keys,
        "reversible": _FLAG,
        "until": _null(_DAY),
        "checked": _FLAG,
        "advise": _TEXT,
        "at": _TEXT,
    }
    entry = _object(entry_keys, overrides=_list(decision))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": _("Assessment, {schema}").format(schema=SCHEMA),
        **_object(
            {
                "schema": {"const": SCHEMA},
                "patient": _patient(),
                "knowledge": _object({"version": _TEXT, "digest": _DIGEST}, overlay=_OPEN),
                "software": _object({"escalate": _TEXT, "engine": _TEXT}, stamp=_STAMP),
                "scope": _word(_SCOPES),
                "alerts": _list(_alert()),
                "findings": _findings(library),
                "lines_of_therapy": _list(
                    _object(
                        {
                            "therapy": _TEXT,
                            "counts_as": _word(_COUNTS_AS),
                            "because": _TEXT,
                            "note": _null(_TEXT),
                        }
                    )
                ),
                "ladder": _null(_ladder(rule_keys)),
                "options": _list(_option(therapy, entry, rule_keys)),
                "not_indicated": _list(_object({"therapy": therapy, "because": _TEXTS, "rules": _TEXTS})),
                "missing_data": _list(
                    _object({"fact": _TEXT, "ask": _TEXT, "decides": _list(therapy), "rank": _COUNT})
                ),
                "evidence": {"type": "object", "additionalProperties": _evidence()},
            },
            changes=_OPEN,
        ),
    }


def _patient() -> Schema:
    return _object(
        {
            "id": _TEXT,
            "assessed_on": _DAY,
            "sha256": _SHA256,
            "defaults_used": _TEXTS,
            "note": _null(_TEXT),
            "overrides_without_entry": _list(_OPEN),
            "facts": _OPEN,
            "overrides": _list(_OPEN),
        }
    )


def _alert() -> Schema:
    return _object(
        {
            "kind": _word(ALERTS),
            "id": _TEXT,
            "title": _TEXT,
            "because": _TEXTS,
            "do": _TEXTS,
            "do_not": _TEXTS,
            "evidence": _TEXTS,
            **_BASIS,
            "makes_unknown": _TEXTS,
        }
    )


def _findings(library: Library) -> Schema:
    """Every finding that is reported: a conclusion is true, false or unknown, a grade has its bounds."""
    properties: Schema = {}
    for finding in library.findings.values():
        if finding.levels:
            grade = _word((*finding.levels, "unknown"))
            bounds = {"at_least": _word(finding.levels), "at_most": _word(finding.levels)}
        else:
            grade, bounds = {"enum": [True, False, "unknown"]}, {}
        properties[finding.name] = _object(
            {"value": grade, **bounds, "because": _TEXTS, "missing": _TEXTS, "rules": _TEXTS}
        )
    return {"type": "object", "properties": properties}


def _ladder(rule_keys: Schema) -> Schema:
    step: Schema = {"type": "integer", "minimum": 0, "maximum": _STEPS}
    following = _object({"step": step, "open": _FLAG, "why": _TEXT, "content": _TEXT})
    return _object(
        {
            "reached_step": step,
            "possible_step": step,
            "next_steps": _list(following),
            "outcomes": _list(_object({"outcome": _word(OUTCOMES), **rule_keys, "do": _TEXTS})),
        }
    )


def _option(therapy: Schema, entry: Schema, rule_keys: Schema) -> Schema:
    entries = _list(entry)
    return _object(
        {
            "therapy": therapy,
            "class": _null(_TEXT),
            "step": _null(_COUNT),
            "rank": _null(_COUNT),
            "verdict": _word(str(word) for word in Verdict if word is not Verdict.NOT_INDICATED),
            "indicated_by": entries,
            "excluded_by": entries,
            "deferred_by": entries,
            "cautions": entries,
            "missing": _list(_object({"fact": _TEXT, "for_rules": _TEXTS, "ask": _TEXT})),
            "warnings": _TEXTS,
            "work_up": _TEXTS,
            "monitoring": _TEXTS,
            "prophylaxis": _TEXTS,
            "washout": _TEXTS,
            "status": _object({"eu": _TEXT, "us": _TEXT}, verified_on=_TEXT),
            "evidence_level": _TEXT,
            "regimen": _null(_regimen()),
            "exposure": _null(_exposure()),
            "name": _TEXT,
            "dose": _TEXT,
            "for_and_against": {"type": "object", "additionalProperties": _TEXTS},
            "headline": _TEXTS,
            "evidence": _TEXTS,
            "disagreements": _list(_object({**rule_keys, "because": _TEXT, "positions": _TEXTS})),
            "unsettled": _TEXTS,
            "waits_for": entries,
            "against": entries,
        }
    )


def _regimen() -> Schema:
    dose = _object(
        {
            "day": _NUMBER,
            "mg": _NUMBER,
            "mg_per_kg": _NUMBER,
            "route": _TEXT,
            "volume_ml": _NUMBER,
            "vials": _TEXT,
            "name": _TEXT,
        }
    )
    return _object(
        {"doses": _list(dose), "cumulative_mg_per_kg": _NUMBER, "id": _TEXT, "title": _TEXT, "note": _TEXT},
        variants=_list(_OPEN),
    )


def _exposure() -> Schema:
    """Measures carry their unit in their name, which differs from model to model."""
    ranges: Schema = {"type": "object", "additionalProperties": {"type": "array", "items": _NUMBER}}
    named = _object(
        {
            "model": _TEXT,
            "without_time_dependent_clearance": {"type": "object", "additionalProperties": _NUMBER},
            "published_range": ranges,
            "regimen": _TEXT,
            "model_card": _OPEN,
            "assumptions": _TEXTS,
        }
    )
    return named | {"patternProperties": {"^interval_[0-9]+$": ranges}, "additionalProperties": _NUMBER}


def _evidence() -> Schema:
    return _object(
        {
            "citation": _TEXT,
            "doi": _TEXT,
            "design": _TEXT,
            "n": _null(_COUNT),
            "level": _TEXT,
            "provenance": _TEXT,
        }
    )


def _object(always: Schema, **sometimes: Schema) -> Schema:
    return {"type": "object", "required": list(always), "properties": always | sometimes}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _null(schema: Schema) -> Schema:
    return {"anyOf": [{"type": "null"}, schema]}


def _word(words: Iterable[str]) -> Schema:
    return {"enum": list(dict.fromkeys(words))}
