"""The framed protocol: whatever is sent arrives, and no bytes can do more than be refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.frames import LARGEST_FRAME, MOST_PARTS, Decoder, Frame, FrameError, Kind, encode

FRAMES = st.builds(
    Frame,
    st.sampled_from(Kind),
    st.integers(0, 2**64 - 1),
    st.lists(st.binary(max_size=300), max_size=MOST_PARTS).map(tuple),
)


@given(sent=st.lists(FRAMES, max_size=5), cut=st.integers(1, 64))
def test_frames_arrive_as_sent(sent: list[Frame], cut: int) -> None:
    """However the stream is cut, the frames come out whole and in order."""
    stream = b"".join(encode(frame.kind, frame.run, *frame.parts) for frame in sent)
    decoder = Decoder()
    arrived = [frame for start in range(0, len(stream), cut) for frame in decoder.feed(stream[start : start + cut])]
    assert arrived == sent


@given(st.lists(st.binary(max_size=100), max_size=5))
def test_any_bytes_are_frames_or_an_error(pieces: list[bytes]) -> None:
    """Bytes that are no frames raise FrameError and nothing else."""
    decoder = Decoder()
    try:
        for piece in pieces:
            decoder.feed(piece)
    except FrameError:
        return


@given(frame=FRAMES, position=st.integers(0, 400), byte=st.integers(0, 255))
def test_a_changed_byte_is_at_worst_an_error(frame: Frame, position: int, byte: int) -> None:
    """A frame with one byte changed is another frame, incomplete, or an error."""
    stream = bytearray(encode(frame.kind, frame.run, *frame.parts))
    stream[position % len(stream)] = byte
    try:
        Decoder().feed(bytes(stream))
    except FrameError:
        return


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ((LARGEST_FRAME + 1).to_bytes(4, "little") + bytes(10), "impossible size"),
        ((9).to_bytes(4, "little") + bytes(10), "impossible size"),
        ((10).to_bytes(4, "little") + bytes([Kind.CALL]) + bytes(8) + bytes([MOST_PARTS + 1]), "impossible size"),
        ((10).to_bytes(4, "little") + bytes([99]) + bytes(9), "unknown kind 99"),
        ((10).to_bytes(4, "little") + bytes([Kind.CALL]) + bytes(8) + b"\1", "cut off"),
        ((14).to_bytes(4, "little") + bytes([Kind.CALL]) + bytes(8) + b"\1" + b"\1\0\0\0", "longer than its frame"),
        ((11).to_bytes(4, "little") + bytes([Kind.CALL]) + bytes(8) + b"\0" + b"x", "left over"),
    ],
)
def test_what_cannot_be_a_frame_is_refused_by_its_head(head: bytes, why: str) -> None:
    """A size, kind or part that cannot be is refused as soon as it is read."""
    with pytest.raises(FrameError, match=why):
        Decoder().feed(head)


def test_the_largest_frame_is_waited_for() -> None:
    """A head that announces the largest frame is no error yet."""
    assert Decoder().feed(LARGEST_FRAME.to_bytes(4, "little") + bytes([Kind.STEPPED]) + bytes(9)) == []
