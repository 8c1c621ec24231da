"""A run as it was: all that entered it, and all that it handed over, step by step."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.tape import pack, unpack

MOST_BYTES = 4 * 1024 * 1024
"""Bytes of a recording; a run of which more enters and leaves is not recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Enough to run a call again with the identical result, on any machine that has the image.

    `messages` entered the guest one at a time: the call, then answers to host calls. After each the guest handed over
    one of `steps`; a run that a limit ended has one fewer. `tape` is what it was given meanwhile: clock, entropy, and
    answers of the synchronous door. `limits` are those of the worker, as JSON.
    """

    image: str
    limits: bytes
    messages: tuple[bytes, ...]
    tape: bytes
    steps: tuple[bytes, ...]

    def encode(self) -> bytes:
        """As bytes, to be kept."""
        return pack((self.image.encode(), self.limits, pack(self.messages), self.tape, pack(self.steps)))

    @classmethod
    def decode(cls, data: bytes) -> Recording:
        """What `encode` wrote. Raises ValueError."""
        image, limits, messages, tape, steps = unpack(data)
        return cls(
            image=image.decode(), limits=limits, messages=tuple(unpack(messages)), tape=tape, steps=tuple(unpack(steps))
        )


class Recorder:
    """Makes the recording of one run while its conversation is led."""

    def __init__(self, image: str, limits: bytes) -> None:
        self._image = image
        self._limits = limits
        self._messages: list[bytes] = []
        self._steps: list[bytes] = []
        self._tapes: list[bytes] = []
        self._bytes = 0

    def enter(self, message: bytes) -> None:
        """The guest is entered with a message."""
        if self._has_room(len(message)):
            self._messages.append(message)

    def step(self, handed_over: bytes, tape: bytes) -> None:
        """It has handed something over, and was given this meanwhile."""
        if self._has_room(len(handed_over) + len(tape)):
            self._steps.append(handed_over)
            self._tapes.append(tape)

    def recording(self) -> Recording | None:
        """What has been recorded; None where it was too much."""
        if self._bytes > MOST_BYTES:
            return None
        return Recording(
            image=self._image, limits=self._limits, messages=tuple(self._messages), tape=b"".join(self._tapes),
            steps=tuple(self._steps),
        )  # fmt: skip

    def _has_room(self, more: int) -> bool:
        self._bytes += more
        if self._bytes <= MOST_BYTES:
            return True
        for kept in (self._messages, self._steps, self._tapes):
            kept.clear()
        return False
