"""The application: knowledge, workers, API, CDS Hooks and page put together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI

from escalate._version import VERSION
from escalate.service import details
from escalate.service.knowledge import Knowledge
from escalate.service.page.routes import router as page
from escalate.service.settings import Settings
from escalate.service.work import Work

_LOG = logging.getLogger("escalate.service")


def create_app(settings: Settings) -> FastAPI:
    """The service of these settings, ready to be served.

    On `app.state`: `settings`; `knowledge`, a Knowledge; `work`, a Work.
    Raises: KnowledgeRefused, UsageError where it cannot be started so.
    """
    knowledge, work = Knowledge(settings.knowledge, settings.overlay), Work(settings.limits)

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        watching = asyncio.create_task(_watch(knowledge, settings.reload_seconds))
        try:
            yield
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
            work.close()

    # The pages that FastAPI offers for its document load scripts from elsewhere.
    app = FastAPI(title="escalate", version=VERSION, docs_url=None, redoc_url=None, lifespan=running)
    app.state.settings, app.state.knowledge, app.state.work = settings, knowledge, work
    details.install(app)
    app.include_router(page, include_in_schema=False)
    return app


async def _watch(knowledge: Knowledge, seconds: float) -> None:
    """Look at the knowledge files from time to time; what they hold is taken whole or not at all."""
    while seconds:
        await asyncio.sleep(seconds)
        if await asyncio.to_thread(knowledge.reload):
            _LOG.warning("knowledge %s is in use now", knowledge.digest)
        elif (refused := knowledge.refused) is not None:
            _LOG.error("the knowledge files were refused, %s stays in use:\n%s", knowledge.digest, refused)
