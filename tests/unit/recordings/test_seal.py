"""What is kept of a recorded call: no secret, no personal data, and nothing that anybody could change."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runtime.recording import Recording
from runtime.tape import CLOCK, pack, unpack
from server.context.pseudonyms import Pseudonyms, made_up
from server.recording_records import RecordingEntry
from server.recordings.seal import OpenRecording, RecordingUnreadable, disguised, new_nonce, seal, unseal, with_secrets
from server.versions.secret_box import SecretBox

SECRET = "s3cret/of the shop"
EMAIL = "ada@example.com"
NOW = datetime(2026, 3, 4, tzinfo=UTC)
BOX = SecretBox(bytes(32))
ENTRY = RecordingEntry(
    app_id="app", id="r", function_name="f", version="v", failed=False, created_at=NOW,
    expires_at=NOW + timedelta(days=7), size=0,
)  # fmt: skip


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


RECORDING = Recording(
    image="i", limits=b"{}",
    messages=(
        _json({
            "type": "call", "function": "call", "arguments": [{"email": EMAIL, "n": {"$numberInt": "7"}}],
            "context": {"values": {"key": SECRET}}, "lengths": {"result": 1}, "seed": "00",
        }),
        _json({"type": "answers", "answers": [{"id": 1, "error": {"name": "E", "message": f"no {EMAIL.upper()}"}}]}),
    ),
    tape=pack((CLOCK, b"12345678", b"hash", _json({"value": f"{SECRET} {EMAIL}"}), b"entropy 2", b"\xff\xfe")),
    steps=(
        _json({"calls": [{"id": 1, "operation": "http", "arguments": {EMAIL: SECRET}}], "logs": []}),
        _json({"calls": [], "logs": [["log", f"to {EMAIL}"]], "done": {"value": [SECRET]}}),
    ),
)  # fmt: skip


def test_nothing_of_secrets_and_people_is_inside() -> None:
    """In no message, step or event; what the sandbox's protocol says stays as it is."""
    kept = disguised(RECORDING, new_nonce(), {"key": SECRET}, [EMAIL, "call"])
    data = kept.encode()
    for text in (SECRET, EMAIL, EMAIL.upper(), "ada", "example.com"):
        assert text.encode() not in data
    call = json.loads(kept.messages[0])
    assert (call["type"], call["function"], call["arguments"][0]["n"]) == ("call", "call", {"$numberInt": "7"})
    assert call["arguments"][0]["email"][3] == "@"
    assert list(unpack(kept.tape))[:2] == [CLOCK, b"12345678"]
    assert list(unpack(kept.tape))[-1] == b"\xff\xfe"


def test_made_up_texts_are_the_same_everywhere() -> None:
    """In what entered and what came out, so that code goes the same way with them."""
    kept = disguised(RECORDING, new_nonce(), {}, [EMAIL])
    entered = json.loads(kept.messages[0])["arguments"][0]["email"]
    assert entered != EMAIL
    assert json.loads(kept.steps[1])["logs"] == [["log", f"to {entered}"]]
    assert json.loads(kept.steps[0])["calls"][0]["arguments"].keys() == {entered}
    assert entered.upper() in json.loads(kept.messages[1])["answers"][0]["error"]["message"]


@pytest.mark.parametrize("text", ["Ada.Lovelace@Example.com", "+44 020 7946-0999", "Ünïcode", "", "0"])
def test_made_up_texts_have_the_shape_of_the_real_ones(text: str) -> None:
    """Letters for letters of the same case, digits for digits; another salt makes another text."""
    made = made_up(text, b"salt")
    assert [kind(made) for kind in (len, str.istitle)] == [kind(text) for kind in (len, str.istitle)]
    assert all(a.isdigit() == b.isdigit() and a.isupper() == b.isupper() for a, b in zip(text, made, strict=True))
    assert len(text) < 5 or made_up(text, b"other") != made
    assert Pseudonyms([text] if text else [], b"salt").value("untouched?") == "untouched?"


def test_secrets_come_back_where_they_were() -> None:
    """With the nonce of the recording alone: no text of a call passes for a placeholder."""
    nonce = new_nonce()
    kept = disguised(RECORDING, nonce, {"key": SECRET}, [])
    assert json.loads(with_secrets(kept, nonce, {"key": SECRET}).messages[0]) == json.loads(RECORDING.messages[0])
    assert with_secrets(kept, new_nonce(), {"key": SECRET}).messages[0] == kept.messages[0]
    changed = with_secrets(kept, nonce, {"key": "another text"})
    assert json.loads(changed.messages[0])["context"]["values"]["key"] == "another text"


def test_what_was_sealed_is_opened() -> None:
    """Whole; of the call nothing can be read from it."""
    opened = OpenRecording(entry=ENTRY, recording=RECORDING, nonce=new_nonce(), error="no", user_id="ada")
    kept = seal(BOX, opened)
    assert b"seed" not in kept.sealed
    assert unseal(BOX, kept) == replace(opened, entry=kept.entry)


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "other"}, {"app_id": "other"}, {"version": "other"}, {"function_name": "g"}, {"failed": True},
        {"expires_at": NOW + timedelta(days=8)},
    ],
)  # fmt: skip
def test_a_row_that_was_changed_is_refused(changed: dict[str, Any]) -> None:
    """Nobody moves a recording to another app, or prolongs its life."""
    kept = seal(BOX, OpenRecording(entry=ENTRY, recording=RECORDING, nonce=new_nonce()))
    with pytest.raises(RecordingUnreadable):
        unseal(BOX, replace(kept, entry=replace(kept.entry, **changed)))


@pytest.mark.parametrize("place", [0, 12, 40, -1])
def test_a_sealed_part_that_was_changed_is_refused(place: int) -> None:
    """Each bit of it; so is one that is cut off, and one of another key."""
    kept = seal(BOX, OpenRecording(entry=ENTRY, recording=RECORDING, nonce=new_nonce()))
    spoilt = bytearray(kept.sealed)
    spoilt[place] ^= 1
    for sealed in (bytes(spoilt), kept.sealed[:place], b""):
        with pytest.raises(RecordingUnreadable):
            unseal(BOX, replace(kept, sealed=sealed))
    with pytest.raises(RecordingUnreadable):
        unseal(SecretBox(bytes(31) + b"x"), kept)
