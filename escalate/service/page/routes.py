"""The addresses of the page: forms that a browser posts, each of them answered with a whole page.

A patient's facts are in the body of a post and nowhere else: not in an address, a cookie or the server.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from escalate.files.patient_file import is_fhir
from escalate.problems import EscalateError
from escalate.service.details import Refusal, refusal_of
from escalate.service.page import decisions, exports, form_views, views
from escalate.service.page.asked import Asked, Made
from escalate.service.page.exports import Exported
from escalate.service.page.guard import HEADERS, check_origin, check_token, token
from escalate.service.page.posted import PatientFile, Posted, read_posted
from escalate.service.page.problem import problem_page
from escalate.service.page.render import static_file
from escalate.service.work import Busy, TooSlow
from escalate.texts import LANGUAGES, _, speaking

router = APIRouter()
_NUMBER_DIGITS = 12
Page = Callable[[Request, Posted, str], Awaitable[Response]]


@router.get("/")
async def start(request: Request) -> Response:
    """Where a patient file is opened; `?lang=de` speaks German."""
    language = _language(request, Posted({}, {}))
    return _answer(await request.app.state.assessors(views.start, language, _root(request)))


@router.get("/static/{name}")
async def static(name: str) -> Response:
    """A file of the page; its address changes with its content, so a browser may keep it."""
    found = static_file(name)
    if found is None:
        raise Refusal(404, "not-found", _("there is no such file"))
    kept = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(found[0], media_type=found[1], headers=kept)


@router.get("/page/{rest:path}")
async def again(request: Request) -> Response:
    """A page about a patient has no address of its own: whoever loads one again begins at the beginning."""
    return RedirectResponse(f"{_root(request)}/", 303, headers=HEADERS)


@router.post("/page/{name}")
async def page(request: Request, name: str) -> Response:
    """One page, made of what is posted to it; a refusal is a page, too."""
    language = request.app.state.settings.language
    try:
        posted = await read_posted(request)
        language = _language(request, posted)
        if name not in _PAGES:
            raise Refusal(404, "not-found", _("there is no such page"))
        with speaking(language):
            file = posted.patient()
            shown = _imported if file is not None and is_fhir(file.raw) else _PAGES[name]
            return await shown(request, posted, language)
    except (Refusal, EscalateError, Busy, TooSlow) as fault:
        with speaking(language):
            return problem_page(request.scope, refusal_of(fault))


def _answer(made: Made) -> Response:
    return Response(made.html, made.status, media_type="text/html", headers=HEADERS)


def _download(made: Exported) -> Response:
    # The name is of letters, digits, hyphens and a full stop: nothing in it can end the header.
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{made.name}"'}
    return Response(made.content, media_type=made.media_type, headers=headers)


def _root(request: Request) -> str:
    """The path below which the service stands, without a slash at the end."""
    return str(request.scope.get("root_path", "")).rstrip("/")


def _language(request: Request, posted: Posted) -> str:
    asked = request.query_params.get("lang", "")
    default = asked if asked in LANGUAGES else request.app.state.settings.language
    return posted.language(default)


async def _asked(request: Request, posted: Posted, language: str) -> Asked:
    """Raises: Refusal, where the form carries no file."""
    file = posted.patient()
    if file is None and posted.one("filling"):  # from the form to another page: what it holds is the file
        file = await request.app.state.assessors(form_views.file_of, language, posted.given())
    if file is None:
        raise Refusal(422, "no-file", _("no patient file was given: paste one, or choose one to upload"))
    return Asked(
        file=file,
        root=_root(request),
        today=request.app.state.today(),
        records=request.app.state.settings.log_url is not None,
        a=posted.changes("a"),
        b=posted.changes("b"),
        start=_day(posted.one("start")),
        whole=bool(posted.one("whole")),
        more=1 if posted.one("more") else 0,
    )


def _day(text: str) -> date | None:
    """Raises: Refusal."""
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        said = _("`{text}` is not a day; write it like 2026-03-31")
        raise Refusal(422, "not-a-date", said.format(text=text[:60])) from None


async def _report(request: Request, posted: Posted, language: str) -> Response:
    return _answer(
        await request.app.state.assessors(views.report, language, await _asked(request, posted, language))
    )


async def _compare(request: Request, posted: Posted, language: str) -> Response:
    return _answer(
        await request.app.state.assessors(views.compare, language, await _asked(request, posted, language))
    )


async def _imported(request: Request, posted: Posted, language: str) -> Response:
    asked = await _asked(request, posted, language)
    return _answer(await request.app.state.assessors(form_views.imported, language, asked))


async def _text(request: Request, posted: Posted, language: str) -> Response:
    return _answer(
        await request.app.state.assessors(form_views.text, language, await _asked(request, posted, language))
    )


async def _form(request: Request, posted: Posted, language: str) -> Response:
    """An empty form, the form of a file, or one that is being filled in, with another row."""
    file = posted.patient()
    filling = bool(posted.one("filling"))
    asked = Asked(
        file=file or PatientFile(b"", "patient.yaml"),
        root=_root(request),
        today=request.app.state.today(),
        records=request.app.state.settings.log_url is not None,
        given=posted.given() if filling else None,
        row_for=posted.one("row_for"),
    )
    if file is None and not filling:
        entity = posted.one("entity")
        return _answer(await request.app.state.assessors(form_views.blank, language, asked, entity))
    return _answer(await request.app.state.assessors(form_views.edit, language, asked))


async def _filled(request: Request, posted: Posted, language: str) -> Response:
    """The report of what was filled in; the form again, with what is wrong beside each field."""
    asked = Asked(
        file=PatientFile(b"", "patient.yaml"),
        root=_root(request),
        today=request.app.state.today(),
        records=request.app.state.settings.log_url is not None,
        given=posted.given(),
    )
    file, made = await request.app.state.assessors(form_views.filled_in, language, asked)
    if made is None:
        made = await request.app.state.assessors(
            views.report, language, replace(asked, file=file, given=None)
        )
    return _answer(made)


async def _keep(request: Request, posted: Posted, language: str) -> Response:
    """The report of the file with the changes put in for good."""
    asked = await _asked(request, posted, language)
    file = await request.app.state.assessors(exports.kept, language, asked)
    shown = replace(asked, file=file, a=(), b=())
    return _answer(await request.app.state.assessors(views.report, language, shown))


async def _export(request: Request, posted: Posted, language: str) -> Response:
    """The patient file or the report as a file to keep."""
    asked = await _asked(request, posted, language)
    kind, therapy = posted.one("as"), posted.one("dated")
    made = await request.app.state.assessors(exports.exported, language, asked, kind, therapy)
    if isinstance(made, Made):
        return _answer(made)
    return _download(made)


async def _decision(request: Request, posted: Posted, language: str) -> Response:
    """The form in which the conference's decision is written down."""
    asked = await _asked(request, posted, language)
    sealed, written = token(asked.file.raw), {n: posted.one(n) for n in decisions.FIELDS if posted.one(n)}
    return _answer(await request.app.state.assessors(decisions.form, language, asked, sealed, written))


async def _record(request: Request, posted: Posted, language: str) -> Response:
    """The assessment and the decision about it, in the decision log."""
    asked, state = await _asked(request, posted, language), request.app.state
    check_origin(request, state.settings)
    check_token(posted.one("token"), asked.file.raw)
    written = {name: posted.one(name).replace("\r\n", "\n").strip() for name in decisions.FIELDS}
    sealed, recording = token(asked.file.raw), state.logbook.recording
    checked = await state.assessors(decisions.checked, language, asked, sealed, written, recording)
    if isinstance(checked, Made):
        return _answer(checked)
    found = await decisions.recorded(state.logbook, checked)
    return _answer(await state.assessors(decisions.done, language, asked, found))


async def _decided(request: Request, posted: Posted, language: str) -> Response:
    """The page of a decision that was recorded: for the record, or for the patient."""
    asked = await _asked(request, posted, language)
    url, number = request.app.state.settings.log_url, posted.one("number")
    if url is None or not number.isdecimal() or len(number) > _NUMBER_DIGITS:
        raise Refusal(404, "no-decision", _("there is no such decision"))
    made = await request.app.state.assessors(
        decisions.page_of, language, asked, url, int(number), posted.one("whom")
    )
    return _download(made)


_PAGES: dict[str, Page] = {
    "report": _report,
    "compare": _compare,
    "form": _form,
    "filled": _filled,
    "text": _text,
    "keep": _keep,
    "export": _export,
    "decision": _decision,
    "record": _record,
    "decided": _decided,
}
