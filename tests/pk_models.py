"""The shipped models and regimens as people write them, for the tests of this room."""

from functools import cache
from pathlib import Path

from escalate.files.knowledge_base import load_knowledge
from escalate.pk.entries import read_entries
from escalate.pk.model import load
from escalate.pk.schedule import flat, routed


@cache
def models():
    """Every shipped model by its id."""
    library = load_knowledge(Path(__file__).parent.parent)
    return {name: load(library.pk_models[name]) for name in library.pk_models}


def regimen(model, *texts, weight=None, bsa=None, route=None):
    """Flat, routed administrations of these entries."""
    return routed(flat(read_entries(texts), weight, bsa), model, route)
