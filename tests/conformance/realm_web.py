"""The unmodified client realm-web, driven in Node by scripts that print one JSON value."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.processes import NODE, tied

SCRIPTS = Path(__file__).parent / "scripts"
SECONDS = 120

Printed: TypeAlias = Any  # JSON of a script's own making, which the tests take apart


@dataclass(frozen=True, slots=True, kw_only=True)
class RealmWeb:
    """The client, configured for one app of a server."""

    url: str
    app_id: str

    def run(self, script: str, *arguments: object) -> Printed:
        """What the script prints; its arguments are handed over as JSON. A script that fails, fails the test."""
        finished = subprocess.run(
            tied([NODE, SCRIPTS / script, *map(json.dumps, arguments)]),
            env={**os.environ, "BASE_URL": self.url, "APP_ID": self.app_id},
            capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        if finished.returncode != 0:
            pytest.fail(f"{script} failed with status {finished.returncode}:\n{finished.stdout}\n{finished.stderr}")
        return json.loads(finished.stdout)
