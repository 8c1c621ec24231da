"""Incoming webhooks, the older form of HTTPS endpoints: each has its own folder and source (contract 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from server.apps.manifest import Expression, Manifest
from server.apps.model import Endpoint, Function
from server.apps.names import why_not_webhook
from server.apps.reading import Reading

_FOLDERS = ("services", "http_endpoints")
"""Both occur: the second is the later name of the first."""


class WebhookOptions(Manifest):
    """`options` of a webhook; no method, or `ANY`, is every method. `secret` is a secret's name, or its text."""

    http_method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY", "*", ""] = Field(
        default="", alias="httpMethod"
    )
    validation_method: Literal["", "NO_VALIDATION", "SECRET_AS_QUERY_PARAM", "VERIFY_PAYLOAD"] = Field(
        default="", alias="validationMethod"
    )
    secret: str = ""


class WebhookFile(Manifest):
    """`services/<service>/incoming_webhooks/<name>/config.json`."""

    name: str = ""
    options: WebhookOptions = WebhookOptions()
    respond_result: bool = False
    can_evaluate: Expression = Field(default_factory=dict)
    disable_arg_logs: bool = False
    run_as_authed_user: bool = False
    run_as_user_id: str = ""
    run_as_user_id_script_source: str = ""
    fetch_custom_user_data: bool = False
    create_user_on_auth: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A webhook as an endpoint, and the function that its folder holds."""

    endpoint: Endpoint
    function: Function


def read_webhooks(reading: Reading) -> list[Webhook]:
    """All webhooks, by service and name."""
    found: dict[str, Webhook] = {}
    for top in _FOLDERS:
        for service in reading.files.folders(top):
            for folder in reading.files.folders(f"{service}/incoming_webhooks"):
                webhook = _read_webhook(reading, folder)
                if webhook is not None:
                    found.setdefault(webhook.function.name, webhook)
    return list(found.values())


def _read_webhook(reading: Reading, folder: str) -> Webhook | None:
    file = f"{folder}/config.json"
    entry = reading.manifest(file, WebhookFile)
    source = reading.files.read_text(f"{folder}/source.js")
    _, service, _, name = folder.split("/")
    if entry is None or source is None:
        return None
    for part in (service, name):
        if why := why_not_webhook(part):
            reading.problem(folder, "", why)
    if entry.name not in {"", name}:
        reading.problem(file, "name", f"the webhook {entry.name!r} stands in a folder of another name")
    function = _function(reading, file, f"services/{service}/incoming_webhooks/{name}", entry, source)
    route = f"/service/{service}/incoming_webhook/{name}"
    return Webhook(endpoint=_endpoint(reading, file, route, entry, function.name), function=function)


def _function(reading: Reading, file: str, name: str, entry: WebhookFile, source: str) -> Function:
    """As whom it runs: the caller, a certain user, or else the system."""
    as_user = entry.run_as_authed_user or entry.run_as_user_id or entry.run_as_user_id_script_source
    can_evaluate = entry.can_evaluate
    return Function(
        name=name,
        source=source,
        private=True,
        can_evaluate=can_evaluate
        if isinstance(can_evaluate, bool)
        else reading.document(file, "can_evaluate", can_evaluate),
        disable_arg_logs=entry.disable_arg_logs,
        run_as_system=not as_user,
        run_as_user_id=entry.run_as_user_id,
        run_as_user_id_script_source=entry.run_as_user_id_script_source,
    )


def _endpoint(reading: Reading, file: str, route: str, entry: WebhookFile, function_name: str) -> Endpoint:
    options = entry.options
    method = options.validation_method or "NO_VALIDATION"
    secret = reading.secrets.get(options.secret, options.secret)
    if method != "NO_VALIDATION" and not secret:
        reading.problem(file, "options.secret", "missing, while the webhook validates requests")
    return Endpoint(
        route=route,
        http_method=options.http_method if options.http_method not in {"", "ANY"} else "*",
        function_name=function_name,
        validation_method=method,
        secret=secret or None,
        respond_result=entry.respond_result,
        return_type="EJSON",
        fetch_custom_user_data=entry.fetch_custom_user_data,
        create_user_on_auth=entry.create_user_on_auth,
        disabled=False,
    )
