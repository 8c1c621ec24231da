"""Who may begin how many runs: apps take turns, and none takes all places; pure."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence


def share_out(app_ids: Sequence[str], running: Mapping[str, int], *, room: int, most: int) -> dict[str, int]:
    """How many events each app may begin, of `room` in all: one at a time to the app that has the fewest.

    No app has more than `most` at once, those that run included; of apps that have as many, the earlier comes first.
    """
    turns = [(running.get(app_id, 0), place, app_id) for place, app_id in enumerate(app_ids)]
    heapq.heapify(turns)
    shares: dict[str, int] = {}
    while room > 0 and turns and turns[0][0] < most:
        has, place, app_id = turns[0]
        heapq.heapreplace(turns, (has + 1, place, app_id))
        shares[app_id] = shares.get(app_id, 0) + 1
        room -= 1
    return shares
