"""Nothing survives from call to call or app to app: secrets are planted, and hunted for where the slot is reused."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
import wasmtime

from runtime.door import Door, make_linker
from runtime.guest_run import GuestRun, RunLimits
from runtime.image_build import ImageBuild
from runtime.image_compiler import compile_image
from runtime.instance import Instance
from runtime.limits import MEGABYTE, Limits
from runtime.machine import ChangedImage, MappedImage, Ticker, load_image, load_module, make_engine
from runtime.messages import Call, ImageSource
from runtime.pool import RESIDENT
from runtime.prepare import open_image_store
from runtime.supervisor import Sandboxes
from tests.integration.runtime.conftest import Guests

MARK = b"planted-by-"
PLANTS = """
exports = (who, megabytes) => {
    const secret = "planted" + "-by-" + who;
    const copies = [];
    for (let i = 0; i < Number(megabytes); i++) copies[i] = secret.repeat(65536);
    globalThis.leaked = secret;
    globalThis[secret] = secret;
    Object.prototype.leaked = secret;
    Array.prototype.push = () => secret;
    JSON.parse = () => secret;
    Promise.prototype.then = () => secret;
    console.log = () => secret;
    context.leaked = secret;
    require("util").leaked = secret;
    process.env.leaked = secret;
    Math.random = () => secret;
    setTimeout(() => secret, 1e6);
    throw new Error(secret + copies.length);
}"""
HUNTS = """
exports = () => {
    const seen = new Set(), found = [];
    const look = (thing, path, depth) => {
        if (typeof thing === "string" && thing.includes("planted" + "-by-")) found.push(path);
        if (thing === null || !/object|function/.test(typeof thing) || seen.has(thing) || depth > 6) return;
        seen.add(thing);
        for (const key of Reflect.ownKeys(thing)) {
            if (typeof key === "string" && key.includes("planted" + "-by-")) found.push(`${path}.${key}`);
            let value;
            try { value = thing[key] } catch { continue }
            look(value, `${path}.${String(key)}`, depth + 1);
        }
        look(Object.getPrototypeOf(thing), `${path}.__proto__`, depth + 1);
    };
    look(globalThis, "globalThis", 0);
    look(context, "context", 0);
    for (const name of ["util", "crypto", "events", "buffer", "url"]) look(require(name), name, 0);
    const bytes = new Uint8Array(8 << 20);
    return [...found, ...(bytes.indexOf(0x70) >= 0 ? ["buffer"] : []), seen.size > 1000 ? "looked" : "blind"];
}"""
LIMITS = RunLimits(wall_time=30, cpu_time=30, memory=128 * MEGABYTE, stack=Limits().stack, output=1 << 20)


@dataclass(frozen=True, slots=True)
class OneSlot:
    """An engine with room for one guest, so that every guest has the place of the one before; two apps' images."""

    linker: wasmtime.Linker
    core: wasmtime.Module
    door: Door
    planting: MappedImage
    hunting: MappedImage

    def run(self, arguments: bytes) -> bytes:
        """What the planting function hands over."""
        run = GuestRun.open(self.linker, self.core, self.planting, self.door, LIMITS)
        try:
            run.enter(b'{"type":"call","function":"f","context":{},"seed":"%032d","arguments":%b}' % (1, arguments))
            while (handed_over := run.advance()) is None:
                pass
            return handed_over
        finally:
            run.close()

    def memory(self, image: MappedImage) -> bytes:
        """All memory that a fresh guest of the image may ever have, up to its limit."""
        with Instance(self.linker, self.core, image, memory=LIMITS.memory) as guest:
            size = guest.memory_size
            for _ in range(3):
                guest.call(b"wasm_malloc", 24 * MEGABYTE)
            assert guest.memory_size > size + 64 * MEGABYTE
            return guest.read(0, guest.memory_size)


@pytest.fixture(scope="module", params=[0, RESIDENT], ids=["spare", "resident"])
def one_slot(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> OneSlot:
    """The engine with a slot of either kind, and the images of two apps."""
    folder: Path = tmp_path_factory.mktemp("one-slot")
    store = open_image_store(folder, slots=1)
    engine = make_engine(slots=1, resident=request.param)
    Ticker(engine).wake()
    core, door = load_module(engine, store.core), Door()
    linker = make_linker(engine, core, door)
    base = ChangedImage.base(linker, load_module(engine, store.base))

    def image(source: str) -> MappedImage:
        build = ImageBuild(linker, core, base, door, ImageSource(functions={"f": source}))
        while (built := build.advance()) is None:
            pass
        path = folder / f"{len(source)}.cwasm"
        path.write_bytes(compile_image(engine, built[0]))
        return load_image(engine, path, base)

    return OneSlot(linker=linker, core=core, door=door, planting=image(PLANTS), hunting=image(HUNTS))


@pytest.mark.parametrize("megabytes", [0, 1, 60])
def test_no_byte_of_a_guest_is_left_in_its_slot(one_slot: OneSlot, megabytes: int) -> None:
    """Small guests and large ones, inbox, stack and heap: the next guest's memory, of either app, has none of it."""
    for who in (b"ada", b"grace"):
        handed_over = one_slot.run(b'["%b",%d]' % (who, megabytes))
        assert b"%b%b%d" % (MARK, who, megabytes) in handed_over
        for image in (one_slot.planting, one_slot.hunting):
            assert MARK not in one_slot.memory(image)


def test_a_guest_that_is_stopped_midway_leaves_nothing(one_slot: OneSlot) -> None:
    """Also where the engine was in the middle of its work."""
    run = GuestRun.open(one_slot.linker, one_slot.core, one_slot.planting, one_slot.door, LIMITS)
    run.enter(b'{"type":"call","function":"f","context":{},"seed":"%032d","arguments":["ada",100]}' % 1)
    run.advance()
    run.close()
    assert MARK not in one_slot.memory(one_slot.hunting)


@pytest.mark.asyncio(loop_scope="module")
async def test_functions_find_nothing_of_calls_before(sandboxes: Sandboxes) -> None:
    """Globals, prototypes, modules and timers that a call changed are whole for others, of any app."""
    both = await sandboxes.build(ImageSource(functions={"plants": PLANTS, "hunts": HUNTS}))
    other = await sandboxes.build(ImageSource(functions={"hunts": HUNTS + "//"}))
    for _ in range(5):
        planted = await sandboxes.run(both, Call(function="plants", arguments=b'["ada",1]'))
        assert planted.error is not None
        assert "planted-by-ada1" in planted.error.text
        for image in (both, other):
            outcome = await sandboxes.run(image, Call(function="hunts"))
            assert outcome.value is not None, outcome.error
            assert json.loads(outcome.value) == ["looked"]


@pytest.mark.asyncio(loop_scope="module")
async def test_chance_is_drawn_at_each_call(guests: Guests) -> None:
    """The image is a snapshot, yet no two calls draw the same from any source of chance or ids."""
    source = """exports = () => [Math.random(), Math.random(), crypto.randomUUID(), new BSON.ObjectId().toString(),
        [...crypto.getRandomValues(new Uint8Array(8))].join(), require("crypto").randomBytes(8).toString("hex")]"""
    draws = [await guests.value(source) for _ in range(20)]
    assert all(isinstance(draw, list) for draw in draws)
    columns = list(zip(*(map(json.dumps, draw) for draw in draws if isinstance(draw, list)), strict=True))
    assert [len(set(column)) for column in columns] == [20] * 6


@pytest.mark.asyncio(loop_scope="module")
async def test_time_is_the_hosts(guests: Guests) -> None:
    """The image was built at a frozen time; a call has the host's, and a module's constants do, too."""
    source = "const at = Date.now(); exports = () => [at, Date.now(), new Date().getFullYear() > 2025].map(String)"
    first, second = await guests.value(source), await guests.value(source)
    assert first != second or isinstance(first, list)
    assert isinstance(first, list)
    assert first[2] == "true"
    assert 0 <= int(first[1]) - int(first[0]) < 60_000
