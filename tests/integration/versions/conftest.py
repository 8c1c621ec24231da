"""Two server processes' deployers on one store, with real sandboxes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio

from runtime.messages import Call
from runtime.supervisor import Sandboxes
from server.calls.registry import Registry
from server.store import Store, open_store
from server.versions.deployer import Deployer
from server.versions.secret_box import SecretBox

APP = "shop"
ROOT_FILE = b'{"app_id": "shop", "name": "shop"}'


def files(answer: str, **more: str) -> dict[str, bytes]:
    """An app whose one function returns this."""
    tree = {"root_config.json": ROOT_FILE, "functions/f.js": f"exports = () => {answer};".encode()}
    return tree | {path: content.encode() for path, content in more.items()}


@dataclass(frozen=True, slots=True)
class Servers:
    """As many processes as one likes, in one: each has a registry of its own."""

    store: Store
    sandboxes: Sandboxes
    box: SecretBox

    def start(self) -> Deployer:
        """One more process."""
        return Deployer(store=self.store, sandboxes=self.sandboxes, registry=Registry(), box=self.box)


@pytest_asyncio.fixture(loop_scope="session")
async def servers(sandboxes: Sandboxes, tmp_path: Path) -> AsyncIterator[Servers]:
    """A store of its own for each test."""
    async with open_store(tmp_path / "identity.sqlite") as store:
        yield Servers(store, sandboxes, SecretBox.open(tmp_path / "key"))


async def answer(deployer: Deployer) -> bytes | None:
    """What the app's function returns as this process serves it; None where it does not serve the app."""
    deployment = deployer.registry.find(APP)
    if deployment is None:
        return None
    context = b'{"values":{},"functions":{}}'
    return (await deployer.sandboxes.run(deployment.image, Call(function="f", arguments=b"[]", context=context))).value
