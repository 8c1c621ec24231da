"""What a function finds as its `context` (contract 4.4): plain JSON, but the user, which is Extended JSON."""

from __future__ import annotations

from urllib.parse import unquote_plus

import orjson

from server import ejson
from server.apps.model import App, Function
from server.context.deployment import Deployment
from server.ejson import Value
from server.events import EventOrigin
from server.records import Caller, RequestDescription, SystemCaller
from server.rules.scope import caller_document, request_document


def describe_context(deployment: Deployment, caller: Caller) -> bytes:
    """The JSON object from which the guest library makes `context`."""
    is_system = isinstance(caller, SystemCaller)
    request = orjson.dumps(_request(caller.request))
    return b"".join((
        _of_deployment(deployment, is_system=is_system)[:-1], b',"request":', request,
        b',"event":', orjson.dumps(_event(caller.request.event)),
        b',"user":', ejson.dumps(caller_document(caller)), b"}",
    ))  # fmt: skip


def _of_deployment(deployment: Deployment, *, is_system: bool) -> bytes:
    """What is the same for every call of a deployment; made once, kept with it."""
    known = deployment.descriptions.get(is_system)
    if known is None:
        app = deployment.app
        known = deployment.descriptions[is_system] = orjson.dumps(
            {
                "app": _app(deployment),
                "environment": {"tag": app.environment.tag, "values": dict(app.environment.values)},
                "functions": {
                    function.name: _place(function, deployment, is_system=is_system)
                    for function in app.functions.values()
                },
                "runningAsSystem": is_system,
                "services": _services(app),
                "values": {value.name: value.value for value in app.values.values()},
            }
        )
    return known


def _app(deployment: Deployment) -> dict[str, object]:
    app = deployment.app
    return {
        "id": app.id,
        "clientAppId": app.app_id,
        "name": app.name,
        "projectId": app.group_id,
        "deployment": {"model": app.deployment_model, "providerRegion": app.provider_region},
        "lastDeployed": deployment.deployed_at.isoformat(),
    }


def _place(function: Function, deployment: Deployment, *, is_system: bool) -> str:
    """Where `functions.execute` runs a callee: in this guest, or through the host where its rights may differ."""
    changes_user = bool(function.run_as_user_id or function.run_as_user_id_script_source)
    gains_system = function.run_as_system and not is_system
    is_judged = function.name in deployment.can_evaluate or function.name in deployment.app.policy.functions
    return "host" if changes_user or gains_system or is_judged else "local"


def _services(app: App) -> dict[str, str]:
    return {source.name: source.type for source in app.data_sources.values()} | {"http": "http"}


def _request(request: RequestDescription) -> dict[str, Value]:
    described = request_document(request)
    described["rawQueryString"] = _without_secret(request.raw_query_string)
    return {name: value for name, value in described.items() if value != ""} | {
        "rawQueryString": described["rawQueryString"],
        "requestHeaders": described["requestHeaders"],
    }


def _event(event: EventOrigin | None) -> dict[str, object] | None:
    """`context.event`: ours, not of App Services; `id` is the same at every attempt."""
    if event is None:
        return None
    return {
        "id": event.id,
        "trigger": event.trigger_name,
        "attempt": event.attempt,
        "time": event.created_at.isoformat(timespec="milliseconds"),
    }


def _without_secret(query: str) -> str:
    """The query string without its parameter `secret` (contract 4.4), however its name is written."""
    return "&".join(part for part in query.split("&") if unquote_plus(part.partition("=")[0]) != "secret")
