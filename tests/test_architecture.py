"""The folder list is the architecture: one direction, and each heavy library in its one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "escalate"

# From the bottom up. Rooms of one row do not import each other.
FLOORS = (
    ("texts",),
    ("problems", "truth", "_version"),
    ("nodes",),
    ("units",),
    ("language",),
    ("library",),
    ("patient",),
    ("engine",),
    ("findings",),
    ("options",),
    ("pk",),
    ("plan",),
    ("assessment",),
    ("near_miss", "start_day"),
    ("report",),
    ("audit", "site", "fhir"),
    ("files",),
    ("service", "cohort"),
    ("commands",),
    ("__main__",),
)
FLOOR = {room: number for number, row in enumerate(FLOORS) for room in row}

# Where a library may be imported at all; every other room hears of it only through that one.
PLACES = {
    "yaml": ("files",),
    "json": ("files", "fhir", "engine", "service", "cohort"),  # durable_rules and CDS Hooks speak JSON
    "pathlib": ("files", "cohort", "commands"),
    "durable": ("engine",),
    "durable_rules_engine": ("engine",),
    "z3": ("audit",),
    "pydantic": ("patient", "service"),
    "sqlalchemy": ("files",),
    "psycopg": (),  # by way of SQLAlchemy
    "numpy": ("pk", "plan", "commands"),
    "scipy": ("pk",),
    "click": ("commands",),
    "jinja2": ("site", "report", "service"),  # in report/html and service/page, when a page is asked for
    "markupsafe": ("site", "report", "service"),
    "weasyprint": ("report",),  # report/pdf.py alone, when a PDF is asked for
    "rich": ("commands", "report"),
    "icalendar": ("report",),
    "cryptography": ("files",),  # PyJWT brings its own
    "requests": (),
    "urllib": ("service",),  # to take an address apart, not to open one
    "socket": ("commands",),  # serve, to listen
    "fastapi": ("service",),
    "starlette": ("service",),
    "jwt": ("service",),
    "prometheus_client": ("service",),
    "uvicorn": ("commands",),
    "ibis": ("cohort",),
    "duckdb": (),  # by way of Ibis
    "pyarrow": ("cohort",),
    "pyspark": ("cohort",),
    "pickle": (),
    "random": (),
    "time": ("service",),  # how long an answer took, when a token ends
}  # fmt: skip

MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "_shipped" not in path.parts)


def room_of(path: Path) -> str:
    """`language` for escalate/language/parse.py, `truth` for escalate/truth.py."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    """Every imported name with its line, and whether it is imported for types alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    only_types = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, node in only_types
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "escalate":
                for alias in node.names:
                    yield f"escalate.{alias.name}", node.lineno, node in only_types
            else:
                yield node.module, node.lineno, node in only_types


def test_every_room_has_a_floor() -> None:
    """A new room is placed on purpose."""
    rooms = {room_of(path) for path in MODULES} - {"__init__"}

    assert rooms <= FLOOR.keys()


@pytest.mark.parametrize("room", [room for row in FLOORS for room in row])
def test_a_room_imports_only_rooms_below_it(room: str) -> None:
    """What a later room needs travels in the value, so no room asks back."""
    wrong = [
        f"{path.relative_to(PACKAGE)}:{line} imports {name}"
        for path in MODULES
        if room_of(path) == room
        for name, line, _ in imports(path)
        if name.startswith("escalate.")
        and (other := name.split(".")[1]) != room
        and FLOOR.get(other, len(FLOORS)) >= FLOOR[room]
    ]

    assert wrong == []


@pytest.mark.parametrize("library", PLACES)
def test_a_library_is_imported_in_its_one_place(library: str) -> None:
    """Files, network, clock and randomness stay at the edges; YAML and durable_rules behind one door each."""
    wrong = [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in MODULES
        for name, line, _ in imports(path)
        if name.split(".")[0] == library and room_of(path) not in PLACES[library]
    ]

    assert wrong == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_edges_open_files(path: Path) -> None:
    """The core computes with values that it is given."""
    calls = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("open", "eval", "exec")
    ]

    assert calls == [] or room_of(path) in ("files", "commands")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_is_one_idea(path: Path) -> None:
    """Past three hundred lines a file is becoming two."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_says_what_it_is_for(path: Path) -> None:
    """The first line of every file is read by whoever looks for something."""
    text = path.read_text(encoding="utf-8")

    assert not text.strip() or ast.get_docstring(ast.parse(text))
