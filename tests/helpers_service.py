"""What the tests of the service share: a client without a network, the whole example, and a real server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

from starlette.testclient import TestClient

from escalate.service.app import create_app
from escalate.service.settings import Settings

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "refractory-antisynthetase.yaml"
TODAY = date(2026, 10, 12)
YAML = {"content-type": "application/yaml"}
BASE = "http://127.0.0.1:8000"


class Serving(NamedTuple):
    """A service in a process of its own, and the port of this machine that it listens on."""

    port: int
    process: subprocess.Popen[bytes]


@contextmanager
def client(settings: Settings | None = None, base_url: str = BASE) -> Iterator[TestClient]:
    """The application of these settings on the day of the example, called without a network."""
    app = create_app(settings or Settings(reload_seconds=0), lambda: TODAY)
    with TestClient(app, base_url=base_url) as one:
        yield one


@contextmanager
def serving(*options: str, knowledge: Path | None = None) -> Iterator[Serving]:
    """`escalate serve` in a process of its own, ready to answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    more = ["--knowledge", str(knowledge)] if knowledge else []
    command = [sys.executable, "-m", "escalate", "serve", "--port", str(port), *more, *options]
    process = subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    try:
        _wait(port, process)
        yield Serving(port, process)
    finally:
        process.terminate()
        process.wait(20)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _attempt in range(600):
        assert process.poll() is None, process.stderr and process.stderr.read().decode()
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health/live")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the service did not start")
