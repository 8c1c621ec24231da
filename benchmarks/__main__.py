"""`python -m benchmarks`: measure all, print tables, write the figures as JSON."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import uvloop

from benchmarks.deploying import measure_deploying
from benchmarks.documents import measure_documents
from benchmarks.event_queue import measure_event_queue
from benchmarks.growth import measure_growth
from benchmarks.log_search import measure_log_search
from benchmarks.login_parts import measure_login_parts
from benchmarks.machine import describe_environment
from benchmarks.one_call import measure_one_call
from benchmarks.password_hashes import measure_password_hashes
from benchmarks.provider_logins import MANY, measure_provider_logins
from benchmarks.pushing import measure_pushing
from benchmarks.report import Table, as_json, as_markdown, as_text
from benchmarks.restarting import measure_restarting
from benchmarks.rules import measure_rules
from benchmarks.runaways_and_crowds import measure_runaways_and_crowds
from benchmarks.server_process import DATA
from benchmarks.start_and_memory import measure_start_and_memory
from benchmarks.whole_login import measure_whole_login

PARTS = (
    "call",
    "limits",
    "growth",
    "login",
    "providers",
    "deploy",
    "push",
    "documents",
    "rules",
    "queue",
    "logs",
    "hashes",
    "start",
    "restart",
)


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions: minutes become seconds")
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part; may be given again")
    parser.add_argument("--json", type=Path, metavar="FILE", help=f"where the JSON goes (default {DATA / 'last.json'})")
    parser.add_argument("--markdown", action="store_true", help="print the tables as the documentation has them")
    options = parser.parse_args()
    DATA.mkdir(exist_ok=True)
    environment = describe_environment()
    print("\n".join(f"{name}: {value}" for name, value in environment.items()))
    tables = []
    with tempfile.TemporaryDirectory(dir=DATA) as directory:
        for part in options.only or PARTS:
            for table in _measure(part, Path(directory), quick=options.quick):
                print(as_markdown(table) if options.markdown else as_text(table))
                sys.stdout.flush()
                tables.append(table)
    (options.json or DATA / "last.json").write_bytes(as_json(environment, tables))


def _measure(part: str, directory: Path, *, quick: bool) -> list[Table]:  # noqa: C901, PLR0911, PLR0912 - a table
    match part:
        case "call":
            return [uvloop.run(measure_one_call(directory / "cache", count=400 if quick else 4000))]
        case "limits":
            count, crowd = (50, 500) if quick else (500, 10_000)
            return uvloop.run(measure_runaways_and_crowds(directory / "cache", count=count, crowd=crowd))
        case "growth":
            apps, count = (50, 300) if quick else (1000, 3000)
            return uvloop.run(measure_growth(directory / "cache", apps=apps, count=count))
        case "login":
            seconds, rounds = (0.5, 1) if quick else (2.0, 5)
            parts = measure_login_parts(
                directory / "parts", count=150, rounds=6 if quick else 40, seconds=0.3
            )  # fmt: skip
            whole = uvloop.run(measure_whole_login(directory / "login", seconds=seconds, rounds=rounds))
            return [*whole, uvloop.run(parts)]
        case "providers":
            seconds, rounds, many = (0.5, 1, 20_000) if quick else (1.0, 11, MANY)
            folder = directory / "providers"
            return uvloop.run(measure_provider_logins(folder, seconds=seconds, rounds=rounds, many=many))
        case "deploy":
            return [uvloop.run(measure_deploying(directory, count=5 if quick else 30))]
        case "push":
            return [measure_pushing(directory / "push", count=5 if quick else 20)]
        case "queue":
            return uvloop.run(
                measure_event_queue(
                    directory / "queue",
                    events=2000 if quick else 10_000,
                    causes=20 if quick else 200,
                    backlog=50_000 if quick else 1_000_000,
                )
            )
        case "logs":
            entries, times = (20_000, 20) if quick else (1_000_000, 100)
            return uvloop.run(measure_log_search(directory / "logs", entries=entries, count=times))
        case "documents":
            documents, count = (10_000, 100) if quick else (100_000, 500)
            return [uvloop.run(measure_documents(directory / "documents", documents=documents, count=count))]
        case "hashes":
            return [uvloop.run(measure_password_hashes(directory / "cache", count=3 if quick else 10))]
        case "rules":
            return [uvloop.run(measure_rules(directory / "rules.sqlite", count=100 if quick else 1000))]
        case "restart":
            return measure_restarting(directory / "restart", apps=50 if quick else 1000)
        case _:
            return measure_start_and_memory(directory / "start")


if __name__ == "__main__":
    main()
