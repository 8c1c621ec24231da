"""Start-up and shutdown: opens what the server is made of, in order, and closes it in reverse."""

from __future__ import annotations

import functools
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from runtime.limits import AppLimits, Limits
from runtime.supervisor import open_sandboxes
from server.admin.administration import Administration
from server.admin.sessions import AdministratorSessions
from server.admin.workspace import Workspace
from server.api.services import Services
from server.auth.keys import SigningKeys, new_signing_key
from server.calls.calling import Calls
from server.calls.failures import FailureHandling
from server.calls.log_retention import LogBounds, LogRetention
from server.calls.log_writer import LogReader, LogWriter
from server.calls.metrics import forget_unserved
from server.calls.registry import Registry
from server.context.crypto import KeyDerivations
from server.context.data_sources import DataSources
from server.context.deployment import Deployment
from server.context.document_stores import DocumentStores
from server.context.host import Capabilities
from server.context.http import OutboundHttp
from server.documents.engine import EmbeddedDocuments
from server.events import EventKind
from server.exports.opening import wanted_exports
from server.login.housekeeping import Housekeeping
from server.login.key_ring import KeyRing
from server.login.lifetimes import Lifetimes
from server.login.limits import LimitRules
from server.login.service import LoginService, LoginSettings, open_login
from server.mail.outbox import Outbox
from server.mail.transport import MailFolder, MailTransport, SmtpServer
from server.recording_records import RecordingBounds
from server.recordings.keeper import RecordingKeeper
from server.settings import Settings, SettingsError
from server.store import Store, open_store
from server.store.document_writes import WritesOfFile
from server.triggers.board import Standing
from server.triggers.change_sources import ChangeSource, EmbeddedChanges
from server.triggers.feeding import Feeding
from server.triggers.functions import FunctionRuns
from server.triggers.runner import TriggerRunner
from server.triggers.scheduler import Scheduler
from server.triggers.sharing import GREED_AT_MAXIMUM
from server.triggers.streamed_changes import StreamedChanges
from server.triggers.webhooks import WebhookDeliveries
from server.versions.deployer import Deployer
from server.versions.secret_box import SecretBox


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A started server without its HTTP side."""

    services: Services
    triggers: TriggerRunner | None


@asynccontextmanager
async def open_server(
    settings: Settings, *, workers: int, secrets: Mapping[str, str], run_triggers: bool = True
) -> AsyncIterator[Server]:
    """Open store, sandboxes, documents and triggers under the data directory; `secrets` are the operator's own."""
    data = settings.data_dir.absolute()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(data / "identity.sqlite"))
        box = SecretBox.open(data / "secrets.key", is_needed=await store.has_secrets())
        wanted = wanted_exports(settings) if run_triggers else ()  # a command's standard output is its answer
        exports = [await stack.enter_async_context(export) for export in wanted]
        calls = await _open_calls(stack, settings, store, workers, box, exports)
        registry = Registry()
        registry.subscribe(functools.partial(forget_unserved, registry.functions_of))
        deployer = Deployer(store=store, sandboxes=calls.sandboxes, registry=registry, box=box, given_secrets=secrets)
        stack.push_async_callback(deployer.end)
        keys = await open_keys(store)
        login = await stack.enter_async_context(open_login(calls, registry, keys, _login_settings(settings)))
        outbox = Outbox(store, mail_transport(settings, data), settings.mail_from)
        triggers = await _open_triggers(stack, calls, registry) if run_triggers else None
        await stack.enter_async_context(KeyRing(store, keys, settings.signing_key_life))
        if run_triggers:
            await stack.enter_async_context(outbox)
            bounds = LogBounds(days=settings.log_days, megabytes=settings.log_megabytes)
            await stack.enter_async_context(LogRetention(store, registry, bounds))
            await stack.enter_async_context(Housekeeping(store, registry, timedelta(days=settings.audit_days)))
        services = Services(
            settings=settings, registry=registry, deployer=deployer, calls=calls,
            administration=_administration(deployer, keys, login, settings), login=login, keys=keys,
            metrics_token=_metrics_token(settings),
            wake_triggers=triggers.wake if triggers else _nothing, wake_mails=outbox.wake,
        )  # fmt: skip
        yield Server(services=services, triggers=triggers)


def mail_transport(settings: Settings, data: Path) -> MailTransport:
    """The SMTP server of the settings, else the folder `mail` of the data directory. Raises OSError, SettingsError."""
    if not settings.smtp_url:
        return MailFolder(folder=data / "mail")
    password = settings.smtp_password_file.read_text().strip() if settings.smtp_password_file else None
    try:
        return SmtpServer.read(settings.smtp_url, password)
    except ValueError as error:
        raise SettingsError(f"smtp_url: {error}") from error


def _metrics_token(settings: Settings) -> str:
    """Raises OSError."""
    return settings.metrics_token_file.read_text().strip() if settings.metrics_token_file else ""


def _login_settings(settings: Settings) -> LoginSettings:
    lifetimes = Lifetimes(access=settings.access_token_life, refresh=settings.refresh_token_life)
    address = replace(LimitRules().address, free=settings.failures_per_address)
    limits = replace(LimitRules(), address=address)
    return LoginSettings(lifetimes=lifetimes, limits=limits, allowed_hosts=settings.allowed_hosts)


async def open_keys(store: Store) -> SigningKeys:
    """The installation's signing keys, made at the first start; several processes agree on the first one's."""
    rows = await store.signing_keys()
    if not rows:
        await store.add_signing_key(new_signing_key(now=datetime.now(UTC)))
        rows = await store.signing_keys()
    return SigningKeys.from_rows(rows)


async def _open_calls(
    stack: AsyncExitStack,
    settings: Settings,
    store: Store,
    workers: int,
    box: SecretBox,
    log_readers: Sequence[LogReader],
) -> Calls:
    data = settings.data_dir.absolute()
    sandboxes = await stack.enter_async_context(
        open_sandboxes(data / "cache", workers=workers, queue=settings.queue, require_walls=settings.require_walls)
    )
    capabilities = Capabilities(
        documents=await _open_documents(stack, settings, store, data),
        http=await stack.enter_async_context(OutboundHttp(allowed_hosts=settings.allowed_hosts)),
        derivations=await stack.enter_async_context(KeyDerivations(threads=os.cpu_count() or 1)),
    )
    logs = await stack.enter_async_context(LogWriter(store, log_readers))
    bounds = RecordingBounds(
        days=settings.recording_days, count=settings.recording_count, megabytes=settings.recording_megabytes
    )
    recordings = await stack.enter_async_context(RecordingKeeper(store, box, bounds))
    limits = Limits(
        wall_time=settings.function_seconds,
        cpu_time=settings.function_cpu_seconds,
        memory=settings.function_memory,
    )
    return Calls(
        sandboxes=sandboxes, store=store, capabilities=capabilities, logs=logs, limits=limits,
        failures=FailureHandling(store), recordings=recordings,
        app_limits=AppLimits(concurrent_calls=settings.concurrent_calls, queue=settings.queue),
    )  # fmt: skip


async def _open_documents(stack: AsyncExitStack, settings: Settings, store: Store, data: Path) -> DataSources:
    """The documents; what a process that was killed has left owing to them is made first."""
    owed = functools.partial(WritesOfFile, data / "identity.sqlite")
    for file in await store.files_owed_writes():
        decided = await store.decided_writes(file)
        async with await EmbeddedDocuments.open(data / "documents" / file, owed(file)):
            await store.forget_writes(file, decided)
    stores = DocumentStores(data / "documents", settings.data_source_uris, owed)
    return DataSources(await stack.enter_async_context(stores))


async def _open_triggers(stack: AsyncExitStack, calls: Calls, registry: Registry) -> TriggerRunner:
    deliveries = {EventKind.OUTGOING_WEBHOOK: WebhookDeliveries(calls, registry).run}
    handlers = {**FunctionRuns(calls, registry).handlers(), **deliveries}
    runner = TriggerRunner(calls.store, handlers, lambda: registry.app_ids, greeds=functools.partial(_greeds, registry))
    await stack.enter_async_context(runner)
    registry.subscribe(runner.wake)
    calls.on_events.listeners.append(runner.wake)
    standing = Standing(calls.store, registry)

    async def open_source(deployment: Deployment, service: str) -> ChangeSource:
        store = await calls.documents.store(deployment, service)
        return EmbeddedChanges(store) if isinstance(store, EmbeddedDocuments) else StreamedChanges(store)

    await stack.enter_async_context(Scheduler(calls.store, standing, runner.wake))
    await stack.enter_async_context(Feeding(calls.store, standing, open_source, runner.wake))
    await stack.enter_async_context(standing)
    return runner


def _greeds(registry: Registry, app_id: str) -> Mapping[str, int]:
    deployment = registry.find(app_id)
    if deployment is None:
        return {}
    eager = dict.fromkeys(deployment.eager_triggers, GREED_AT_MAXIMUM)
    return eager | dict.fromkeys(deployment.disabled_triggers, 0)


def _administration(deployer: Deployer, keys: SigningKeys, login: LoginService, settings: Settings) -> Administration:
    store, limits = deployer.store, _login_settings(settings).limits
    return Administration(
        sessions=AdministratorSessions(store=store, keys=keys, hashing=login.hashing, limits=limits),
        workspace=Workspace(store=store, deployer=deployer),
        deployer=deployer,
    )


def _nothing() -> None:
    return None
