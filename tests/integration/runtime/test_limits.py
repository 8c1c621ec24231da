"""Limits, each just below and just above: a limit reached is a named error, and the worker lives on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest

from runtime.errors import BuildFailed, ErrorKind
from runtime.limits import MEGABYTE, Limits
from runtime.messages import Call, GuestError, Host, ImageSource, Outcome
from runtime.supervisor import Sandboxes
from tests.integration.runtime.conftest import Answers, Guests, at_once, never

pytestmark = pytest.mark.asyncio(loop_scope="module")

MANY = """exports = async (n) => {
    const get = () => context.http.get({url: 'x'});
    return (await Promise.all(Array.from({length: n}, get))).length;
}"""
IN_TURN = "exports = async (n) => { for (let i = 0; i < n; i++) await context.http.get({url: 'x'}); return n }"


def number(value: int) -> dict[str, str]:
    """An integer in Extended JSON."""
    return {"$numberInt": str(value)}


async def error_of(guests: Guests, source: str, *arguments: object, limits: Limits) -> GuestError:
    """How the call failed; it must have failed, and the next call must not."""
    outcome = await guests.run(source, *arguments, host=Answers(at_once), limits=limits)
    assert outcome.error is not None
    assert await guests.value("exports = () => 'well'") == "well"
    return outcome.error


async def stopped(guests: Guests, source: str, begun: Callable[[Outcome], bool], host: Host | None = None) -> Outcome:
    """How code without an end is stopped, given more time where the machine was too busy for it to have begun."""
    for wall_time in (0.05, 1.0):
        outcome = await guests.run(source, host=host, limits=Limits(wall_time=wall_time))
        if begun(outcome):
            return outcome
    return await guests.run(source, host=host, limits=Limits(wall_time=10))


SORT = "\nexports = () => [3, 2, 1].sort((a, b) => {\n  for (;;) String(1);\n})"
REVIVE = "exports = () => JSON.parse('[1]', () => {\n  for (;;) String(1); })"
IN_A_JOB = """exports = () => new Promise((settle) => {
    Promise.resolve().then(() => {
        for (;;) String(1);
    });
})"""


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("\n\nexports = () => {\n  for (;;) String(1);\n}", 4),
        ("for (;;) String(1);", 1),
        (IN_A_JOB, 3),
        ("exports = async () => {\n  await null;\n  (() => { for (;;) String(1); })();\n}", 3),
        ("exports = () => {\n  return /(a+)+$/.test('a'.repeat(99) + 'b') }", 2),
        (SORT, 3),
        (REVIVE, 2),
        ("exports = () => ({ toJSON() {\n  for (;;) String(1); } })", 2),
        ("exports = () => {\n  throw { get name() {\n  for (;;) String(1); } } }", 3),
        ("exports = () => {\n  try { (() => { for (;;) String(1); })() } catch { } finally { for (;;); } }", 2),
        ("exports = () => {\n  setTimeout(() => { for (;;) String(1); }, 0); return new Promise(() => {}) }", 2),
    ],
)
async def test_endless_code_is_stopped(guests: Guests, source: str, line: int) -> None:
    """Wherever the guest loops, its time ends, and the author is told in which line."""
    before = guests.sandboxes.process_ids
    error = (await stopped(guests, source, lambda outcome: f"f.js:{line}:" in str(outcome.error))).error
    assert error is not None
    assert (error.kind, error.text) == (ErrorKind.WALL_TIME, "execution time limit exceeded")
    assert f"(functions/f.js:{line}:" in error.stack.splitlines()[1]
    assert "vestibule:" not in error.stack
    assert await guests.value("exports = () => 'well'") == "well"
    assert guests.sandboxes.process_ids == before


@pytest.mark.parametrize(
    "source",
    [
        "exports = async () => { for (;;) await null }",
        "exports = () => { for (;;); }",
        "exports = () => { const f = () => { try { f() } catch { f() } }; f() }",
        "exports = () => { Error.prepareStackTrace = () => { for (;;); }; for (;;); }",
        "exports = () => { const a = new Array(3e6).fill('abc'); for (;;) JSON.stringify(a) }",
        "exports = () => { for (;;) [].concat(new Array(1e7)).fill(1).reverse() }",
        "exports = async () => { const again = () => Promise.resolve().then(again); await again() }",
        "exports = () => { const again = () => queueMicrotask(again); again(); return new Promise(() => {}) }",
        "exports = () => { for (;;) JSON.parse('[' + '1,'.repeat(1e5) + '1]') }",
        "exports = () => new Array(1e6).fill().sort(() => Math.random() - 0.5).sort(() => { for (;;); })",
        "exports = () => { let text = ''; for (;;) { text += 'x'; if (text.length > 1e6) text = '' } }",
        "exports = () => 'a'.repeat(3e4).replace(/(a|aa)+$/g, () => { for (;;); })",
        "exports = () => { for (;;) 'x'.repeat(1e6).split('').join('y') }",
        "exports = () => { context.http.get({url: 'x'}); for (;;); }",
    ],
)
async def test_endless_code_that_cannot_be_placed_is_stopped(guests: Guests, source: str) -> None:
    """Between frames, in a hook on stacks, deep in the engine: where it cannot be said where, it is stopped as well."""
    before = guests.sandboxes.process_ids
    error = await error_of(guests, source, limits=Limits(wall_time=0.05))
    assert (error.kind, error.text) == (ErrorKind.WALL_TIME, "execution time limit exceeded")
    assert guests.sandboxes.process_ids == before


async def test_an_interrupt_cannot_be_survived(guests: Guests) -> None:
    """A function that swallows its own interruption and returns is out of time all the same."""
    source = """exports = async () => {
        const loop = async () => { for (;;) String(1); };
        await Promise.allSettled([loop(), loop()]).catch(() => null);
        return 'survived';
    }"""
    error = await error_of(guests, source, limits=Limits(wall_time=0.05))
    assert error.kind is ErrorKind.WALL_TIME


@pytest.mark.parametrize(
    "source",
    [
        "exports = () => { console.log('begun'); for (;;) String(1) }",
        "exports = async () => { console.log('begun'); await null; for (;;) String(1) }",
        "exports = () => { console.log('begun'); console.log = null; Array.prototype.join = null; for (;;) String(1) }",
    ],
    ids=["at once", "in a job", "spoilt"],
)
async def test_what_was_printed_before_the_end_is_kept(guests: Guests, source: str) -> None:
    """Who looks for what took a function so long finds how far it came."""
    outcome = await stopped(guests, source, lambda outcome: bool(outcome.logs))
    assert outcome.error is not None
    assert outcome.error.kind is ErrorKind.WALL_TIME
    assert [line.text for line in outcome.logs] == ["begun"]


async def test_waiting_counts_as_time(guests: Guests) -> None:
    """A guest whose host never answers is stopped when its time is over, and the host's work is cancelled."""
    waits, host = "exports = () => context.http.get({url: 'x'})", Answers(never)
    outcome = await stopped(guests, waits, lambda outcome: outcome.stats.host_calls > 0, host)
    assert outcome.error is not None
    assert outcome.error.kind is ErrorKind.WALL_TIME
    assert outcome.stats.host_calls == 1


@pytest.mark.parametrize(
    "source",
    [
        "exports = () => { const all = []; for (;;) all.push(new Array(1000).fill(1)) }",
        "exports = () => { let text = 'x'; for (;;) text += text }",
        "exports = () => new Uint8Array(64 * 1024 * 1024).length",
        "exports = () => 'x'.repeat(64 * 1024 * 1024).length",
    ],
)
async def test_memory_is_limited(guests: Guests, source: str) -> None:
    """However a guest allocates, in small pieces or at once, it gets no more than its memory."""
    error = await error_of(guests, source, limits=Limits(memory=32 * MEGABYTE, wall_time=60))
    assert error.text in {"memory limit exceeded", "RangeError: invalid array length", "InternalError: string too long"}
    assert error.kind in {ErrorKind.MEMORY, ErrorKind.THREW}


async def test_memory_that_leaves_no_room_for_an_error(guests: Guests) -> None:
    """When not even the engine's own error fits, what it throws instead is still named."""
    source = "exports = () => { let list = null; for (;;) list = [list] }"
    error = await error_of(guests, source, limits=Limits(memory=32 * MEGABYTE, wall_time=60))
    assert (error.kind, error.text) == (ErrorKind.MEMORY, "memory limit exceeded")


HUGE = "'x'.repeat(100 * 1000 * 1000)"


@pytest.mark.parametrize(
    "thrown",
    [
        f"new Error({HUGE})",
        HUGE,
        f"{{ a: {HUGE} }}",
        f"Object.assign(new Error('m'), {{ code: {HUGE} }})",
        f"Object.assign(new Error('m'), {{ name: {HUGE} }})",
        "Object.assign(new Error('m'), { stack: '\\n'.repeat(1e7) })",
    ],
)
async def test_huge_errors_are_cut(guests: Guests, thrown: str) -> None:
    """An error of 100 MB is told by its beginning; nothing of it makes the call fail in another way."""
    for source in (f"exports = () => {{ throw {thrown} }}", f"exports = () => Promise.reject({thrown})"):
        error = await error_of(guests, source, limits=Limits(wall_time=60))
        assert error.kind is ErrorKind.THREW
        assert len(error.text) + len(error.stack) < 300_000


async def test_huge_console_values_are_cut(guests: Guests) -> None:
    """A text of 100 MB leaves its first characters, and a value too long to be written says so."""
    source = f"exports = () => {{ console.log({HUGE}); }}"
    (line,) = (await guests.run(source)).logs
    assert len(line.text) == Limits().log_bytes
    (line,) = (await guests.run("exports = () => console.log({ a: Array(1e7).fill(1) })")).logs
    assert "too long" in line.text


async def test_memory_below_the_limit_is_there(guests: Guests) -> None:
    """What fits is given."""
    outcome = await guests.run(
        "exports = () => new Uint8Array(24 * 1024 * 1024).length", limits=Limits(memory=32 * MEGABYTE)
    )
    assert outcome.error is None
    assert 24 * MEGABYTE < outcome.stats.memory <= 32 * MEGABYTE


@pytest.mark.parametrize(
    "source",
    [
        "exports = function f() { return f() + 1 }",
        "const a = () => b(); const b = () => a() + 1; exports = a",
        "exports = () => { const o = { get x() { return this.x + 1 } }; return o.x }",
        "exports = () => { const o = { toString() { return `${this}` } }; return `${o}` }",
        "exports = () => { let a = []; for (let i = 0; i < 5e4; i++) a = [a]; return JSON.stringify(a).length }",
        "exports = () => new RegExp('(?:'.repeat(1e5) + ')'.repeat(1e5)).test('')",
        "exports = () => JSON.parse('['.repeat(1e5) + ']'.repeat(1e5)).length",
    ],
)
async def test_recursion_is_limited(guests: Guests, source: str) -> None:
    """Endless or deep recursion, in the author's code or in the engine's own, is an error the author understands."""
    error = await error_of(guests, source, limits=Limits(wall_time=60))
    assert "call stack" in error.text or "stack overflow" in error.text
    assert error.kind in {ErrorKind.STACK, ErrorKind.THREW}


async def test_recursion_can_be_caught(guests: Guests) -> None:
    """A recursion that ended is an exception like another; the call goes on."""
    source = "exports = () => { const f = () => f() + 1; try { f() } catch (e) { return e instanceof RangeError } }"
    assert await guests.value(source) is True


@pytest.mark.parametrize(("length", "fits"), [(997, True), (998, True), (999, False), (100_000, False)])
async def test_results_are_limited(guests: Guests, length: int, *, fits: bool) -> None:
    """A result of so many bytes of Extended JSON is returned, one more is not."""
    source = "exports = (n) => 'x'.repeat(n)"
    outcome = await guests.run(source, number(length), limits=Limits(result=1000))
    assert (outcome.error is None) == fits
    if outcome.error is not None:
        assert outcome.error.kind is ErrorKind.RESULT
        assert outcome.error.text == "the result exceeds the limit of 1000 bytes"


@pytest.mark.parametrize(
    "value", [HUGE, f"({{ a: {HUGE} }})", "new Uint8Array(1e8)", "Array(1e7).fill(1)", "new Set([new Array(1e7)])"]
)
async def test_a_result_of_100_megabytes(guests: Guests, value: str) -> None:
    """A huge result is refused by its size before it is written: the rest of the memory suffices for that."""
    error = await error_of(guests, f"exports = () => {value}", limits=Limits(wall_time=60))
    assert error.kind is ErrorKind.RESULT
    assert error.text == "the result exceeds the limit of 18874368 bytes"


async def test_parallel_host_calls_are_limited(guests: Guests) -> None:
    """1000 host calls wait at once; one more is the error that App Services gives."""
    assert await guests.value(MANY, number(1000), host=Answers(at_once)) == number(1000)
    error = await error_of(guests, MANY, number(1001), limits=Limits(wall_time=60))
    assert error.kind is ErrorKind.PARALLEL_HOST_CALLS
    assert error.text == "exceeded max async work queue size of 1000"


@pytest.mark.parametrize(("calls", "fits"), [(19, True), (20, True), (21, False)])
async def test_host_calls_are_limited(guests: Guests, calls: int, *, fits: bool) -> None:
    """So many host calls may a run make, in turn or at once."""
    for source in (MANY, IN_TURN):
        host = Answers(at_once)
        outcome = await guests.run(source, number(calls), host=host, limits=Limits(host_calls=20, wall_time=60))
        assert (outcome.error is None) == fits
        assert len(host.asked) <= 20
        if outcome.error is not None:
            assert outcome.error.kind is ErrorKind.HOST_CALLS


async def test_host_call_bytes_are_limited(guests: Guests) -> None:
    """Too long arguments and answers reject the one host call; the run goes on."""

    async def answer(url: str) -> bytes:
        return json.dumps({"status": url * 2}).encode()

    source = """exports = async (url) => {
        try { return (await context.http.get({url})).status.length } catch (error) { return error.message }
    }"""
    limits = Limits(host_call_bytes=2000, wall_time=60)
    fits, long_answer, long_arguments = [
        await guests.run(source, "x" * length, host=Answers(answer), limits=limits) for length in (900, 1100, 2100)
    ]
    assert fits.value == b'{"$numberInt":"1800"}'
    assert long_answer.value == b'"the answer of http exceeds the limit"'
    assert long_arguments.value == b'"the arguments of http exceed the limit"'
    left_alone = "exports = (url) => { context.http.get({url}); return 1 }"
    outcome = await guests.run(left_alone, "x" * 2100, host=Answers(answer), limits=limits)
    assert [line.text for line in outcome.logs] == ["the arguments of http exceed the limit"]
    huge = f"exports = () => context.http.get({{ url: {HUGE} }}).catch((error) => error.message)"
    assert await guests.value(huge) == "the arguments of http exceed the limit"


async def test_looping_guests_do_not_stop_others(sandboxes: Sandboxes) -> None:
    """While each worker has looping guests, other calls begin and end."""
    image = await sandboxes.build(
        ImageSource(functions={"f": "exports = () => 1", "g": "exports = () => { for (;;); }"})
    )
    forever = Call(function="g", limits=Limits(wall_time=300))
    loops = [asyncio.create_task(sandboxes.run(image, forever)) for _ in range(4)]
    outcomes = await asyncio.gather(*(sandboxes.run(image, Call(function="f")) for _ in range(10)))
    assert [outcome.error for outcome in outcomes] == [None] * 10
    assert not any(loop.done() for loop in loops)
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)


SPIN = "exports = (ms) => { const end = Date.now() + ms; while (Date.now() < end); return 'well' }"


@pytest.mark.parametrize(("milliseconds", "fits"), [(0, True), (60_000, False)])
async def test_processor_time_is_limited(guests: Guests, milliseconds: int, *, fits: bool) -> None:
    """A function that computes longer than it may is stopped long before its wall time is over."""
    outcome = await guests.run(SPIN, number(milliseconds), limits=Limits(cpu_time=0.5, wall_time=120))
    assert (outcome.error is None) == fits
    if outcome.error is not None:
        assert outcome.error.kind is ErrorKind.CPU_TIME
        assert outcome.error.text == "exceeded 0.5 seconds of processor time"


async def test_waiting_takes_no_processor_time(guests: Guests) -> None:
    """A function that waits may do so beyond its processor time."""
    source = "exports = () => new Promise((resolve) => { setTimeout(() => resolve('well'), 700) })"
    outcome = await guests.run(source, limits=Limits(cpu_time=0.5, wall_time=120))
    assert outcome.value == b'"well"'


async def test_processor_time_adds_up_over_host_calls(guests: Guests) -> None:
    """Time is counted over the whole run, not from one host call to the next."""
    source = """exports = async () => {
        for (;;) { const end = Date.now() + 20; while (Date.now() < end); await context.http.get({url: 'x'}) }
    }"""
    error = await error_of(guests, source, limits=Limits(cpu_time=0.5, wall_time=120))
    assert error.kind is ErrorKind.CPU_TIME


@pytest.mark.parametrize(("depth", "fits"), [(100, True), (1500, False)])
async def test_the_stack_can_be_lowered(guests: Guests, depth: int, *, fits: bool) -> None:
    """A recursion that the default stack holds is an error on a smaller one; a shallow one is not."""
    source = "exports = (n) => { const f = (i) => i ? f(i - 1) + 1 : 0; return f(n) }"
    assert (await guests.run(source, number(depth))).error is None
    outcome = await guests.run(source, number(depth), limits=Limits(stack=128 * 1024, wall_time=60))
    assert (outcome.error is None) == fits
    if outcome.error is not None:
        assert outcome.error.kind is ErrorKind.STACK


@pytest.mark.parametrize(("calls", "fits"), [(3, True), (4, False)])
async def test_bytes_of_host_calls_add_up(guests: Guests, calls: int, *, fits: bool) -> None:
    """Arguments and answers of all host calls together are limited, in turn or at once."""

    async def answer(url: str) -> bytes:
        return json.dumps({"status": "x" * 950}).encode()

    for source in (MANY, IN_TURN):
        outcome = await guests.run(
            source, number(calls), host=Answers(answer), limits=Limits(host_bytes=3500, wall_time=60)
        )
        assert (outcome.error is None) == fits
        if outcome.error is not None:
            assert outcome.error.kind is ErrorKind.HOST_BYTES


@pytest.mark.parametrize(("lines", "kept"), [(9, 9), (10, 10), (11, 10)])
async def test_log_lines_are_limited(guests: Guests, lines: int, kept: int) -> None:
    """So many console lines are kept; all are counted, and the call goes on."""
    source = "exports = (n) => { for (let i = 0; i < n; i++) console.log(i) }"
    outcome = await guests.run(source, number(lines), limits=Limits(log_lines=10, wall_time=60))
    assert outcome.error is None
    assert len(outcome.logs) == kept
    assert outcome.stats.log_lines == lines


@pytest.mark.parametrize(("length", "kept"), [(99, 99), (100, 100), (101, 100)])
async def test_log_bytes_are_limited(guests: Guests, length: int, kept: int) -> None:
    """So many bytes of console text are kept."""
    source = "exports = (n) => console.log('x'.repeat(n))"
    outcome = await guests.run(source, number(length), limits=Limits(log_bytes=100, wall_time=60))
    assert [len(line.text) for line in outcome.logs] == [kept]


@pytest.mark.parametrize(("megabytes", "fits"), [(15, True), (17, False)])
async def test_sources_are_limited(sandboxes: Sandboxes, megabytes: int, *, fits: bool) -> None:
    """Sources beyond the limit make no image."""
    source = "exports = () => 1\n" + f"// {'x' * 100}\n" * (megabytes * MEGABYTE // 104)
    if fits:
        assert (await sandboxes.build(ImageSource(functions={"f": source}))).size > 0
        return
    with pytest.raises(BuildFailed, match="exceed"):
        await sandboxes.build(ImageSource(functions={"f": source}))


async def test_image_memory_is_limited(sandboxes: Sandboxes) -> None:
    """An image that would be larger than its memory limit is not built, and the worker lives on."""
    source = "exports = () => [" + "'x'," * 3_500_000 + "]"
    with pytest.raises(BuildFailed, match="memory"):
        await sandboxes.build(ImageSource(functions={"f": source}))
    assert (await sandboxes.build(ImageSource(functions={"f": "exports = () => 1"}))).size > 0
