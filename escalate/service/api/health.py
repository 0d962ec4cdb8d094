"""`/health/live`, `/health/ready` and `/metrics`: how the service is, without a word about anybody."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from escalate.service.api.described import answers, problems
from escalate.service.details import RETRY, Refusal
from escalate.service.metrics import CONTENT_TYPE
from escalate.texts import _

router = APIRouter()


class Live(BaseModel):
    """The process answers."""

    status: Literal["live"] = "live"


class Ready(BaseModel):
    """Assessments can be given."""

    status: Literal["ready"] = "ready"
    knowledge: Literal["current", "earlier"]
    log: Literal["none", "reachable"]


@router.get("/health/live", summary="Whether the process answers", responses=problems())
async def live() -> Live:
    """The process answers."""
    return Live()


@router.get(
    "/health/ready",
    summary="Whether assessments can be given",
    description="`earlier`: the knowledge files on disk are refused, and what was in use before stays so.",
    responses=problems(),
)
async def ready(request: Request) -> Ready:
    """Knowledge is loaded and the log can be reached."""
    state = request.app.state
    if not await state.logbook.reachable():
        raise Refusal(503, "log-failed", _("the decision log cannot be reached"), headers=RETRY)
    return Ready(
        knowledge="earlier" if state.knowledge.refused else "current",
        log="reachable" if state.logbook.is_kept else "none",
    )


@router.get(
    "/metrics",
    summary="Numbers for Prometheus",
    response_class=Response,
    responses={**answers("Prometheus text.", ("text/plain", {"type": "string"})), **problems()},
)
async def metrics(request: Request) -> Response:
    """Requests, times and what is in work; nothing about a patient."""
    state = request.app.state
    library = state.knowledge.library("en")
    text = state.metrics.text(
        library.version,
        library.digest,
        refused=state.knowledge.refused is not None,
        in_work=state.work.in_work,
    )
    return Response(text, headers={"content-type": CONTENT_TYPE})
