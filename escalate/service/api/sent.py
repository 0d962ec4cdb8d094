"""A patient as a request sends him: YAML, JSON or a FHIR Bundle, by its Content-Type."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import Depends, Query, Request

from escalate.patient.scalars import YEARS, calendar_day
from escalate.service.answers import Sent
from escalate.service.details import Refusal
from escalate.texts import LANGUAGES, _

_FORMS = {
    "application/yaml": "yaml",
    "application/x-yaml": "yaml",
    "text/yaml": "yaml",
    "text/x-yaml": "yaml",
    "application/json": "json",
    "application/fhir+json": "fhir",
}
JSON, FHIR = "application/json", "application/fhir+json"


async def sent(
    request: Request,
    as_of: Annotated[
        str | None,
        Query(
            description="Assess as of this day; facts dated later are hidden.",
            pattern=r"^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$",
            json_schema_extra={"format": "date"},
        ),
    ] = None,
) -> Sent:
    """The patient of this request. Raises: Refusal (400, 415, 422)."""
    form = form_of(request.headers.get("content-type"))
    raw = await request.body()
    if form != "yaml":
        parsed(raw)
    return Sent(raw, form, request.app.state.today(), _day(as_of))


def form_of(content_type: str | None) -> str:
    """yaml, json or fhir. Raises: Refusal (415)."""
    kind, _semicolon, more = (content_type or "").partition(";")
    form = _FORMS.get(kind.strip().lower())
    parameters = [one.strip().lower() for one in more.split(";")]
    charset = next((one[8:].strip('"') for one in parameters if one.startswith("charset=")), "utf-8")
    if form is None or charset != "utf-8":
        said = _("a patient is sent in UTF-8 as one of {accepted}")
        raise Refusal(415, "unsupported-media-type", said.format(accepted=", ".join(_FORMS)))
    return form


def parsed(raw: bytes) -> object:
    """The value of a JSON body. Raises: Refusal (400)."""
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_constant=_no_number)
    except json.JSONDecodeError as fault:
        said = _("the body is not JSON: line {line}, column {column}")
        raise Refusal(400, "not-json", said.format(line=fault.lineno, column=fault.colno)) from None
    except UnicodeDecodeError:
        raise Refusal(400, "not-json", _("the body is not UTF-8")) from None
    except (ValueError, RecursionError):  # NaN, a number of thousands of digits, ten thousand brackets
        raise Refusal(400, "not-json", _("the body is not JSON")) from None


def _no_number(_word: str) -> None:
    raise ValueError


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    day = calendar_day(text)
    if day is None:
        said = _("as_of: there is no such day in the years {first} to {last}")
        raise Refusal(422, "invalid-request", said.format(first=YEARS[0], last=YEARS[-1]))
    return day


def accepted(request: Request, offered: Sequence[str]) -> str:
    """The form of the answer that the caller likes best, the first one in doubt. Raises: Refusal (406)."""
    best, quality = "", 0.0
    listed = request.headers.get("accept") or "*/*"
    for kind in offered:
        liked = max((_liking(one, kind) for one in listed.split(",")), default=(0, 0.0))[1]
        if liked > quality:
            best, quality = kind, liked
    if not best:
        said = _("the answer is given as {offered}")
        raise Refusal(406, "not-acceptable", said.format(offered=", ".join(offered)))
    return best


def _liking(one: str, kind: str) -> tuple[int, float]:
    """How exactly an entry of Accept names this form, and how much it is liked."""
    named, *parameters = (part.strip().lower() for part in one.split(";"))
    exact = {kind: 3, f"{kind.split('/')[0]}/*": 2, "*/*": 1}.get(named, 0)
    try:
        quality = next((float(p[2:]) for p in parameters if p.startswith("q=")), 1.0)
    except ValueError:
        quality = 0.0
    return (exact, quality) if exact else (0, 0.0)


async def language(
    request: Request,
    lang: Annotated[
        str | None,
        Query(description="Language of every text.", json_schema_extra={"enum": list(LANGUAGES)}),
    ] = None,
) -> str:
    """The language asked for, else the service's own. Raises: Refusal (422)."""
    if lang is None:
        return str(request.app.state.settings.language)
    if lang not in LANGUAGES:
        said = _("lang: one of {accepted}").format(accepted=", ".join(LANGUAGES))
        raise Refusal(422, "invalid-request", said)
    return lang


Patient = Annotated[Sent, Depends(sent)]
Language = Annotated[str, Depends(language)]
