"""Who asks, for which app, with which body: what every route of the Admin API begins with."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError
from quart import request

from server.admin.access import demand, is_visible
from server.admin.documents import AppDocuments
from server.admin.objects.service import AppObjects
from server.admin.objects.storage import JsonObject
from server.administrator_records import Administrator
from server.api.admin.operations import demanded_power
from server.api.caller import described_request
from server.api.services import services
from server.api.wire import bearer_token
from server.apps.ids import GROUP_ID, derived_id
from server.apps.strict_json import Json, JsonError, parse
from server.ejson import LARGE_TEXT
from server.errors import AppError, ErrorCode, quoted
from server.records import RequestDescription
from server.version_records import StoredApp

PREFIX = "/api/admin/v3.0"
APP = f"{PREFIX}/groups/<group_id>/apps/<internal_id>"


class Body(BaseModel):
    """A JSON body; unknown fields are let be, as vendor tools send some."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", hide_input_in_errors=True)


AnyBody = TypeVar("AnyBody", bound=Body)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppAsked:
    """An administrator's request about one app, which they may see."""

    administrator: Administrator
    app: StoredApp

    @property
    def app_id(self) -> str:
        """The client app id."""
        return self.app.app_id

    @property
    def request(self) -> RequestDescription:
        """The request, with the administrator's name, which the audit log keeps."""
        return replace(described_request(), administrator=self.administrator.login)

    @property
    def documents(self) -> AppDocuments:
        """The app's parts that are one file each, as this administrator edits them."""
        workspace = services().administration.workspace
        return AppDocuments(app_id=self.app_id, administrator=self.administrator, workspace=workspace)

    @property
    def objects(self) -> AppObjects:
        """The app's objects as this administrator edits them."""
        workspace = services().administration.workspace
        return AppObjects(app_id=self.app_id, administrator=self.administrator, workspace=workspace)


async def administrator() -> Administrator:
    """Whose access token the request carries. Raises AppError InvalidSession."""
    return await services().administration.sessions.caller(bearer_token(request))


async def asked_app(group_id: str, internal_id: str) -> AppAsked:
    """The app of the path. Raises AppError: NotFound, also for apps outside the administrator's roles; Forbidden."""
    caller = await administrator()
    app = await _find_app(group_id, internal_id)
    if app is None or not is_visible(caller, app.app_id):
        raise AppError(ErrorCode.NOT_FOUND, f"app not found: {quoted(internal_id)}")
    demand(caller, demanded_power(), app.app_id)
    return AppAsked(administrator=caller, app=app)


async def _find_app(group_id: str, internal_id: str) -> StoredApp | None:
    if group_id != GROUP_ID:
        return None
    for app in await services().calls.store.stored_apps():
        if derived_id(app.app_id, "app") == internal_id:
            return app
    return None


async def read_json() -> JsonObject:
    """The body as a JSON object; none at all is an empty one. Raises AppError InvalidJSON."""
    body = await _read("{}")
    if not isinstance(body, dict):
        raise AppError(ErrorCode.INVALID_JSON, "request body must be an object")
    return cast("JsonObject", body)


async def read_array() -> list[Json]:
    """The body as a JSON array. Raises AppError InvalidJSON."""
    body = await _read("[]")
    if not isinstance(body, list):
        raise AppError(ErrorCode.INVALID_JSON, "request body must be an array")
    return body


async def _read(empty: str) -> Json:
    data = await request.get_data()
    try:
        text = data.decode() if isinstance(data, bytes) else data
        return await asyncio.to_thread(parse, text or empty) if len(data) > LARGE_TEXT else parse(text or empty)
    except (JsonError, UnicodeDecodeError) as error:
        raise AppError(ErrorCode.INVALID_JSON, f"request body is not valid JSON: {error}") from None


async def read_model(model: type[AnyBody]) -> AnyBody:
    """The body, checked. Raises AppError InvalidJSON, InvalidParameter."""
    return checked(model, await read_json())


def checked(model: type[AnyBody], content: object) -> AnyBody:
    """The content as the model has it. Raises AppError InvalidParameter."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_url=False))
        raise AppError(ErrorCode.INVALID_PARAMETER, "; ".join(problems)) from None
