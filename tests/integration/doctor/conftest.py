"""App folders to examine, and the sandboxes that their sources are parsed in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from runtime.supervisor import Sandboxes
from server.doctor.examination import examine
from server.doctor.findings import Finding, Report, Severity
from tests.app_folders import write_folder

Files: TypeAlias = Mapping[str, object]
Examine: TypeAlias = Callable[..., Awaitable[Report]]

ROOT_FILE = {"config_version": 20210101, "app_id": "shop-abcde", "name": "shop"}
SOURCE = {"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {}}


@pytest.fixture
def examined(sandboxes: Sandboxes, tmp_path: Path) -> Examine:
    """Writes an app and gives what is said of it."""

    async def run(files: Files, secrets: Mapping[str, str] | None = None, allowed: tuple[str, ...] = ()) -> Report:
        folder = write_folder(tmp_path / "app", {"realm_config.json": ROOT_FILE, **files})
        return await examine(folder, sandboxes, secrets=secrets, allowed_hosts=allowed)

    return run


def findings(report: Report, kind: str, name: str) -> list[Finding]:
    """What is said of one part, notes left out."""
    (part,) = (part for part in report.parts if (part.kind.value, part.name) == (kind, name))
    return [finding for finding in part.findings if finding.severity is not Severity.NOTE]
