"""A real browser for the tests: Debian's Chromium by Playwright, one per process, and axe on any page."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, ViewportSize, sync_playwright

# The projector of the issue; what is on it counts as the first screen.
PROJECTOR: ViewportSize = {"width": 1280, "height": 720}
NOT_TESTED = (
    "Chromium is not installed: the pages were NOT tested in a browser "
    "(`apt-get install chromium`, which `make test` does as root)"
)
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str | None:
    """The browser's program; None where there is none."""
    stated = os.environ.get("CHROMIUM")
    return stated or next((found for name in _NAMES if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser without a window. Without Chromium its tests are skipped, and fail where CI=true."""
    program = chromium()
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail(NOT_TESTED)
        warnings.warn(NOT_TESTED, stacklevel=1)
        pytest.skip(NOT_TESTED)
    with sync_playwright() as playwright:
        # Chromium refuses its sandbox as root, as which CI runs; the pages are our own.
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page on the projector; what it asks of another machine fails, and fails the test."""
    context = browser.new_context(viewport=PROJECTOR)
    asked: list[str] = []

    def answer(route: Route) -> None:
        if urlsplit(route.request.url).hostname in ("127.0.0.1", "localhost", None):
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    context.route("**/*", answer)
    yield context.new_page()
    context.close()

    assert asked == []


@pytest.fixture(scope="session")
def violations() -> Callable[[Page], list[str]]:
    """What axe finds wrong on a page, one line a rule with the first element; [] where nothing is."""
    axe = Axe()

    def found(page: Page) -> list[str]:
        return [
            f"{v['id']}: {v['help']}; {len(v['nodes'])} x, first {v['nodes'][0]['html'][:200]}"
            for v in axe.run(page).response["violations"]
        ]

    return found
