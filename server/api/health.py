"""Whether the server lives and serves, and its public keys."""

from __future__ import annotations

import orjson
from quart import Blueprint, Response

from server.api.services import services
from server.api.wire import json_response

health = Blueprint("health", __name__)


@health.get("/healthz")
async def is_alive() -> Response:
    """200 as long as the process answers."""
    return json_response(b'{"status":"ok"}')


@health.get("/readyz")
async def is_ready() -> Response:
    """200 while a sandbox worker lives, else 503; all apps are deployed before the server listens.

    Anybody may ask, so there are counts; which apps are served is for administrators (`/api/admin/v3.0/apps`).
    """
    workers = len(services().calls.sandboxes.process_ids)
    apps = len(services().registry.app_ids)
    is_serving = workers > 0
    body = {"status": "ready" if is_serving else "not ready", "apps": apps, "sandbox_workers": workers}
    return json_response(orjson.dumps(body), 200 if is_serving else 503)


@health.get("/.well-known/jwks.json")
async def show_keys() -> Response:
    """The public keys that verify our tokens (RFC 7517)."""
    response = json_response(orjson.dumps(services().keys.public_jwks()))
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
