"""kill -9 of the whole server under a mixed load: acknowledged causes have their events run, in the order promised."""

from __future__ import annotations

import os
import random
import shutil
import signal
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPException
from itertools import count, pairwise
from pathlib import Path
from typing import TypeAlias, cast
from urllib.error import HTTPError

import pytest

from tests.faults.conftest import Reply, Server, rows, serving

MIXED = Path(__file__).parent / "apps" / "mixed"
CLIENTS = 3
PATIENCE = 120.0
"""Seconds after which what must happen is taken not to."""
DEPTH = 101
"""Events of a chain that are run or given up."""

Documents: TypeAlias = list[dict[str, object]]


@dataclass(slots=True)
class Load:
    """What clients did, and what of it was answered."""

    numbers: count[int] = field(default_factory=count)
    orders: list[int] = field(default_factory=list)
    logins: list[Reply] = field(default_factory=list)
    deleted: list[Reply] = field(default_factory=list)

    def run(self, server: Server) -> None:
        """Log in, order and delete the account, again and again, until the server is gone."""
        try:
            login = server.login()
            self.logins.append(login)
            while True:
                number = next(self.numbers)
                server.call(login, "order", number)
                self.orders.append(number)
                if number % 10 == 0:
                    server.delete(login)
                    self.deleted.append(login)
                    login = server.login()
                    self.logins.append(login)
        except HTTPError:
            raise
        except (OSError, HTTPException, ValueError):
            return


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, compiled: Path) -> Path:
    """A data directory in which the app is built."""
    data = Path(shutil.copytree(compiled, tmp_path_factory.mktemp("mixed") / "data"))
    with serving(data, MIXED) as server:
        server.process.terminate()
        server.process.wait()
    return data


@pytest.fixture
def data(built: Path, tmp_path: Path) -> Path:
    """A data directory without users."""
    return Path(shutil.copytree(built, tmp_path / "data"))


def kill_under(load: Load, data: Path, *, orders: int) -> None:
    """Serve the load until so many more orders are answered, then kill everything."""
    enough = len(load.orders) + orders
    with serving(data, MIXED) as server:
        clients = [threading.Thread(target=load.run, args=(server,)) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        deadline = time.monotonic() + PATIENCE
        while len(load.orders) < enough and time.monotonic() < deadline:
            time.sleep(0.001)
        server.kill()
        for client in clients:
            client.join(PATIENCE)


def report(server: Server, login: Reply, collection: str) -> Documents:
    """What triggers wrote, in the order in which they wrote it."""
    return cast("Documents", server.call(login, "report", collection))


def number_of(document: dict[str, object], name: str) -> int:
    """A number as functions return it."""
    value = document[name]
    return int(cast("str", next(iter(value.values()))) if isinstance(value, dict) else cast("int", value))


def wait_until_quiet(server: Server, login: Reply, data: Path, orders: set[int]) -> None:
    """Until no event is owed, and every order has been shipped; so long without any progress is too long."""
    last, deadline = None, time.monotonic() + PATIENCE
    while True:
        shipped = {number_of(one, "order") for one in report(server, login, "shipped")}
        (left,) = rows(data, "SELECT count(*), sum(attempts) FROM events")
        if orders <= shipped and not left[0]:
            return
        if left != last:
            last, deadline = left, time.monotonic() + PATIENCE
        assert time.monotonic() < deadline, "events are stuck"
        time.sleep(0.1)


def kill_workers(server: Server) -> None:
    """SIGKILL for the sandbox workers of a server, not for the server."""
    pids = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text(encoding="ascii").split()
    for pid in pids:
        if "runtime.worker" in Path(f"/proc/{pid}/cmdline").read_text(encoding="ascii"):
            os.kill(int(pid), signal.SIGKILL)


def test_every_acknowledged_cause_has_its_event(data: Path, pytestconfig: pytest.Config) -> None:
    """Orders ship in order, are charged and noted, comings and goings told of, however often the server dies."""
    chance = random.Random(7)
    load = Load()
    for _ in range(pytestconfig.getoption("kills")):
        kill_under(load, data, orders=chance.randint(1, 60))

    with serving(data, MIXED) as server:
        login = server.login()
        wait_until_quiet(server, login, data, set(load.orders))
        shipped = report(server, login, "shipped")
        charged = {number_of(one, "order") for one in report(server, login, "charged")}
        noted = {number_of(one, "order") for one in report(server, login, "noted")}
        greeted = {one["user"] for one in report(server, login, "greeted")}
        gone = {one["user"] for one in report(server, login, "gone")}

    assert set(load.orders) <= charged
    assert set(load.orders) <= noted
    assert {one["user_id"] for one in load.logins} <= greeted
    assert {one["user_id"] for one in load.deleted} <= gone
    places = [str(one["event"]) for one in shipped]
    assert all(earlier <= later for earlier, later in pairwise(places)), "events overtook one another"
    assert rows(data, "SELECT count(*) FROM dead_events") == [(0,)]


def test_trigger_that_leads_to_itself_is_stopped(data: Path) -> None:
    """A trigger whose function writes where it listens runs a hundred times more, and then is reported."""
    with serving(data, MIXED) as server:
        login = server.login()
        server.call(login, "shout")
        deadline = time.monotonic() + PATIENCE
        while not (dead := rows(data, "SELECT trigger_name, reason, depth FROM dead_events")):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        echoes = report(server, login, "echoes")

    assert dead == [("echo", f"the trigger leads to itself: this is event {DEPTH} in a chain", DEPTH)]
    assert len(echoes) == DEPTH + 1


def test_killed_worker_repeats_the_run(data: Path) -> None:
    """A sandbox worker that dies in the middle of a trigger costs nothing but time: the event is run again."""
    with serving(data, MIXED) as server:
        login = server.login()
        for number in range(40):
            server.call(login, "order", number)
            if number % 10 == 5:
                kill_workers(server)
        wait_until_quiet(server, login, data, set(range(40)))

    assert rows(data, "SELECT count(*) FROM dead_events") == [(0,)]
