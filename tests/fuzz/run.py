"""Fuzz one target for some time, guided by the code that inputs reach.

    python tests/fuzz/run.py TARGET --seconds N [--keep]

Needs `pip install atheris`. Begins with the kept corpus and the seeds, prints what libFuzzer prints, leaves
what reached new code in a folder; `--keep` then makes it the corpus of tests/fuzz/corpus. A finding ends the
run, its input is the file `crash-...` in that folder.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))  # run as a script, it is not found as a part of the tests
SEEDS = {
    "patient_yaml": ["examples/*.yaml", "tests/problems/patient/*.yaml"],
    "patient_json": ["tests/fuzz/seeds/*.json"],
    "rules": ["rules/advice.yaml", "rules/findings/cancer_tier.yaml", "rules/gates/trials.yaml"],
    "fhir": ["examples/*.json", "tests/fuzz/seeds/*.json"],
}
_LARGEST = 3_072


def main() -> None:
    """Fuzz, or (in the child that libFuzzer runs in) be the target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=sorted(SEEDS))
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "fuzz")
    parser.add_argument(
        "--keep", action="store_true", help="what reached new code, or was a finding, becomes the corpus"
    )
    parser.add_argument("--child", nargs=argparse.REMAINDER, default=None)
    arguments = parser.parse_args()
    if arguments.child is not None:
        _be_the_target(arguments.target, arguments.child)
    from fuzz.targets import corpus, keep

    found = arguments.folder / arguments.target
    found.mkdir(parents=True, exist_ok=True)
    for number, raw in enumerate(corpus(arguments.target)):
        (found / f"kept-{number}").write_bytes(raw)
    for pattern in SEEDS[arguments.target]:
        for seed in ROOT.glob(pattern):
            (found / f"seed-{seed.name}").write_bytes(seed.read_bytes())
    flags = [
        f"-max_total_time={arguments.seconds}",
        f"-max_len={_LARGEST}",
        "-timeout=10",
        "-rss_limit_mb=2048",
    ]
    fuzz = [
        sys.executable,
        __file__,
        arguments.target,
        "--child",
        str(found),
        *flags,
        f"-artifact_prefix={found}/",
    ]
    status = subprocess.run(fuzz, check=False).returncode
    if arguments.keep:
        print(keep(arguments.target, (path.read_bytes() for path in found.glob("[!s]*"))))
    sys.exit(status)


def _be_the_target(target: str, flags: list[str]) -> None:
    import atheris

    with atheris.instrument_imports(include=["escalate"]):
        from fuzz.targets import TARGETS

    atheris.Setup([sys.argv[0], *flags], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
