"""An author's wait: pushing an app of 50 functions, a change of one, going back; whole commands, as they are typed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from benchmarks.report import Aim, Row, Table
from benchmarks.samples import Samples
from benchmarks.server_process import ROOT, vestibule

FUNCTIONS = 50
PUSH_SECONDS, ROLLBACK_SECONDS, HELP_SECONDS = 2.0, 1.0, 0.3
_PASSWORD = "correct horse battery staple"  # noqa: S105 - of an administrator who lives for this measurement
_SOURCE = """
const { createHash } = require("crypto");
exports = async function (text) {
  const notes = context.services.get("mongodb-atlas").db("bench").collection("notes%(number)d");
  await notes.insertOne({ text, at: new Date(), version: %(version)d });
  return createHash("sha256").update(String(text)).digest("hex");
};
"""


@dataclass(frozen=True, slots=True)
class _Author:
    """Runs commands in an environment of their own."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, *arguments: str, text: str = "") -> float:
        """Seconds that the command took. Raises CalledProcessError."""
        started = perf_counter()
        subprocess.run(
            [sys.executable, "-m", "server", *arguments], cwd=ROOT, env=self.environment, input=text, text=True,
            stdout=subprocess.DEVNULL, check=True,
        )  # fmt: skip
        return perf_counter() - started

    def write(self, version: int) -> None:
        """The app, with that version in each of its functions."""
        functions = self.folder / "functions"
        functions.mkdir(parents=True, exist_ok=True)
        (self.folder / "realm_config.json").write_text('{"config_version": 20210101, "app_id": "bench"}')
        for number in range(FUNCTIONS):
            source = _SOURCE % {"number": number, "version": version}
            (functions / f"function{number}.js").write_text(source, encoding="utf-8")


def measure_pushing(directory: Path, *, count: int) -> Table:
    """Push `count` versions, each other in every function, then go back and forth."""
    directory.mkdir(parents=True, exist_ok=True)
    home = {"XDG_CONFIG_HOME": str(directory / "home")}
    author = _Author(directory / "app", {**os.environ, **home})
    author.run("admins", "add", "ada", "--data-dir", str(directory / "data"), text=_PASSWORD)
    with vestibule(ROOT / "functions" / "quickstart", directory / "data") as server:
        url = f"http://{server.address.host}:{server.address.port}"
        author.run("login", url, "--username", "ada", text=_PASSWORD)
        author.write(0)
        author.run("push", str(author.folder), "--create")
        pushes = Samples.of([_push(author, version) for version in range(1, count + 1)])
        unchanged = _times(count, lambda: author.run("push", str(author.folder)))
        rollbacks = _times(count, lambda: author.run("rollback", "bench"))
        help_ = _times(count, lambda: author.run("--help"))
    found = {
        f"push, {FUNCTIONS} functions changed": pushes,
        "push, nothing changed": unchanged,
        "rollback": rollbacks,
        "--help": help_,
    }
    return Table(
        title=f"Commands of an author, app of {FUNCTIONS} functions",
        columns=("median s", "99% s"),
        rows=tuple(Row(name=name, figures=(samples.median, samples.slow)) for name, samples in found.items()),
        aims=(
            Aim(name="push, median s", figure=pushes.median, limit=PUSH_SECONDS, at_most=True),
            Aim(name="rollback, median s", figure=rollbacks.median, limit=ROLLBACK_SECONDS, at_most=True),
            Aim(name="--help, median s", figure=help_.median, limit=HELP_SECONDS, at_most=True),
        ),
        notes=("from the start of the process to its end, the version being served by then",),
    )


def _push(author: _Author, version: int) -> float:
    author.write(version)
    return author.run("push", str(author.folder))


def _times(count: int, act: Callable[[], float]) -> Samples:
    return Samples.of([act() for _ in range(count)])
