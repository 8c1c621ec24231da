"""How the process that answers HTTP serves its connections."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest

from server.cli.http_worker import COLLECTED_AFTER, collect_seldom, hypercorn_config


def test_who_waits_for_an_answer_is_not_cut_off() -> None:
    """A client has nothing to send while its function runs, for minutes it may be, or while it watches."""
    config = hypercorn_config(0)
    os.close(int(config.bind[0].removeprefix("fd://")))
    assert config.read_timeout is None


@pytest.fixture
def collecting() -> Iterator[None]:
    """Collections are again as they were before."""
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


@pytest.mark.usefixtures("collecting")
def test_what_a_server_stands_on_is_not_looked_through_again() -> None:
    """Modules and what they made stay out of collections; those of requests' remains go on, at their own distance."""
    collect_seldom()

    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold() == COLLECTED_AFTER
    assert gc.isenabled()
