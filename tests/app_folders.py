"""App folders that tests write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path


def write_folder(folder: Path, files: Mapping[str, object]) -> Path:
    """An app folder of these files; what is no text is JSON, None no file."""
    for name, content in files.items():
        if content is None:
            continue
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content, indent=4))
    return folder
