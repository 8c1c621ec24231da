"""Compiles and evaluates JavaScript in an instance that is to become an image, a slice at a time."""

from __future__ import annotations

import struct
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

from runtime import core
from runtime.door import FROZEN, Door, read_text
from runtime.errors import BuildFailed
from runtime.instance import Instance
from runtime.limits import BuildLimits, Limits
from runtime.step import GuestTrapped, Step

Result = TypeVar("Result")
COMPILE_ONLY = 1 << 5
"""The engine's flag for a script that is compiled and not run."""
_STRIPPED = 1 << 4 | 1 << 5
"""The engine's flags for bytecode without source texts and without files and lines."""
_OPTIONS = struct.Struct("<iiIi")
"""The engine's JSEvalOptions: version, flags, address of the file's name, number of the first line."""
_OPTIONS_VERSION = 1
_THREW = 1
BELOW_STACK = core.INBOX
"""Address below the stack's limit, where nothing else is and of which no image keeps anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A text for the engine, the file it is told of in errors, and the number of its first line."""

    text: str
    file: str
    first_line: int = 1


class Budget:
    """The seconds of a processor that the engine may take for one image, whatever others take meanwhile."""

    def __init__(self, seconds: float = BuildLimits().time) -> None:
        self._left = seconds

    def spend(self, seconds: float) -> bool:
        """Whether any time is left after these."""
        self._left -= seconds
        return self._left > 0


class Workbench:
    """An instance in which scripts are compiled and evaluated. Generators yield where a slice is over."""

    def __init__(self, guest: Instance, door: Door, budget: Budget) -> None:
        self.guest = guest
        self._door = door
        self._budget = budget
        door.open_for(guest, FROZEN)

    def evaluate(self, script: Script, flags: int = 0) -> Generator[None, None, int]:
        """The handle of the script's value. Raises BuildFailed with the place of what is wrong."""
        guest, encoded = self.guest, script.text.encode("utf-8", "surrogatepass")
        try:
            text, file = guest.allocate(encoded), guest.allocate(script.file.encode())
            options = guest.allocate(_OPTIONS.pack(_OPTIONS_VERSION, flags, file, script.first_line))
            context = guest.call(b"qjs_get_context_ptr")
            value = yield from self.finish(guest.start(b"JS_Eval2", context, text, len(encoded), options), script.file)
            handle = guest.allocate(value.to_bytes(8, "little"))
            for address in (text, options, file):
                guest.call(b"wasm_free", address, has_result=False)
        except GuestTrapped as trapped:
            raise BuildFailed(f"{script.file}: {trapped}") from trapped
        return self.accepted(handle, script.file)

    def compiled(self, script: Script) -> bytes:
        """The script's bytecode without its text, which would take more of every image than what it is compiled to."""
        guest, encoded = self.guest, script.text.encode()
        text, file, length = guest.allocate(encoded), guest.allocate(script.file.encode()), guest.allocate(bytes(4))
        address = guest.call(b"qjs_compile", text, len(encoded), file, 0, _STRIPPED, length)
        if address == 0:
            raise BuildFailed(f"{script.file} does not compile")
        return guest.read(address, int.from_bytes(guest.read(length, 4), "little"))

    def load(self, bytecode: bytes, file: str) -> None:
        """Run what `compiled` gave."""
        self.guest.write(BELOW_STACK, self._fitting(bytecode, file))
        self.accepted(self.guest.call(b"qjs_eval_bytecode", BELOW_STACK, len(bytecode)), file)

    def _fitting(self, bytecode: bytes, file: str) -> bytes:
        """In the heap it would leave a hole as large as itself in every image, to be reset after every call."""
        if len(bytecode) > core.HANDLES - Limits().stack - BELOW_STACK:
            raise BuildFailed(f"{file} is too long for the room below the stack")
        return bytecode

    def accepted(self, result: int, file: str) -> int:
        """The handle itself, unless it is an exception: then BuildFailed with its place, or at least the file."""
        guest = self.guest
        if guest.call(b"qjs_is_exception", result) != _THREW:
            return result
        thrown = guest.call(b"qjs_get_exception")
        message = read_text(guest, thrown).decode(errors="replace")
        stack = read_text(guest, self.member(thrown, b"stack")).decode(errors="replace").strip()
        place = stack.splitlines()[0].strip().removeprefix("at ") if stack and stack != "undefined" else file
        raise BuildFailed(f"{place}: {message}")

    def member(self, handle: int, name: bytes) -> int:
        """The handle of an object's member."""
        address = self.guest.allocate(name)
        member = self.guest.call(b"qjs_get_prop_string", handle, address)
        self.guest.call(b"wasm_free", address, has_result=False)
        return member

    def enter(self, entry: int, file: str, *handles: int) -> Generator[None, None, str]:
        """Call one of the guest library's functions with values that are the library's own from then on.

        Gives what it returns as text.
        """
        guest = self.guest
        arguments = guest.allocate(b"".join(handle.to_bytes(4, "little") for handle in handles))
        function, this = (int.from_bytes(guest.read(slot, 4), "little") for slot in (entry, core.THIS))
        try:
            result = yield from self.finish(guest.start(b"qjs_call", function, this, len(handles), arguments), file)
            while guest.call(b"qjs_is_job_pending"):
                yield from self.finish(guest.start(b"qjs_execute_pending_job"), file)
        except GuestTrapped as trapped:
            raise BuildFailed(f"{file}: {trapped}") from trapped
        text = read_text(guest, self.accepted(result, file)).decode(errors="replace")
        for handle in (*handles, result):
            guest.call(b"qjs_free_value", handle, has_result=False)
        guest.call(b"wasm_free", arguments, has_result=False)
        return text

    def finish(self, step: Step, file: str) -> Generator[None, None, int]:
        """The step's result, once it has ended. Raises BuildFailed where the budget is used up before."""
        try:
            while True:
                self._door.open_for(self.guest, FROZEN)
                started = time.thread_time()
                result = step.poll()
                time_is_left = self._budget.spend(time.thread_time() - started)
                if result is not None:
                    return result
                if not time_is_left:
                    raise BuildFailed(f"{file}: compilation takes too long")
                yield
                self._door.open_for(self.guest, FROZEN)
        finally:  # also where the generator is closed: a step must not outlive its guest, nor keep a stack
            step.drop()


def run_to_end(slices: Generator[None, None, Result]) -> Result:
    """The generator's result, in one go."""
    while True:
        try:
            next(slices)
        except StopIteration as ended:
            result: Result = ended.value
            return result
