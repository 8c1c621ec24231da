"""What a running function may ask of the server: one table of operations, each judged by the run's own caller."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias, cast

from runtime.limits import Limits
from runtime.messages import HostError
from server import ejson
from server.context.afterwards import call_afterwards
from server.context.crypto import KeyDerivations
from server.context.data_sources import DataSources
from server.context.deployment import Deployment
from server.context.egress import Egress
from server.context.http import OutboundHttp
from server.context.secret_handles import SecretHandles
from server.context.sockets import RunSockets
from server.context.transactions import RunTransactions
from server.context.unit import Unit
from server.documents.errors import DocumentError
from server.documents.operation import Operation
from server.documents.store import OpenTransaction
from server.ejson import Document, EjsonError, Value
from server.errors import AppError
from server.records import Caller, SystemCaller

GUEST_ACTIONS = frozenset({
    "find", "findOne", "findOneAndUpdate", "findOneAndReplace", "findOneAndDelete", "aggregate", "count", "distinct",
    "insertOne", "insertMany", "updateOne", "updateMany", "replaceOne", "deleteOne", "deleteMany", "bulkWrite",
})  # fmt: skip
"""What functions and clients may do with a collection (contract 3.1, 5.2); indexes and the rest are the operator's."""
SYSTEM_ACTIONS = frozenset({"getDBNames", "getCollectionNames"})
"""What only system functions may ask for (contract 5.1)."""
TRANSACTION_ACTIONS = frozenset({"startTransaction", "commitTransaction", "abortTransaction"})
"""What a session asks for (contract 5.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """The services that host calls reach."""

    documents: DataSources
    http: OutboundHttp
    derivations: KeyDerivations


AFTER: Final = "after"
"""The operation by which a run asks for a call once it has ended well."""
Execute: TypeAlias = Callable[[str, bytes], Awaitable[bytes]]
"""Runs another function of the app with the authority of this run's caller: name and arguments to value."""
Operate: TypeAlias = Callable[[str, Operation, OpenTransaction | None], Awaitable[Value]]
"""Runs an operation on a data source, or in a transaction on it, with the authority of this run's caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionContext:
    """The host of one run (`runtime.messages.Host`): all that this run may reach."""

    deployment: Deployment
    function: str
    caller: Caller
    capabilities: Capabilities
    execute: Execute
    operate: Operate
    sockets: RunSockets
    transactions: RunTransactions = field(default_factory=RunTransactions)
    unit: Unit = field(default_factory=Unit)
    limits: Limits = field(default_factory=Limits)
    refusals: list[str] = field(default_factory=list)
    """Why calls afterwards were refused: the run need not have waited to learn it."""

    async def answer(self, operation: str, arguments: bytes) -> bytes:
        """Answer a host call; what fails becomes an error the guest can catch. Raises HostError."""
        with self.unit.requests:
            return await (self._ask(arguments) if operation == AFTER else self._answer(operation, arguments))

    async def _ask(self, arguments: bytes) -> bytes:
        with self.unit.asking:
            try:
                return await self._answer(AFTER, arguments)
            except HostError as error:
                self.refusals.append(f"context.after was refused: {error.message}")
                raise

    async def _answer(self, operation: str, arguments: bytes) -> bytes:
        handler = OPERATIONS.get(operation)
        if handler is None:
            raise HostError("Error", f"{operation[:80]} is not available")
        try:
            given = await ejson.loads_aside(arguments)
            if not isinstance(given, dict):
                raise HostError("TypeError", "malformed arguments")
            return await handler(self, cast("Document", given))
        except DocumentError as error:
            raise HostError("MongoError", str(error), error.code) from error
        except AppError as error:
            raise HostError("Error", error.message, error.code.value) from error
        except EjsonError as error:
            raise HostError("TypeError", str(error)) from error


async def _documents(context: FunctionContext, arguments: Document) -> bytes:
    action = _text(arguments, "action")
    if action in TRANSACTION_ACTIONS:
        return await _transaction(context, action, arguments)
    is_system = action in SYSTEM_ACTIONS
    if action not in GUEST_ACTIONS and not is_system:
        raise HostError("Error", f"{action[:80]} is not available")
    if is_system and not isinstance(context.caller, SystemCaller):
        raise HostError("Error", f"{action} may only be used by system functions")
    given = arguments.get("arguments", {})
    if not isinstance(given, dict):
        raise HostError("TypeError", "malformed arguments")
    given = cast("Document", given)
    service, session = _text(arguments, "service"), given.get("session")
    operation = Operation(
        database=_text(arguments, "database"), collection=_text(arguments, "collection"),
        action=action, arguments={name: value for name, value in given.items() if name != "session"},
    )  # fmt: skip
    transaction = None if is_system else await _transaction_of(context, service, session)
    return await ejson.dumps_aside(await context.operate(service, operation, transaction))


async def _transaction_of(context: FunctionContext, service: str, session: Value) -> OpenTransaction | None:
    """The session's, or else the one of the unit of work that the run belongs to."""
    kept = await context.unit.transaction(context.deployment, service)
    if session is None or kept is not None:
        return kept
    return context.transactions.find(service, str(session))


async def _transaction(context: FunctionContext, action: str, arguments: Document) -> bytes:
    service, given = _text(arguments, "service"), arguments.get("arguments")
    session = _text(cast("Document", given) if isinstance(given, dict) else {}, "session")
    if await context.unit.session(context.deployment, service, session, action):
        return ejson.dumps(None)
    if action == "startTransaction":
        store = await context.capabilities.documents.store(context.deployment, service)
        await context.transactions.start(store, service, session)
    elif action == "commitTransaction":
        await context.transactions.commit(service, session)
    else:
        await context.transactions.abort(service, session)
    return ejson.dumps(None)


async def _http(context: FunctionContext, arguments: Document) -> bytes:
    request = {name: value for name, value in arguments.items() if name != "service"}
    policy = context.deployment.app.policy
    answer = await context.capabilities.http.request(
        request, egress=Egress(policy.http(context.function)), handles=SecretHandles.of(policy.handles.values())
    )
    return ejson.dumps(answer)


async def _execute(context: FunctionContext, arguments: Document) -> bytes:
    given = arguments.get("arguments", [])
    if not isinstance(given, list):
        raise HostError("TypeError", "malformed arguments")
    return await context.execute(_text(arguments, "name"), await ejson.dumps_aside(given))


async def _after(context: FunctionContext, arguments: Document) -> bytes:
    name, given = _text(arguments, "name"), arguments.get("arguments", [])
    function = context.deployment.app.function(name)
    if not isinstance(given, list):
        raise HostError("TypeError", "malformed arguments")
    event = call_afterwards(context.deployment.app.app_id, function.name, given, context.caller)
    context.unit.add_event(event, len(await ejson.dumps_aside(given)), context.limits)
    return ejson.dumps(None)


def _derived(
    derive: Callable[[KeyDerivations, Document, str], Awaitable[Document]], encode: Callable[[bytes], str]
) -> Handler:
    async def handler(context: FunctionContext, arguments: Document) -> bytes:
        answer = await derive(context.capabilities.derivations, arguments, context.deployment.app.app_id)
        return ejson.dumps(encode(bytes(cast("bytes", answer["key"]))))

    return handler


def _socket(perform: Callable[[RunSockets, Document], Awaitable[Document]]) -> Handler:
    async def handler(context: FunctionContext, arguments: Document) -> bytes:
        return ejson.dumps(await perform(context.sockets, arguments))

    return handler


def _as_base64(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _text(arguments: Document, name: str) -> str:
    value: Value = arguments.get(name)
    if not ejson.is_text(value):
        raise HostError("TypeError", f"'{name}' must be a string")
    return value


Handler: TypeAlias = Callable[[FunctionContext, Document], Awaitable[bytes]]
OPERATIONS: dict[str, Handler] = {
    "documents": _documents,
    "http": _http,
    "functions.execute": _execute,
    AFTER: _after,
    "crypto.scrypt": _derived(KeyDerivations.scrypt, _as_base64),
    "crypto.pbkdf2": _derived(KeyDerivations.pbkdf2, _as_base64),
    "crypto.bcrypt": _derived(KeyDerivations.bcrypt, bytes.decode),
    "crypto.argon2": _derived(KeyDerivations.argon2, _as_base64),
    "crypto.rsa": _derived(KeyDerivations.rsa, bytes.decode),
    "net.connect": _socket(RunSockets.connect),
    "net.read": _socket(RunSockets.read),
    "net.write": _socket(RunSockets.write),
    "net.end": _socket(RunSockets.end),
    "net.secure": _socket(RunSockets.secure),
    "net.close": _socket(RunSockets.close_one),
}
