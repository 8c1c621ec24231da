"""Recordings of an app's calls: listed, looked at, run again, deleted; whoever does is noted in the audit log."""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import orjson

from runtime.errors import SandboxError
from runtime.retracing import Retraced
from runtime.trace import Asked, Trace, trace_of
from server.admin.moments import iso
from server.admin.objects.storage import JsonObject
from server.auth.ids import new_id
from server.calls.registry import Registry
from server.context.deployment import Deployment
from server.context.redaction import Redaction
from server.errors import AppError, ErrorCode
from server.login_records import AuditEntry, AuditEvent
from server.recording_records import RecordingEntry
from server.recordings.seal import OpenRecording, RecordingUnreadable, unseal
from server.versions.compiling import DeployFailed
from server.versions.deployer import Deployer


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRecordings:
    """The recordings of one app, as one administrator gets at them."""

    app_id: str
    deployer: Deployer
    registry: Registry
    administrator: str

    async def list(self, function_name: str | None = None) -> list[JsonObject]:
        """Those that have not expired, newest first; nothing of the calls themselves."""
        now = datetime.now(UTC)
        found = await self.deployer.store.find_recordings(self.app_id, now=now, function_name=function_name)
        return [_shown(entry) for entry in found]

    async def show(self, id_: str) -> JsonObject:
        """What was called, what it asked and got, what it printed and how it ended. Raises AppError."""
        opened = await self._opened(id_, AuditEvent.RECORDING_READ)
        call = orjson.loads(opened.recording.messages[0])
        trace = _trace(opened)
        return _shown(opened.entry) | {
            "user_id": opened.user_id,
            "arguments": call["arguments"],
            "error": opened.error,
            "host_calls": [_asked(asked) for asked in trace.calls],
            "logs": [f"{line.level}: {line.text}" for line in trace.logs],
            "result": None if trace.ended is None else trace.ended.decode(),
        }

    async def file(self, id_: str) -> JsonObject:
        """The recording itself, for a replay elsewhere; placeholders stand for secrets. Raises AppError."""
        opened = await self._opened(id_, AuditEvent.RECORDING_READ)
        deployment = self.registry.find(self.app_id)
        names = sorted(deployment.redact.texts) if deployment is not None else []
        return _shown(opened.entry) | {
            "nonce": opened.nonce,
            "error": opened.error,
            "user_id": opened.user_id,
            "secrets": names,
            "recording": base64.b64encode(opened.recording.encode()).decode(),
        }

    async def replay(self, id_: str, *, as_recorded: bool) -> JsonObject:
        """Run the call again in the served version, or in the one that was recorded. Raises AppError."""
        opened = await self._opened(id_, AuditEvent.RECORDING_REPLAYED)
        deployment = await self._deployment(opened.entry, as_recorded=as_recorded)
        recording = opened.with_secrets(deployment.redact.texts)
        try:
            retraced = await self.deployer.sandboxes.retrace(recording, deployment.image)
        except (SandboxError, TimeoutError, ValueError) as error:
            raise AppError(ErrorCode.INTERNAL_SERVER_ERROR, "the recording could not be run to its end") from error
        version = opened.entry.version if as_recorded else deployment.version
        return _shown(opened.entry) | retraced_object(retraced, version, deployment.redact)

    async def delete(self, id_: str) -> None:
        """Forget a recording. Raises AppError RecordingNotFound."""
        if not await self.deployer.store.delete_recording(self.app_id, id_):
            raise _not_found(id_)
        await self._note(AuditEvent.RECORDING_DELETED, id_)

    async def _opened(self, id_: str, event: AuditEvent) -> OpenRecording:
        found = await self.deployer.store.find_recording(self.app_id, id_, now=datetime.now(UTC))
        if found is None:
            raise _not_found(id_)
        await self._note(event, id_)
        try:
            return unseal(self.deployer.box, found)
        except RecordingUnreadable as error:
            raise AppError(ErrorCode.RECORDING_UNREADABLE, str(error)) from error

    async def _deployment(self, entry: RecordingEntry, *, as_recorded: bool) -> Deployment:
        if not as_recorded:
            return self.registry.app(self.app_id)
        try:
            return await self.deployer.compile(self.app_id, await self.deployer.files(entry.version))
        except DeployFailed as error:
            text = f"the recorded version cannot be run any more: {error}"
            raise AppError(ErrorCode.DEPLOYMENT_NOT_FOUND, text) from error

    async def _note(self, event: AuditEvent, id_: str) -> None:
        entry = AuditEntry(
            id=new_id(), app_id=self.app_id, at=datetime.now(UTC), event=event,
            detail=f"recording {id_[:64]}, by administrator {self.administrator}",
        )  # fmt: skip
        await self.deployer.store.add_audit_entries([entry])


def retraced_object(retraced: Retraced, version: str, redact: Redaction) -> JsonObject:
    """What a replay found, without the secrets that it ran with; `same` says that nothing differs."""
    return {
        "replayed_version": version,
        "same": not retraced.differences,
        "differences": [
            {name: text if text is None else redact(text) for name, text in asdict(one).items()}
            for one in retraced.differences
        ],
        "result": None if retraced.now.ended is None else redact(retraced.now.ended.decode()),
        "error": None if retraced.now.error is None else redact(retraced.now.error),
        "logs": redact.lines([f"{line.level}: {line.text}" for line in retraced.now.logs]),
    }


def _trace(opened: OpenRecording) -> Trace:
    try:
        return trace_of(opened.recording)
    except ValueError as error:
        raise AppError(ErrorCode.RECORDING_UNREADABLE, str(error)) from error


def _asked(asked: Asked) -> JsonObject:
    return {
        "operation": asked.operation,
        "arguments": orjson.loads(asked.arguments),
        "answer": None if asked.answer is None else orjson.loads(asked.answer),
    }


def _shown(entry: RecordingEntry) -> JsonObject:
    return {
        "_id": entry.id,
        "function_name": entry.function_name,
        "version": entry.version,
        "failed": entry.failed,
        "created": iso(entry.created_at),
        "expires": iso(entry.expires_at),
        "bytes": entry.size,
    }


def _not_found(id_: str) -> AppError:
    return AppError(ErrorCode.RECORDING_NOT_FOUND, f"recording not found: '{id_[:64]}'")
