"""The plain records that pass between a caller of the sandbox, the supervisor and its workers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias

import orjson

from runtime.errors import ErrorKind
from runtime.limits import Limits
from runtime.recording import Recording

Links: TypeAlias = Mapping[str, str]
"""From what a source requires, as it writes it, to the id of the module that is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleSource:
    """A CommonJS module as the engine compiles it; `is_esm` says that an ES module was turned into it."""

    text: str
    links: Links = field(default_factory=dict)
    is_esm: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSource:
    """The sources of one image: function name to JavaScript (contract 4.1), and the modules that they lead to.

    `modules` goes from a module's id, the path of its file, to its source; `links` from a function's name to its links;
    `files` from a function's name to its file in stack traces, where that is not `functions/NAME.js`.
    """

    functions: Mapping[str, str]
    modules: Mapping[str, ModuleSource] = field(default_factory=dict)
    links: Mapping[str, Links] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    def file(self, name: str) -> str:
        """What a function's file is called in stack traces."""
        return self.files.get(name, f"functions/{name}.js")

    def encode(self) -> bytes:
        """As JSON; the same sources give the same bytes. Links keep their order: modules are evaluated in it."""
        parts = (self.functions, self.modules, self.links, self.files)
        return orjson.dumps([dict(sorted(part.items())) for part in parts])

    def key(self) -> str:
        """By which an image made of these sources is found again."""
        return hashlib.sha256(self.encode()).hexdigest()

    @classmethod
    def read(cls, data: bytes) -> ImageSource:
        """What `encode` wrote."""
        functions, modules, links, files = orjson.loads(data)
        sources = {id: ModuleSource(**module) for id, module in modules.items()}
        return cls(functions=functions, modules=sources, links=links, files=files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A built image; `id` is the SHA-256 of its module in hexadecimal."""

    id: str
    size: int


class Entrance(StrEnum):
    """How a function is entered, and so what it gets and what its value is."""

    CALL = "call"
    """With the arguments; the value is what it returns."""
    ENDPOINT = "endpoint"
    """With the one argument, `{query, headers, body?}`, and a response to fill in; the value is
    `{response: {status, headers: [[name, value]], body}, returned}` (contract 6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a guest function.

    `arguments` is a canonical Extended JSON array, `context` the JSON object that becomes the guest's `context`.
    """

    function: str
    arguments: bytes = b"[]"
    context: bytes = b"{}"
    entrance: Entrance = Entrance.CALL
    limits: Limits = field(default_factory=Limits)
    records: bool = False
    """Whether the outcome shall hold a recording of the run."""
    measures: bool = False
    """Whether the pages written shall be counted, which takes the worker about a millisecond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCall:
    """What a guest asks of its host: an operation and its Extended JSON arguments. All of it is hostile."""

    id: int
    operation: str
    arguments: bytes


class HostError(Exception):
    """A host call's failure that the guest shall see as a rejected promise."""

    def __init__(self, name: str, message: str, code: int | str | None = None) -> None:
        super().__init__(message)
        self.name = name
        self.message = message
        self.code = code


class Host(Protocol):
    """Answers the host calls of one run; what it does not know it refuses with HostError."""

    async def answer(self, operation: str, arguments: bytes) -> bytes:
        """The answer as canonical Extended JSON."""
        ...


class NoHost:
    """A host that offers nothing."""

    async def answer(self, operation: str, arguments: bytes) -> bytes:
        """Refuses every operation."""
        del arguments
        raise HostError("Error", f"{operation} is not available here")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One console call: its level (`log`, `warn`, `error`, ...) and text."""

    level: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestError:
    """Why a run failed. `text` is what a client is told (contract 4.8); `stack` names the author's files and lines."""

    kind: ErrorKind
    name: str
    message: str
    text: str
    stack: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What a run used: seconds from start to end, seconds of a processor inside the guest, bytes of memory, host calls
    and console lines, those beyond the limit included; pages of 4 kB that it wrote, where they were measured.
    """

    wall_time: float = 0.0
    guest_time: float = 0.0
    memory: int = 0
    host_calls: int = 0
    log_lines: int = 0
    pages_written: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended: a value (canonical Extended JSON) or an error, its console lines, and what it used.

    `recording` is there where the call asked for it.
    """

    value: bytes | None = None
    error: GuestError | None = None
    logs: tuple[LogLine, ...] = ()
    stats: Stats = field(default_factory=Stats)
    recording: Recording | None = field(default=None, repr=False)
