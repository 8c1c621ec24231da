"""Two administrators at once, in two server processes: nobody's change is lost, nothing is served by halves."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from server.admin.workspace import Change, Workspace
from server.administrator_records import Administrator, AdministratorKind
from server.apps.source import Tree
from server.errors import AppError, ErrorCode
from server.version_records import DeploymentRecord, DeploymentStatus, Origin
from server.versions.deployer import INTERRUPTED, Deploying
from tests.integration.versions.conftest import APP, Servers, answer, files

pytestmark = pytest.mark.asyncio(loop_scope="session")
NUMBER = 8


def administrator(login: str) -> Administrator:
    """Somebody who edits."""
    now = datetime.now(UTC)
    return Administrator(
        id=login, kind=AdministratorKind.PASSWORD, login=login, secret_hash="", grants=(), created_at=now
    )  # fmt: skip


ADA, GRACE = administrator("ada"), administrator("grace")


def workspace(servers: Servers) -> Workspace:
    """A server process's, with a deployer of its own."""
    return Workspace(store=servers.store, deployer=servers.start())


def value(name: str, content: str = "1") -> Change:
    """Gives the app one more value."""
    return lambda tree: {**tree, f"values/{name}.json": f'{{"name": "{name}", "value": {content}}}'.encode()}


async def deployed(one: Workspace, content: str = "1") -> None:
    """The app is there."""
    await one.deployer.deploy(APP, files(content), Deploying(origin=Origin.EDIT, author="ada"))


async def ended(one: Workspace, record: DeploymentRecord) -> DeploymentRecord:
    """The deployment when it is over."""
    await one.deployer.end()
    found = await one.store.find_deployment(APP, record.id)
    assert found is not None
    return found


async def values(one: Workspace) -> set[str]:
    """The values of the version that is served."""
    return {path for path in await one.served(APP) if path.startswith("values/")}


async def test_edits_at_once_are_all_there(servers: Servers) -> None:
    """Without a draft, in two processes: an edit that another one came before is made again."""
    one, other = workspace(servers), workspace(servers)
    await deployed(one)
    edits = (
        place.edit(APP, by, value(f"{by.login}{index}"))
        for index in range(NUMBER)
        for place, by in ((one, ADA), (other, GRACE))
    )
    await asyncio.gather(*edits)

    assert len(await values(one)) == 2 * NUMBER
    assert all(record.status.value in {"successful", "failed"} for record in await one.store.find_deployments(APP))


async def test_edits_of_one_draft_are_all_deployed(servers: Servers) -> None:
    """Whoever deploys it."""
    one, other = workspace(servers), workspace(servers)
    await deployed(one)
    draft = await one.open_draft(APP, ADA)
    with pytest.raises(AppError, match="has an open draft"):
        await other.open_draft(APP, GRACE)
    edits = (place.edit(APP, ADA, value(f"v{index}")) for index in range(NUMBER) for place in (one, other))
    await asyncio.gather(*edits)
    record = await other.deploy_draft(APP, draft.id, GRACE)

    assert (await ended(other, record)).status is DeploymentStatus.SUCCESSFUL
    assert len(await values(one)) == NUMBER
    assert await one.store.find_draft(APP) is None


async def test_a_change_of_a_draft_under_deployment_stays_in_the_draft(servers: Servers) -> None:
    """It is not thrown away with what was deployed, and is deployed next."""
    one, other = workspace(servers), workspace(servers)
    await deployed(one)
    draft = await one.open_draft(APP, ADA)
    await one.edit(APP, ADA, value("early"))
    async with one.deployer._locked({APP}):
        begun = await one.deploy_draft(APP, draft.id, ADA)
        await other.edit(APP, GRACE, value("early", "2"))
        await other.edit(APP, GRACE, value("late"))
    assert (await ended(one, begun)).status is DeploymentStatus.SUCCESSFUL

    assert await values(one) == {"values/early.json"}
    kept = await other.store.find_draft(APP)
    assert kept is not None
    assert (await ended(other, await other.deploy_draft(APP, kept.id, GRACE))).status is DeploymentStatus.SUCCESSFUL
    assert await values(one) == {"values/early.json", "values/late.json"}


async def test_of_two_who_deploy_one_draft_both_learn_how_it_ended(servers: Servers) -> None:
    """One deployment is served; the other one says why it is not."""
    one, other = workspace(servers), workspace(servers)
    await deployed(one)
    draft = await one.open_draft(APP, ADA)
    await one.edit(APP, ADA, value("v"))
    begun = await asyncio.gather(one.deploy_draft(APP, draft.id, ADA), other.deploy_draft(APP, draft.id, GRACE))
    records = [await ended(place, record) for place, record in zip((one, other), begun, strict=True)]

    assert sorted(record.status for record in records) == ["failed", "successful"]
    assert await values(one) == {"values/v.json"}


async def test_a_draft_keeps_what_was_deployed_since_it_was_opened(servers: Servers) -> None:
    """Here a folder's version: the draft changes what it changed, and nothing else."""
    one, other = workspace(servers), workspace(servers)
    await deployed(one)
    draft = await one.open_draft(APP, ADA)
    await one.edit(APP, ADA, value("drafted"))
    await other.deployer.deploy(APP, files("2"), Deploying(origin=Origin.FOLDER, author="folder"))
    record = await one.deploy_draft(APP, draft.id, ADA)

    assert (await ended(one, record)).status is DeploymentStatus.SUCCESSFUL
    assert await answer(one.deployer) == b'{"$numberInt":"2"}'
    assert await values(one) == {"values/drafted.json"}


async def test_a_draft_does_not_overrun_a_change_of_the_same_file(servers: Servers) -> None:
    """The administrator is told which function; the draft stays as it is."""
    one, other = workspace(servers), workspace(servers)
    await deployed(one)
    draft = await one.open_draft(APP, ADA)
    mine: Tree = files("3")
    await one.edit(APP, ADA, lambda _: mine)
    await deployed(other, "2")
    with pytest.raises(AppError, match=r"function f; discard the draft") as refusal:
        await one.deploy_draft(APP, draft.id, ADA)

    assert refusal.value.code is ErrorCode.BEHIND_CURRENT_VERSION
    assert (await one.draft(APP, draft.id)).version == (await one.store.find_draft(APP) or draft).version
    assert await answer(other.deployer) == b'{"$numberInt":"2"}'


async def test_who_asked_may_go_away(servers: Servers) -> None:
    """A deployment that was begun goes on to its end, and never stays under way."""
    one = workspace(servers)
    await deployed(one)
    for turns in range(6):
        edit = asyncio.create_task(one.edit(APP, ADA, value(f"v{turns}")))
        for _ in range(turns * 3):
            await asyncio.sleep(0)
        edit.cancel()
        await asyncio.gather(edit, return_exceptions=True)
        await one.deployer.end()

    records = await one.store.find_deployments(APP)
    assert {record.status for record in records} == {DeploymentStatus.SUCCESSFUL}
    assert records[0].id == (await one.store.stored_apps())[0].deployment_id


async def test_only_the_deployments_of_a_process_that_died_have_ended(servers: Servers) -> None:
    """Those of the others go on."""
    one = workspace(servers)
    why = Deploying(origin=Origin.EDIT, author="ada")
    record = await one.deployer.begin(APP, files("1"), why)
    assert await one.store.fail_unfinished_deployments(INTERRUPTED, holder="somebody else") == 0
    assert (await ended(one, record)).status is DeploymentStatus.CREATED
