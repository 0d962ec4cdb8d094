"""A call that is none: what is looked at before anything of it is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from escalate.service.details import Refusal
from escalate.texts import _


def an_object(value: object, name: str) -> Mapping[str, Any]:
    """The value of a member that is an object. Raises: Refusal."""
    if not isinstance(value, dict):
        raise wrong(_("`{name}` is an object").format(name=name))
    return value


def wrong(why: str) -> Refusal:
    """422: this is not a call of this service."""
    return Refusal(422, "wrong-call", why)
