"""The escape corpus: guests by theme, each with what it tries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
_GUEST = re.compile(r"^// @ (.+)\n((?:(?!// @ ).*\n?)*)", re.MULTILINE)
EVIDENCE = """const evidence = (what) => {
    if (what === undefined || what === null || what === false || what === 0 || what === "") return "nothing";
    return "esca" + "ped: " + typeof what;
}; """
"""What a guest calls with what it got hold of; anything at all counts."""


@dataclass(frozen=True, slots=True)
class Escape:
    """One guest: its theme, what it tries, and its source."""

    theme: str
    aim: str
    source: str

    def __str__(self) -> str:
        return f"{self.theme}: {self.aim}"


def read_corpus() -> list[Escape]:
    """Every guest of every theme."""
    return [
        Escape(theme=file.stem, aim=match[1], source=EVIDENCE.replace("\n", " ") + match[2])
        for file in sorted(FOLDER.glob("*.js"))
        for match in _GUEST.finditer(file.read_text(encoding="utf-8"))
    ]
