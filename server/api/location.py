"""Where an app is: the first request of every client (contract 1.1, 1.2)."""

from __future__ import annotations

import orjson
from quart import Blueprint, Response, request

from server.api.services import base_url, services
from server.api.wire import json_response

location = Blueprint("location", __name__)


@location.get("/api/client/v2.0/app/<app_id>/location")
async def show_location(app_id: str) -> Response:
    """The URLs to send everything else to."""
    app = services().registry.app(app_id).app
    url = base_url(request)
    return json_response(
        orjson.dumps(
            {
                "deployment_model": app.deployment_model or "LOCAL",
                "location": app.location or "US-VA",
                "hostname": url,
                "ws_hostname": "ws" + url.removeprefix("http"),
            }
        )
    )
