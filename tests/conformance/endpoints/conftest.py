"""A server of the app `endpoints`, and who asks it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.conformance.endpoints.asking import SECRETS, Ask
from tests.conformance.http_client import Http
from tests.conformance.server_process import APPS, ServerProcess, serve


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of the app `endpoints`."""
    data = tmp_path_factory.mktemp("data")
    secrets = data / "secrets.json"
    secrets.write_text(json.dumps(SECRETS), encoding="utf-8")
    with serve(data / "kept", [APPS / "endpoints"], {"VESTIBULE_WORKERS": "2"}, secrets=secrets) as started:
        yield started


@pytest.fixture
def http(server: ServerProcess) -> Http:
    """Raw requests to the app."""
    return Http(url=server.url, app_id="endpoints")


@pytest.fixture
def ask(http: Http) -> Ask:
    """Requests to the app's endpoints."""
    return Ask(http)
