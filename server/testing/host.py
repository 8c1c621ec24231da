"""The host of one test: the app's own judgement of who may do what, and nothing beyond its documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, cast

import orjson
from yarl import URL

from runtime.messages import HostError
from server import ejson
from server.apps.model import Function
from server.calls.authority import as_user, system_caller
from server.calls.calling import Calls, encode_arguments
from server.context.egress import Egress
from server.context.host import FunctionContext
from server.context.secret_handles import SecretHandles
from server.context.sockets import RunSockets
from server.documents.operation import Operation
from server.documents.store import OpenTransaction
from server.ejson import Document, EjsonError, Value
from server.errors import AppError
from server.records import Caller, Identity, SystemCaller, User, UserCaller, UserType
from server.rules.scope import caller_document
from server.testing.app import AppUnderTest
from server.testing.recording import Recorded

MOST_CALLERS: Final = 10_000
"""Functions that one test enters."""


@dataclass(slots=True, kw_only=True)
class TestHost:
    """Answers one test (`runtime.messages.Host`); a data source's name says by whose call it is reached, `NAME@N`."""

    __test__ = False
    app: AppUnderTest
    calls: Calls
    recorded: Recorded | None
    asked: Counter[str] = field(default_factory=Counter)
    _contexts: list[FunctionContext] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._add("", system_caller("a test"))

    async def answer(self, operation: str, arguments: bytes) -> bytes:
        """Answer a host call. Raises HostError."""
        own = _OWN.get(operation)
        if own is None:
            self.asked[operation] += 1
            return (
                await self._contexts[0].answer(operation, arguments)
                if operation.startswith("crypto.")
                else refuse(operation)
            )
        try:
            return await own(self, arguments)
        except (EjsonError, ValueError) as error:
            raise HostError("TypeError", str(error)) from error
        except AppError as error:
            raise HostError("Error", error.message, error.code.value) from error

    async def close(self) -> None:
        """Undo what the test left open."""
        for context in self._contexts:
            await context.transactions.close()
            await context.sockets.close()

    async def documents(self, arguments: bytes) -> bytes:
        """An operation on documents, by the caller that its service's name says."""
        self.asked["documents"] += 1
        given = orjson.loads(arguments)
        given["service"], _, number = str(given.get("service")).rpartition("@")
        return await self._context(int(number)).answer("documents", orjson.dumps(given))

    async def enter(self, arguments: bytes) -> bytes:
        """Whether a function may be called, and as whom it runs: `{caller, user, runningAsSystem}`."""
        given = cast("Document", ejson.loads(arguments))
        name, values = str(given.get("name")), given.get("arguments", [])
        function = self.app.deployment.app.function(name)
        caller = self._context(int(str(given.get("caller", 0)))).caller
        if isinstance(user := given.get("user"), dict):
            caller = UserCaller(
                user=_user(self.app.deployment.app.app_id, user), custom_data=_document(user, "custom_data")
            )
        effective = await self._enter(function, caller, encode_arguments(*cast("list[Value]", values)))
        number = self._add(name, effective)
        is_system = isinstance(effective, SystemCaller)
        return ejson.dumps({"caller": number, "runningAsSystem": is_system, "user": caller_document(effective)})

    async def judge_request(self, arguments: bytes) -> bytes:
        """Whether the app's policy lets a request out, be it only to a declared answer."""
        self.asked["http"] += 1
        given = orjson.loads(arguments)
        Egress(self.app.policy.http(str(given["function"]))).check(str(given["method"]), URL(str(given["url"])))
        return ejson.dumps(None)

    async def request(self, arguments: bytes) -> bytes:
        """A request that is really sent, for its answer to be recorded."""
        if self.recorded is None:
            return refuse("http")
        given = cast("Document", ejson.loads(arguments))
        request = {name: value for name, value in given.items() if name not in {"service", "recordedAs"}}
        policy = self.app.policy
        answer = await self.calls.capabilities.http.request(
            request, egress=Egress(policy.http(str(given.get("service", "")))),
            handles=SecretHandles.of(policy.handles.values()),
        )  # fmt: skip
        self.recorded.add(str(given["method"]).upper(), str(given["recordedAs"]), answer)
        return ejson.dumps(answer)

    async def _enter(self, function: Function, caller: Caller, arguments: bytes) -> Caller:
        """A user as whom a function always runs need not exist in tests."""
        deployment = self.app.deployment
        if function.run_as_user_id:
            await self.calls.enter(deployment, caller, replace(function, run_as_user_id=""), arguments)
            return as_user(_user(deployment.app.app_id, {"id": function.run_as_user_id}), caller)
        return await self.calls.enter(deployment, caller, function, arguments)

    def _context(self, number: int) -> FunctionContext:
        if not 0 <= number < len(self._contexts):
            raise HostError("Error", "there is no such caller")
        return self._contexts[number]

    def _add(self, function: str, caller: Caller) -> int:
        if len(self._contexts) >= MOST_CALLERS:
            raise HostError("Error", f"a test may call functions {MOST_CALLERS} times")
        deployment, http = self.app.deployment, self.calls.capabilities.http

        async def operate(service: str, operation: Operation, transaction: OpenTransaction | None) -> Value:
            return await self.calls.operate(deployment, caller, service, operation, transaction=transaction)

        self._contexts.append(
            FunctionContext(
                deployment=deployment, function=function, caller=caller, capabilities=self.calls.capabilities,
                execute=_refuse_execution, operate=operate,
                sockets=RunSockets(http.allowed, Egress(deployment.app.policy.http(function)), http.names),
            )
        )  # fmt: skip
        return len(self._contexts) - 1


def refuse(operation: str) -> bytes:
    """What a test has no answer to."""
    raise HostError("Error", f"{operation[:80]} is not available in tests: they reach nothing outside")


async def _refuse_execution(name: str, arguments: bytes) -> bytes:
    """Functions of tests run where the test does."""
    return refuse(f"functions.execute of {name}")


def _user(app_id: str, given: Document) -> User:
    """A made-up user by what a test says of it."""
    id = str(given.get("id", "000000000000000000000001"))
    listed = given.get("identities")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    identities = [
        Identity(id=str(entry.get("id", id)), provider_type=str(entry.get("provider_type", "")), provider_id="",
                 data=_document(entry, "data"))
        for entry in entries
    ]  # fmt: skip
    last = identities.pop() if identities else Identity(id=id, provider_type="custom-function", provider_id="")
    identities.append(replace(last, data={**last.data, **_document(given, "data")}))
    kind = UserType.SERVER if given.get("type") == UserType.SERVER else UserType.NORMAL
    return User(id=id, app_id=app_id, type=kind, identities=tuple(identities), created_at=datetime.now(UTC))


def _document(given: Document, name: str) -> Document:
    value = given.get(name)
    return value if isinstance(value, dict) else {}


_OWN: Final[dict[str, Callable[[TestHost, bytes], Awaitable[bytes]]]] = {
    "documents": TestHost.documents,
    "http": TestHost.request,
    "test.enter": TestHost.enter,
    "test.request": TestHost.judge_request,
}
