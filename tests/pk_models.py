"""The shipped models and regimens as people write them, for the tests of this room."""

from decimal import Decimal
from functools import cache
from pathlib import Path

import yaml

from escalate.pk.entries import read_entries
from escalate.pk.model import load
from escalate.pk.schedule import flat, routed

FOLDER = Path(__file__).parent.parent / "knowledge" / "pk"


def plain(node):
    """A YAML node as the plain mapping that the library hands over: unquoted numbers are decimals."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [plain(value) for value in node.value]
    try:
        return Decimal(node.value) if node.style is None else node.value
    except ArithmeticError:
        return node.value


@cache
def data():
    """The mapping of every shipped model by its id."""
    found = [plain(yaml.compose(path.read_text(encoding="utf-8"))) for path in sorted(FOLDER.glob("*.yaml"))]
    return {mapping["id"]: mapping for mapping in found}


@cache
def models():
    """Every shipped model by its id."""
    return {name: load(mapping) for name, mapping in data().items()}


def regimen(model, *texts, weight=None, bsa=None, route=None):
    """Flat, routed administrations of these entries."""
    return routed(flat(read_entries(texts), weight, bsa), model, route)
