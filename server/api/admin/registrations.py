"""Registrations of addresses that are not confirmed, and mails that administrators have sent (contract 12.4)."""

from __future__ import annotations

import orjson
from quart import Blueprint, Response, request

from server.admin.access import Power
from server.admin.objects.storage import JsonObject
from server.api.admin.answers import users as answers
from server.api.admin.asking import APP, asked_app
from server.api.admin.operations import Operation
from server.api.admin.users import USERS, app_users
from server.api.services import services
from server.api.wire import empty_response, json_response
from server.apps.ids import derived_id
from server.login_records import PasswordAccount

admin_registrations = Blueprint("admin_registrations", __name__)
PENDING = f"{APP}/user_registrations/pending_users"
BY_EMAIL = f"{APP}/user_registrations/by_email/<email>"


@admin_registrations.get(PENDING)
@Operation(Power.USERS, answer=list[answers.PendingUser])
async def list_pending(group_id: str, internal_id: str) -> Response:
    """Registrations that are not confirmed, a page of 50."""
    asked = await asked_app(group_id, internal_id)
    pending = await services().calls.store.find_pending(asked.app_id, after=request.args.get("after", ""))
    return json_response(orjson.dumps([_pending_object(account) for account in pending]))


@admin_registrations.delete(BY_EMAIL)
@Operation(Power.USERS, status=204)
async def delete_pending(group_id: str, internal_id: str, email: str) -> Response:
    """Give a registration up."""
    await (await app_users(group_id, internal_id)).delete_pending(email)
    return empty_response()


@admin_registrations.post(f"{BY_EMAIL}/confirm")
@Operation(Power.USERS, status=204)
async def confirm_pending(group_id: str, internal_id: str, email: str) -> Response:
    """Confirm a registration."""
    await (await app_users(group_id, internal_id)).confirm(email)
    return empty_response()


@admin_registrations.post(f"{BY_EMAIL}/send_confirm")
@Operation(Power.USERS, answer=JsonObject)
async def send_confirmation(group_id: str, internal_id: str, email: str) -> Response:
    """Send the mail with the link that confirms a registration again."""
    await (await app_users(group_id, internal_id)).send_confirmation(email)
    services().wake_mails()
    return json_response(b"{}")


@admin_registrations.post(f"{BY_EMAIL}/run_confirm")
@Operation(Power.USERS, status=202, answer=JsonObject)
async def run_confirmation(group_id: str, internal_id: str, email: str) -> Response:
    """Have the app's function judge a registration again."""
    await (await app_users(group_id, internal_id)).run_confirmation(email)
    services().wake_mails()
    return json_response(b"{}", 202)


@admin_registrations.patch(f"{USERS}/<user_id>/reset_email")
@Operation(Power.USERS, status=204)
async def send_reset(group_id: str, internal_id: str, user_id: str) -> Response:
    """Send the user the mail with the link that leads to a new password."""
    await (await app_users(group_id, internal_id)).send_reset(user_id)
    services().wake_mails()
    return empty_response()


def _pending_object(account: PasswordAccount) -> JsonObject:
    return {
        "_id": account.identity_id,
        "domain_id": derived_id(account.app_id, "domain"),
        "login_ids": [{"id_type": "email", "id": account.email}],
    }
