"""Running a function as an administrator (contract 12.5)."""

from __future__ import annotations

import time
from typing import Any

import orjson
from pydantic import BaseModel
from quart import Blueprint, Response, request

from runtime.errors import BuildFailed
from runtime.messages import Outcome
from server import ejson
from server.admin.access import Power
from server.admin.function_source import SOURCE, SourceCallBody, with_source
from server.admin.objects.storage import JsonObject
from server.api.admin.answers import runs as answers
from server.api.admin.asking import APP, AppAsked, Body, asked_app
from server.api.admin.operations import Operation
from server.api.functions import read_operation
from server.api.services import services
from server.api.wire import FunctionCallBody, json_response, read_body
from server.apps.packages import PackagesUnreadable
from server.calls.authority import as_user, system_caller
from server.calls.calling import encode_arguments
from server.context.host import GUEST_ACTIONS
from server.errors import AppError, ErrorCode
from server.records import Caller

admin_functions = Blueprint("admin_functions", __name__)


class FunctionCall(Body):
    """What is run, with arguments in plain JSON or Extended JSON."""

    name: str
    arguments: list[Any] | None = None
    service: str | None = None


class SourceCall(Body):
    """A source, what is evaluated behind it, and arguments in plain JSON or Extended JSON."""

    source: str
    eval_source: str | None = None
    arguments: list[Any] | None = None


class RunAs(BaseModel):
    """As whom: exactly one of the two."""

    user_id: str = ""
    run_as_system: str = "false"


@admin_functions.post(f"{APP}/debug/execute_function")
@Operation(Power.RUN, body=FunctionCall, query=RunAs, answer=answers.FunctionRun)
async def execute_function(group_id: str, internal_id: str) -> Response:
    """Run a function, private or not, as system or as a user; its console lines come with the result.

    With `service`, the function is an operation of that data source.
    """
    asked = await asked_app(group_id, internal_id)
    body = FunctionCallBody.read(await read_body(request))
    deployment, caller = services().registry.app(asked.app_id), await _caller(asked)
    started = time.monotonic()
    if body.service:
        operation = read_operation(deployment, body, actions=GUEST_ACTIONS)
        found = await services().calls.operate(deployment, caller, body.service, operation)
        return json_response(_result(await ejson.dumps_aside(found), _stats(time.monotonic() - started)))
    outcome = await services().calls.run(deployment, caller, body.name, encode_arguments(*body.arguments))
    return json_response(_outcome_body(outcome, time.monotonic() - started))


@admin_functions.post(f"{APP}/debug/execute_function_source")
@Operation(Power.RUN, body=SourceCall, query=RunAs, answer=answers.FunctionRun)
async def execute_function_source(group_id: str, internal_id: str) -> Response:
    """Run a source that is not deployed beside the app's functions, as system or as a user; nothing of it is kept.

    `eval_source` is an expression in which `exports` is what the source exports; without one, that is called with
    `arguments`.
    """
    asked = await asked_app(group_id, internal_id)
    body = SourceCallBody.read(await read_body(request))
    deployment, caller = services().registry.app(asked.app_id), await _caller(asked)
    started = time.monotonic()
    try:
        async with with_source(deployment, body.module, services().calls.sandboxes) as tried:
            outcome = await services().calls.run(tried, caller, SOURCE, encode_arguments(*body.arguments))
    except (BuildFailed, PackagesUnreadable) as error:
        raise AppError(ErrorCode.INVALID_PARAMETER, deployment.redact(str(error))) from None
    return json_response(_outcome_body(outcome, time.monotonic() - started))


async def _caller(asked: AppAsked) -> Caller:
    user_id, as_system = request.args.get("user_id"), request.args.get("run_as_system") == "true"
    if as_system == bool(user_id):
        raise AppError(ErrorCode.INVALID_PARAMETER, "give either 'user_id' or 'run_as_system=true'")
    system = system_caller(f"administrator {asked.administrator.login}")
    if not user_id:
        return system
    user = await services().calls.store.find_user(asked.app_id, user_id)
    if user is None:
        raise AppError(ErrorCode.USER_NOT_FOUND, f"user not found: '{user_id[:64]}'")
    return as_user(user, system)


def _outcome_body(outcome: Outcome, seconds: float) -> bytes:
    lines = [line.text for line in outcome.logs if line.level != "error"]
    error_lines = [line.text for line in outcome.logs if line.level == "error"]
    said: JsonObject = {
        "logs": lines or None,
        "error_logs": error_lines or None,
        "error": outcome.error.text if outcome.error else None,
    }
    stats = {
        "guest_time": f"{outcome.stats.guest_time * 1000:.3f}ms",
        "memory_bytes": outcome.stats.memory,
        "host_calls": outcome.stats.host_calls,
    }
    result = outcome.value if outcome.error is None and outcome.value is not None else b"null"
    return _result(result, said | _stats(seconds, **stats))


def _stats(seconds: float, **others: object) -> JsonObject:
    return {"stats": {"execution_time": f"{seconds * 1000:.3f}ms", **others}}


def _result(value: bytes, said: JsonObject) -> bytes:
    whole: JsonObject = {"logs": None, "error_logs": None, "error": None, **said}
    return b'{"result":' + value + b"," + orjson.dumps(whole)[1:]
