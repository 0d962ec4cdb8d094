"""What users did with cards, as clients report it, and how the decision log keeps it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from escalate.files.decision_log.entries import feedback_entry

_Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9-]+$")]
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_OPEN = ConfigDict(extra="ignore")  # a later version of the specification may say more


def _written_as_instant(value: object) -> object:
    if not isinstance(value, str) or len(value) > 64 or not _INSTANT.fullmatch(value):
        raise ValueError("an instant has a date, a time with seconds, and a zone")
    return value


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("there is no such instant") from None


Instant = Annotated[
    datetime, BeforeValidator(_written_as_instant), Field(strict=False), AfterValidator(_in_utc)
]


class Coding(BaseModel):
    """A code with its system."""

    model_config = _OPEN

    code: str = Field(min_length=1, max_length=128)
    system: str = Field(min_length=1, max_length=512)
    display: str | None = Field(None, max_length=512)


class OverrideReason(BaseModel):
    """Why a card was overridden."""

    model_config = _OPEN

    reason: Coding | None = None
    user_comment: str | None = Field(None, alias="userComment", max_length=4000)


class Accepted(BaseModel):
    """A suggestion that was accepted."""

    model_config = _OPEN

    id: _Id


class Feedback(BaseModel):
    """What a user did with one card."""

    model_config = _OPEN

    card: _Id
    outcome: Literal["accepted", "overridden"]
    accepted_suggestions: list[Accepted] = Field([], alias="acceptedSuggestions", max_length=50)
    override_reason: OverrideReason | None = Field(None, alias="overrideReason")
    outcome_timestamp: Instant = Field(alias="outcomeTimestamp")

    @model_validator(mode="after")
    def _accepted_names_what(self) -> Feedback:
        if self.outcome == "accepted" and not self.accepted_suggestions:
            raise ValueError("`accepted` names its suggestions")
        return self


class FeedbackCall(BaseModel):
    """The body of a call of the feedback endpoint."""

    model_config = _OPEN

    feedback: list[Feedback] = Field(min_length=1, max_length=100)


def entries_of(service: str, call: FeedbackCall, now: datetime) -> list[dict[str, Any]]:
    """One entry of the decision log for each card. Args: now, with its time zone."""
    return [
        feedback_entry(
            service,
            one.card,
            one.outcome,
            accepted=[suggestion.id for suggestion in one.accepted_suggestions],
            reason=one.override_reason.reason.model_dump(exclude_none=True)
            if one.override_reason and one.override_reason.reason
            else None,
            comment=one.override_reason.user_comment if one.override_reason else None,
            outcome_at=one.outcome_timestamp,
            now=now,
        )
        for one in call.feedback
    ]
