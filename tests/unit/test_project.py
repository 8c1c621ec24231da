"""The project's own files: locks that any mirror serves, dependencies that say why, one version of each."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted(ROOT.glob("requirements/*.txt"))
NPM_LOCKS = [
    ROOT / folder / "package-lock.json"
    for folder in ("runtime/js", "server/console", "tests/conformance", "benchmarks", "benchmarks/parse")
]


def pins(lock: Path) -> dict[str, str]:
    """The versions that a lock file pins, by package and marker."""
    return dict(re.findall(r"^(\S+)==(\S+)", lock.read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_locks_name_no_host(lock: Path) -> None:
    """Where packages come from is the machine's setting."""
    text = lock.read_text()

    assert "://" not in text
    assert not re.findall(r"^\s*--(?!hash=)", text, re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_pin_has_a_hash(lock: Path) -> None:
    """A mirror can serve nothing but what was locked."""
    entries = re.split(r"^(?=\S+==)", lock.read_text(), flags=re.MULTILINE)[1:]

    assert entries
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_locks_agree() -> None:
    """What is tested is what is served."""
    run, build, dev = (pins(ROOT / "requirements" / f"{name}.txt") for name in ("run", "build", "dev"))

    assert run.items() <= build.items() <= dev.items()


@pytest.mark.parametrize("lock", NPM_LOCKS, ids=lambda lock: lock.parent.name)
def test_npm_locks_hold_hashes_and_no_address(lock: Path) -> None:
    """The same for npm: integrity, and no address to fetch it from."""
    packages = {name: entry for name, entry in json.loads(lock.read_text())["packages"].items() if name}

    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if not entry["integrity"].startswith("sha512-")] == []


def test_every_dependency_is_locked() -> None:
    """A dependency that the lock does not have would be missing where it is served."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[><=\[;]", dependency)[0] for dependency in project["dependencies"]}

    assert names <= pins(ROOT / "requirements" / "run.txt").keys()


def test_every_dependency_says_why() -> None:
    """Each requirement in pyproject.toml has its reason beside it."""
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    requirements = [line for line in lines if re.match(r'    "[a-z0-9-]+[><=]', line)]

    assert len(requirements) > 12
    assert [line for line in requirements if not re.search(r",\s+# \S", line)] == []
