"""`vestibule doctor`: what this machine offers to keep guests in."""

from __future__ import annotations

import argparse
import platform
import sys

from runtime.wall_check import WallReport, check_walls
from server.settings import Settings

HELP = "check which walls of the sandbox stand on this machine"
SETTINGS: tuple[str, ...] = ("log_level",)
LOG_LEVEL = "WARNING"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing beside the settings."""
    del parser


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Print the walls and each attempt to get past them. Exit status 1 where one was not refused."""
    del settings, options
    report = check_walls()
    sys.stdout.write(describe(report, kernel=f"{platform.system()} {platform.release()} {platform.machine()}"))
    return 0 if all(report.refused.values()) else 1


def describe(report: WallReport, *, kernel: str) -> str:
    """The report as lines."""
    walls = report.walls
    lines = [
        f"kernel: {kernel}",
        "wall 1: WebAssembly: stands (wasmtime)",
        f"wall 2: Landlock: {f'stands (version {walls.landlock})' if walls.landlock else 'MISSING'}",
        f"wall 2: seccomp: {'stands' if walls.seccomp else 'MISSING'}",
        *(f"a worker that tries to {name}: {'refused' if refused else 'NOT REFUSED'}"
          for name, refused in report.refused.items()),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"
