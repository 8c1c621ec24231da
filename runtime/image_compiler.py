"""The process that makes native code of images. It meets no guest and no source, so what it makes can be trusted."""

from __future__ import annotations

import wasmtime

from runtime import frames
from runtime.confinement import WORKER_RULES, Walls, leave_files, leave_system_calls
from runtime.frames import Decoder, Frame, FrameError, Kind
from runtime.image_form import check_image
from runtime.machine import make_engine
from runtime.sandbox_process import Task, serve_task
from runtime.wasm import WasmError


def compile_image(engine: wasmtime.Engine, image: bytes) -> bytes:
    """The image as every engine of this server loads it. Raises WasmError where it is more than a memory."""
    check_image(image)
    try:
        return bytes(wasmtime.Module(engine, image).serialize())
    except wasmtime.WasmtimeError as error:
        raise WasmError("the image is not a valid module") from error


def answer(engine: wasmtime.Engine, frame: Frame) -> bytes:
    """The frame that answers one request."""
    match frame:
        case Frame(kind=Kind.COMPILE, parts=(image,)):
            try:
                return frames.encode(Kind.COMPILED, frame.run, compile_image(engine, image))
            except WasmError as error:
                return frames.encode(Kind.FAILED, frame.run, str(error).encode())
        case Frame(kind=Kind.CANCEL):
            return b""
        case Frame(kind=Kind.PING):
            return frames.encode(Kind.PONG, frame.run)
        case _:
            raise FrameError(f"the compiler does not take {frame.kind.name}")


def serve(task: Task) -> None:
    """Confined as a worker is, without even its files, answer until the supervisor closes the connection."""
    landlock = leave_files({}, kept=(task.connection.fileno(),), parent=task.supervisor)
    engine = make_engine(slots=1)
    walls = Walls(landlock=landlock, seccomp=leave_system_calls(WORKER_RULES))
    task.connection.sendall(frames.encode(Kind.READY, 0, walls.encode()))
    decoder = Decoder()
    while data := task.connection.recv(frames.READ):
        for frame in decoder.feed(data):
            task.connection.sendall(answer(engine, frame))


if __name__ == "__main__":
    serve_task(serve)
