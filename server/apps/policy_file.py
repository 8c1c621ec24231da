"""Reads `vestibule.json`, the one file of an app folder that App Services did not export."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from runtime.limits import AppLimits, Limits, rows
from server.apps.manifest import Array, Strict
from server.apps.model import Function
from server.apps.outgoing_webhooks import WebhookEntry, read_outgoing_webhooks
from server.apps.policy import BreakerPolicy, FunctionPolicy, HttpRule, LogPolicy, Policy, RecordWhen, SecretHandle
from server.apps.reading import Reading

FILE = "vestibule.json"
"""Beside the root file; where there is none, nothing is narrowed."""

_OF_A_RUN = frozenset(row.name for row in rows(Limits))
_OF_AN_APP = _OF_A_RUN | {row.name for row in rows(AppLimits)} - {"queue"}
_HOST = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*(:[0-9]{1,5})?|\[[0-9a-f:.]+\](:[0-9]{1,5})?")
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT"})
_PERSONAL = re.compile(r"[^.\s$]{1,100}(\.[^.\s$]{1,100}){0,15}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class HttpRuleEntry(Strict):
    """An entry of `http.allow`."""

    hosts: Array[str] = Field(min_length=1)
    methods: Array[str] | None = None
    paths: Array[str] | None = None


class HttpEntry(Strict):
    """`http`: without it, requests to all public hosts are allowed; with an empty list, none."""

    allow: Array[HttpRuleEntry]


class BreakerEntry(Strict):
    """`circuit_breaker`; `pause` in seconds."""

    failures: int = Field(default=5, ge=1, le=1000)
    pause: float = Field(default=30, ge=0.1, le=3600, strict=False)
    count_throws: bool = False


class FunctionPolicyEntry(Strict):
    """What narrows one function, or all."""

    limits: dict[str, Annotated[float, Field(gt=0, strict=False)]] = Field(default_factory=dict)
    http: HttpEntry | None = None
    circuit_breaker: BreakerEntry | None = None


class OneFunctionEntry(FunctionPolicyEntry):
    """An entry of `functions`: what only a single function may have."""

    record: Literal["failures", "always"] | None = None


class SecretEntry(Strict):
    """An entry of `secrets`: makes the secret a handle for these hosts."""

    hosts: Array[str] = Field(min_length=1)


class LogsEntry(Strict):
    """`logs`."""

    days: float | None = Field(default=None, gt=0, le=36500, strict=False)
    megabytes: float | None = Field(default=None, gt=0, le=1_000_000, strict=False)
    arguments: bool = False


class PolicyFile(FunctionPolicyEntry):
    """The file."""

    logs: LogsEntry = Field(default_factory=LogsEntry)
    personal: Array[str] = Field(default=(), max_length=100)

    functions: dict[str, OneFunctionEntry] = Field(default_factory=dict)
    on_user_creation_failure: Literal["refuse", "continue"] = "refuse"
    secrets: dict[str, SecretEntry] = Field(default_factory=dict)
    webhooks: dict[str, WebhookEntry] = Field(default_factory=dict)


def read_policy(reading: Reading, functions: Mapping[str, Function]) -> Policy:
    """The policy of the folder; every name in it that does not exist is a problem."""
    file = reading.manifest(FILE, PolicyFile) if reading.files.has(FILE) else None
    if file is None:
        return Policy()
    for name in file.functions.keys() - functions.keys():
        reading.problem(FILE, f"functions.{name}", f"there is no function {name!r}")
    for path in file.personal:
        if not _PERSONAL.fullmatch(path):
            reading.problem(FILE, "personal", f"not the path of a field, names between dots: {path!r}")
    return Policy(
        app=_policy(reading, "", file, _OF_AN_APP),
        functions={
            name: replace(
                _policy(reading, f"functions.{name}.", entry, _OF_A_RUN),
                record=RecordWhen(entry.record) if entry.record else None,
            )
            for name, entry in file.functions.items()
        },
        handles={name: _handle(reading, name, entry) for name, entry in file.secrets.items()},
        webhooks=read_outgoing_webhooks(reading, FILE, file.webhooks),
        logs=LogPolicy(days=file.logs.days, megabytes=file.logs.megabytes, arguments=file.logs.arguments),
        personal=file.personal,
        users_outlive_creation_failure=file.on_user_creation_failure == "continue",
    )


def _policy(reading: Reading, place: str, entry: FunctionPolicyEntry, known: frozenset[str]) -> FunctionPolicy:
    for name in entry.limits.keys() - known:
        reading.problem(FILE, f"{place}limits.{name}", "there is no such limit")
    rules = entry.http.allow if entry.http is not None else None
    return FunctionPolicy(
        limits={name: _exact(value) for name, value in entry.limits.items()},
        http=None if rules is None else tuple(
            _rule(reading, f"{place}http.allow.{number}", rule) for number, rule in enumerate(rules)
        ),
        breaker=_breaker(entry.circuit_breaker),
    )  # fmt: skip


def _breaker(entry: BreakerEntry | None) -> BreakerPolicy | None:
    if entry is None:
        return None
    return BreakerPolicy(failures=entry.failures, pause=entry.pause, count_throws=entry.count_throws)


def _rule(reading: Reading, place: str, entry: HttpRuleEntry) -> HttpRule:
    for method in entry.methods or ():
        if method not in _METHODS:
            reading.problem(FILE, f"{place}.methods", f"there is no method {method!r}")
    for path in entry.paths or ():
        if not path.startswith("/") or "*" in path[:-1]:
            reading.problem(FILE, f"{place}.paths", f"a path begins with '/' and may end with '*': {path!r}")
    return HttpRule(
        hosts=_hosts(reading, f"{place}.hosts", entry.hosts),
        methods=None if entry.methods is None else frozenset(entry.methods),
        paths=entry.paths,
    )


def _hosts(reading: Reading, place: str, hosts: tuple[str, ...]) -> tuple[str, ...]:
    lower = tuple(host.lower() for host in hosts)
    for host in lower:
        if not _HOST.fullmatch(host):
            reading.problem(FILE, place, f"not a host, host:port or *.domain: {host!r}")
    return lower


def _handle(reading: Reading, name: str, entry: SecretEntry) -> SecretHandle:
    place = f"secrets.{name}"
    text = reading.secret(FILE, place, name)
    if _CONTROL.search(text):
        reading.problem(FILE, place, "the secret holds a control character and cannot stand in a header")
    return SecretHandle(
        name=name,
        text=text,
        placeholder=f"vestibule-secret-{secrets.token_hex(16)}",
        hosts=_hosts(reading, f"{place}.hosts", entry.hosts),
    )


def _exact(value: float) -> float:
    """A whole number where it is one: sizes and counts are."""
    return int(value) if value == int(value) else value
