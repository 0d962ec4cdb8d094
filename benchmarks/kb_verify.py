"""What `escalate kb verify` costs for the shipped rules, beside a reference of the same run; limit 2 minutes.

R = a fresh Python that builds the library from its YAML files, with nothing kept: what any look at the rules
pays before it proves anything.

    python benchmarks/kb_verify.py
"""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOAD = (
    "from escalate.files.knowledge_base import read_knowledge\n"
    "from escalate.library.build import build_library\n"
    "build_library(read_knowledge())\n"
)
VERIFY = (
    "import sys; sys.argv = ['escalate', 'kb', 'verify', '--plain']\n"
    "from escalate.commands import main\n"
    "main()\n"
)


def measured(code: str) -> tuple[float, float]:
    """CPU and elapsed seconds of a fresh Python, its children included."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    elapsed, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, elapsed


def main() -> None:
    """The reference, then the proofs."""
    reference, _ = measured(LOAD)
    seconds, elapsed = measured(VERIFY)
    print(f"Python {platform.python_version()}, z3 {version('z3-solver')}, {os.cpu_count()} cores")
    print(f"R          {reference:6.2f} s CPU")
    print(
        f"kb verify  {seconds:6.1f} s CPU, {seconds / reference:.0f} R, {elapsed:.0f} s elapsed (limit 120)"
    )


if __name__ == "__main__":
    main()
