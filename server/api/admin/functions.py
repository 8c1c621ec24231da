"""Running a function as an administrator (contract 12.5)."""

from __future__ import annotations

import time
from typing import cast

import orjson
from quart import Blueprint, Response, request

from runtime.messages import Outcome
from server.admin.access import Power
from server.admin.objects.storage import JsonObject
from server.api.admin import answers
from server.api.admin.asking import APP, AppAsked, asked_app
from server.api.admin.operations import Operation
from server.api.services import services
from server.api.wire import json_response, read_body
from server.calls.authority import as_user, system_caller
from server.calls.calling import encode_arguments
from server.ejson import Value
from server.errors import AppError, ErrorCode
from server.records import Caller

admin_functions = Blueprint("admin_functions", __name__)


@admin_functions.post(f"{APP}/debug/execute_function")
@Operation(Power.RUN, body=JsonObject, answer=answers.FunctionRun)
async def execute_function(group_id: str, internal_id: str) -> Response:
    """Run a function, private or not, as system or as a user; its console lines come with the result."""
    asked = await asked_app(group_id, internal_id)
    body = await read_body(request)
    name, arguments = body.get("name"), body.get("arguments") or []
    if not isinstance(name, str) or not isinstance(arguments, list):
        raise AppError(ErrorCode.INVALID_PARAMETER, "'name' must be a string and 'arguments' an array")
    deployment, caller = services().registry.app(asked.app_id), await _caller(asked)
    started = time.monotonic()
    outcome = await services().calls.run(deployment, caller, name, encode_arguments(*cast("list[Value]", arguments)))
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
    body = {
        "logs": lines or None,
        "error_logs": error_lines or None,
        "error": outcome.error.text if outcome.error else None,
        "stats": {
            "execution_time": f"{seconds * 1000:.3f}ms",
            "guest_time": f"{outcome.stats.guest_time * 1000:.3f}ms",
            "memory_bytes": outcome.stats.memory,
            "host_calls": outcome.stats.host_calls,
        },
    }
    result = outcome.value if outcome.error is None and outcome.value is not None else b"null"
    return b'{"result":' + result + b"," + orjson.dumps(body)[1:]
