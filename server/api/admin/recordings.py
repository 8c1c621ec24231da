"""Recordings of calls: listed, shown, run again, deleted; only for roles that may deploy."""

from __future__ import annotations

from typing import Literal

import orjson
from pydantic import BaseModel
from quart import Blueprint, Response, request

from server.admin.access import Power
from server.admin.recordings import AppRecordings
from server.api.admin.answers import runs as answers
from server.api.admin.asking import APP, asked_app
from server.api.admin.operations import Operation
from server.api.services import services
from server.api.wire import empty_response, json_response
from server.errors import AppError, ErrorCode

admin_recordings = Blueprint("admin_recordings", __name__)
RECORDINGS = f"{APP}/recordings"
_REFUSALS = (ErrorCode.RECORDING_NOT_FOUND, ErrorCode.RECORDING_UNREADABLE)


class Listing(BaseModel):
    """Of which function."""

    function_name: str = ""


class Replaying(BaseModel):
    """In which version: the one served now, or the one that was recorded."""

    against: Literal["served", "recorded"] = "served"


@admin_recordings.get(RECORDINGS)
@Operation(Power.RECORDINGS, answer=list[answers.RecordingEntry], query=Listing)
async def list_recordings(group_id: str, internal_id: str) -> Response:
    """The recordings of the app's calls, newest first."""
    found = await (await _recordings(group_id, internal_id)).list(request.args.get("function_name") or None)
    return json_response(orjson.dumps(found))


@admin_recordings.get(f"{RECORDINGS}/<recording_id>")
@Operation(Power.RECORDINGS, answer=answers.RecordedCall, refusals=_REFUSALS)
async def show_recording(group_id: str, internal_id: str, recording_id: str) -> Response:
    """What was called, what it asked and got, what it printed, how it ended."""
    return json_response(orjson.dumps(await (await _recordings(group_id, internal_id)).show(recording_id)))


@admin_recordings.get(f"{RECORDINGS}/<recording_id>/file")
@Operation(Power.RECORDINGS, answer=answers.RecordingFile, refusals=_REFUSALS)
async def download_recording(group_id: str, internal_id: str, recording_id: str) -> Response:
    """The recording itself, for a replay elsewhere; placeholders stand for secrets."""
    return json_response(orjson.dumps(await (await _recordings(group_id, internal_id)).file(recording_id)))


@admin_recordings.post(f"{RECORDINGS}/<recording_id>/replay")
@Operation(Power.RECORDINGS, answer=answers.Replay, query=Replaying, refusals=_REFUSALS)
async def replay_recording(group_id: str, internal_id: str, recording_id: str) -> Response:
    """Run the call again, answered from the recording, and tell where it differs; nothing is performed."""
    against = request.args.get("against", "served")
    if against not in {"served", "recorded"}:
        raise AppError(ErrorCode.INVALID_PARAMETER, "'against' must be served or recorded")
    recordings = await _recordings(group_id, internal_id)
    found = await recordings.replay(recording_id, as_recorded=against == "recorded")
    return json_response(orjson.dumps(found))


@admin_recordings.delete(f"{RECORDINGS}/<recording_id>")
@Operation(Power.RECORDINGS, status=204, refusals=_REFUSALS[:1])
async def delete_recording(group_id: str, internal_id: str, recording_id: str) -> Response:
    """Forget a recording."""
    await (await _recordings(group_id, internal_id)).delete(recording_id)
    return empty_response()


async def _recordings(group_id: str, internal_id: str) -> AppRecordings:
    asked = await asked_app(group_id, internal_id)
    return AppRecordings(
        app_id=asked.app_id, deployer=services().deployer, registry=services().registry,
        administrator=asked.administrator.login,
    )  # fmt: skip
