"""Deploying: whole versions or nothing, in every process, with a way back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from server.events import EventKind, TriggerEvent, TriggerState, TriggerStatus
from server.records import Fault, FaultKind
from server.store import StoreError
from server.version_records import DeploymentStatus, Origin
from server.versions import following
from server.versions.compiling import DeployFailed
from server.versions.deployer import INTERRUPTED, CompiledFolder, Deployer, Deploying
from tests.claiming import Shares
from tests.integration.versions.conftest import APP, Servers, answer, files

pytestmark = pytest.mark.asyncio(loop_scope="session")
BY_ADA = Deploying(origin=Origin.EDIT, author="ada")


async def adopt(deployer: Deployer, value: str) -> None:
    """The folder holds an app whose function returns this, and is deployed."""
    tree = files(value)
    deployment = await deployer.compile(APP, tree)
    await deployer.adopt([CompiledFolder(folder=Path("folder"), deployment=deployment, tree=tree)])


async def history(deployer: Deployer) -> list[tuple[int, Origin, DeploymentStatus]]:
    """The app's deployments, newest first."""
    return [(one.number, one.origin, one.status) for one in await deployer.store.find_deployments(APP)]


async def test_what_is_deployed_is_served(servers: Servers) -> None:
    """The record says so, too."""
    deployer = servers.start()
    record = await deployer.deploy(APP, files("1"), BY_ADA)

    assert await answer(deployer) == b'{"$numberInt":"1"}'
    assert (record.number, record.status, record.author) == (1, DeploymentStatus.SUCCESSFUL, "ada")
    assert record.deployed_at is not None


@pytest.mark.parametrize("source", ["exports = (;", "exports = () => 1; } }"])
async def test_a_broken_version_changes_nothing(servers: Servers, source: str) -> None:
    """What was served goes on, and the record keeps the reason."""
    deployer = servers.start()
    await deployer.deploy(APP, files("1"), BY_ADA)
    with pytest.raises(DeployFailed, match=r"functions/f\.js"):
        await deployer.deploy(APP, files("1") | {"functions/f.js": source.encode()}, BY_ADA)

    newest = (await deployer.store.find_deployments(APP))[0]
    assert newest.status is DeploymentStatus.FAILED
    assert "functions/f.js" in newest.problem
    assert await answer(deployer) == b'{"$numberInt":"1"}'


async def test_problems_of_files_come_together(servers: Servers) -> None:
    """All of them, a line each."""
    bad = {"values/a.json": "{", "triggers/t.json": "[]"}
    with pytest.raises(DeployFailed) as refusal:
        await servers.start().deploy(APP, files("1", **bad), BY_ADA)

    assert [line.partition(":")[0] for line in str(refusal.value).splitlines()] == ["triggers/t.json", "values/a.json"]


async def test_files_of_another_app_are_refused(servers: Servers) -> None:
    """Nobody replaces an app by pushing to another."""
    with pytest.raises(DeployFailed, match="are of app 'other'"):
        await servers.start().deploy(APP, files("1") | {"root_config.json": b'{"app_id": "other"}'}, BY_ADA)


async def test_an_earlier_version_comes_back(servers: Servers) -> None:
    """Rolling back is a deployment like any other."""
    deployer = servers.start()
    first = await deployer.deploy(APP, files("1"), BY_ADA)
    await deployer.deploy(APP, files("2"), BY_ADA)
    again = await deployer.redeploy(first, "grace")

    assert await answer(deployer) == b'{"$numberInt":"1"}'
    assert (again.number, again.version, again.author) == (3, first.version, "grace")


async def test_a_folder_is_left_alone_where_an_administrator_wants_it(servers: Servers) -> None:
    """Its changes are not deployed until that is switched on again; the first version of an app always is."""
    deployer = servers.start()
    await adopt(deployer, "1")
    await deployer.store.set_automatic_deployment(APP, is_automatic=False)
    await adopt(deployer, "2")
    assert await answer(deployer) == b'{"$numberInt":"1"}'

    await deployer.store.set_automatic_deployment(APP, is_automatic=True)
    await adopt(deployer, "2")
    assert await answer(deployer) == b'{"$numberInt":"2"}'


async def test_other_processes_follow(servers: Servers) -> None:
    """They serve what one of them deployed, and what was there when they started."""
    one, other = servers.start(), servers.start()
    await one.deploy(APP, files("1"), BY_ADA)
    await other.catch_up()
    assert await answer(other) == b'{"$numberInt":"1"}'

    await other.deploy(APP, files("2"), BY_ADA)
    await one.catch_up()
    assert await answer(one) == b'{"$numberInt":"2"}'


async def test_a_deleted_app_is_served_by_none(servers: Servers) -> None:
    """Neither by the process that deleted it nor by the others."""
    deployer = servers.start()
    await deployer.deploy(APP, files("1"), BY_ADA)
    await servers.store.delete_stored_app(APP, now=datetime.now(UTC))
    await deployer.catch_up()

    assert await answer(deployer) is None
    assert await servers.store.find_deployments(APP) == []


async def test_a_deleted_app_is_owed_nothing(servers: Servers) -> None:
    """Another app of the same id inherits neither events nor dead ones, nor faults nor where triggers stood."""
    now = datetime.now(UTC)
    await servers.start().deploy(APP, files("1"), BY_ADA)
    owed = [
        TriggerEvent(
            id=id_, app_id=APP, kind=EventKind.AUTHENTICATION, trigger_name="t", function_name="f", arguments=(),
            created_at=now,
        )
        for id_ in ("a", "b")
    ]  # fmt: skip
    await servers.store.add_events(owed)
    await servers.store.claim_events(owner="o", now=now, lease=timedelta(1), sharing=Shares({APP: 1}))
    await servers.store.bury_event(APP, "a", owner="o", reason="no", now=now)
    state = TriggerState(app_id=APP, name="t", kind=EventKind.DATABASE, status=TriggerStatus.ACTIVE, since=now)
    await servers.store.change_triggers(APP, lambda _: [state])
    fault = Fault(app_id=APP, function_name="f", kind=FaultKind.TRAP, delay=0, until=now + timedelta(1))
    await servers.store.set_fault(fault, now=now)
    await servers.store.delete_stored_app(APP, now=datetime.now(UTC))

    assert await servers.store.waiting_events_of(APP, most=1) == 0
    assert await servers.store.dead_events(APP) == []
    assert await servers.store.trigger_states(APP) == []
    assert await servers.store.faults(now=now) == []


@pytest.mark.parametrize(
    "deploy_again",
    [lambda one: one.deploy(APP, files("2"), BY_ADA), lambda one: adopt(one, "2")],
    ids=["edit", "folder"],
)
async def test_the_id_of_a_deleted_app_is_not_taken_again(
    servers: Servers, deploy_again: Callable[[Deployer], Awaitable[object]]
) -> None:
    """Neither by an edit nor by a folder: what cannot go in the same write lies under it still."""
    deployer = servers.start()
    await deployer.deploy(APP, files("1"), BY_ADA)
    await servers.store.delete_stored_app(APP, now=datetime.now(UTC))
    await deployer.catch_up()
    with pytest.raises(DeployFailed, match="was deleted here"):
        await deploy_again(deployer)

    assert await servers.store.find_stored_app(APP) is None
    assert await answer(deployer) is None


async def test_of_two_deployments_the_later_wins(servers: Servers) -> None:
    """Also where the earlier one takes longer: it is noted as superseded."""
    deployer = servers.start()
    earlier = await deployer.begin(APP, files("1"), BY_ADA)
    await deployer.deploy(APP, files("2"), BY_ADA)
    ended = await deployer._carry_out(earlier, files("1"))

    assert await answer(deployer) == b'{"$numberInt":"2"}'
    assert (ended.status, ended.problem) == (DeploymentStatus.FAILED, "superseded by a later deployment")


async def test_deployments_at_once_leave_one_whole_version(servers: Servers) -> None:
    """Whatever the order, every process ends with the one that the store names."""
    one, other = servers.start(), servers.start()
    await asyncio.gather(
        *(deployer.deploy(APP, files(str(number)), BY_ADA) for number, deployer in enumerate([one, other] * 4))
    )
    await asyncio.gather(one.catch_up(), other.catch_up())
    app = await servers.store.find_stored_app(APP)
    assert app is not None
    assert app.deployment_id is not None
    served = await servers.store.find_deployment(APP, app.deployment_id)
    assert served is not None

    tree = await one.files(served.version)
    expected = tree["functions/f.js"].split()[-1].strip(b";")
    assert await answer(one) == await answer(other) == b'{"$numberInt":"' + expected + b'"}'


async def test_an_unchanged_folder_is_one_deployment(servers: Servers) -> None:
    """However often the server starts, and in however many processes."""
    for _ in range(3):
        deployer = servers.start()
        await adopt(deployer, "1")
        assert await answer(deployer) == b'{"$numberInt":"1"}'

    assert await history(servers.start()) == [(1, Origin.FOLDER, DeploymentStatus.SUCCESSFUL)]


async def test_what_was_pushed_outlives_a_restart(servers: Servers) -> None:
    """An unchanged folder does not undo what was deployed after it; a changed one is newer."""
    deployer = servers.start()
    await adopt(deployer, "1")
    await deployer.deploy(APP, files("2"), BY_ADA)
    restarted = servers.start()
    await adopt(restarted, "1")
    assert await answer(restarted) == b'{"$numberInt":"2"}'

    await adopt(restarted, "3")
    assert await answer(restarted) == b'{"$numberInt":"3"}'


async def test_a_folder_that_is_not_given_is_not_served(servers: Servers) -> None:
    """Who serves another folder on the same data has not asked for this one."""
    await adopt(servers.start(), "1")
    other = servers.start()
    await other.catch_up()

    assert await answer(other) is None


async def test_a_server_that_died_leaves_a_failed_deployment(servers: Servers) -> None:
    """What it had begun is told as interrupted; what was served before is served again."""
    deployer = servers.start()
    await deployer.deploy(APP, files("1"), BY_ADA)
    begun = await deployer.begin(APP, files("2"), BY_ADA)
    assert await servers.store.fail_unfinished_deployments(INTERRUPTED) == 1
    restarted = servers.start()
    await restarted.catch_up()

    assert await answer(restarted) == b'{"$numberInt":"1"}'
    found = await servers.store.find_deployment(APP, begun.id)
    assert found is not None
    assert (found.status, found.problem) == (DeploymentStatus.FAILED, INTERRUPTED)


async def test_processes_that_start_together_serve_the_folder(servers: Servers) -> None:
    """All of them, whoever is first; it is one deployment."""
    deployers = [servers.start() for _ in range(4)]
    await asyncio.gather(*(adopt(deployer, "1") for deployer in deployers))

    assert [await answer(deployer) for deployer in deployers] == [b'{"$numberInt":"1"}'] * 4
    await asyncio.gather(*(deployer.catch_up() for deployer in deployers))
    assert [await answer(deployer) for deployer in deployers] == [b'{"$numberInt":"1"}'] * 4
    assert await history(deployers[0]) == [(1, Origin.FOLDER, DeploymentStatus.SUCCESSFUL)]


async def test_a_store_that_fails_ends_nothing(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Following goes on once the store answers again."""
    one, other = servers.start(), servers.start()
    failures = iter([StoreError("disk full")])

    async def catch_up() -> None:
        for failure in failures:
            raise failure
        await Deployer.catch_up(other)
        caught_up.set()

    caught_up = asyncio.Event()
    monkeypatch.setattr(following, "PAUSE", 0)
    task = asyncio.create_task(Following(other, catch_up).follow())
    await one.deploy(APP, files("1"), BY_ADA)
    caught_up.clear()
    await caught_up.wait()
    task.cancel()

    assert await answer(other) == b'{"$numberInt":"1"}'


class Following:
    """A deployer that catches up in another way."""

    def __init__(self, deployer: Deployer, catch_up: Callable[[], Awaitable[None]]) -> None:
        self.deployer = deployer
        self.catch_up = catch_up

    async def follow(self) -> None:
        """As the deployer does."""
        await Deployer.follow(cast("Deployer", self))


async def test_the_operators_secrets_are_for_the_apps_of_the_operators_folders(servers: Servers) -> None:
    """Whoever may deploy another app of the server does not get at them by their names."""
    deployer = servers.start()
    deployer.given_secrets = {"key": "the operator's"}
    value = {"values/key.json": b'{"name": "key", "value": "key", "from_secret": true}'}
    with pytest.raises(DeployFailed, match="key"):
        await deployer.deploy(APP, files("1") | value, BY_ADA)
    assert await deployer.secrets(APP) == {}

    deployer.trust(APP)
    assert await deployer.secrets(APP) == {"key": "the operator's"}
    assert await deployer.secrets("other-abcde") == {}
    record = await deployer.deploy(APP, files("1") | value, BY_ADA)
    assert record.status is DeploymentStatus.SUCCESSFUL
