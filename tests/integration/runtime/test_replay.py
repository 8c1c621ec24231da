"""All that enters a guest passes one door: a call recorded there runs again with the identical result."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from runtime.limits import Limits
from runtime.messages import Call, HostError, ImageSource, Outcome
from runtime.recording import Recording
from runtime.supervisor import Sandboxes
from runtime.tape import CLOCK, Diverged, Tape, pack, unpack
from tests.integration.runtime.conftest import Answers

asynchronous = pytest.mark.asyncio(loop_scope="module")

SOURCES = {
    "chance": """exports = () => [Math.random(), new Date(), Date.now(), crypto.randomUUID(), new BSON.ObjectId(),
        require("crypto").randomBytes(9).toString("hex"), [...crypto.getRandomValues(new Uint8Array(5))]]""",
    "answers": """exports = async (urls) => {
        const got = await Promise.all(urls.map(async (url) => {
            try { return (await context.http.get({url})).status } catch (error) { return `${error.name} ${Date.now()}` }
        }));
        const again = await context.http.get({url: got.join()});
        return [again.status, Math.random()];
    }""",
    "timers": """exports = async () => {
        const order = [];
        const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms)).then(() => order.push([ms, Date.now()]));
        await Promise.all([wait(3), wait(1), wait(2)]);
        return order;
    }""",
    "throws": "exports = () => { console.log(Math.random()); throw new Error(`at ${Date.now()} ${Math.random()}`) }",
    "signs": """exports = () => [utils.crypto.encrypt("aes", "text", "k".repeat(32)).toString("hex"),
        utils.jwt.encode("HS256", {iat: Date.now()}, "k".repeat(32))]""",
}


async def recorded(sandboxes: Sandboxes, name: str, *arguments: object) -> tuple[Outcome, Recording]:
    """The outcome of a call, and its recording as it was kept."""

    async def answer(url: str) -> bytes:
        if url.startswith("bad"):
            raise HostError("FetchError", url)
        return json.dumps({"status": url.upper()}).encode()

    image = await sandboxes.build(ImageSource(functions=SOURCES))
    call = Call(function=name, arguments=json.dumps(arguments).encode(), limits=Limits(wall_time=60), records=True)
    outcome = await sandboxes.run(image, call, Answers(answer))
    assert outcome.recording is not None
    return outcome, Recording.decode(outcome.recording.encode())


@asynchronous
@pytest.mark.parametrize(
    ("name", "arguments"),
    [("chance", []), ("answers", [["a", "bad", "b"]]), ("timers", []), ("throws", []), ("signs", [])],
)
async def test_a_recorded_call_runs_again_identically(sandboxes: Sandboxes, name: str, arguments: list[object]) -> None:
    """Clock, chance, keys, answers in the order they came: the guest hands over the same bytes at every step."""
    first, recording = await recorded(sandboxes, name, *arguments)
    second, _ = await recorded(sandboxes, name, *arguments)
    assert (first.value, first.error) != (second.value, second.error)
    for _ in range(3):
        await sandboxes.replay(recording)


@asynchronous
async def test_a_replay_asks_nobody(sandboxes: Sandboxes) -> None:
    """The answers come from the recording: the steps hold the questions, and nothing is performed."""
    outcome, recording = await recorded(sandboxes, "answers", ["a"])
    assert outcome.stats.host_calls == 2
    assert len(recording.messages) == len(recording.steps) == 3
    await sandboxes.replay(recording)


@asynchronous
@pytest.mark.parametrize("spoilt", ["messages", "tape", "short tape", "steps"])
async def test_a_replay_that_differs_is_told(sandboxes: Sandboxes, spoilt: str) -> None:
    """Another argument, clock, or result is noticed."""
    _, recording = await recorded(sandboxes, "chance")
    tag, first, *rest = unpack(recording.tape)
    changed = {
        "messages": replace(recording, messages=(recording.messages[0].replace(b'"seed":"', b'"seed":"f'),)),
        "tape": replace(recording, tape=pack((tag, bytes(len(first)), *rest))),
        "short tape": replace(recording, tape=b""),
        "steps": replace(recording, steps=(recording.steps[0] + b" ",)),
    }[spoilt]
    with pytest.raises(Diverged):
        await sandboxes.replay(changed)
    await sandboxes.replay(recording)


def test_a_tape_gives_back_what_it_kept() -> None:
    """Event by event; beyond its end it does not draw."""
    kept = Tape()
    assert [kept.draw(b"a", lambda: b"one"), kept.draw(b"b", lambda: b"")] == [b"one", b""]
    data = kept.take()
    assert kept.take() == b""

    played = Tape(data)
    assert [played.draw(b"a", lambda: b"x"), played.draw(b"b", lambda: b"x")] == [b"one", b""]
    with pytest.raises(Diverged):
        played.draw(b"a", lambda: b"x")
    with pytest.raises(Diverged):
        Tape(data).draw(b"b", lambda: b"x")


def test_a_lenient_tape_goes_by_the_question() -> None:
    """The next event of the same question; a clock that has run out stands still, what was never asked is drawn."""
    tape = Tape(pack((CLOCK, b"1", b"a", b"one", CLOCK, b"2", b"a", b"two")), lenient=True)

    def draw(tag: bytes) -> bytes:
        return tape.draw(tag, lambda: b"new")

    assert [draw(tag) for tag in (b"a", b"b", CLOCK, CLOCK, CLOCK, b"a", b"a")] == [
        b"one", b"new", b"1", b"2", b"2", b"two", b"new",
    ]  # fmt: skip


@pytest.mark.parametrize("data", [b"\x01", b"\x05\0\0\0abc", pack([b"a"])[:-1]])
def test_a_tape_that_is_cut_off_is_refused(data: bytes) -> None:
    """Its bytes are checked."""
    with pytest.raises(ValueError, match="cut off"):
        list(unpack(data))
