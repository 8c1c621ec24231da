"""`vestibule triggers`: what is owed, what was given up, and what to do about it; a server may run meanwhile."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from server import ejson
from server.admin.objects.kinds import KINDS
from server.admin.trigger_queue import TriggerQueue
from server.cli.served import check_app, identity_file, served_files
from server.errors import AppError, ErrorCode
from server.events import DeadEvent, TriggerState
from server.settings import Settings
from server.store import Store, open_store

SETTINGS: tuple[str, ...] = ("data_dir", "log_level")
LOG_LEVEL = "WARNING"
PAGE: Final = 500
"""Events replayed or discarded in one write."""
MOST_DIGITS: Final = 18
"""Of a number that the database can take."""
SHOWN: Final = 100
"""Characters of a reason in a list."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """An action and what it is about."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add(actions.add_parser("list", help="where the triggers of an app stand, and what is owed"))
    dead = _add(actions.add_parser("dead", help="events that were given up, the newest first"))
    dead.add_argument("--trigger", metavar="NAME", help="of this trigger only")
    dead.add_argument("--skip", type=_count, default=0, metavar="N", help="leave out the newest N")
    _add(actions.add_parser("show", help="an event that was given up, with its arguments")).add_argument(
        "event", metavar="EVENT", help="the event's id"
    )
    for name, about in (("replay", "run events that were given up anew"), ("discard", "forget events")):
        action = _add(actions.add_parser(name, help=about))
        action.add_argument("events", nargs="*", metavar="EVENT", help="ids of events")
        action.add_argument("--trigger", metavar="NAME", help="all that were given up of this trigger")
    resume = _add(actions.add_parser("resume", help="let a suspended trigger go on where it stopped"))
    resume.add_argument("trigger", metavar="TRIGGER", help="the trigger's name")
    resume.add_argument("--from-now", action="store_true", help="leave out what happened meanwhile")


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > MOST_DIGITS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of events")
    return int(text)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Do it and print what was found or done. Exit status 1 where there was nothing to do it to."""
    return asyncio.run(_run(settings, options))


def _add(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("app_id", metavar="APP", help="the client app id")
    return parser


async def _run(settings: Settings, options: argparse.Namespace) -> int:
    async with open_store(identity_file(settings)) as store:
        if not await _is_known(store, options.app_id):
            await check_app(store, options.app_id)
        lines = await _ACTIONS[options.action](store, options)
    if not lines:
        sys.stderr.write(f"vestibule: there is nothing to {options.action}\n")
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0 if lines else 1


async def _is_known(store: Store, app_id: str) -> bool:
    """Whether anything is kept for the app: what it was owed outlives it."""
    return bool(await store.waiting_events_of(app_id, most=1) or await store.dead_events(app_id, limit=1))


async def _list(store: Store, options: argparse.Namespace) -> list[str]:
    states = await store.trigger_states(options.app_id)
    triggers = KINDS["triggers"].storage.read(await served_files(store, options.app_id))
    others = [_trigger(name, trigger) for name, trigger in triggers.items() if name not in {one.name for one in states}]
    waiting = await store.waiting_events_of(options.app_id, most=1_000_000)
    return [*map(_state, states), *others, f"{waiting} events are owed"]


def _trigger(name: str, trigger: Mapping[str, object]) -> str:
    """One that keeps no place: it runs when users come and go."""
    return f"{name}  {trigger.get('type')}  {'disabled' if trigger.get('disabled') else 'enabled'}"


def _state(state: TriggerState) -> str:
    return f"{state.name}  {state.kind.value}  {state.status.value}  {state.reason}".rstrip()


async def _dead(store: Store, options: argparse.Namespace) -> list[str]:
    dead = await store.dead_events(options.app_id, trigger_name=options.trigger, skip=options.skip)
    return [_summary(one) for one in dead] or ["no event was given up"]


def _summary(dead: DeadEvent) -> str:
    event = dead.queued.event
    reason = dead.reason.splitlines()[0][:SHOWN] if dead.reason else ""
    return f"{event.id}  {event.trigger_name}  {dead.died_at:%Y-%m-%dT%H:%M:%SZ}  {reason}"


async def _show(store: Store, options: argparse.Namespace) -> list[str]:
    dead = await store.find_dead_event(options.app_id, options.event)
    if dead is None:
        raise AppError(ErrorCode.NOT_FOUND, f"no event '{options.event}' was given up")
    event, queued = dead.queued.event, dead.queued
    return [
        f"id: {event.id}",
        f"trigger: {event.trigger_name} ({event.kind.value})",
        f"function: {event.function_name}",
        f"queued: {event.created_at.isoformat()}",
        f"given up: {dead.died_at.isoformat()}",
        f"attempts: {queued.attempts}, failures before the last: {queued.failures}",
        f"reason: {dead.reason}",
        f"arguments: {ejson.dumps(list(event.arguments)).decode()}",
    ]


async def _replay(store: Store, options: argparse.Namespace) -> list[str]:
    now = datetime.now(UTC)
    count = await _each(store, options, lambda ids: store.replay_events(options.app_id, ids, now=now))
    return [f"{count} events are run anew"] if count else []


async def _discard(store: Store, options: argparse.Namespace) -> list[str]:
    count = await _each(store, options, lambda ids: store.discard_events(options.app_id, ids))
    return [f"{count} events are forgotten"] if count else []


async def _each(store: Store, options: argparse.Namespace, act: Callable[[Sequence[str]], Awaitable[int]]) -> int:
    """Act on the events named, or on all that have been given up of a trigger by now, some at a time."""
    ids = list(options.events)
    while options.trigger:
        page = await store.dead_events(options.app_id, trigger_name=options.trigger, skip=len(ids), limit=PAGE)
        ids += [one.queued.event.id for one in page]
        if len(page) < PAGE:
            break
    return sum([await act(ids[start : start + PAGE]) for start in range(0, len(ids), PAGE)])


async def _resume(store: Store, options: argparse.Namespace) -> list[str]:
    queue = TriggerQueue(app_id=options.app_id, store=store)
    goes_on = await queue.resume(options.trigger, skip=options.from_now)
    return [f"{options.trigger} goes on"] if goes_on else []


_ACTIONS: Final[dict[str, Callable[[Store, argparse.Namespace], Awaitable[list[str]]]]] = {
    "list": _list,
    "dead": _dead,
    "show": _show,
    "replay": _replay,
    "discard": _discard,
    "resume": _resume,
}
