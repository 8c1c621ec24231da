"""Starting a server, and what it and a sandbox worker need while idle."""

from __future__ import annotations

from pathlib import Path

from benchmarks.deploying import QUICKSTART
from benchmarks.report import Aim, Row, Table
from benchmarks.server_process import children_of, memory_of, vestibule

MOST_SECONDS = 3.0
MEGABYTE = 1e6


def measure_start_and_memory(data: Path) -> list[Table]:
    """Start a server on an empty data directory, then again on what that left, and look at its processes."""
    with vestibule(QUICKSTART, data) as first:
        first_seconds = first.start_seconds
    with vestibule(QUICKSTART, data) as second:
        processes = {"server": second.process_id}
        processes |= {f"sandbox worker {number}": child for number, child in enumerate(children_of(second.process_id))}
        memory = {name: memory_of(process_id) for name, process_id in processes.items()}
        second_seconds = second.start_seconds
    return [
        Table(
            title="Starting a server over the quickstart",
            columns=("seconds",),
            rows=(
                Row(name="first start, engine compiled", figures=(first_seconds,)),
                Row(name="second start", figures=(second_seconds,)),
            ),
            aims=(Aim(name="second start, seconds", figure=second_seconds, limit=MOST_SECONDS, at_most=True),),
        ),
        Table(
            title="Memory of an idle server",
            columns=("RSS MB", "PSS MB"),
            rows=tuple(
                Row(name=name, figures=(used.resident / MEGABYTE, used.proportional / MEGABYTE))
                for name, used in memory.items()
            ),
        ),
    ]
