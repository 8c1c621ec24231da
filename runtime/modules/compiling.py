"""Turns ES modules and TypeScript into CommonJS, inside a sandbox of its own; what was compiled once is kept."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path

from runtime.errors import BuildFailed
from runtime.modules import library
from runtime.modules.tools import Tool
from runtime.store import write_whole
from runtime.supervisor import Sandboxes


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncompiled:
    """A file as its author wrote it; `is_module` says that it has an ES module's imports and exports."""

    path: str
    text: str
    is_typescript: bool
    is_module: bool


class Compiler:
    """Compiles files in guests."""

    def __init__(self, sandboxes: Sandboxes) -> None:
        self._tool = Tool(sandboxes, library.COMPILER)
        self._kept = sandboxes.directory / "compiled"

    async def compile(self, source: Uncompiled) -> str:
        """The file as CommonJS, each line where it was. Raises BuildFailed with file and line."""
        kept = self._place(source)
        known = await asyncio.to_thread(_read, kept)
        if known is not None:
            return known
        text = await self._run(source)
        await asyncio.to_thread(_keep, kept, text)
        return text

    async def _run(self, source: Uncompiled) -> str:
        options = {"typescript": source.is_typescript, "module": source.is_module}
        compiled = await self._tool.work(source.path, source.text, options)
        if "problem" in compiled:
            line = next(iter(compiled["line"].values()))
            raise BuildFailed(f"{source.path}:{line}: SyntaxError: {compiled['problem']}")
        return str(compiled["text"])

    def _place(self, source: Uncompiled) -> Path:
        digest = hashlib.sha256(self._tool.digest)
        digest.update(f"{source.is_typescript} {source.is_module} ".encode())
        digest.update(source.text.encode("utf-8", "surrogatepass"))
        return self._kept / f"{digest.hexdigest()}.js"


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _keep(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_whole(path, text.encode("utf-8", "surrogatepass"))
