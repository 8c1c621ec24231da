"""Builds the guest library and the console's into the wheel: whoever installs it needs neither Node nor npm."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SCRIPTS = (Path("runtime", "js", "build_guest.py"), Path("server", "console", "build_console.py"))


class LibrariesBuildHook(BuildHookInterface[Any]):
    """Runs the builds before the wheel's files are gathered."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Build both; an editable install leaves that to `make`, which knows when it is needed."""
        for script in SCRIPTS if version != "editable" else ():
            subprocess.run([sys.executable, str(Path(self.root, script))], check=True)  # noqa: S603 - our own scripts
