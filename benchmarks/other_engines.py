"""The same login in engines that are not ours: V8 isolates and contexts, Node processes, native QuickJS-NG."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import orjson

from benchmarks.login_script import FOLDER, expected_text, script
from benchmarks.samples import Samples, measure
from tests.processes import NODE


class NotMeasured(Exception):
    """An engine that is not there; the message says why."""


def install_packages(folder: Path) -> None:
    """Install the npm packages that the folder's lock file pins, unless they are there. Raises NotMeasured."""
    installed = folder / "node_modules" / ".package-lock.json"
    lock = folder / "package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    build = FOLDER.parent / "runtime" / "js" / "build_guest.py"
    ended = subprocess.run([sys.executable, str(build), "--install", str(folder)], check=False)
    if ended.returncode:
        raise NotMeasured(f"npm could not install the packages of {folder.name}")
    installed.touch()


def fresh_isolates(count: int) -> Samples:
    """A new V8 isolate for each call (npm isolated-vm, by its synchronous calls, which cost least)."""
    install_packages(FOLDER)
    return _in_node("isolates", count, "--no-node-snapshot")


def fresh_contexts(count: int) -> Samples:
    """A new context for each call in one V8 isolate (Node's vm): no wall between guests and their host."""
    return _in_node("contexts", count)


def fresh_node_processes(count: int) -> Samples:
    """A new Node process for each call."""
    command = [str(NODE), "--eval", script() + "\nsetImmediate(() => process.stdout.write(globalThis.result));"]

    def run() -> None:
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, text=True)
        assert ended.stdout == expected_text(), ended.stdout

    return measure(run, count=count, warm_up=2)


def native_quickjs(count: int) -> Samples:
    """A new context of native QuickJS-NG for each call, in this process: no wall at all. Raises NotMeasured."""
    try:
        import quickjs  # noqa: PLC0415 - measured only where it is installed
    except ImportError:
        raise NotMeasured("quickjs-ng is not installed") from None
    text, expected, new_context = script(), expected_text(), quickjs.Context

    def run() -> None:
        context = new_context()
        context.eval(text)
        while context.execute_pending_job():
            pass
        assert context.eval("globalThis.result") == expected

    return measure(run, count=count, warm_up=count // 10)


OTHERS: dict[str, Callable[[int], Samples]] = {
    "fresh V8 isolate (isolated-vm)": fresh_isolates,
    "fresh V8 context (node:vm, no wall)": fresh_contexts,
    "native quickjs-ng (no wall)": native_quickjs,
    "fresh Node process": fresh_node_processes,
}


def _in_node(engine: str, count: int, *options: str) -> Samples:
    order = {
        "engine": engine, "script": script(), "expected": expected_text(), "count": count, "warmUp": count // 10,
    }  # fmt: skip
    command = [str(NODE), *options, str(FOLDER / "js" / "fresh-engines.mjs")]
    ended = subprocess.run(command, input=orjson.dumps(order), capture_output=True, check=False)
    if ended.returncode:
        raise NotMeasured(f"{engine}: {ended.stderr.decode(errors='replace').strip()[-300:]}")
    return Samples.of([nanoseconds / 1e9 for nanoseconds in orjson.loads(ended.stdout)])
