"""App folders to examine, and the sandboxes that their sources are parsed in."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest
import pytest_asyncio

from runtime.supervisor import Sandboxes, open_sandboxes
from server.doctor.examination import examine
from server.doctor.findings import Finding, Report, Severity

Files: TypeAlias = Mapping[str, object]
Examine: TypeAlias = Callable[..., Awaitable[Report]]

ROOT_FILE = {"config_version": 20210101, "app_id": "shop-abcde", "name": "shop"}
SOURCE = {"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {}}


def write(folder: Path, files: Files) -> Path:
    """An app folder of these files; what is no text is JSON, None no file."""
    for name, content in {"realm_config.json": ROOT_FILE, **files}.items():
        if content is None:
            continue
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content, indent=4))
    return folder


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sandboxes(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandboxes]:
    """One worker."""
    async with open_sandboxes(tmp_path_factory.mktemp("cache"), workers=1) as opened:
        yield opened


@pytest.fixture
def examined(sandboxes: Sandboxes, tmp_path: Path) -> Examine:
    """Writes an app and gives what is said of it."""

    async def run(files: Files, secrets: Mapping[str, str] | None = None, allowed: tuple[str, ...] = ()) -> Report:
        return await examine(write(tmp_path / "app", files), sandboxes, secrets=secrets, allowed_hosts=allowed)

    return run


def findings(report: Report, kind: str, name: str) -> list[Finding]:
    """What is said of one part, notes left out."""
    (part,) = (part for part in report.parts if (part.kind.value, part.name) == (kind, name))
    return [finding for finding in part.findings if finding.severity is not Severity.NOTE]
