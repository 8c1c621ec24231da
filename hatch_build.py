"""Builds the guest library into the wheel, so that whoever installs it needs neither Node nor npm."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class GuestBuildHook(BuildHookInterface[Any]):
    """Runs the guest build before the wheel's files are gathered."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Build the guest; an editable install leaves that to `make`, which knows when it is needed."""
        if version != "editable":
            script = Path(self.root, "runtime", "js", "build_guest.py")
            subprocess.run([sys.executable, str(script)], check=True)  # noqa: S603 - our own script
