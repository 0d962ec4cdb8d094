"""A CDS Hooks call under 20 concurrent clients on two cores, beside an empty route of the same server.

    python benchmarks/cds_hooks.py [--calls 400] [--clients 20]

`escalate serve` runs as it is started by hand, with one process a core. Each client keeps one connection and
calls again as soon as it has its answer. Two ways of working are measured: somebody opens a chart and selects
an order of which details are filled in, so that four calls come with the same data; and calls of which each
is of another patient, half of them charts. The clients share the cores with the service.
The reference is `/health/live` under the same clients: what HTTP itself costs here. The processor time of a
call hardly depends on who else uses the machine: clients times that, over the cores, is the median to expect.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
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
Call = tuple[str, bytes]
PATHS = {
    "patient-view": "/cds-services/escalate-patient-view",
    "order-select": "/cds-services/escalate-order-select",
}


def bodies(count: int, each: int) -> list[list[Call]]:
    """Calls in groups of `each` of one patient: the chart (where each is 1: half of them), then orders."""
    from tests.helpers_cds import call, draft, example, ordered

    text = json.dumps(example())
    groups = []
    for number in range(count // each):
        resources = json.loads(text)
        for one in resources:
            if "29463-7" in str(one.get("code")):
                one["valueQuantity"]["value"] = 50 + number % 60
        resources[0]["meta"] = {"versionId": str(number)}  # nobody is met twice
        whole = [ordered(resources, draft("L01FX24", f"order-{n}")) for n in range(each)]
        if each > 1 or number % 2:
            whole[0] = call(resources)
        for one in whole:
            one["hookInstance"] = str(uuid4())
        groups.append([(PATHS[one["hook"]], json.dumps(one).encode()) for one in whole])
    return groups


def one_client(port: int, asked: list[Call], times: list[float]) -> None:
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


def measured(port: int, asked: list[list[Call]]) -> tuple[list[float], float]:
    """The time of every call in seconds, and of all together; `asked` holds the calls of each client."""
    times: list[float] = []
    threads = [Thread(target=one_client, args=(port, calls, times)) for calls in asked]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(times) == sum(map(len, asked))
    return times, time.perf_counter() - begun


def line(name: str, times: list[float], whole: float) -> str:
    ms = sorted(1000 * one for one in times)
    return (
        f"{name:<34} median {statistics.median(ms):7.1f} ms   95 % {ms[int(0.95 * len(ms))]:7.1f} ms   "
        f"slowest {ms[-1]:7.1f} ms   {len(ms) / whole:7.1f} calls/s"
    )


def processor_seconds(process: subprocess.Popen[bytes]) -> float:
    """What the processes of a service have used so far; Linux."""
    waiting, used = [process.pid], 0.0
    while waiting:
        pid = waiting.pop()
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        used += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        for thread in Path(f"/proc/{pid}/task").iterdir():
            waiting += map(int, (thread / "children").read_text().split())
    return used


def run(options: list[str], groups: list[list[Call]], clients: int, name: str) -> float:
    """One service started, measured and ended; the median in seconds."""
    from tests.helpers_service import serving

    asked = [[one for group in groups[number::clients] for one in group] for number in range(clients)]
    with serving(*options) as service:
        port = service.port
        measured(port, [[("/cds-services", b"")] * 3] * clients)  # every connection once
        begun = processor_seconds(service.process)
        times, whole = measured(port, asked)
        used = (processor_seconds(service.process) - begun) / len(times)
        print(line(name, times, whole))
        empty, whole_empty = measured(port, [[("/health/live", b"")] * len(one) for one in asked])
        print(line("  empty route of the same server", empty, whole_empty))
    ratio = statistics.median(times) / statistics.median(empty)
    print(
        f"  ratio to the empty route {ratio:.1f}; processor time of the service {1000 * used:.1f} ms a call"
    )
    return statistics.median(times)


def main() -> None:
    """Print medians, and whether the limit of 500 ms is held."""
    parser = argparse.ArgumentParser(description="CDS Hooks under concurrent clients")
    parser.add_argument("--calls", type=int, default=400)
    parser.add_argument("--clients", type=int, default=20)
    given = parser.parse_args()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        strangers = apart.submit(bodies, given.calls, 1).result()
        sessions = apart.submit(bodies, given.calls, 4).result()
    size = statistics.mean(len(body) for group in strangers for _path, body in group) / 1000
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(
        f"{given.clients} clients, {given.calls} calls of {size:.0f} kB, {os.cpu_count()} cores, load {load}"
    )
    medians = [
        run([], sessions, given.clients, "a chart and three orders of each"),
        run([], strangers, given.clients, "each call of another patient"),
    ]
    with tempfile.TemporaryDirectory() as folder:
        run(["--log", f"sqlite:///{folder}/log.db"], sessions, given.clients, "the first, each call recorded")
    run(["--workers", "0"], strangers, given.clients, "the second, one process")
    for median, name in zip(medians, ("sessions", "strangers"), strict=True):
        print(f"limit 500 ms at the median, {name}: {'held' if median < 0.5 else 'MISSED'}")


if __name__ == "__main__":
    main()
