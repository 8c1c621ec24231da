"""What a rule expression can refer to: the user, the request, the documents, results of functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeAlias, cast

from server.ejson import Document, Value
from server.records import SYSTEM_USER_TYPE, Caller, RequestDescription, UserCaller


class Missing(Enum):
    """No value: neither null nor anything else (contract 10.4)."""

    MISSING = "missing"


class Failed(Enum):
    """In place of the value of a function that threw."""

    FAILED = "failed"


MISSING: Final = Missing.MISSING
FAILED: Final = Failed.FAILED
Found: TypeAlias = Value | Missing
View: TypeAlias = Callable[[Document], Document | None]
"""What may be read of a document; None: nothing, not even that it is there."""


class UndecidedError(Exception):
    """The value cannot be told; no permission may rest on it, not even through a negation."""


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A `%function` with its arguments expanded: canonical EJSON, an array."""

    name: str
    arguments: bytes


class FunctionResults:
    """What functions answered to rules, and which calls are still owed.

    Rules cannot wait. An expression that needs a call not yet answered is undecided, and the call is noted as wanted;
    whoever can wait takes the wanted calls, runs them, adds their values and asks again.
    """

    __slots__ = ("_known", "_wanted")

    def __init__(self, known: Mapping[FunctionCall, Value] | None = None) -> None:
        self._known: dict[FunctionCall, Value] = dict(known or {})
        self._wanted: dict[FunctionCall, None] = {}

    def add(self, call: FunctionCall, value: Value) -> None:
        """The function's value, or FAILED where it threw."""
        self._known[call] = value
        self._wanted.pop(call, None)

    def value(self, call: FunctionCall) -> Value:
        """The value of a call; UndecidedError where it threw or has yet to run."""
        if call not in self._known:
            self._wanted[call] = None
            raise UndecidedError(f"function {call.name} has not run")
        if self._known[call] is FAILED:
            raise UndecidedError(f"function {call.name} failed")
        return self._known[call]

    @property
    def wants(self) -> bool:
        """Whether an answer so far rests on a call that has not run."""
        return bool(self._wanted)

    def take_wanted(self) -> tuple[FunctionCall, ...]:
        """The calls to run before asking again; each is given once."""
        wanted = tuple(self._wanted)
        self._wanted.clear()
        return wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The values of the expansions, named as in contract 10.4; `root` to `prev` are MISSING outside document rules."""

    user: Document = field(default_factory=dict)
    values: Document = field(default_factory=dict)
    environment: Document = field(default_factory=dict)
    request: Document = field(default_factory=dict)
    args: Found = MISSING
    root: Found = MISSING
    prev_root: Found = MISSING
    this: Found = MISSING
    prev: Found = MISSING
    functions: FunctionResults = field(default_factory=FunctionResults)
    settled: dict[object, bool] = field(default_factory=dict, repr=False, compare=False)
    """What was found of expressions that are the same for every document of the operation."""
    cuts: dict[int, View | None] = field(default_factory=dict, repr=False, compare=False)
    """By the role's id, its view where that is the same for every document of the operation; None where it is not."""

    def at(self, root: Document) -> Scope:
        """The scope of a read of this document; `dataclasses.replace` takes thrice as long, for each of a find."""
        return Scope(
            user=self.user, values=self.values, environment=self.environment, request=self.request, args=self.args,
            root=root, functions=self.functions, settled=self.settled, cuts=self.cuts,
        )  # fmt: skip


def caller_scope(
    caller: Caller,
    *,
    values: Document | None = None,
    environment: Document | None = None,
    args: Found = MISSING,
    functions: FunctionResults | None = None,
) -> Scope:
    """The scope of a caller's request; `environment` is `{tag, values}`."""
    return Scope(
        user=caller_document(caller),
        values=values or {},
        environment=environment or {},
        request=request_document(caller.request),
        args=args,
        functions=functions or FunctionResults(),
    )


def caller_document(caller: Caller) -> Document:
    """`%%user` and `context.user` (contract 4.4); the system user has a type and nothing else (contract 4.2)."""
    if isinstance(caller, UserCaller):
        return user_document(caller)
    if caller.user is None:
        return {"type": SYSTEM_USER_TYPE, "data": {}, "custom_data": {}, "identities": []}
    return user_document(UserCaller(user=caller.user, custom_data=caller.custom_data, request=caller.request))


def user_document(caller: UserCaller) -> Document:
    """The user as `%%user` shows it, the shape of `context.user` (contract 4.4)."""
    user = caller.user
    identities: list[Value] = [
        {"id": identity.id, "provider_type": identity.provider_type, "data": identity.data}
        for identity in user.identities
    ]
    return {
        "id": user.id,
        "type": str(user.type),
        "data": user.data,
        "custom_data": caller.custom_data,
        "identities": identities,
    }


def request_document(request: RequestDescription) -> Document:
    """The request as `%%request` shows it; header names keep their case and are looked up without it."""
    headers: Document = {}
    for name, value in request.headers:
        cast("list[Value]", headers.setdefault(name, [])).append(value)
    described: Document = {
        "remoteIPAddress": request.remote_ip_address,
        "requestHeaders": headers,
        "rawQueryString": request.raw_query_string,
        "httpMethod": request.http_method,
        "service": request.service,
        "action": request.action,
    }
    if request.webhook_url:
        described["webhookUrl"] = request.webhook_url
    for name, value in request.headers:
        if name.lower() in _HEADER_FIELDS:
            described.setdefault(_HEADER_FIELDS[name.lower()], value)
    return described


_HEADER_FIELDS = {"referer": "httpReferrer", "user-agent": "httpUserAgent"}
