"""Every benchmark, one after the other, and what they printed as docs/benchmarks.md: `make bench`.

    python benchmarks/suite.py [NAME...]

With names only these run, and nothing is written. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import ast
import os
import platform
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
# In this order on the page; a benchmark that is not here does not run, and a test says so.
PARTS = {
    "assess": "An assessment",
    "pk_typical": "One exposure",
    "pk_population": "Ten thousand virtual patients",
    "kb_verify": "Proofs",
    "kb_diff": "What a change does",
    "cohort": "A million patients",
    "cds_hooks": "CDS Hooks",
    "serve_page": "The page",
    "log_writers": "The decision log",
}
HEAD = """\
# Benchmarks

Written by `make bench` on {day}: {machine}, {cores} cores, {memory:.0f} GiB of memory, {system},
Python {python}.

Each figure stands beside a named reference that was measured in the same run; only the ratios mean something
on another machine. Nothing here is a test: a busy machine is no fault of the code. Where a limit is missed,
the line says so.
"""


def main() -> None:
    """Run what is asked for, print it, and write the page where all of it ran."""
    names = sys.argv[1:] or list(PARTS)
    chapters = [HEAD.format(**_machine())]
    failed = []
    for name in names:
        print(f"== {name}", flush=True)
        begun = time.perf_counter()
        done = subprocess.run(
            [sys.executable, str(HERE / f"{name}.py")],
            capture_output=True,
            text=True,
            check=False,
            cwd=HERE.parent,
        )
        print(done.stdout, done.stderr if done.returncode else "", flush=True)
        if done.returncode:
            failed.append(name)
        chapters.append(_chapter(name, done.stdout, time.perf_counter() - begun))
    if failed:
        sys.exit(f"failed: {', '.join(failed)}; {PAGE.name} is left as it was")
    if not sys.argv[1:]:
        PAGE.write_text("\n".join(chapters), encoding="utf-8")


def _chapter(name: str, printed: str, seconds: float) -> str:
    about = ast.get_docstring(ast.parse((HERE / f"{name}.py").read_text(encoding="utf-8"))) or ""
    words = "\n\n".join(part for part in about.split("\n\n") if not part.startswith((" ", "Run `python")))
    block = f"```text\n{printed.rstrip()}\n```"
    return f"## {PARTS[name]}\n\n{words}\n\n{block}\n\n`benchmarks/{name}.py`, {seconds:.0f} s.\n"


def _machine() -> dict[str, object]:
    return {
        "day": date.today().isoformat(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30,
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", platform.system()),
        "python": platform.python_version(),
    }


if __name__ == "__main__":
    main()
