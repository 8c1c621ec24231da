"""Secrets: names and ids out, texts only in (contract 12.3)."""

from __future__ import annotations

import orjson
from quart import Blueprint, Response

from server.admin.access import Power
from server.admin.secrets import AppSecrets
from server.api.admin.answers import apps as answers
from server.api.admin.asking import APP, Body, asked_app, read_model
from server.api.admin.operations import Operation
from server.api.services import services
from server.api.wire import empty_response, json_response

admin_secrets = Blueprint("admin_secrets", __name__)
SECRETS = f"{APP}/secrets"


class Secret(Body):
    """A name and a text; in an update either may be left empty."""

    name: str = ""
    value: str = ""


@admin_secrets.get(SECRETS)
@Operation(Power.READ, answer=list[answers.SecretName])
async def list_secrets(group_id: str, internal_id: str) -> Response:
    """All secrets, without their texts."""
    return json_response(orjson.dumps(await (await _secrets(group_id, internal_id)).list()))


@admin_secrets.post(SECRETS)
@Operation(Power.SECRETS, status=201, body=Secret, answer=answers.SecretName)
async def add_secret(group_id: str, internal_id: str) -> Response:
    """Keep a secret."""
    secrets, body = await _secrets(group_id, internal_id), await read_model(Secret)
    return json_response(orjson.dumps(await secrets.add(body.name, body.value)), 201)


@admin_secrets.put(f"{SECRETS}/<secret_id>")
@Operation(Power.SECRETS, status=204, body=Secret)
async def replace_secret(group_id: str, internal_id: str, secret_id: str) -> Response:
    """Another name or text."""
    secrets, body = await _secrets(group_id, internal_id), await read_model(Secret)
    await secrets.replace(secret_id, body.name, body.value)
    return empty_response()


@admin_secrets.delete(f"{SECRETS}/<secret_id>")
@Operation(Power.SECRETS, status=204)
async def delete_secret(group_id: str, internal_id: str, secret_id: str) -> Response:
    """Forget a secret."""
    await (await _secrets(group_id, internal_id)).delete(secret_id)
    return empty_response()


async def _secrets(group_id: str, internal_id: str) -> AppSecrets:
    asked = await asked_app(group_id, internal_id)
    return AppSecrets(app_id=asked.app_id, deployer=services().deployer)
