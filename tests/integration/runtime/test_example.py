"""The example of the documentation does what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_documented_example_runs(tmp_path: Path) -> None:
    """The example, taken out of the page and run by itself, prints the greeting."""
    page = (ROOT / "docs" / "runtime.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "example.py").write_text(example, encoding="utf-8")
    ended = subprocess.run([sys.executable, "example.py"], cwd=tmp_path, capture_output=True, check=True, timeout=120)
    assert ended.stdout.decode().strip() == """b'"Hello, Ada"' None"""
