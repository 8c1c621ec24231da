"""Derives the engine core and the blank image from the QuickJS module that npm delivers."""

from __future__ import annotations

from dataclasses import dataclass

from runtime import wasm
from runtime.wasm import Reader, Section, WasmError

STACK_END = 1024 * 1024
"""Address at which the engine's stack begins, growing down to 0, and its data."""
HANDLES = STACK_END - 128
"""Address of the guest's handle table: up to sixteen little-endian u32, above the stack, which begins 128 bytes lower.
So an image has nothing below its last page of stack, and what is below costs nothing but being zeroed."""
ENTER, COLLECT, THIS, ARGUMENT, LENGTH = (HANDLES + 4 * n for n in range(5))
INBOX = 4096
"""Address where a message is laid down for the guest: below its stack's limit, so nothing else is ever there. One that
is too long for it is laid down in the guest's heap, and freed as soon as the guest has it."""

KEPT_EXPORTS = frozenset({
    "_initialize", "qjs_init", "qjs_set_max_stack_size", "qjs_eval", "qjs_call", "qjs_new_string", "qjs_new_number",
    "qjs_get_global", "qjs_get_undefined", "qjs_get_prop_string", "qjs_set_prop_string", "qjs_new_host_function",
    "qjs_is_exception", "qjs_get_exception", "qjs_get_string_len", "qjs_free_cstring", "qjs_free_value",
    "qjs_is_job_pending", "qjs_execute_pending_job", "qjs_run_gc", "qjs_set_gc_threshold", "qjs_set_memory_limit",
    "qjs_dup_value", "wasm_malloc", "wasm_free", "qjs_get_float64", "qjs_throw", "qjs_get_context_ptr", "JS_Eval2",
    "qjs_set_interrupt_handler", "qjs_is_error", "qjs_is_string", "qjs_compile", "qjs_eval_bytecode",
})  # fmt: skip
"""What image building and running call; every other export is dropped."""


@dataclass(frozen=True, slots=True)
class Core:
    """`module`: the engine's code, its memory imported as `image.memory`; `blank`: that memory before start-up."""

    module: bytes
    blank: bytes


def derive_core(engine: bytes) -> Core:
    """The core and the blank image of a `quickjs.wasm`; raises WasmError where its form is not the one expected."""
    sections = _by_number(engine)
    pages = _memory_pages(sections[wasm.MEMORY])
    functions = _exported_functions(sections[wasm.EXPORT])
    kept = {name: index for name, index in functions.items() if name in KEPT_EXPORTS}
    if missing := KEPT_EXPORTS - kept.keys():
        raise WasmError(f"the engine does not export {', '.join(sorted(missing))}")
    shim = _count(sections[wasm.FUNCTION]) + _imported_functions(sections[wasm.IMPORT])
    sections[wasm.TYPE] = _appended(sections[wasm.TYPE], b"\x60" + _types(2) + _types(1))
    sections[wasm.FUNCTION] = _appended(sections[wasm.FUNCTION], wasm.unsigned(_count(sections[wasm.TYPE]) - 1))
    sections[wasm.CODE] = _appended(sections[wasm.CODE], _enter_code(kept))
    sections[wasm.GLOBAL] = _moved_stack(sections[wasm.GLOBAL])
    sections[wasm.IMPORT] = _appended(sections[wasm.IMPORT], _memory_import(pages))
    sections[wasm.EXPORT] = wasm.vector(
        wasm.name(name) + bytes([wasm.KIND_FUNCTION]) + wasm.unsigned(index)
        for name, index in sorted({**kept, "enter": shim}.items())
    )
    blank = wasm.memory_module(pages, wasm.data_segments(sections[wasm.DATA]))
    for dropped in (wasm.MEMORY, wasm.DATA, wasm.DATA_COUNT):
        sections.pop(dropped, None)
    return Core(wasm.write_module(Section(number, sections[number]) for number in sorted(sections)), blank)


def joined(core: Core, base: bytes) -> bytes:
    """The core with the base image's memory as its own, exported as `memory`: one instance where there were two."""
    sections = _by_number(core.module)
    memory_import = _memory_import(_memory_pages(_by_number(core.blank)[wasm.MEMORY]))
    imports = Reader(sections[wasm.IMPORT])
    count = imports.unsigned()
    functions = sections[wasm.IMPORT][imports.position :].removesuffix(memory_import)
    sections[wasm.IMPORT] = wasm.unsigned(count - 1) + functions
    sections[wasm.EXPORT] = _appended(sections[wasm.EXPORT], wasm.MEMORY_EXPORT)
    memory = _by_number(base)
    sections |= {number: memory[number] for number in (wasm.MEMORY, wasm.DATA)}
    return wasm.write_module(Section(number, sections[number]) for number in sorted(sections))


def _enter_code(function: dict[str, int]) -> bytes:
    """`enter(text, length) -> address`: call the guest with a text, drain its jobs, collect its answer in one crossing.

    The answer's length is left at LENGTH; 0 means that the guest could not even answer: its exception says why.
    """

    def call(name: str) -> bytes:
        return b"\x10" + wasm.unsigned(function[name])

    def constant(value: int) -> bytes:
        return b"\x41" + wasm.signed(value)

    load, store = b"\x28\x02\x00", b"\x36\x02\x00"
    text, length = b"\x20\x00", b"\x20\x01"
    keep_result, result = b"\x21\x00", b"\x20\x00"
    if_, end, negative, not_equal = b"\x04\x40", b"\x0b", b"\x41\x00\x48", b"\x47"
    give_up = if_ + b"\x41\x00\x0f" + end
    give_up_on_exception = result + call("qjs_is_exception") + give_up
    body = b"".join((
        constant(ARGUMENT), text, length, call("qjs_new_string"), store,
        text, constant(INBOX), not_equal, if_, text, call("wasm_free"), end,
        constant(ENTER), load, constant(THIS), load, constant(1), constant(ARGUMENT), call("qjs_call"), keep_result,
        constant(ARGUMENT), load, call("qjs_free_value"),
        give_up_on_exception, result, call("qjs_free_value"),
        b"\x02\x40\x03\x40", call("qjs_is_job_pending"), b"\x45\x0d\x01",
        call("qjs_execute_pending_job"), negative, give_up, b"\x0c\x00\x0b\x0b",
        constant(COLLECT), load, constant(THIS), load, constant(0), constant(0), call("qjs_call"), keep_result,
        give_up_on_exception, result, constant(LENGTH), call("qjs_get_string_len"),
        result, call("qjs_free_value"), b"\x0b",
    ))  # fmt: skip
    code = b"\x00" + body
    return wasm.unsigned(len(code)) + code


def _types(number: int) -> bytes:
    return wasm.unsigned(number) + bytes([wasm.I32]) * number


def _count(section: bytes) -> int:
    return Reader(section).unsigned()


def _appended(section: bytes, item: bytes) -> bytes:
    reader = Reader(section)
    count = reader.unsigned()
    return wasm.unsigned(count + 1) + section[reader.position :] + item


def _memory_pages(section: bytes) -> int:
    reader = Reader(section)
    if reader.unsigned() != 1 or reader.unsigned() != 0:
        raise WasmError("the engine does not define exactly one unbounded memory")
    return reader.unsigned()


def _moved_stack(section: bytes) -> bytes:
    if section != _stack_pointer(STACK_END):
        raise WasmError("the engine's only global is not the pointer to a stack of 1 MB")
    return _stack_pointer(HANDLES)


def _stack_pointer(address: int) -> bytes:
    return b"\x01" + bytes([wasm.I32]) + b"\x01\x41" + wasm.signed(address) + b"\x0b"


def _memory_import(pages: int) -> bytes:
    return wasm.name("image") + wasm.name("memory") + bytes([wasm.KIND_MEMORY, 0]) + wasm.unsigned(pages)


def _imported_functions(section: bytes) -> int:
    reader = Reader(section)
    count = reader.unsigned()
    for _ in range(count):
        reader.name()
        reader.name()
        if reader.take(1)[0] != wasm.KIND_FUNCTION:
            raise WasmError("the engine imports something that is not a function")
        reader.unsigned()
    return count


def _exported_functions(section: bytes) -> dict[str, int]:
    reader = Reader(section)
    found = {}
    for _ in range(reader.unsigned()):
        exported, kind, index = reader.name(), reader.take(1)[0], reader.unsigned()
        if kind == wasm.KIND_FUNCTION:
            found[exported] = index
    return found


def _by_number(module: bytes) -> dict[int, bytes]:
    """The module's sections by their id; those without a meaning to the engine are left out."""
    return {part.id: part.content for part in wasm.read_sections(module) if part.id}
