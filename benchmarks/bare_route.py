"""A bare Quart route behind the same HTTP server and event loop as ours: `python -m benchmarks.bare_route`."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys

import uvloop
from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart, Response, request

ANSWER = b'{"access_token":"","refresh_token":"","user_id":"","device_id":""}'


def make_application() -> Quart:
    """One route that reads its body and answers a fixed JSON text."""
    application = Quart("bare", static_folder=None)

    @application.post("/<path:rest>")
    async def log_in(rest: str) -> Response:
        del rest
        await request.get_data()
        return Response(ANSWER, content_type="application/json")

    return application


async def run() -> None:
    """Serve on a free port until SIGTERM; prints `serving bare at <url>`."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    port = listener.getsockname()[1]
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.accesslog = None
    config.include_server_header = False
    sys.stdout.write(f"serving bare at http://127.0.0.1:{port}\n")
    sys.stdout.flush()
    await serve(make_application(), config, shutdown_trigger=stopped.wait)


if __name__ == "__main__":
    uvloop.run(run())
