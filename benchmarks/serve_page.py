"""The page under load: fifty people at it for a minute, and its memory over ten thousand requests.

The reference is the median what-if of one person alone, measured in the same run; all is a ratio to it.
A person asks, reads the answer and thinks for a while (5 to 15 s); without that pause fifty requests would
always be in work, and on n cores each waits for 50 / n others. That is measured, too, and said apart.

    python benchmarks/serve_page.py [--seconds 60] [--users 50] [--requests 10000] [--workers N]
"""

from __future__ import annotations

import argparse
import base64
import os
import platform
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "refractory-antisynthetase.yaml"
THINKING_S = (5.0, 15.0)
WITHOUT_PAUSE_S = 15.0
ALONE = 60
FLAT = 1.05
IDLE_S = 3.0
# Values that a conference would try: each is another question.
QUESTIONS = [
    ("heart.echo.lvef_percent", range(35, 70)),
    ("labs.igg_g_per_l", range(2, 12)),
    ("labs.crp_mg_per_l", range(1, 90)),
    ("labs.neutrophils_per_nl", range(1, 9)),
]


class Person:
    """One browser: a connection that is kept, and a patient file that travels in every form."""

    def __init__(self, port: int, seed: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=900)
        self._answered = time.perf_counter()
        self._choose = random.Random(seed)
        self._patient = base64.b64encode(EXAMPLE.read_bytes()).decode()
        self._headers = {
            "Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{port}",
        }  # fmt: skip

    def ask(self) -> float:
        """Seconds of one what-if. Raises: SystemExit where the answer is not one."""
        field, values = self._choose.choice(QUESTIONS)
        asked = {"patient": self._patient, "name": "patient.yaml", "a.field": field}
        body = urlencode({**asked, "a.value": str(self._choose.choice(values))})
        start = time.perf_counter()
        if start - self._answered > IDLE_S:
            # The server closes a connection that is idle for some seconds; a browser opens another one.
            self._connection.close()
        self._connection.request("POST", "/page/report", body, self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        self._answered = time.perf_counter()
        seconds = self._answered - start
        if answer.status != 200 or b'class="difference' not in text:
            raise RuntimeError(f"status {answer.status}: {text[:300]!r}")
        return seconds

    def think(self, until: float) -> None:
        time.sleep(max(0.0, min(self._choose.uniform(*THINKING_S), until - time.perf_counter())))


@contextmanager
def serving(workers: int | None) -> Iterator[tuple[int, int]]:
    """`escalate serve` on a free port of this machine; port and process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "escalate", "serve", "--port", str(port)]
    command += ["--workers", str(workers)] if workers is not None else []
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        for _attempt in range(600):
            try:
                connection = HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", "/health/live")
                if connection.getresponse().status == 200:
                    break
            except OSError:
                time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(30)


def together(port: int, users: int, seconds: float, *, thinking: bool) -> tuple[list[float], list[str]]:
    """What each of the users waited for every answer, and what went wrong."""
    until = time.perf_counter() + seconds
    waited: list[float] = []
    wrong: list[str] = []

    def one(number: int) -> None:
        person = Person(port, number)
        if thinking:  # nobody begins at the same moment
            time.sleep(random.Random(number).uniform(0, THINKING_S[1]) * min(1.0, seconds / 60))
        while time.perf_counter() < until:
            try:
                waited.append(person.ask())
            except Exception as fault:
                wrong.append(repr(fault))
                return
            if thinking:
                person.think(until)

    people = [threading.Thread(target=one, args=(number,)) for number in range(users)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    return waited, wrong


def megabytes(process: int) -> float:
    """Memory of a process and of those that it started, which is theirs alone and no file's."""
    tasks = Path(f"/proc/{process}/task").glob("*/children")  # any thread of it may have started one
    children = [child for task in tasks for child in task.read_text().split()]
    total = 0
    for one in (str(process), *children):
        for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
            if line.startswith("Anonymous:"):
                total += int(line.split()[1])
    return total / 1024


def percent(waited: list[float], part: float) -> float:
    return sorted(waited)[min(len(waited) - 1, int(len(waited) * part))]


def told(name: str, waited: list[float], alone: float, seconds: float, wrong: list[str]) -> None:
    p50, p99 = percent(waited, 0.5), percent(waited, 0.99)
    print(
        f"{name:<28}{len(waited):>6} what-ifs, {len(waited) / seconds:5.1f}/s, {len(wrong)} errors; median "
        f"{p50 / alone:5.2f} x, p99 {p99 / alone:6.2f} x the median alone ({1000 * p99:.0f} ms)"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=None)
    asked = parser.parse_args()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with serving(asked.workers) as (port, process):
        person = Person(port, 0)
        for _warming in range(10):
            person.ask()
        alone = statistics.median(person.ask() for _number in range(ALONE))
        print(
            f"reference                   one person alone: median what-if {1000 * alone:.0f} ms", flush=True
        )
        if asked.seconds:
            load(port, asked.users, asked.seconds, alone)
        if asked.requests:
            memory(port, process, asked.requests)


def load(port: int, users: int, seconds: float, alone: float) -> None:
    """Fifty people at once, with the pauses of people and without. Raises: SystemExit where it is missed."""
    waited, wrong = together(port, users, seconds, thinking=True)
    told(f"{users} people, each thinks", waited, alone, seconds, wrong)
    for fault in wrong[:3]:
        print(f"  {fault}")
    harder, more_wrong = together(port, users, WITHOUT_PAUSE_S, thinking=False)
    told(f"{users} at once, no pause", harder, alone, WITHOUT_PAUSE_S, more_wrong)
    if wrong or more_wrong or percent(waited, 0.99) > 10 * alone:
        raise SystemExit("missed: an error, or a p99 above 10 times the median of one person alone")


def memory(port: int, process: int, requests: int) -> None:
    """Memory at each tenth of the requests. Raises: SystemExit where it is not flat from the first on."""
    people = [Person(port, 1000 + number) for number in range(4)]
    held = []
    for _tenth in range(10):
        with ThreadPoolExecutor(len(people)) as pool:
            # An answer that is none ends the run: a request that failed is not counted as one.
            list(pool.map(lambda who: [who.ask() for _n in range(requests // 40)], people))
        held.append(megabytes(process))
        print(f"memory {len(held) * requests // 10:>7} requests: {held[-1]:6.1f} MB", flush=True)
    print(f"memory from the first tenth to the last: {held[-1] / held[0]:.3f} x")
    if held[-1] > FLAT * held[0]:
        raise SystemExit(f"missed: memory grew by more than {FLAT - 1:.0%} from the first tenth to the last")


if __name__ == "__main__":
    main()
