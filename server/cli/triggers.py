"""`vestibule triggers`: how an app's triggers are configured, what is owed, what was given up, what to do about it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from server.cli.remote_options import PLACE_SETTINGS, add_placed_app, show_value, works_locally
from server.cli.trigger_configuration import as_file, change_trigger
from server.cli.trigger_events import TriggerEvents, trigger_events
from server.remote.exchange import RemoteError
from server.settings import Settings

SETTINGS: tuple[str, ...] = PLACE_SETTINGS
LOG_LEVEL = "WARNING"
MOST_DIGITS: Final = 9
"""Of a number that a server takes."""
SHOWN: Final = 100
"""Characters of a reason in a list."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found or done: for programs, and for people in lines, none where it is nothing."""

    value: object
    lines: list[str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """An action and what it is about."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add_placed_app(actions.add_parser("list", help="where the triggers of an app stand, and what is owed"))
    add_placed_app(show := actions.add_parser("show", help="a trigger as JSON, or an event that was given up"))
    show.add_argument("name", metavar="NAME", help="the trigger's name, or the event's id")
    add_placed_app(change := actions.add_parser("set", help="make a trigger, or give it another configuration"))
    for one in (change, *_named(actions)):
        one.add_argument("trigger", metavar="TRIGGER", help="the trigger's name")
    change.add_argument("file", metavar="FILE", help="its configuration as JSON; - is the standard input")
    add_placed_app(resume := actions.add_parser("resume", help="let a suspended trigger go on where it stopped"))
    resume.add_argument("trigger", metavar="TRIGGER", help="the trigger's name")
    resume.add_argument("--from-now", action="store_true", help="leave out what happened meanwhile")
    _add_dead(actions)


def _named(actions: Any) -> list[argparse.ArgumentParser]:
    parsers: list[argparse.ArgumentParser] = []
    for name, about in _ABOUT.items():
        add_placed_app(one := actions.add_parser(name, help=about))
        parsers.append(one)
    return parsers


def _add_dead(actions: Any) -> None:
    add_placed_app(dead := actions.add_parser("dead", help="events that were given up, the newest first"))
    dead.add_argument("--trigger", metavar="NAME", help="of this trigger only")
    dead.add_argument("--skip", type=_count, default=0, metavar="N", help="leave out the newest N")
    for name, about in (("replay", "run events that were given up anew"), ("discard", "forget events")):
        add_placed_app(action := actions.add_parser(name, help=about))
        action.add_argument("events", nargs="*", metavar="EVENT", help="ids of events")
        action.add_argument("--trigger", metavar="NAME", help="all that were given up of this trigger")


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > MOST_DIGITS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of events")
    return int(text)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Do it and print what was found or done. Exit status 1 where there was nothing to do it to."""
    options.local = works_locally(settings, options)
    if options.action not in _ACTIONS:
        change_trigger(settings, options)
        return 0
    found = _ACTIONS[options.action](trigger_events(settings, options), options)
    if not found.lines:
        sys.stderr.write(
            f"vestibule: there is nothing to {options.action}; `vestibule triggers list {options.app}` and "
            f"`vestibule triggers dead {options.app}` show what there is\n"
        )
        return 1
    show_value(options, found.value, "\n".join(found.lines))
    return 0


def _list(events: TriggerEvents, _: argparse.Namespace) -> _Found:
    standing = events.standing()
    known = {row["name"] for row in standing.triggers}
    others = [_placeless(name, trigger) for name, trigger in events.triggers().items() if name not in known]
    rows = [*standing.triggers, *others]
    lines = ["  ".join(str(row[field]) for field in _COLUMNS).rstrip() for row in rows]
    owed = f"{standing.owed} events are owed"
    return _Found({"triggers": rows, "owed": standing.owed}, [*lines, owed])


def _placeless(name: str, trigger: Mapping[str, object]) -> Mapping[str, object]:
    """One that keeps no place: it runs when users come and go."""
    status = "disabled" if trigger.get("disabled") else "enabled"
    return {"name": name, "type": trigger.get("type"), "status": status, "reason": ""}


def _dead(events: TriggerEvents, options: argparse.Namespace) -> _Found:
    rows = events.dead(options.trigger, options.skip)
    return _Found(rows, [_summary(row) for row in rows] or ["no event was given up"])


def _summary(row: Mapping[str, Any]) -> str:
    died = datetime.fromisoformat(row["died"])
    reason = row["error"].splitlines()[0][:SHOWN] if row["error"] else ""
    return f"{row['_id']}  {row['trigger_name']}  {died:%Y-%m-%dT%H:%M:%SZ}  {reason}"


def _show(events: TriggerEvents, options: argparse.Namespace) -> _Found:
    trigger = events.triggers().get(options.name)
    if trigger is not None:
        file = as_file(trigger)
        return _Found(file, [orjson.dumps(file, option=orjson.OPT_INDENT_2).decode()])
    row = events.event(options.name)
    if row is None:
        raise RemoteError(
            f"there is no trigger and no event '{options.name}' that was given up; `vestibule triggers list "
            f"{options.app}` lists triggers, `vestibule triggers dead {options.app}` events"
        )
    failures = f", failures before the last: {row['failures']}" if "failures" in row else ""
    lines = [
        f"id: {row['_id']}",
        f"trigger: {row['trigger_name']} ({row['type']})",
        f"function: {row['function_name']}",
        f"queued: {row['created']}",
        f"given up: {row['died']}",
        f"attempts: {row['attempts']}{failures}",
        f"reason: {row['error']}",
        f"arguments: {orjson.dumps(row['arguments']).decode()}",
    ]
    return _Found(row, lines)


def _replay(events: TriggerEvents, options: argparse.Namespace) -> _Found:
    count = events.replay(_meant(events, options))
    return _Found({"replayed": count}, [f"{count} events are run anew"] if count else [])


def _discard(events: TriggerEvents, options: argparse.Namespace) -> _Found:
    count = events.discard(_meant(events, options))
    return _Found({"discarded": count}, [f"{count} events are forgotten"] if count else [])


def _meant(events: TriggerEvents, options: argparse.Namespace) -> list[str]:
    """The events named, and all that have been given up of a trigger by now."""
    named = list(options.events)
    of_trigger: list[str] = []
    while options.trigger and (page := events.dead(options.trigger, len(of_trigger))):
        of_trigger += [row["_id"] for row in page]
    return [*named, *of_trigger]


def _resume(events: TriggerEvents, options: argparse.Namespace) -> _Found:
    goes_on = events.resume(options.trigger, from_now=options.from_now)
    return _Found({"resumed": options.trigger}, [f"{options.trigger} goes on"] if goes_on else [])


_COLUMNS: Final = ("name", "type", "status", "reason")
_ABOUT: Final = {
    "enable": "let a trigger run again",
    "disable": "let a trigger run no more",
    "delete": "take a trigger away",
}
_ACTIONS: Final[dict[str, Callable[[TriggerEvents, argparse.Namespace], _Found]]] = {
    "list": _list,
    "show": _show,
    "dead": _dead,
    "replay": _replay,
    "discard": _discard,
    "resume": _resume,
}
"""What is done beside the configuration."""
