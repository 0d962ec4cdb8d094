"""A CDS Hooks call under 20 concurrent clients on two cores, beside an empty route of the same server.

    python benchmarks/cds_hooks.py [--calls 400] [--clients 20] [--log]

`escalate serve` runs as it is started by hand, with one process a core. Each client keeps one connection and
calls again as soon as it has its answer. Half of the calls are charts, half selected orders, each of another
patient than the call before: the example with another weight. The clients share the cores with the service.
The reference is `/health/live` under the same clients: what HTTP itself costs here.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from http.client import HTTPConnection
from multiprocessing import get_context
from pathlib import Path
from threading import Thread
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
PATHS = {
    "patient-view": "/cds-services/escalate-patient-view",
    "order-select": "/cds-services/escalate-order-select",
}


def bodies(count: int) -> list[tuple[str, bytes]]:
    """Calls of both services, each of another patient."""
    from tests.helpers_cds import call, draft, example, ordered

    made = []
    text = json.dumps(example())
    for number in range(count):
        resources = json.loads(text)
        for one in resources:
            quantity = one.get("valueQuantity", {})
            if "29463-7" in str(one.get("code")):
                quantity["value"] = 50 + number % 60
        whole = ordered(resources, draft("L01FX24")) if number % 2 else call(resources)
        whole["hookInstance"] = str(uuid4())
        made.append((PATHS[whole["hook"]], json.dumps(whole).encode()))
    return made


def one_client(port: int, asked: list[tuple[str, bytes]], times: list[float]) -> None:
    """Call after call on one connection."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    for path, body in asked:
        begun = time.perf_counter()
        if body:
            connection.request("POST", path, body, {"content-type": "application/json"})
        else:
            connection.request("GET", path)
        answer = connection.getresponse()
        content = answer.read()
        times.append(time.perf_counter() - begun)
        assert answer.status == 200, content[:300]


def measured(port: int, asked: list[tuple[str, bytes]], clients: int) -> tuple[list[float], float]:
    """The time of every call in seconds, and how long all of them took."""
    times: list[float] = []
    threads = [
        Thread(target=one_client, args=(port, asked[number::clients], times)) for number in range(clients)
    ]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(times) == len(asked)
    return times, time.perf_counter() - begun


def line(name: str, times: list[float], whole: float) -> str:
    ms = sorted(1000 * one for one in times)
    return (
        f"{name:<34} median {statistics.median(ms):7.1f} ms   95 % {ms[int(0.95 * len(ms))]:7.1f} ms   "
        f"slowest {ms[-1]:7.1f} ms   {len(ms) / whole:7.1f} calls/s"
    )


def run(options: list[str], asked: list[tuple[str, bytes]], clients: int, name: str) -> float:
    """One service started, measured and ended; the median in seconds."""
    from tests.helpers_service import serving

    with serving(*options) as service:
        port = service.port
        measured(port, asked[: 2 * clients], clients)  # connections and caches, as in a running service
        times, whole = measured(port, asked, clients)
        print(line(name, times, whole))
        empty, whole_empty = measured(port, [("/health/live", b"")] * len(asked), clients)
        print(line("  empty route of the same server", empty, whole_empty))
    ratio = statistics.median(times) / statistics.median(empty)
    print(f"  ratio to the empty route: {ratio:.1f}")
    return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=400)
    parser.add_argument("--clients", type=int, default=20)
    given = parser.parse_args()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        asked = apart.submit(bodies, given.calls).result()
    size = statistics.mean(len(body) for _path, body in asked) / 1000
    print(f"{given.clients} clients, {given.calls} calls of {size:.0f} kB, {os.cpu_count()} cores")
    median = run([], asked, given.clients, "CDS Hooks")
    with tempfile.TemporaryDirectory() as folder:
        run(["--log", f"sqlite:///{folder}/log.db"], asked, given.clients, "CDS Hooks, each call recorded")
    run(["--workers", "0"], asked, given.clients, "CDS Hooks, threads of one process")
    print(f"limit 500 ms at the median: {'held' if median < 0.5 else 'MISSED'}")


if __name__ == "__main__":
    main()
