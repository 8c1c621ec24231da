"""`vestibule doctor`: what this machine offers to keep guests in, or what of an export will run."""

from __future__ import annotations

import argparse
import platform
import sys
from pathlib import Path

import orjson
import uvloop

from runtime.supervisor import open_sandboxes
from runtime.wall_check import WallReport, check_walls
from server.cli.exit_status import ExitStatus
from server.cli.remote_options import show_value
from server.cli.secrets import add_secrets, read_secrets
from server.doctor.examination import examine
from server.doctor.findings import Report, Severity
from server.doctor.reporting import as_json, as_text
from server.settings import Settings

SETTINGS: tuple[str, ...] = ("data_dir", "allowed_hosts", "log_level")
LOG_LEVEL = "ERROR"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """[APP_DIR] [--secrets FILE] [--strict] [--format text|json]."""
    parser.add_argument("app_dir", type=Path, nargs="?", metavar="APP_DIR", help="an exported app folder")
    add_secrets(parser)
    parser.add_argument("--strict", action="store_true", help="exit with 1 for warnings, too")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how the report is written")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Print the report. Exit status 1 where something will not run, or an attempt to get past a wall succeeds."""
    if options.app_dir is None:
        return _check_machine(options)
    if not options.app_dir.is_dir():
        sys.stderr.write(f"vestibule: {options.app_dir}: there is no such folder; name the folder of an exported app\n")
        return ExitStatus.USAGE
    report = uvloop.run(_examine(settings, options))
    text = orjson.dumps(as_json(report), option=orjson.OPT_INDENT_2).decode() + "\n"
    sys.stdout.write(text if options.format == "json" else as_text(report))
    fails = report.has(Severity.FAILS) or (options.strict and report.has(Severity.WARNING))
    return ExitStatus.FAILED if fails else ExitStatus.OK


async def _examine(settings: Settings, options: argparse.Namespace) -> Report:
    secrets = None if options.secrets is None else read_secrets(options.secrets)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with open_sandboxes(settings.data_dir.absolute() / "cache", workers=1) as sandboxes:
        return await examine(options.app_dir, sandboxes, secrets=secrets, allowed_hosts=settings.allowed_hosts)


def _check_machine(options: argparse.Namespace) -> int:
    report = check_walls()
    kernel = f"{platform.system()} {platform.release()} {platform.machine()}"
    walls = {"webassembly": True, "landlock": report.walls.landlock, "seccomp": report.walls.seccomp}
    found = {"kernel": kernel, "walls": walls, "refused": dict(report.refused)}
    show_value(options, found, describe(report, kernel=kernel).removesuffix("\n"))
    return 0 if all(report.refused.values()) else 1


def describe(report: WallReport, *, kernel: str) -> str:
    """The report of the walls as lines."""
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
