"""A recorded call runs again in another source: it is answered from the recording, and what differs is told."""

from __future__ import annotations

import pytest

from runtime.limits import Limits
from runtime.messages import Call, Host, HostError, ImageSource
from runtime.recording import MOST_BYTES, Recorder, Recording
from runtime.retracing import Retraced
from runtime.supervisor import Sandboxes

asynchronous = pytest.mark.asyncio(loop_scope="module")

SOURCE = """exports = async (name) => {
    console.log("hello", name, Math.random(), Date.now());
    const [one, two] = await Promise.all([context.http.get({url: "one"}), context.http.get({url: "two"})]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const hash = utils.crypto.hash("sha256", name).toString("hex");
    return {name, sum: one + two, hash, key: crypto.randomUUID()};
}"""


class _Numbers:
    """A host that answers each request with another number, and counts."""

    def __init__(self) -> None:
        self.asked = 0

    async def answer(self, operation: str, arguments: bytes) -> bytes:
        """The count so far; nothing at the address `bad`."""
        assert operation == "http"
        self.asked += 1
        if b'"bad"' in arguments:
            raise HostError("FetchError", "no such address")
        return b"%d" % self.asked


async def _recorded(sandboxes: Sandboxes, source: str = SOURCE, host: Host | None = None) -> Recording:
    image = await sandboxes.build(ImageSource(functions={"f": source}))
    call = Call(function="f", arguments=b'["ada"]', limits=Limits(wall_time=60), records=True)
    outcome = await sandboxes.run(image, call, host or _Numbers())
    assert outcome.recording is not None
    return Recording.decode(outcome.recording.encode())


async def _again(sandboxes: Sandboxes, recording: Recording, source: str) -> Retraced:
    return await sandboxes.retrace(recording, await sandboxes.build(ImageSource(functions={"f": source})))


def _told(retraced: Retraced) -> list[tuple[str, str | None, str | None]]:
    return [(one.place, one.recorded, one.now) for one in retraced.differences]


@asynchronous
async def test_the_same_source_does_the_same(sandboxes: Sandboxes) -> None:
    """Clock, chance, hashes and answers are as they were, and nobody is asked."""
    host = _Numbers()
    recording = await _recorded(sandboxes, host=host)
    retraced = await _again(sandboxes, recording, SOURCE)
    assert _told(retraced) == []
    assert host.asked == 2
    assert [asked.operation for asked in retraced.now.calls] == ["http", "http", "timer"]
    assert retraced.now.ended is not None
    assert b'"name":"ada"' in retraced.now.ended


@asynchronous
@pytest.mark.parametrize(
    ("old", "new", "places"),
    [
        ('"hello"', '"goodbye"', ["log 1"]),
        ("one + two", "one - two", ["result"]),
        ('url: "two"', 'url: "three"', ["host call 2"]),
        ("return {", 'throw new Error("no"); return {', ["result", "error"]),
        ("Math.random(), ", "", ["log 1"]),
        ('utils.crypto.hash("sha256"', 'Date.now(); utils.crypto.hash("md5"', ["result"]),
        ("await new Promise((resolve) => setTimeout(resolve, 20));", "", ["host call 3"]),
    ],
)  # fmt: skip
async def test_another_source_is_told_apart(sandboxes: Sandboxes, old: str, new: str, places: list[str]) -> None:
    """By what it asks, prints and returns; all the rest is as it was."""
    recording = await _recorded(sandboxes)
    retraced = await _again(sandboxes, recording, SOURCE.replace(old, new))
    assert [one.place for one in retraced.differences] == places, _told(retraced)


@asynchronous
async def test_what_was_not_asked_is_refused(sandboxes: Sandboxes) -> None:
    """The function is told so, and can catch it; a timer passes at once."""
    recording = await _recorded(sandboxes, "exports = () => 1")
    source = """exports = async () => {
        await new Promise((resolve) => setTimeout(resolve, 299000));
        try { await context.http.get({url: "new"}) } catch (error) { return error.name }
    }"""
    retraced = await _again(sandboxes, recording, source)
    assert retraced.now.ended == b'"NotRecorded"'
    assert [one.place for one in retraced.differences] == ["host call 1", "host call 2", "result"]


@asynchronous
async def test_a_source_without_end_ends(sandboxes: Sandboxes) -> None:
    """By the limits that were recorded, or because it waits for what nobody answers."""
    recording = await _recorded(sandboxes, "exports = () => { context.http.get({url: 'left'}); return 1 }")
    waits = await _again(sandboxes, recording, "exports = async () => await context.http.get({url: 'left'})")
    assert waits.now.error == "the function waits for an answer that was not recorded"
    throws = await _again(sandboxes, recording, "exports = () => { const f = () => f() + 1; return f() }")
    assert "Maximum call stack" in str(throws.now.error)


@asynchronous
async def test_errors_of_host_calls_come_again(sandboxes: Sandboxes) -> None:
    """As the guest met them."""
    source = (
        "exports = async () => { try { await context.http.get({url: 'bad'}) } catch (error) { return error.message } }"
    )
    recording = await _recorded(sandboxes, source)
    retraced = await _again(sandboxes, recording, source)
    assert (retraced.now.ended, retraced.differences) == (b'"no such address"', [])


@asynchronous
@pytest.mark.parametrize("spoilt", [b"{}", b'{"answers":[{}]}', b"x"])
async def test_a_recording_of_another_form_is_refused(sandboxes: Sandboxes, spoilt: bytes) -> None:
    """It is not run."""
    recording = Recording(image="", limits=b"{}", messages=(b"{}", spoilt), tape=b"", steps=(b'{"calls":[]}',))
    image = await sandboxes.build(ImageSource(functions={"f": "exports = () => 1"}))
    with pytest.raises(ValueError, match="cannot be read"):
        await sandboxes.retrace(recording, image)


def test_what_is_too_much_is_not_recorded() -> None:
    """Memory is given back at once; nothing is kept of such a run."""
    recorder = Recorder("image", b"{}")
    recorder.enter(b"x" * (MOST_BYTES - 10))
    recorder.step(b"x" * 8, b"")
    assert recorder.recording() is not None
    recorder.enter(b"xxx")
    recorder.step(b"x", b"x")
    assert recorder.recording() is None
