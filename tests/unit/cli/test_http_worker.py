"""How the process that answers HTTP serves its connections."""

from __future__ import annotations

import os

from server.cli.http_worker import hypercorn_config


def test_who_waits_for_an_answer_is_not_cut_off() -> None:
    """A client has nothing to send while its function runs, for minutes it may be, or while it watches."""
    config = hypercorn_config(0)
    os.close(int(config.bind[0].removeprefix("fd://")))
    assert config.read_timeout is None
