"""`/cds-services`: discovery, the two services, and their feedback."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from escalate.service.api.described import answers, problems
from escalate.service.api.patients import recorded
from escalate.service.api.sent import JSON, parsed
from escalate.service.details import Refusal
from escalate.service.hooks import described
from escalate.service.hooks.call import read_call
from escalate.service.hooks.decide import Place, answered
from escalate.service.hooks.feedback import FeedbackCall, entries_of
from escalate.service.hooks.services import SERVICES, Service, discovery
from escalate.texts import _

router = APIRouter(prefix="/cds-services", tags=["CDS Hooks"])
_Id = Annotated[
    str,
    Path(
        description="The id of a service, as discovery names it.",
        pattern="^[a-z-]{1,64}$",
        json_schema_extra={"enum": list(SERVICES)},
    ),
]


@router.get(
    "",
    summary="CDS Hooks: the services",
    response_class=Response,
    responses={**answers("The services.", (JSON, described.DISCOVERY)), **problems()},
)
async def services(request: Request) -> Response:
    """The services of this provider."""
    state = request.app.state
    return described.json_answer(discovery(state.knowledge.library(state.settings.language)))


@router.post(
    "/{service}",
    summary="CDS Hooks: call a service",
    response_class=Response,
    responses={
        **answers("Cards; none where there is nothing to say.", (JSON, described.CARDS)),
        **problems(400, 404, 408, 412, 413, 415, 422),
    },
    openapi_extra=described.body(described.CALL),
)
async def call(request: Request, service: _Id) -> Response:
    """Answer a call with cards."""
    one, state = _service(service), request.app.state
    asked = read_call(one, parsed(await _json_body(request)))
    place = Place(f"{state.settings.base_url}/", state.today())
    answer = await state.assessors(answered, state.settings.language, asked, place, state.logbook.recording)
    head = await state.logbook.record([answer.entry]) if answer.entry is not None else None
    return Response(answer.body, media_type=JSON, headers=recorded(head))


@router.post(
    "/{service}/feedback",
    summary="CDS Hooks: what a user did with a card",
    description="Recorded in the decision log; a service without one takes no feedback (404).",
    response_class=Response,
    responses={
        **answers("Recorded.", (JSON, described.FEEDBACK_TAKEN)),
        **problems(400, 404, 408, 413, 422),
    },
)
async def feedback(request: Request, service: _Id, call: FeedbackCall) -> Response:
    """Record what users did with cards."""
    one, logbook = _service(service), request.app.state.logbook
    if not logbook.is_kept:
        raise Refusal(404, "no-log", _("this service keeps no decision log"))
    entries = entries_of(one.id, call, datetime.now(UTC))
    head = await logbook.record(entries)
    return described.json_answer({"recorded": len(entries)}, recorded(head))


def _service(name: str) -> Service:
    found = SERVICES.get(name)
    if found is None:
        raise Refusal(404, "no-such-service", _("there is no service of this id"))
    return found


async def _json_body(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON:
        raise Refusal(415, "unsupported-media-type", _("a call is sent as application/json"))
    body: Any = await request.body()
    return bytes(body)
