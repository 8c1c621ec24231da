"""Sandboxes with real worker processes, and a short way to run a source in them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from runtime.limits import Limits
from runtime.messages import Call, Host, HostError, ImageSource, Outcome
from runtime.supervisor import Sandboxes, open_sandboxes


@dataclass(slots=True)
class Guests:
    """Builds sources and runs them."""

    sandboxes: Sandboxes

    async def run(
        self, source: str, *arguments: object, host: Host | None = None, limits: Limits | None = None
    ) -> Outcome:
        """The outcome of one call of a function of this source, named `f`."""
        image = await self.sandboxes.build(ImageSource(functions={"f": source}))
        call = Call(function="f", arguments=json.dumps(arguments).encode(), limits=limits or Limits(wall_time=60))
        return await self.sandboxes.run(image, call, host)

    async def value(self, source: str, *arguments: object, host: Host | None = None) -> object:
        """What the function returned, as decoded JSON; it must have returned."""
        outcome = await self.run(source, *arguments, host=host)
        assert outcome.error is None
        assert outcome.value is not None
        return json.loads(outcome.value)


@dataclass(slots=True)
class Answers:
    """A host that keeps what it was asked, and answers with what `answer_with` gives."""

    answer_with: Callable[[str], Awaitable[bytes]]
    asked: list[str] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, operation: str, arguments: bytes) -> bytes:
        """As `answer_with` says for the URL asked for."""
        url = str(json.loads(arguments).get("url"))
        self.asked.append(url)
        self.begun.set()
        return await self.answer_with(url)


async def at_once(url: str) -> bytes:
    """Answers with the URL."""
    return json.dumps({"status": url}).encode()


async def refused(url: str) -> bytes:
    """Refuses whatever is asked."""
    raise HostError("FetchError", f"no way to {url}", 7)


async def never(url: str) -> bytes:
    """Never answers."""
    await asyncio.Event().wait()
    raise AssertionError(url)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the engine is compiled, once for all tests."""
    return tmp_path_factory.mktemp("cache")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandboxes(cache: Path) -> AsyncIterator[Sandboxes]:
    """Two workers."""
    async with open_sandboxes(cache, workers=2) as opened:
        yield opened


@pytest.fixture(scope="module")
def guests(sandboxes: Sandboxes) -> Guests:
    """The short way."""
    return Guests(sandboxes)
