"""Runs test after test."""

from __future__ import annotations

import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from runtime.errors import ErrorKind, SandboxError
from runtime.limits import Limits
from runtime.messages import Call, GuestError, Outcome
from runtime.supervisor import Sandboxes
from server import ejson
from server.calls.authority import system_caller
from server.calls.calling import Calls
from server.calls.failures import FailureHandling
from server.calls.log_writer import LogWriter
from server.context.crypto import KeyDerivations
from server.context.data_sources import DataSources
from server.context.description import describe_context
from server.context.document_stores import DocumentStores
from server.context.host import Capabilities
from server.context.http import OutboundHttp
from server.store import open_store
from server.testing.app import RUN, AppUnderTest, test_function
from server.testing.host import TestHost
from server.testing.recording import Recorded
from server.testing.results import Failure, Result, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A test as its file declares it; `skipped` says why it is not to be run."""

    file: str
    index: int
    titles: tuple[str, ...]
    skipped: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What tests reach outside: nothing, unless answers are `recorded`; then as the server, with its allowed hosts."""

    recorded: Recorded | None = None
    allowed_hosts: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class TestRunner:
    """Lists and runs the tests of one app; `recorded` has requests really sent. `open_runner` makes it."""

    __test__ = False
    app: AppUnderTest
    calls: Calls
    directory: Path
    recorded: Recorded | None = None
    _runs: int = 0
    _description: str = field(init=False)

    def __post_init__(self) -> None:
        self._description = _describe(self.app, records=self.recorded is not None)

    async def list(self, file: str) -> list[Listed] | Result:
        """The tests of a file; a failed result where it cannot be evaluated."""
        started = time.monotonic()
        outcome, _ = await self._call(file, None)
        if outcome.error is not None:
            return _failed(Result(file=file, titles=(), state=State.FAILED), outcome, time.monotonic() - started)
        declared: Any = ejson.loads(outcome.value or b"{}")
        return [
            Listed(file=file, index=index, titles=tuple(map(str, test["titles"])), skipped=str(test["skipped"]))
            for index, test in enumerate(declared["tests"])
        ]

    async def run(self, test: Listed) -> Result:
        """One test, in a guest and on documents of its own."""
        blank = Result(file=test.file, titles=test.titles, state=State.SKIPPED, reason=test.skipped)
        if test.skipped:
            return blank
        started = time.monotonic()
        outcome, host = await self._call(test.file, test.index)
        seconds = time.monotonic() - started
        blank = replace(blank, stats=outcome.stats, asked=dict(host.asked), logs=outcome.logs, seconds=seconds)
        if outcome.error is not None:
            return _failed(blank, outcome, seconds)
        told: Any = ejson.loads(outcome.value or b"{}")
        failures = tuple(_failure(failure) for failure in told["failures"])
        return replace(blank, state=State.FAILED if failures else State.PASSED, failures=failures)

    async def _call(self, file: str, index: int | None) -> tuple[Outcome, TestHost]:
        self._runs += 1
        async with DocumentStores(self.directory / str(self._runs), {}) as stores:
            capabilities = replace(self.calls.capabilities, documents=DataSources(stores))
            calls = replace(self.calls, capabilities=capabilities)
            host = TestHost(app=self.app, calls=calls, recorded=self.recorded)
            try:
                return await self._run_guest(host, file, index), host
            finally:
                await host.close()

    async def _run_guest(self, host: TestHost, file: str, index: int | None) -> Outcome:
        asked = {"file": test_function(file), "index": index, "app": self._description}
        call = Call(
            function=RUN, arguments=orjson.dumps([asked]), limits=self.calls.limits,
            context=describe_context(self.app.deployment, system_caller("a test")),
        )  # fmt: skip
        try:
            return await self.calls.sandboxes.run(self.app.image, call, host)
        except SandboxError as error:
            text = str(error)
            return Outcome(error=GuestError(kind=ErrorKind.TRAP, name="", message=text, text=text))


@asynccontextmanager
async def open_runner(
    app: AppUnderTest, sandboxes: Sandboxes, limits: Limits, network: Network | None = None
) -> AsyncIterator[TestRunner]:
    """A runner whose stores are in a directory of their own, gone afterwards."""
    network = network or Network()
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vestibule-test-")))
        store = await stack.enter_async_context(open_store(directory / "identity.sqlite"))
        documents = await stack.enter_async_context(DocumentStores(directory / "documents", {}))
        capabilities = Capabilities(
            documents=DataSources(documents),
            http=await stack.enter_async_context(OutboundHttp(allowed_hosts=network.allowed_hosts)),
            derivations=await stack.enter_async_context(KeyDerivations(threads=1)),
        )
        calls = Calls(
            sandboxes=sandboxes, store=store, capabilities=capabilities, limits=limits,
            logs=await stack.enter_async_context(LogWriter(store)), failures=FailureHandling(store),
        )  # fmt: skip
        yield TestRunner(app=app, calls=calls, directory=directory, recorded=network.recorded)


def _describe(app: AppUnderTest, *, records: bool) -> str:
    """What tests find of the app, as JSON; functions that judge their arguments are `judged`."""
    described = orjson.loads(describe_context(app.deployment, system_caller("a test")))
    judged = app.deployment.can_evaluate
    functions = {name: "judged" if name in judged else "open" for name in app.deployment.app.functions}
    return orjson.dumps({**described, "functions": functions, "records": records}).decode()


def _failed(result: Result, outcome: Outcome, seconds: float) -> Result:
    """A test that the sandbox ended, or a file that threw while it was evaluated."""
    error = outcome.error
    stack = error.stack if error else ""
    text = (stack.partition("\n")[0] if stack else error.message or error.text) if error else ""
    failure = Failure(message=text, stack=stack.partition("\n")[2])
    return replace(result, state=State.FAILED, failures=(failure,), seconds=seconds, logs=outcome.logs)


def _failure(told: Any) -> Failure:
    name, message = str(told["name"]), str(told["message"])
    text = f"{name}: {message}" if name not in {"", "Error", "AssertionError"} else message
    return Failure(message=text, stack=str(told["stack"]).partition("\n")[2], difference=str(told["difference"]))
