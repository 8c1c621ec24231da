"""The wheel: holds all that serving needs, and serves in an environment that has neither Node nor npm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen
from zipfile import ZipFile

import pytest

from tests.processes import tied

ROOT = Path(__file__).resolve().parents[2]
PYTHON = [sys.executable, "-m"]


def without_programs(folder: Path) -> dict[str, str]:
    """This environment with a path on which no program lies, and no import path of its own."""
    folder.mkdir()
    return {**{name: value for name, value in os.environ.items() if name != "PYTHONPATH"}, "PATH": str(folder)}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as `make build` does."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([*PYTHON, "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)], check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`vestibule`, installed from the wheel and the lock into an environment of its own."""
    folder = tmp_path_factory.mktemp("empty")
    lock = str(ROOT / "requirements" / "run.txt")
    subprocess.run([*PYTHON, "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    subprocess.run([*pip, "--require-hashes", "--requirement", lock], check=True)
    subprocess.run([*pip, "--no-deps", str(wheel)], check=True)
    return folder / "bin" / "vestibule"


@contextmanager
def served(program: Path, folder: Path) -> Iterator[str]:
    """The quickstart, served until the end; gives the server's address."""
    command = [str(program), "serve", str(ROOT / "functions" / "quickstart"), "--host", "127.0.0.1", "--port", "0"]
    command += ["--data-dir", str(folder / "data")]
    environment = without_programs(folder / "bin")
    with subprocess.Popen(tied(command), cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            assert line.startswith("serving "), "the server did not come up"
            yield line.split()[-1]
        finally:
            process.terminate()


def answer_of(address: str) -> bytes:
    """What a GET of the address answers."""
    with urlopen(address, timeout=120) as response:
        body: bytes = response.read()
        return body


def test_wheel_holds_what_serving_needs(wheel: Path) -> None:
    """The built guest, its engine, every migration and the console are in; sources of builds and the tests are not."""
    names = set(ZipFile(wheel).namelist())
    read = {
        str(path.relative_to(ROOT)) for path in (*ROOT.glob("server/**/*.sql"), *ROOT.glob("server/console/page/*"))
    }

    read |= {f"server/templates/{path.relative_to(ROOT / 'functions')}" for path in ROOT.glob("functions/*/*.json")}
    assert {
        "runtime/build/guest.js",
        "runtime/build/quickjs.wasm",
        "server/console/library/lit-html.js",
    } | read <= names
    assert not [name for name in names if name.startswith(("runtime/js/", "tests/")) or "node_modules" in name]
    assert not [name for name in names if ("package" in name and name.endswith(".json")) or "build_console" in name]


def test_wheel_serves_an_app(program: Path, tmp_path: Path) -> None:
    """Installed with nothing but what it depends on, and no program on the path, it comes up, with its console."""
    app = json.loads((ROOT / "functions" / "quickstart" / "realm_config.json").read_text())["app_id"]

    with served(program, tmp_path) as server:
        location = json.loads(answer_of(f"{server}/api/client/v2.0/app/{app}/location"))
        library = answer_of(f"{server}/console/library/lit-html.js")

    assert location["hostname"] == server
    assert b"export" in library
