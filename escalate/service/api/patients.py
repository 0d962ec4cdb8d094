"""`/v1/assess`, `/v1/explain`, and what the conference decided: `/v1/decisions`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from escalate.files.decision_log.chain import Head
from escalate.files.decision_log.conference import Outcome, Way, subject
from escalate.service.answers import assessed, explained
from escalate.service.api.described import FHIR_RESOURCE, answers, patient_body, problems, ref
from escalate.service.api.sent import FHIR, JSON, Language, Patient, accepted
from escalate.service.details import Refusal
from escalate.texts import _

router = APIRouter(prefix="/v1")
_ID = r"^[a-z0-9_]{1,64}$"
_BODY = (400, 406, 408, 413, 415, 422)


@router.post(
    "/assess",
    summary="Lay out the options for one patient",
    description="The same bytes as `escalate assess --format json`. With a decision log, the assessment is "
    "recorded before it is answered; `Escalate-Log-Entry` is its number there. Of FHIR input, `record` says "
    "what became of every entry.",
    response_class=Response,
    responses={
        **answers("The assessment.", (JSON, ref("Assessment")), (FHIR, FHIR_RESOURCE)),
        **problems(*_BODY),
    },
    openapi_extra=patient_body(),
)
async def assess(
    request: Request,
    patient: Patient,
    language: Language,
    option: Annotated[
        str | None, Query(description="Only this therapy, explained in full.", pattern=_ID)
    ] = None,
) -> Response:
    """Assess one patient."""
    state = request.app.state
    form = accepted(request, (JSON, FHIR))
    fhir = form == FHIR
    if fhir and option is not None:
        raise Refusal(422, "wrong-use", _("`option` goes with JSON; a Bundle holds every option"))
    answer = await state.assessors(assessed, language, patient, option, state.logbook.recording, fhir=fhir)
    head = await state.logbook.record([answer.entry]) if answer.entry is not None else None
    return Response(answer.body, media_type=form, headers=recorded(head))


@router.post(
    "/explain",
    summary="Why a therapy is open, closed or undecided",
    description="The text of `escalate explain`: every rule and clause with its value and place.",
    response_class=Response,
    responses={**answers("The explanation.", ("text/plain", {"type": "string"})), **problems(*_BODY)},
    openapi_extra=patient_body(),
)
async def explain(
    request: Request,
    patient: Patient,
    language: Language,
    therapy: Annotated[str, Query(description="The id of a therapy.", pattern=_ID)],
) -> Response:
    """Explain one therapy for one patient."""
    form = accepted(request, ("text/plain",))
    body = await request.app.state.assessors(explained, language, patient, therapy)
    return Response(body, media_type=form)


class Decision(BaseModel):
    """What the conference decided about an assessment in the decision log: about a `therapy`, or a `way`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    entry: int = Field(ge=1, le=2**53, description="The number of the assessment, `Escalate-Log-Entry`.")
    therapy: str | None = Field(default=None, pattern=_ID, description="The id of a therapy of the list.")
    way: Way | None = Field(default=None, description="What was decided about that is no therapy.")
    decision: Outcome
    reason: str = Field(
        min_length=1, max_length=4000, description="In the conference's own words; leave names out."
    )


class Recorded(BaseModel):
    """Where an entry stands in the decision log."""

    number: int = Field(ge=1)
    head: str = Field(description="HASH:COUNT, the end of the log; worth noting elsewhere.")


@router.post(
    "/decisions",
    status_code=201,
    summary="Record what the conference decided",
    responses=problems(400, 404, 408, 413, 422),
)
async def decide(request: Request, decision: Decision) -> Recorded:
    """Record a decision beside the assessment it is about."""
    logbook = request.app.state.logbook
    if not logbook.is_kept:
        raise Refusal(404, "no-log", _("this service keeps no decision log"))
    about = subject(decision.therapy, decision.way)
    head = await logbook.decide(decision.entry, about, decision.decision, decision.reason)
    return Recorded(number=head.count, head=str(head))


def recorded(head: Head | None) -> dict[str, str]:
    """Where an assessment stands in the decision log, as headers of its answer."""
    if head is None:
        return {}
    return {"Escalate-Log-Entry": str(head.count), "Escalate-Log-Head": str(head)}
