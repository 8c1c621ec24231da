"""Fuzzes the readers of hostile bytes with coverage: `python -m tests.fuzz SECONDS`, shared out among the targets."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

LARGEST_INPUT = 4096
"""Bytes of one input."""


def fuzz_all(seconds: int) -> int:
    """Each target in a process of its own; the exit status is that of the first that failed."""
    from tests.fuzz.targets import TARGETS  # noqa: PLC0415 - the processes that fuzz import it under instrumentation

    for name in TARGETS:
        share = str(max(1, seconds // len(TARGETS)))
        status = subprocess.run([sys.executable, "-m", "tests.fuzz", share, name], check=False).returncode
        if status:
            return status
    return 0


def fuzz(name: str, seconds: str) -> None:
    """One target, until its time is over; what it must not raise ends the process with the input shown."""
    import atheris  # noqa: PLC0415 - only where it is installed

    with atheris.instrument_imports(include=["runtime", "server.ejson"]):
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415
    target = TARGETS[name]
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(target.seeds):
            (Path(folder) / str(number)).write_bytes(seed)
        options = [f"-max_total_time={seconds}", f"-max_len={LARGEST_INPUT}", "-timeout=60", "-print_final_stats=1"]
        sys.stdout.write(f"fuzzing {name} for {seconds} s\n")
        sys.stdout.flush()
        atheris.Setup([name, *options, f"-artifact_prefix={folder}/", folder], target.feed)
        atheris.Fuzz()


if __name__ == "__main__":
    match sys.argv[1:]:
        case [seconds]:
            sys.exit(fuzz_all(int(seconds)))
        case [seconds, name]:
            fuzz(name, seconds)
        case _:
            sys.exit(__doc__)
