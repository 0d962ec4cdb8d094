"""What `escalate kb diff` costs for a change of five rules, as CPU time against a reference of the same run.

R = a fresh Python that builds the old and the new library from their YAML files, with nothing kept: what any
comparison pays before it compares. All vignettes are looked at, and the reference cohort where there is one.

    python benchmarks/kb_diff.py [RUNS]
"""

from __future__ import annotations

import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
PARTS = ("knowledge", "rules", "examples", "tests/vignettes", "tests/cohort")
# A finding under many gates, two limits, a kind and a condition: what one pull request might hold.
EDITS = (
    ("rules/findings/heart_advanced.yaml", "heart.echo.lvef_percent < 45", "heart.echo.lvef_percent < 40"),
    ("rules/gates/bcma_t_cell_engager.yaml", "labs.igg_g_per_l < 4.0", "labs.igg_g_per_l < 3.5"),
    ("rules/gates/bcma_t_cell_engager.yaml", "labs.platelets_per_nl < 50", "labs.platelets_per_nl < 75"),
    (
        "rules/gates/cyclophosphamide.yaml",
        "kind: exclude\n  for: cyclophosphamide\n  when: comorbidities.haemorrhagic_cystitis",
        "kind: caution\n  for: cyclophosphamide\n  when: comorbidities.haemorrhagic_cystitis",
    ),
    (
        "rules/gates/jak_inhibitors_cautions.yaml",
        "demographics.age_years >= 65",
        "demographics.age_years >= 60",
    ),
)
REFERENCE = (
    "import sys\n"
    "from escalate.files.knowledge_base import read_knowledge\n"
    "from escalate.library.build import build_library\n"
    "for folder in sys.argv[1:]:\n    build_library(read_knowledge(folder))\n"
)
TARGET_S = 30.0


def child(*arguments: str) -> tuple[float, float]:
    """CPU seconds (user and system) and seconds by the clock of one fresh Python process."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.perf_counter() - start


def copies(place: Path) -> tuple[Path, Path]:
    """The shipped knowledge, and the same with five rules edited."""
    old, new = place / "old", place / "new"
    for folder in (old, new):
        for part in PARTS:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, folder / part)
    for name, was, now in EDITS:
        file = new / name
        text = file.read_text(encoding="utf-8")
        if was not in text:
            raise SystemExit(f"{name} no longer holds: {was}")
        file.write_text(text.replace(was, now, 1), encoding="utf-8")
    return old, new


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as place:
        old, new = map(str, copies(Path(place)))
        os.environ["XDG_CACHE_HOME"] = f"{place}/cache"  # the first run fills it, as a user's would be
        reference = statistics.median(child("-c", REFERENCE, old, new)[0] for _ in range(runs))
        diff = ("-m", "escalate", "kb", "diff", old, new, "--plain")
        nobody = Path(place, "nobody")
        nobody.mkdir()
        alone = ("--vignettes", str(nobody), "--cohort", str(nobody))
        rows = [("rules alone", (*diff, *alone)), ("with every patient", diff)]
        version = f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}"
        print(f"{version}; R = {reference:.3f} s CPU")
        for name, arguments in rows:
            child(*arguments)
            found = [child(*arguments) for _ in range(runs)]
            cpu, clock = (statistics.median(one) for one in zip(*found, strict=True))
            print(
                f"{name:28} {cpu:6.2f} s CPU  {cpu / reference:5.2f} R  {clock:6.2f} s by the clock"
                f"  (target {TARGET_S:.0f} s)"
            )


if __name__ == "__main__":
    main()
