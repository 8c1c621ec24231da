"""The servers of the conformance tests, and clients of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance.http_client import Http
from tests.conformance.realm_web import RealmWeb
from tests.conformance.server_process import APPS, QUICKSTART, ServerProcess, serve

FUNCTION_SECONDS = "3"
"""Wall time that the server grants a function: what loops is stopped while the tests still run."""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of all test apps and the quickstart, for all tests."""
    settings = {
        "VESTIBULE_FUNCTION_SECONDS": FUNCTION_SECONDS,
        "VESTIBULE_FUNCTION_MEMORY": str(64 * 1024 * 1024),
        "VESTIBULE_WORKERS": "3",
    }
    with serve(tmp_path_factory.mktemp("data"), [APPS / "logins", APPS / "strangers", QUICKSTART], settings) as started:
        yield started


@pytest.fixture(scope="session")
def server_of_short_tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server whose access tokens live for a second."""
    settings = {"VESTIBULE_ACCESS_TOKEN_SECONDS": "1", "VESTIBULE_WORKERS": "1"}
    with serve(tmp_path_factory.mktemp("data"), [APPS / "logins"], settings) as started:
        yield started


@pytest.fixture
def realm_web(server: ServerProcess) -> RealmWeb:
    """The client of the app `logins`."""
    return RealmWeb(url=server.url, app_id="logins")


@pytest.fixture
def http(server: ServerProcess) -> Http:
    """Raw requests to the app `logins`."""
    return Http(url=server.url, app_id="logins")


@pytest.fixture
def strangers(server: ServerProcess) -> Http:
    """Raw requests to the app `strangers`, which only pages of https://good.example may use."""
    return Http(url=server.url, app_id="strangers")


@pytest.fixture
def token(http: Http) -> str:
    """The access token of an anonymous user of `logins`."""
    access_token: str = http.log_in({}, "anon-user").json["access_token"]
    return access_token
