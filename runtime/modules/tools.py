"""The parts of the library that work on authors' sources: each runs in a guest, like what it works on."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any, Final

import orjson

from runtime.errors import BuildFailed
from runtime.limits import Limits
from runtime.messages import Call, Image, ImageSource, ModuleSource
from runtime.modules import library
from runtime.supervisor import Sandboxes

LIMITS: Final = Limits(wall_time=60.0)
"""Of working on one file."""
_FUNCTION: Final = "work"
_SOURCE: Final = "exports = require('tool');"


class Tool:
    """One part, in an image of its own; it shares workers and limits with all other guests."""

    def __init__(self, sandboxes: Sandboxes, part: str) -> None:
        self._sandboxes = sandboxes
        self._part = part
        self._text = library.read_part(part)
        self._image: asyncio.Task[Image] | None = None

    @property
    def digest(self) -> bytes:
        """Of the part's source: what another version of it made is made anew."""
        return hashlib.sha256(self._text.encode()).digest()

    async def work(self, path: str, *arguments: object) -> dict[str, Any]:
        """What the part says of one file. Raises BuildFailed naming the path."""
        if self._image is None:
            self._image = asyncio.create_task(self._build())
        call = Call(function=_FUNCTION, arguments=orjson.dumps(arguments), limits=LIMITS)
        outcome = await self._sandboxes.run(await self._image, call)
        if outcome.value is None:
            raise BuildFailed(f"{path}: {outcome.error.message if outcome.error else 'it cannot be read'}")
        return dict(orjson.loads(outcome.value))

    async def _build(self) -> Image:
        source = ImageSource(
            functions={_FUNCTION: _SOURCE},
            modules={self._part: ModuleSource(text=self._text, links={library.CORE: library.CORE})},
            links={_FUNCTION: {"tool": self._part}},
        )
        return await self._sandboxes.build(source)
