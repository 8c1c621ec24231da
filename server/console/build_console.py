"""Builds server/console/library: the modules of lit-html that the console's pages import, as npm has them.

python server/console/build_console.py
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

CONSOLE = Path(__file__).resolve().parent
PACKAGE, LIBRARY = CONSOLE / "node_modules" / "lit-html", CONSOLE / "library"
INSTALL = CONSOLE.parents[1] / "runtime" / "js" / "build_guest.py"
MODULES = ("lit-html.js", "directive.js", "directive-helpers.js", "directives/live.js", "directives/repeat.js")
"""What is imported, and what that imports."""
SOURCE_MAP = b"\n//# sourceMappingURL="


def main() -> None:
    """Install the pinned package and copy the modules, without the reference to source maps that are not served."""
    subprocess.run([sys.executable, str(INSTALL), "--install", str(CONSOLE)], check=True)  # noqa: S603 - our own script
    shutil.rmtree(LIBRARY, ignore_errors=True)
    for name in MODULES:
        target = LIBRARY / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((PACKAGE / name).read_bytes().partition(SOURCE_MAP)[0] + b"\n")


if __name__ == "__main__":
    main()
