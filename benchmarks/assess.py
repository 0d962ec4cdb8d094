"""What an assessment costs, as CPU time against a reference measured in the same run.

R = a fresh Python that imports click, pydantic, yaml and durable.engine and derives one class from
`pydantic.BaseModel`: what any program with these libraries pays before it does anything.

    python benchmarks/assess.py [RUNS]
"""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parent.parent
REFERENCE = "import click, pydantic, yaml, durable.engine\nclass M(pydantic.BaseModel):\n    a: int\n"
# As a user runs it: with compiled modules kept, which some build machines switch off.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
WITHOUT = "examples/early-dermatomyositis.yaml"
WITH = "examples/refractory-antisynthetase.yaml"


def child(*arguments: str) -> float:
    """CPU seconds (user and system) of one fresh Python process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def median(runs: int, *arguments: str) -> float:
    child(*arguments)  # the first run fills caches
    return statistics.median(child(*arguments) for _ in range(runs))


def warm(runs: int) -> float:
    """CPU seconds of one assessment with all explanations in a process that has done it before."""
    from escalate import assess, load_knowledge, load_patient
    from escalate.report.text import text_report

    library = load_knowledge()
    patient = load_patient(ROOT / WITHOUT, library, today=date(2026, 10, 12))
    text_report(assess(patient, library))
    start = time.process_time()
    for _ in range(runs):
        text_report(assess(patient, library))
    return (time.process_time() - start) / runs


def peak_mib(path: str) -> float:
    """Peak resident memory of a whole process, in MiB."""
    code = (
        "import resource, sys\nfrom escalate.commands import cli\n"
        f"cli.main(['assess', {path!r}], standalone_mode=False)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=ENVIRONMENT, check=True, capture_output=True, text=True
    )
    return float(done.stderr.split()[-1])


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    reference = median(runs, "-c", REFERENCE)
    version = f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}"
    print(f"{version}; R = {reference:.3f} s CPU")
    rows = [
        ("whole process, text, no exposure", median(runs, "-m", "escalate", "assess", WITHOUT), 2.5),
        ("whole process, text, with exposure", median(runs, "-m", "escalate", "assess", WITH), 4.0),
        ("warm in process, all explanations", warm(20), 0.25),
    ]
    for name, seconds, target in rows:
        print(f"{name:36} {seconds:.4f} s  {seconds / reference:5.2f} R  (target {target} R)")
    for path in (WITHOUT, WITH):
        print(f"peak memory, {path:40} {peak_mib(path):6.1f} MiB  (target 150)")


if __name__ == "__main__":
    main()
