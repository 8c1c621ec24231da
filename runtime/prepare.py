"""Makes the directory of compiled code ready for this engine and machine; a process of its own, ended when done."""

from __future__ import annotations

import hashlib
import sys
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import wasmtime

from runtime.core import derive_core
from runtime.door import Door, make_linker
from runtime.image import build_base
from runtime.machine import Ticker, load_module, make_engine
from runtime.store import ImageStore, write_whole

_FORMAT = "3"
"""Changes when images of an earlier build must not be used any more."""


def open_image_store(cache: Path, *, slots: int) -> ImageStore:
    """The store for this engine and machine, its core and base compiled if they are not yet there."""
    engine_module = (files("runtime") / "build" / "quickjs.wasm").read_bytes()
    library = (files("runtime") / "build" / "guest.js").read_text(encoding="utf-8")
    key = hashlib.sha256(engine_module + library.encode() + _engine_version(slots)).hexdigest()[:16]
    store = ImageStore(cache / f"sandbox-{key}")
    store.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _loads(store, slots):
        _compile(store, engine_module, library, slots)
    return store


def _engine_version(slots: int) -> bytes:
    return f"{version('wasmtime')} {slots} {_FORMAT}".encode()


def _loads(store: ImageStore, slots: int) -> bool:
    if not (store.core.exists() and store.base.exists()):
        return False
    engine = make_engine(slots=slots)
    try:
        load_module(engine, store.core)
        load_module(engine, store.base)
    except wasmtime.WasmtimeError:
        return False
    return True


def _compile(store: ImageStore, engine_module: bytes, library: str, slots: int) -> None:
    engine = make_engine(slots=slots)
    Ticker(engine).wake()
    derived = derive_core(engine_module)
    core = wasmtime.Module(engine, derived.module)
    door = Door()
    linker = make_linker(engine, core, door)
    base = build_base(linker, core, wasmtime.Module(engine, derived.blank), door, library)
    write_whole(store.core, bytes(core.serialize()))
    write_whole(store.base, bytes(wasmtime.Module(engine, base).serialize()))


def main() -> None:
    """`python -m runtime.prepare CACHE SLOTS`: prints the directory."""
    cache, slots = sys.argv[1:3]
    sys.stdout.write(str(open_image_store(Path(cache), slots=int(slots)).directory))


if __name__ == "__main__":
    main()
