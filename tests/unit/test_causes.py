"""What led to what: by blocks, and by events that wait in between."""

from __future__ import annotations

import asyncio

from server.causes import Cause, causing, current_cause, within
from server.request_id import begin_request

REQUEST = "0123456789abcdef01234567"


async def test_blocks_within_blocks() -> None:
    """The trace is the request's throughout; the entry is that of the innermost block."""
    begin_request(REQUEST)
    seen = [current_cause()]
    with causing("login"):
        seen.append(current_cause())
        with causing("call"):
            seen.append(await asyncio.create_task(_asked()))
        seen.append(current_cause())
    seen.append(current_cause())

    login, call = Cause(trace=REQUEST, entry="login"), Cause(trace=REQUEST, entry="call")
    assert seen == [None, login, call, login, None]


async def test_without_a_request_the_first_entry_names_the_trace() -> None:
    """All that follows is of that trace."""
    with causing("first"), causing("second"):
        assert current_cause() == Cause(trace="first", entry="second")


async def test_what_waited_in_between_goes_on_where_it_was_caused() -> None:
    """In its cause's trace, whatever the task did before."""
    cause = Cause(trace=REQUEST, entry="login")
    with causing("another"), within(cause):
        assert current_cause() == cause
        with causing("call"):
            assert current_cause() == Cause(trace=REQUEST, entry="call")


async def _asked() -> Cause | None:
    return current_cause()
