"""A server in this process, without its HTTP side, that serves one app with every provider and every hook."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio

from server.admin.users import AppUsers
from server.app import Server, open_server
from server.apps.authentication import ProviderType
from server.calls.authority import system_caller
from server.cli.deploying import deploy_folders
from server.context.deployment import Deployment
from server.documents.operation import Operation
from server.ejson import Document
from server.login.attempt import Attempt
from server.login.logins import LoggedIn
from server.login.service import LoginService
from server.login.userpass_app import UserpassApp, userpass_app
from server.records import RequestDescription
from server.settings import Settings
from server.store import Store
from tests.conformance.identity_provider import CLIENT_ID, CLIENT_SECRET, Issuer, issuer

KEY = "k" * 40
FREE_FAILURES = 3
PAGE = "https://page.example/after-login"
SECONDS = 120.0
WELL_KNOWN = "/.well-known/openid-configuration"
FUNCTIONS = {
    "logIn": "exports = async ({ id }) => { if (!id) { throw new Error('nobody'); } return id; };",
    "created": """exports = async (user) => {
        if (user.identities[0].id === 'refused') { throw new Error('no room'); }
        await context.services.get('mongodb-atlas').db('hooks').collection('people').insertOne({ user_id: user.id });
    };""",
    "happened": """exports = async ({ operationType, providers, user }) => {
        const events = context.services.get('mongodb-atlas').db('hooks').collection('events');
        const identities = user.identities.map(({ provider_type }) => provider_type);
        const operation = identities.length > 1 ? `${operationType} ${providers}: ${identities}` : operationType;
        await events.insertOne({ user_id: user.id, operation });
    };""",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The server and short ways to log in."""

    server: Server
    idp: Issuer

    @property
    def login(self) -> LoginService:
        """What logins are made of."""
        return self.server.services.login

    @property
    def store(self) -> Store:
        """What is kept."""
        return self.server.services.calls.store

    @property
    def deployment(self) -> Deployment:
        """The app."""
        return self.server.services.registry.app("hooks")

    def request(self, address: str = "192.0.2.1") -> RequestDescription:
        """A request from an address."""
        return RequestDescription(remote_ip_address=address)

    def userpass(self, address: str = "192.0.2.1") -> UserpassApp:
        """The app's provider of addresses and passwords."""
        return userpass_app(self.deployment, self.request(address))

    def users(self, address: str = "192.0.2.1") -> AppUsers:
        """The app's users, as an administrator at an address sees them."""
        calls, request = self.server.services.calls, self.request(address)
        return AppUsers(deployment=self.deployment, calls=calls, login=self.login, request=request)

    def attempt(self, provider: str, credentials: Document, address: str = "192.0.2.1") -> Attempt:
        """Credentials offered from an address."""
        return self.login.logins.attempt(self.deployment, provider, self.request(address), credentials=credentials)

    async def log_in(self, provider: str, credentials: Document, address: str = "192.0.2.1") -> LoggedIn:
        """Log in from an address."""
        logged_in = await self.login.logins.log_in(self.attempt(provider, credentials, address))
        self.server.services.wake_triggers()
        return logged_in

    async def documents(self, collection: str, user_id: str) -> list[Document]:
        """What functions kept of a user."""
        find = Operation(
            database="hooks", collection=collection, action="find", arguments={"query": {"user_id": user_id}}
        )
        calls = self.server.services.calls
        found = await calls.operate(self.deployment, system_caller("a test"), "mongodb-atlas", find)
        return cast("list[Document]", found)

    async def operations(self, user_id: str, *, until: set[str]) -> set[str]:
        """The trigger events that reached the app's function, once these are among them."""
        async with asyncio.timeout(SECONDS):
            while True:
                found = {str(event["operation"]) for event in await self.documents("events", user_id)}
                if found >= until:
                    return found
                self.server.services.wake_triggers()
                await asyncio.sleep(0.02)


@pytest.fixture(scope="module")
def idp() -> Any:
    """An identity provider that says what a test wants."""
    with issuer() as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory, idp: Issuer) -> AsyncIterator[World]:
    """The server, with very few failures granted to an address."""
    folder = tmp_path_factory.mktemp("hooks")
    write_app(folder / "app", idp.url)
    settings = Settings(
        data_dir=folder / "data", failures_per_address=FREE_FAILURES, allowed_hosts=("127.0.0.1",), workers=1
    )
    secrets = {"tokenKey": KEY, "clientSecret": CLIENT_SECRET}
    async with open_server(settings, workers=1, secrets=secrets) as server:
        await deploy_folders([folder / "app"], server.services.deployer)
        yield World(server=server, idp=idp)


def write_app(folder: Path, idp_url: str) -> None:
    """The folder of the app `hooks`."""
    oauth: dict[str, Any] = {
        "config": {"clientId": CLIENT_ID, "discoveryURL": idp_url + WELL_KNOWN, "graphURL": idp_url}
    }
    oauth |= {"secret_config": {"clientSecret": "clientSecret"}, "redirect_uris": [PAGE]}
    configured: dict[str, Any] = {
        "custom-function": {"config": {"authFunctionName": "logIn"}},
        "custom-token": {
            "config": {"signingAlgorithm": "HS256"}, "secret_config": {"signingKeys": ["tokenKey"]},
        },
        "local-userpass": {"config": {"autoConfirm": True}},
    } | dict.fromkeys(("oauth2-google", "oauth2-apple", "oauth2-facebook", "oauth2-oidc"), oauth)  # fmt: skip
    names = [name.value for name in ProviderType]
    files: dict[str, object] = {
        "realm_config.json": {"config_version": 20210101, "app_id": "hooks", "name": "hooks"},
        "auth/providers.json": {name: {"name": name, "type": name} | configured.get(name, {}) for name in names},
        "auth/custom_user_data.json": {
            "enabled": True, "mongo_service_name": "mongodb-atlas", "database_name": "hooks",
            "collection_name": "people", "user_id_field": "user_id", "on_user_creation_function_name": "created",
        },
        "auth/security.json": {"immediate_revocation": True},
        "data_sources/mongodb-atlas/config.json": {"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {}},
        "triggers/all.json": {
            "name": "all", "type": "AUTHENTICATION", "function_name": "happened",
            "config": {"operation_type": ["CREATE", "LOGIN", "DELETE"], "providers": names},
        },
    }  # fmt: skip
    for path, content in files.items():
        _write(folder / path, json.dumps(content))
    for name, source in FUNCTIONS.items():
        _write(folder / "functions" / f"{name}.js", source)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
