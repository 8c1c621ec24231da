"""`vestibule triggers`: what is owed, what was given up, and what to do about it; a server may run meanwhile."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import orjson

from server import ejson
from server.admin.objects.kinds import KINDS
from server.admin.trigger_queue import TriggerQueue
from server.cli.remote_options import add_format, show_value
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
_DEAD_ARE_LISTED: Final = "`vestibule triggers dead APP` lists those that were"


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found or done: for programs, and for people in lines, none where it is nothing."""

    value: object
    lines: list[str]


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
    add_format(parser)
    return parser


async def _run(settings: Settings, options: argparse.Namespace) -> int:
    async with open_store(identity_file(settings)) as store:
        if not await _is_known(store, options.app_id):
            await check_app(store, options.app_id)
        found = await _ACTIONS[options.action](store, options)
    if not found.lines:
        sys.stderr.write(
            f"vestibule: there is nothing to {options.action}; `vestibule triggers list {options.app_id}` and "
            f"`vestibule triggers dead {options.app_id}` show what there is\n"
        )
        return 1
    show_value(options, found.value, "\n".join(found.lines))
    return 0


async def _is_known(store: Store, app_id: str) -> bool:
    """Whether anything is kept for the app: what it was owed outlives it."""
    return bool(await store.waiting_events_of(app_id, most=1) or await store.dead_events(app_id, limit=1))


async def _list(store: Store, options: argparse.Namespace) -> _Found:
    states = await store.trigger_states(options.app_id)
    triggers = KINDS["triggers"].storage.read(await served_files(store, options.app_id))
    known = {one.name for one in states}
    others = [_placeless(name, trigger) for name, trigger in triggers.items() if name not in known]
    waiting = await store.waiting_events_of(options.app_id, most=1_000_000)
    rows: list[Mapping[str, object]] = [
        {"name": one.name, "type": one.kind, "status": one.status, "reason": one.reason} for one in states
    ]
    rows += others
    lines = [*map(_state, states), *map(_trigger, others), f"{waiting} events are owed"]
    return _Found({"triggers": rows, "owed": waiting}, lines)


def _trigger(row: Mapping[str, object]) -> str:
    return f"{row['name']}  {row['type']}  {row['status']}"


def _placeless(name: str, trigger: Mapping[str, object]) -> Mapping[str, object]:
    """One that keeps no place: it runs when users come and go."""
    status = "disabled" if trigger.get("disabled") else "enabled"
    return {"name": name, "type": trigger.get("type"), "status": status, "reason": ""}


def _state(state: TriggerState) -> str:
    return f"{state.name}  {state.kind.value}  {state.status.value}  {state.reason}".rstrip()


async def _dead(store: Store, options: argparse.Namespace) -> _Found:
    dead = await store.dead_events(options.app_id, trigger_name=options.trigger, skip=options.skip)
    return _Found([_object(one) for one in dead], [_summary(one) for one in dead] or ["no event was given up"])


def _object(dead: DeadEvent) -> dict[str, object]:
    event, queued = dead.queued.event, dead.queued
    return {
        "_id": event.id, "trigger_name": event.trigger_name, "type": event.kind, "function_name": event.function_name,
        "created": event.created_at.isoformat(), "died": dead.died_at.isoformat(), "attempts": queued.attempts,
        "error": dead.reason,
    }  # fmt: skip


def _summary(dead: DeadEvent) -> str:
    event = dead.queued.event
    reason = dead.reason.splitlines()[0][:SHOWN] if dead.reason else ""
    return f"{event.id}  {event.trigger_name}  {dead.died_at:%Y-%m-%dT%H:%M:%SZ}  {reason}"


async def _show(store: Store, options: argparse.Namespace) -> _Found:
    dead = await store.find_dead_event(options.app_id, options.event)
    if dead is None:
        raise AppError(ErrorCode.NOT_FOUND, f"no event '{options.event}' was given up; {_DEAD_ARE_LISTED}")
    event, queued = dead.queued.event, dead.queued
    arguments = ejson.dumps(list(event.arguments))
    lines = [
        f"id: {event.id}",
        f"trigger: {event.trigger_name} ({event.kind.value})",
        f"function: {event.function_name}",
        f"queued: {event.created_at.isoformat()}",
        f"given up: {dead.died_at.isoformat()}",
        f"attempts: {queued.attempts}, failures before the last: {queued.failures}",
        f"reason: {dead.reason}",
        f"arguments: {arguments.decode()}",
    ]
    return _Found(_object(dead) | {"arguments": orjson.loads(arguments)}, lines)


async def _replay(store: Store, options: argparse.Namespace) -> _Found:
    now = datetime.now(UTC)
    count = await _each(store, options, lambda ids: store.replay_events(options.app_id, ids, now=now))
    return _Found({"replayed": count}, [f"{count} events are run anew"] if count else [])


async def _discard(store: Store, options: argparse.Namespace) -> _Found:
    count = await _each(store, options, lambda ids: store.discard_events(options.app_id, ids))
    return _Found({"discarded": count}, [f"{count} events are forgotten"] if count else [])


async def _each(store: Store, options: argparse.Namespace, act: Callable[[Sequence[str]], Awaitable[int]]) -> int:
    """Act on the events named, or on all that have been given up of a trigger by now, some at a time."""
    ids = list(options.events)
    while options.trigger:
        page = await store.dead_events(options.app_id, trigger_name=options.trigger, skip=len(ids), limit=PAGE)
        ids += [one.queued.event.id for one in page]
        if len(page) < PAGE:
            break
    return sum([await act(ids[start : start + PAGE]) for start in range(0, len(ids), PAGE)])


async def _resume(store: Store, options: argparse.Namespace) -> _Found:
    queue = TriggerQueue(app_id=options.app_id, store=store)
    goes_on = await queue.resume(options.trigger, skip=options.from_now)
    return _Found({"resumed": options.trigger}, [f"{options.trigger} goes on"] if goes_on else [])


_ACTIONS: Final[dict[str, Callable[[Store, argparse.Namespace], Awaitable[_Found]]]] = {
    "list": _list,
    "dead": _dead,
    "show": _show,
    "replay": _replay,
    "discard": _discard,
    "resume": _resume,
}
