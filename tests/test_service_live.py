"""The service as it is started by hand: many callers at once, new knowledge while they call, and its end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from shutil import copytree

import pytest

from escalate import assess, load_knowledge
from escalate.files.json_text import dumps
from escalate.files.patient_file import patient_of
from escalate.library.model import Library
from escalate.report.document import document
from escalate.service.knowledge import Knowledge
from tests.helpers_service import EXAMPLE, ROOT, TODAY, Serving, serving

WEIGHTS = range(50, 70)


@pytest.fixture(scope="module")
def service() -> Iterator[Serving]:
    """One service with two processes that assess."""
    with serving("--workers", "2") as one:
        yield one


def assessing(process: subprocess.Popen[bytes]) -> list[int]:
    """The processes that assess for a service."""
    started = [
        int(one)
        for thread in Path(f"/proc/{process.pid}/task").iterdir()
        for one in (thread / "children").read_text().split()
    ]
    return [pid for pid in started if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def is_alive(pid: int) -> bool:
    """Whether a process is there, and not only its name until somebody asks how it ended."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def patient(weight: int) -> bytes:
    return EXAMPLE.read_bytes().replace(b"weight_kg: 70", b"weight_kg: %d" % weight)


def alone(raw: bytes, library: Library) -> bytes:
    """The answer for one patient, with nobody else about."""
    read = patient_of(raw, "patient.yaml", library, today=TODAY)
    return (dumps(document(assess(read, library))) + "\n").encode()


def asked(port: int, raw: bytes, path: str = "/v1/assess") -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", path, raw, {"content-type": "application/yaml"})
    answer = connection.getresponse()
    return answer.status, answer.read()


def got(port: int, path: str) -> bytes:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    return connection.getresponse().read()


@pytest.mark.parametrize("path", ["/", "/health/live", "/v1/knowledge", "/cds-services"])
def test_a_watcher_asks_for_the_heads_alone(service: Serving, path: str) -> None:
    """The same heads as of the whole answer, and nothing behind them on the wire."""
    connection = HTTPConnection("127.0.0.1", service.port, timeout=60)
    heads = []
    for method in ("GET", "HEAD", "GET"):
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read()
        heads.append((answer.status, sorted(h for h in answer.getheaders() if h[0] != "date")))

        assert bool(body) is (method == "GET")
    assert heads[0] == heads[1] == heads[2]
    assert heads[0][0] == 200


def test_twenty_callers_get_what_each_would_get_alone(service: Serving, library: Library):
    """Different patients at once, in processes: the same bytes as one after the other."""
    files = [patient(weight) for weight in WEIGHTS]
    expected = [alone(raw, library) for raw in files]
    with ThreadPoolExecutor(20) as callers:
        answers = list(callers.map(lambda raw: asked(service.port, raw), files))

    assert len(set(expected)) == len(files)
    assert answers == [(200, one) for one in expected]


def test_twenty_threads_of_one_process_get_what_each_would_get_alone(library: Library):
    """The library itself, shared by threads."""
    files = [patient(weight) for weight in WEIGHTS]
    expected = [alone(raw, library) for raw in files]
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda raw: alone(raw, library), files))

    assert answers == expected


def test_two_languages_at_once(library: Library):
    """Threads that speak English and German do not mix them."""
    german = load_knowledge(language="de")
    files = [patient(weight) for weight in WEIGHTS][:4]
    expected = [alone(raw, lib) for raw in files for lib in (library, german)]
    with ThreadPoolExecutor(8) as threads:
        pairs = [(raw, lib) for raw in files for lib in (library, german)]
        answers = list(threads.map(lambda pair: alone(*pair), pairs))

    assert answers == expected


def test_a_process_that_is_killed_is_replaced(service: Serving, library: Library):
    """A call that was lost with it is made again; nobody sees it."""
    workers = assessing(service.process)
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)

    assert asked(service.port, patient(70)) == (200, alone(patient(70), library))


def own_knowledge(folder: Path) -> Path:
    """A copy of the knowledge that a test may change."""
    for name in ("knowledge", "rules"):
        copytree(ROOT / name, folder / name)
    return folder


def change(folder: Path) -> None:
    """Another version of the knowledge, in one file."""
    file = folder / "knowledge" / "version.yaml"
    file.write_text(file.read_text().replace("1.0.0", "1.0.1"))


def test_new_knowledge_is_taken_while_requests_run(tmp_path: Path):
    """Each answer is whole under one digest, the old one or the new one; in the end all are under the new."""
    folder = own_knowledge(tmp_path)
    with serving("--workers", "1", "--reload", "0.2", knowledge=folder) as service:
        port = service.port
        old = json.loads(got(port, "/v1/knowledge"))["digest"]
        seen: set[tuple[str, str]] = set()
        deadline = time.monotonic() + 60
        with ThreadPoolExecutor(4) as callers:
            changed = False
            while time.monotonic() < deadline and len({digest for _version, digest in seen}) < 2:
                for status, body in callers.map(lambda raw: asked(port, raw), [patient(60)] * 4):
                    assert status == 200
                    known = json.loads(body)["knowledge"]
                    seen.add((known["version"], known["digest"]))
                if not changed:
                    change(folder)
                    changed = True
        last = json.loads(asked(port, patient(60))[1])["knowledge"]

    assert {version for version, _digest in seen} == {"1.0.0", "1.0.1"}
    assert len(seen) == 2
    assert last["version"] == "1.0.1"
    assert last["digest"] != old


def test_knowledge_that_is_refused_changes_nothing(tmp_path: Path):
    """What was in use stays, and the holder says why; once the files are right again, they are taken."""
    folder = own_knowledge(tmp_path)
    knowledge = Knowledge(str(folder))
    before = knowledge.digest
    file = folder / "knowledge" / "version.yaml"
    right = file.read_text()
    file.write_text("version: [")

    assert knowledge.reload() is False
    assert knowledge.digest == before
    assert knowledge.refused is not None
    file.write_text(right.replace("1.0.0", "1.0.1"))
    assert knowledge.reload() is True
    assert knowledge.refused is None
    assert {one.version for one in knowledge.libraries.values()} == {"1.0.1"}
    assert len({one.digest for one in knowledge.libraries.values()}) == 1


def test_a_service_that_is_killed_leaves_nobody_behind():
    """Its processes hold facts about patients; they end with it."""
    with serving("--workers", "1") as service:
        workers = assessing(service.process)
        service.process.kill()
        deadline = time.monotonic() + 60
        while any(map(is_alive, workers)) and time.monotonic() < deadline:
            time.sleep(0.05)

        assert len(workers) == 1
        assert not any(map(is_alive, workers))
