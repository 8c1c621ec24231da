"""The servers of the conformance tests, and clients of them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.conformance.browser import PUBLIC
from tests.conformance.federated_app import write_federated_app
from tests.conformance.http_client import Http
from tests.conformance.identity_provider import CLIENT_SECRET, Issuer, issuer, oidc_provider
from tests.conformance.mail_server import Mailbox, mail_server
from tests.conformance.realm_web import RealmWeb
from tests.conformance.server_process import APPS, QUICKSTART, ServerProcess, serve

TOKEN_KEYS = {"tokenKey": "k" * 40, "olderTokenKey": "o" * 40}
"""The secrets with which `custom-token` of the app `accounts` knows tokens."""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of all test apps and the quickstart, for all tests; what loops in `logins` is stopped after 15 s."""
    settings = {
        "VESTIBULE_FUNCTION_MEMORY": str(64 * 1024 * 1024),
        "VESTIBULE_WORKERS": "3",
        "VESTIBULE_FAILURES_PER_ADDRESS": "100000",
    }
    with serve(
        tmp_path_factory.mktemp("data"), [APPS / "logins", APPS / "strangers", APPS / "permitted", QUICKSTART], settings
    ) as started:
        yield started


@pytest.fixture(scope="session")
def server_on_mongodb(tmp_path_factory: pytest.TempPathFactory, mongod_uri: str) -> Iterator[ServerProcess]:
    """A server of `logins` whose documents are in a real MongoDB."""
    settings = {"VESTIBULE_DATA_SOURCE": f"mongodb-atlas={mongod_uri}", "VESTIBULE_WORKERS": "2"}
    with serve(tmp_path_factory.mktemp("data"), [APPS / "logins"], settings) as started:
        yield started


@pytest.fixture(params=["server", "server_on_mongodb"], ids=["embedded", "mongodb"], scope="module")
def either_store(request: pytest.FixtureRequest) -> ServerProcess:
    """A server of `logins` with its documents in the embedded engine, and one with them in a real MongoDB."""
    started: ServerProcess = request.getfixturevalue(request.param)
    return started


@pytest.fixture(scope="session")
def server_of_short_tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server whose access tokens live for four seconds."""
    settings = {"VESTIBULE_ACCESS_TOKEN_SECONDS": "4", "VESTIBULE_WORKERS": "1"}
    with serve(tmp_path_factory.mktemp("data"), [APPS / "logins"], settings) as started:
        yield started


@pytest.fixture(scope="session")
def accounts_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServerProcess, Mailbox]]:
    """A server of the apps with accounts, and the mailbox that its mails go to."""
    folder = tmp_path_factory.mktemp("accounts")
    secrets = folder / "secrets.json"
    secrets.write_text(json.dumps(TOKEN_KEYS))
    apps = [APPS / "accounts", APPS / "mailed", APPS / "asked"]
    with mail_server() as (mailbox, url):
        settings = {"VESTIBULE_WORKERS": "1", "VESTIBULE_SMTP_URL": url, "VESTIBULE_FAILURES_PER_ADDRESS": "100000"}
        with serve(folder / "data", apps, settings, secrets=secrets) as started:
            yield started, mailbox


@pytest.fixture(scope="session")
def idp() -> Iterator[Issuer]:
    """An identity provider that says what a test wants."""
    with issuer() as started:
        yield started


@pytest.fixture(scope="session")
def federated_server(tmp_path_factory: pytest.TempPathFactory, idp: Issuer) -> Iterator[ServerProcess]:
    """A server of the app `federated`."""
    folder = tmp_path_factory.mktemp("federated")
    secrets = folder / "secrets.json"
    secrets.write_text(json.dumps({"clientSecret": CLIENT_SECRET}))
    settings = {
        "VESTIBULE_WORKERS": "1", "VESTIBULE_ALLOWED_HOSTS": "127.0.0.1", "VESTIBULE_FAILURES_PER_ADDRESS": "100000",
    }  # fmt: skip
    with oidc_provider(f"{PUBLIC}/api/client/v2.0/auth/callback") as oidc:
        app = write_federated_app(folder / "app", idp.url, oidc)
        with serve(folder / "data", [app], settings, secrets=secrets) as started:
            yield started


@pytest.fixture
def federated(federated_server: ServerProcess) -> Http:
    """Raw requests to the app `federated`."""
    return Http(url=federated_server.url, app_id="federated")


@pytest.fixture
def mailbox(accounts_server: tuple[ServerProcess, Mailbox]) -> Mailbox:
    """The mails that were sent."""
    return accounts_server[1]


@pytest.fixture
def accounts(accounts_server: tuple[ServerProcess, Mailbox]) -> Http:
    """Raw requests to the app `accounts`."""
    return Http(url=accounts_server[0].url, app_id="accounts")


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
