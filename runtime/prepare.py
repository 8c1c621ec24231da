"""Makes the directory of compiled code ready for this engine and machine; a process of its own, ended when done."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import wasmtime

from runtime.confinement import COMPILER_RULES, leave_files, leave_system_calls
from runtime.core import derive_core, joined
from runtime.door import Door, make_linker
from runtime.image import build_base
from runtime.landlock import Files
from runtime.machine import Ticker, load_module, make_engine
from runtime.store import ImageStore, write_whole

_FORMAT = "8"
"""Changes when images of an earlier build must not be used any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredients:
    """What is compiled: the engine as npm delivers it, the guest library's source, and both as a key."""

    engine: bytes
    library: str
    key: str

    @classmethod
    def read(cls, *, slots: int) -> Ingredients:
        """From the package's own files."""
        engine = (files("runtime") / "build" / "quickjs.wasm").read_bytes()
        library = (files("runtime") / "build" / "guest.js").read_text(encoding="utf-8")
        key = hashlib.sha256(engine + library.encode() + _engine_version(slots)).hexdigest()[:16]
        return cls(engine=engine, library=library, key=key)

    def directory(self, cache: Path) -> Path:
        """Where in the cache the code made of them lies; made where it is not there."""
        directory = cache / f"sandbox-{self.key}"
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return directory


def open_image_store(cache: Path, *, slots: int) -> ImageStore:
    """The store for this engine and machine, its core and base compiled if they are not yet there."""
    ingredients = Ingredients.read(slots=slots)
    return _filled(ImageStore(ingredients.directory(cache)), ingredients, slots)


def _filled(store: ImageStore, ingredients: Ingredients, slots: int) -> ImageStore:
    if not _loads(store, slots):
        _compile(store, ingredients, slots)
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


def _compile(store: ImageStore, ingredients: Ingredients, slots: int) -> None:
    engine = make_engine(slots=slots, compiles_in_threads=True)
    Ticker(engine).wake()
    derived = derive_core(ingredients.engine)
    core = wasmtime.Module(engine, derived.module)
    door = Door()
    linker = make_linker(engine, core, door)
    base = build_base(linker, core, wasmtime.Module(engine, derived.blank), door, ingredients.library)
    write_whole(store.core, bytes(core.serialize()))
    write_whole(store.base, bytes(wasmtime.Module(engine, joined(derived, base)).serialize()))


def main() -> None:
    """`python -m runtime.prepare CACHE SLOTS PARENT`: prints the directory."""
    cache, slots, parent = sys.argv[1:4]
    ingredients = Ingredients.read(slots=int(slots))
    directory = ingredients.directory(Path(cache))
    leave_files({directory: Files.READ | Files.WRITE | Files.MAKE | Files.REMOVE}, kept=(0, 1, 2), parent=int(parent))
    leave_system_calls(COMPILER_RULES)
    sys.stdout.write(str(_filled(ImageStore(directory), ingredients, int(slots)).directory))


if __name__ == "__main__":
    main()
