"""A refusal as a page: what a browser shows where a program gets problem details."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from escalate.service.details import Refusal
from escalate.service.page.guard import HEADERS
from escalate.service.page.render import html
from escalate.texts import _, spoken_now


def is_page(path: str) -> bool:
    """Whether an address is one of the page."""
    return path == "/" or path.startswith("/page/")


def problem_page(scope: Mapping[str, Any], refusal: Refusal) -> Response:
    """The page, in the language spoken now. Args: scope, of the request that was refused."""
    context = {"title": _("This did not work"), "said": refusal.detail, "status": refusal.status}
    made = html("problem.html", str(scope.get("root_path", "")).rstrip("/"), spoken_now(), context)
    return Response(made, refusal.status, media_type="text/html", headers={**HEADERS, **refusal.headers})
