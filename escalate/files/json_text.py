"""JSON text, the same bytes for the same value."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any


def dumps(value: object) -> str:
    """Indented JSON, keys in the order given, no NaN; decimals and numpy floats become plain numbers."""
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False, default=_plain)


def plain(value: object) -> Any:
    """The value as whoever reads its JSON sees it: dicts, lists, texts, numbers, true, false and null."""
    return json.loads(dumps(value))


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    number = float(value)  # type: ignore[arg-type]
    if math.isnan(number) or math.isinf(number):
        raise ValueError("a number that is not finite reached the report")
    return number
