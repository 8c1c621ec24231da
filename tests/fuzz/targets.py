"""What is fuzzed: everything that reads bytes of a guest or a worker. Only the errors that each names may come out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson

from runtime import crypto, frames, wasm
from runtime.confinement import Walls
from runtime.door import FROZEN
from runtime.frames import Decoder, FrameError, Kind
from runtime.handed_over import HandedOver, Nonsense
from runtime.image_form import check_image, written
from runtime.recording import Recording
from runtime.tape import pack
from runtime.wasm import WasmError
from server import ejson
from server.ejson import EjsonError


@dataclass(frozen=True, slots=True)
class Target:
    """One reader: what to feed it with, the errors it may raise, and bytes to begin from."""

    read: Callable[[bytes], None]
    errors: tuple[type[Exception], ...]
    seeds: tuple[bytes, ...]

    def feed(self, data: bytes) -> None:
        """Raises whatever the reader must not."""
        try:
            self.read(data)
        except self.errors:
            return


def _frames(data: bytes) -> None:
    """Cut or whole, a stream is the same frames; and what was read is written again as it was."""
    whole = Decoder().feed(data)
    middle = len(data) // 2
    cut = Decoder()
    assert cut.feed(data[:middle]) + cut.feed(data[middle:]) == whole
    written = b"".join(frames.encode(frame.kind, frame.run, *frame.parts) for frame in whole)
    assert data.startswith(written)


def _handed_over(data: bytes) -> None:
    handed_over = HandedOver.read(data)
    for text in (handed_over.value, *(call.arguments for call in handed_over.calls)):
        assert text is None or orjson.loads(text) is not ...


def _walls(data: bytes) -> None:
    walls = Walls.decode(data)
    assert Walls.decode(walls.encode()) == walls


def _recording(data: bytes) -> None:
    recording = Recording.decode(data)
    assert Recording.decode(recording.encode()) == recording


def _ejson(data: bytes) -> None:
    value = ejson.loads(data)
    assert ejson.dumps(ejson.loads(ejson.dumps(value))) == ejson.dumps(value)


def _crypto(data: bytes) -> None:
    """The synchronous door always answers, with a value or an error it has a name for."""
    operation, _, arguments = data.partition(b"\n")
    answer = orjson.loads(crypto.answer(operation.decode(errors="replace"), arguments, FROZEN))
    assert answer.keys() in ({"value"}, {"error"})
    assert answer != {"error": {"name": "Error", "message": "the operation failed"}}


_STEP = b'{"calls":[{"id":1,"operation":"http","arguments":{"url":"x"}}],"done":null,"logs":[["log","x"]]}'
_END = b'{"calls":[],"done":{"value":{"$numberInt":"1"}},"logs":[]}'
_FAILED = b'{"calls":[],"done":{"error":{"name":"Error","message":"m","stack":"at f","text":"t"}},"logs":[]}'
_CRYPTO = (
    b'crypto.hash\n{"algorithm":"sha256","data":"eA=="}',
    b'crypto.encrypt\n{"algorithm":"aes","key":"MDEyMzQ1Njc4OWFiY2RlZg==","message":"eA=="}',
    b'jwt.encode\n{"method":"HS256","payload":"{}","header":{},"key":"0123456789012345678901234567890123456789"}',
    b'jwt.decode\n{"token":"eyJhbGciOiJIUzI1NiJ9.e30.c2ln","key":"k","algorithms":["HS256"],"returnHeader":true}',
    b'cipher.run\n{"algorithm":"aes-256-gcm","key":"eA==","iv":"eA==","data":"eA==","encrypt":true,"tagLength":16,"aad":""}',
    b'key.read\n{"key":"-----BEGIN PUBLIC KEY-----","format":"pem","type":"spki","passphrase":null}',
)
_RECORDING = Recording(image="0" * 64, limits=b"{}", messages=(b"a", b"b"), tape=pack((b"c",)), steps=(b"d", b"e"))

TARGETS: Mapping[str, Target] = {
    "frames": Target(
        _frames, (FrameError,), (frames.encode(Kind.STEPPED, 7, _STEP, b"{}"), frames.encode(Kind.READY, 0) * 2)
    ),
    "handed_over": Target(_handed_over, (Nonsense,), (_STEP, _END, _FAILED)),
    "walls": Target(_walls, (ValueError,), (Walls().encode(),)),
    "recording": Target(_recording, (ValueError,), (_RECORDING.encode(),)),
    "image": Target(
        check_image, (WasmError,), (wasm.memory_module(1, [wasm.Segment(0, b"x")]), written(b"x" * 2**20, bytes(2**20)))
    ),
    "ejson": Target(_ejson, (EjsonError,), (b'[{"$numberLong":"1"},{"$oid":"0123456789abcdef01234567"},{"$date":0}]',)),
    "crypto": Target(_crypto, (), (*_CRYPTO, *(b"%b\n{}" % name.encode() for name in crypto.FUNCTIONS))),
}
