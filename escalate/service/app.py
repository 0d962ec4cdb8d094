"""The application: knowledge, workers, API, CDS Hooks and page put together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import date

from fastapi import FastAPI

from escalate._version import VERSION
from escalate.service import details
from escalate.service.access import Doorkeeper
from escalate.service.api import exposure, health, patients
from escalate.service.api import knowledge as known
from escalate.service.api.described import describe
from escalate.service.assessors import Assessors
from escalate.service.edge import Edge
from escalate.service.hooks.routes import router as cds_hooks
from escalate.service.knowledge import Knowledge
from escalate.service.logbook import Logbook
from escalate.service.metrics import Metrics
from escalate.service.page.routes import router as page
from escalate.service.settings import Settings
from escalate.service.work import Work

_LOG = logging.getLogger("escalate.service")
# It says at which byte a form is none, and which byte stands there: nothing of what was sent is logged.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)


def create_app(settings: Settings, today: Callable[[], date] = date.today) -> FastAPI:
    """The service of these settings, ready to be served; `today` is its calendar.

    On `app.state`: `settings`; `knowledge`, a Knowledge; `work`, a Work; `assessors`, an Assessors;
    `logbook`, a Logbook; `metrics`, a Metrics; `today`, a function.
    Raises: KnowledgeRefused, UsageError where it cannot be started so.
    """
    knowledge, work, metrics = Knowledge(settings.knowledge, settings.overlay), Work(settings), Metrics()
    assessors = Assessors(knowledge, work, settings.workers)
    logbook = Logbook(settings, knowledge, work, metrics)

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(assessors.warm)
        watching = asyncio.create_task(_watch(knowledge, assessors, settings.reload_seconds))
        try:
            yield
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
            work.close()
            assessors.close()

    # The pages that FastAPI offers for its document load scripts from elsewhere.
    app = FastAPI(
        title="escalate",
        summary="Decision support for treatment-refractory myositis: options for a conference, not orders.",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        lifespan=running,
    )
    app.state.settings, app.state.knowledge, app.state.work = settings, knowledge, work
    app.state.today = today
    app.state.assessors, app.state.logbook, app.state.metrics = assessors, logbook, metrics
    details.install(app)
    for part in (patients.router, exposure.router, known.router, known.schemas, cds_hooks, health.router):
        app.include_router(part)
    app.include_router(page, include_in_schema=False)
    app.add_middleware(Edge, settings=settings, metrics=metrics, doorkeeper=Doorkeeper(settings))
    describe(app, settings)
    return app


async def _watch(knowledge: Knowledge, assessors: Assessors, seconds: float) -> None:
    """Look at the knowledge files from time to time; what they hold is taken whole or not at all."""
    while seconds:
        await asyncio.sleep(seconds)
        try:
            changed = await asyncio.to_thread(knowledge.reload)
            if changed:
                _LOG.warning("knowledge %s is in use now", knowledge.digest)
                await asyncio.to_thread(assessors.warm)
        except Exception as fault:  # one bad moment does not end the watch
            _LOG.error("the knowledge could not be looked at: %s", type(fault).__name__)
            continue
        if (refused := knowledge.refused) is not None:
            _LOG.error("the knowledge files were refused, %s stays in use:\n%s", knowledge.digest, refused)
