"""Every error as problem details (RFC 9457): `application/problem+json`, with the same codes as elsewhere.

`type` is a relative reference below `/problems/`, `code` the last part of it; a refused patient file has its
problems in `problems`, each with line and column. No detail ever holds a value that a patient file states,
but in the message of its own refusal, which only the sender reads.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from escalate.problems import (
    EnginesDisagree,
    KnowledgeRefused,
    LogFailed,
    PatientRefused,
    Problem,
    UsageError,
    printable,
)
from escalate.service.work import Busy, TooSlow
from escalate.texts import _

MEDIA_TYPE = "application/problem+json"
_LOG = logging.getLogger("escalate.service")
RETRY = {"Retry-After": "2"}


class Refusal(Exception):
    """A request that is answered with problem details."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        problems: Sequence[Problem] = (),
    ) -> None:
        """Args: code, stable, in lower case with hyphens; detail, for a person, in the language spoken."""
        super().__init__(code)
        self.status, self.code, self.detail = status, code, detail
        self.headers, self.problems = dict(headers or {}), tuple(problems)


def problem_document(refusal: Refusal) -> dict[str, object]:
    """The members of RFC 9457, `code`, and the problems of a refused file."""
    document: dict[str, object] = {
        "type": f"/problems/{refusal.code}",
        "title": HTTPStatus(refusal.status).phrase,
        "status": refusal.status,
        "detail": printable(refusal.detail),
        "code": refusal.code,
    }
    if refusal.problems:
        document["problems"] = [_plain(problem) for problem in refusal.problems]
    return document


def answer(refusal: Refusal) -> Response:
    """The answer to a refused request."""
    return JSONResponse(
        problem_document(refusal), refusal.status, headers=refusal.headers, media_type=MEDIA_TYPE
    )


def refusal_of(fault: Exception) -> Refusal:
    """What an exception is to the caller; one that nobody expected says nothing but that it happened."""
    match fault:
        case Refusal():
            return fault
        case PatientRefused(problems=problems):
            detail = _("the patient file was refused; nothing is advised")
            return Refusal(422, "patient-refused", detail, problems=problems)
        case UsageError():
            return Refusal(422, "wrong-use", str(fault))
        case KnowledgeRefused():
            return Refusal(500, "knowledge-refused", _("the knowledge base was refused"))
        case LogFailed():
            # Its message names the log's address: that is for the service's own log.
            _LOG.error("%s", printable(str(fault)))
            detail = _("the decision log failed; an assessment that is not recorded is not shown")
            return Refusal(503, "log-failed", detail, headers=RETRY)
        case Busy():
            return Refusal(503, "busy", _("too many requests are in work"), headers=RETRY)
        case TooSlow():
            return Refusal(503, "too-slow", _("the answer took too long"), headers=RETRY)
        case EnginesDisagree():
            _LOG.error("the engines disagree")
            return Refusal(500, "engines-disagree", _("the two engines disagree; nothing is advised"))
        case HTTPException(status_code=status, headers=headers):
            phrase = HTTPStatus(status).phrase
            code = phrase.lower().replace(" ", "-").replace("'", "")
            return Refusal(status, code, _PHRASES.get(status, phrase), headers=headers)
    _LOG.error("internal fault: %s", type(fault).__name__)
    return Refusal(500, "internal-fault", _("a fault of the service itself; nothing is advised"))


_PHRASES = {404: "there is nothing at this address", 405: "this address does not take this method"}


def install(app: FastAPI) -> None:
    """Every error of the application is answered with problem details."""

    async def refused(_request: Request, fault: Exception) -> Response:
        return answer(refusal_of(fault))

    async def invalid(_request: Request, fault: Exception) -> Response:
        assert isinstance(fault, RequestValidationError)
        return answer(_invalid(fault))

    for kind in (Refusal, HTTPException, Busy, TooSlow, Exception):
        app.add_exception_handler(kind, refused)
    from escalate.problems import EscalateError

    app.add_exception_handler(EscalateError, refused)
    app.add_exception_handler(RequestValidationError, invalid)


def _invalid(fault: RequestValidationError) -> Refusal:
    """What is wrong with a body or a parameter: the place and the rule, never the value."""
    errors = fault.errors()
    if any(error["type"] == "json_invalid" for error in errors):
        return Refusal(400, "not-json", _("the body is not JSON"))
    said = "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in errors[:20])
    return Refusal(422, "invalid-request", said)


def _plain(problem: Problem) -> dict[str, object]:
    at = problem.at
    found: dict[str, object] = {
        "line": at.line,
        "column": at.column,
        "code": problem.code,
        "message": printable(problem.message),
    }
    if problem.help:
        found["help"] = printable(problem.help)
    return found
