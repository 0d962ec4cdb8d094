"""A Spark cluster on this machine: a master and two workers, processes of their own, from PySpark's jars."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

import pytest

WORKERS = 2
_PATIENCE_SECONDS = 240
_HERE = "127.0.0.1"


def need_java() -> None:
    """Skip, and say so, where there is no Java; in CI that is a failure."""
    if shutil.which("java"):
        return
    message = (
        "no Java: the relational reading was NOT compared on Spark (apt-get install openjdk-17-jre-headless)"
    )
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """The address of a master that two workers have joined; the three processes end with the block."""
    import pyspark

    home = Path(pyspark.__file__).parent
    environment = os.environ | {
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": _HERE,
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_WORKER_DIR": str(folder),
    }
    port, page = _free_port(), _free_port()
    master = f"spark://{_HERE}:{port}"
    run = [str(home / "bin" / "spark-class")]
    begin = [*run, "org.apache.spark.deploy.master.Master", "--host", _HERE, "--port", str(port)]
    join = [*run, "org.apache.spark.deploy.worker.Worker", "--host", _HERE, "--cores", "1", "--memory", "1g"]
    commands = [[*begin, "--webui-port", str(page)], *([*join, master] for _ in range(WORKERS))]
    processes = []
    try:
        for number, command in enumerate(commands):
            log = (folder / f"spark-{number}.log").open("wb")
            processes.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
            log.close()
        _wait_for_workers(page, folder)
        yield master
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            process.wait(timeout=60)


def _wait_for_workers(page: int, folder: Path) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        if _alive_workers(page) == WORKERS:
            return
        time.sleep(0.5)
    said = "\n".join(log.read_text(errors="replace")[-2000:] for log in sorted(folder.glob("spark-*.log")))
    pytest.fail(f"no Spark cluster after {_PATIENCE_SECONDS} s:\n{said}")


def _alive_workers(page: int) -> int:
    """How many workers the master has; none while it is still starting.

    The master listens before it knows its pages, and answers the JSON's address with the HTML of its first
    page, or with half an answer, until it does.
    """
    try:
        with urllib.request.urlopen(f"http://{_HERE}:{page}/json/", timeout=5) as answer:
            return int(json.load(answer)["aliveworkers"])
    except (OSError, HTTPException, ValueError, KeyError):
        return 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HERE, 0))
        return int(probe.getsockname()[1])
