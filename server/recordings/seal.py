"""Closes recordings up to be kept, and opens them: no secrets or personal data inside, and sealed all the same."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from runtime.recording import Recording
from runtime.tape import pack, unpack
from server.context.pseudonyms import Pseudonyms
from server.context.redaction import secret_forms
from server.recording_records import RecordingEntry, SealedRecording
from server.recordings.rewriting import Rewriting
from server.versions.secret_box import SecretBox, SecretBoxError

LONGEST_PLAIN = 64 * 1024 * 1024
"""Bytes that a sealed recording may unpack to."""


class RecordingUnreadable(Exception):
    """A recording was tampered with, or sealed under another key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRecording:
    """A recording, with placeholders for secrets; `nonce` is in each of them. `error` is the run's, as logs have it."""

    entry: RecordingEntry
    recording: Recording = field(repr=False)
    nonce: str
    error: str | None = None
    user_id: str | None = None

    def with_secrets(self, secrets: Mapping[str, str]) -> Recording:
        """The recording with these secrets, by name, in the places of their placeholders."""
        return with_secrets(self.recording, self.nonce, secrets)


def with_secrets(recording: Recording, nonce: str, secrets: Mapping[str, str]) -> Recording:
    """A disguised recording with the secrets of these names in their places; others keep their placeholders."""
    forms = {
        _placeholder(nonce, name, kind): form
        for name, text in secrets.items()
        for kind, form in secret_forms(text).items()
    }
    restore = _replacing(forms)
    return Rewriting(value=restore, name=restore).recording(recording)


def disguised(recording: Recording, nonce: str, secrets: Mapping[str, str], personal: Iterable[str]) -> Recording:
    """The recording with placeholders for secrets, by name and text, and made-up texts for personal ones."""
    forms = {
        form: _placeholder(nonce, name, kind)
        for name, text in secrets.items()
        for kind, form in secret_forms(text).items()
    }
    # The salt of made-up texts is not kept: who knows a text must not find out whether it was this one.
    hide, made_up = _replacing(forms), Pseudonyms(personal, os.urandom(16))
    return Rewriting(
        value=lambda text: made_up.value(hide(text)), name=lambda text: made_up.name(hide(text))
    ).recording(recording)


def seal(box: SecretBox, opened: OpenRecording) -> SealedRecording:
    """As it is kept."""
    entry = opened.entry
    described = {
        "nonce": opened.nonce, "error": opened.error, "user_id": opened.user_id, "function": entry.function_name,
        "version": entry.version, "failed": entry.failed, "expires": entry.expires_at.timestamp(),
    }  # fmt: skip
    plain = zlib.compress(pack((orjson.dumps(described), opened.recording.encode())))
    sealed = box.seal_bytes(entry.app_id, f"recording {entry.id}", plain)
    return SealedRecording(entry=replace(entry, size=len(sealed)), sealed=sealed)


def unseal(box: SecretBox, kept: SealedRecording) -> OpenRecording:
    """What `seal` was given. Raises RecordingUnreadable where any of it is not as it was sealed."""
    entry = kept.entry
    try:
        plain = box.unseal_bytes(entry.app_id, f"recording {entry.id}", kept.sealed)
        unpacking = zlib.decompressobj()
        described, recording = unpack(unpacking.decompress(plain, LONGEST_PLAIN))
        said = orjson.loads(described)
        opened = OpenRecording(
            entry=entry, recording=Recording.decode(recording), nonce=said["nonce"], error=said["error"],
            user_id=said["user_id"],
        )  # fmt: skip
    except (SecretBoxError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise RecordingUnreadable(f"the recording {entry.id} is not as it was kept") from error
    if not _agrees(said, entry):
        raise RecordingUnreadable(f"the recording {entry.id} is not as it was kept")
    return opened


def _agrees(said: dict[str, Any], entry: RecordingEntry) -> bool:
    """Whether what stands beside the sealed part is what was sealed: nobody prolongs a recording's life."""
    return (said["function"], said["version"], said["failed"], round(said["expires"] * 1000)) == (
        entry.function_name, entry.version, entry.failed, round(entry.expires_at.timestamp() * 1000),
    )  # fmt: skip


def new_nonce() -> str:
    """What nobody can guess, so that no text of a call passes for a placeholder."""
    return os.urandom(16).hex()


def _placeholder(nonce: str, name: str, kind: str) -> str:
    return f"[secret {name} {kind} {nonce}]"


def _replacing(forms: Mapping[str, str]) -> Callable[[str], str]:
    if not forms:
        return str
    pattern = re.compile("|".join(map(re.escape, sorted(forms, key=len, reverse=True))))
    return lambda text: pattern.sub(lambda found: forms[found[0]], text)
