"""`/v1/pk`: the exposure of a regimen."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from escalate.service.answers import exposure
from escalate.service.api.described import answers, problems
from escalate.service.api.sent import JSON, Language, accepted

router = APIRouter(prefix="/v1")
_Text = Annotated[str, Field(min_length=1, max_length=200)]
_Day = Annotated[float, Field(ge=0, le=3650, allow_inf_nan=False)]
_EXPOSURE = {"type": "object", "required": ["model", "concentrations", "assumptions"]}


class Regimen(BaseModel):
    """What `escalate pk` takes on its command line."""

    model_config = ConfigDict(extra="forbid", strict=True)

    model: str = Field(pattern=r"^[a-z0-9_]{1,64}$", description="A therapy or a model id.")
    weight_kg: float | None = Field(None, gt=0, le=500, allow_inf_nan=False)
    doses: list[_Text] = Field(
        [], max_length=40, description='"0.06 mg/kg @0"; none: the first published regimen.'
    )
    route: Literal["sc", "iv", "oral"] | None = None
    covariates: list[_Text] = Field([], max_length=40, description='"iss_stage=2"')
    at_days: list[_Day] = Field([], max_length=400, description="Rising; days of the concentrations.")
    threshold: float | None = Field(None, gt=0, le=1e9, allow_inf_nan=False)
    population: int = Field(0, ge=0, le=2000, description="Virtual patients.")
    seed: int | None = Field(None, ge=0, le=2**32 - 1)
    time_dependent_clearance: bool = True


@router.post(
    "/pk",
    summary="The exposure of a regimen",
    description="What `escalate pk --format json` prints of the regimen itself. Simulated exposure is "
    "exploratory, not a dose recommendation.",
    response_class=Response,
    responses={**answers("The exposure.", (JSON, _EXPOSURE)), **problems(400, 406, 408, 413, 422)},
)
async def pk(request: Request, regimen: Regimen, language: Language) -> Response:
    """Simulate one regimen."""
    form = accepted(request, (JSON,))
    asked = {
        "patient": None,
        "weight": regimen.weight_kg,
        "doses": tuple(regimen.doses),
        "events": None,
        "new_course": False,
        "route": regimen.route,
        "covariates": tuple(regimen.covariates),
        "varied": (),
        "constant": not regimen.time_dependent_clearance,
        "at": ",".join(map(repr, regimen.at_days)),
        "threshold": regimen.threshold,
        "population": regimen.population,
        "uncertainty": 0,
        "seed": regimen.seed,
        "workers": 1,
    }
    state = request.app.state
    body = await state.assessors(exposure, language, regimen.model, asked, state.today())
    return Response(body, media_type=form)
