"""Where log entries come from: a server's Admin API, or the store of a data directory."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any, TypeAlias
from urllib.parse import urlencode

from server.admin.log_question import answer_logs
from server.cli.remote_options import server_of
from server.cli.served import app_id_of, check_app, identity_file
from server.settings import Settings
from server.store import Store, open_store

Ask: TypeAlias = Callable[[dict[str, str]], dict[str, Any]]
"""From the parameters of the Admin API's route to its answer."""


def remote_logs(options: argparse.Namespace) -> Ask:
    """The log of an app on the profile's server. Raises NotLoggedIn, RemoteError."""
    server = server_of(options)
    path = f"{server.app(options.app).path}/logs"
    return lambda query: server.get(f"{path}?{urlencode(query)}")


@contextmanager
def local_logs(settings: Settings, app: str) -> Iterator[Ask]:
    """The log of an app in the data directory, whether or not a server runs on it. Raises StoreError, AppError."""
    file = identity_file(settings)
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        store = runner.run(stack.enter_async_context(open_store(file)))
        try:
            app_id = runner.run(_known(store, app))
            yield lambda query: runner.run(answer_logs(store, app_id, query))
        finally:
            runner.run(stack.aclose())


async def _known(store: Store, app: str) -> str:
    app_id = await app_id_of(store, app)
    if not await store.find_logs(app_id):
        await check_app(store, app_id)
    return app_id
