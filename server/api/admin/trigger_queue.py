"""The events of triggers: what is owed, what was given up, and what to do about it."""

from __future__ import annotations

from typing import Annotated

import orjson
from pydantic import BaseModel, Field
from quart import Blueprint, Response, request

from server import ejson
from server.admin.access import Power, may
from server.admin.moments import iso
from server.admin.objects.kinds import KINDS
from server.admin.objects.storage import JsonObject
from server.admin.query import number
from server.admin.trigger_queue import TriggerQueue
from server.api.admin.answers import trigger_queue as answers
from server.api.admin.asking import APP, Body, asked_app, read_model
from server.api.admin.operations import Operation
from server.api.services import services
from server.api.wire import empty_response, json_response
from server.events import DeadEvent, QueuedEvent, TriggerState, WaitingEvent

admin_trigger_queue = Blueprint("admin_trigger_queue", __name__)
DEAD = f"{APP}/dead_events"
MOST_COUNTED = 1_000_000


class Resumption(Body):
    """How a trigger goes on; named as vendor tools do (contract 12.3)."""

    disable_token: bool = False


class DeadSought(BaseModel):
    """Given-up events of one trigger, and how many of the last to leave out."""

    trigger_name: str = ""
    skip: Annotated[int, Field(ge=0, lt=10**9)] = 0


@admin_trigger_queue.get(f"{APP}/trigger_queue")
@Operation(Power.READ, answer=answers.TriggerQueue)
async def show_queue(group_id: str, internal_id: str) -> Response:
    """Where the triggers that watch stand, how many events are owed, and the first 100 of them without arguments.

    The error of an event's last attempt is for who may read logs.
    """
    asked = await asked_app(group_id, internal_id)
    app_id, store = asked.app_id, services().calls.store
    hidden = {} if may(asked.administrator, Power.LOGS, app_id) else {"error": None}
    body = {
        "triggers": [_state_object(state) for state in await store.trigger_states(app_id)],
        "waiting": await store.waiting_events_of(app_id, most=MOST_COUNTED),
        "events": [_waiting_object(event) | hidden for event in await store.queued_events(app_id)],
    }
    return json_response(orjson.dumps(body))


@admin_trigger_queue.get(DEAD)
@Operation(Power.LOGS, answer=list[answers.DeadEvent], query=DeadSought)
async def list_dead(group_id: str, internal_id: str) -> Response:
    """Events that were given up, the last first, a page of 100 without arguments; `trigger_name` and `skip` choose."""
    app_id = (await asked_app(group_id, internal_id)).app_id
    trigger_name, skip = request.args.get("trigger_name") or None, number(request.args, "skip", 0)
    dead = await services().calls.store.dead_events(app_id, trigger_name=trigger_name, skip=skip)
    return json_response(orjson.dumps([_dead_object(one) for one in dead]))


@admin_trigger_queue.get(f"{DEAD}/<event_id>")
@Operation(Power.LOGS, answer=answers.DeadEventInFull)
async def show_dead(group_id: str, internal_id: str, event_id: str) -> Response:
    """One event that was given up, with the arguments that its function got."""
    dead = await (await _queue(group_id, internal_id)).dead_event(event_id)
    arguments = orjson.loads(ejson.dumps(list(dead.queued.event.arguments)))
    return json_response(orjson.dumps(_dead_object(dead) | {"arguments": arguments}))


@admin_trigger_queue.post(f"{DEAD}/<event_id>/replay")
@Operation(Power.RUN, status=204)
async def replay_dead(group_id: str, internal_id: str, event_id: str) -> Response:
    """Run the event anew, with all its attempts before it."""
    await (await _queue(group_id, internal_id)).replay(event_id)
    services().wake_triggers()
    return empty_response()


@admin_trigger_queue.delete(f"{DEAD}/<event_id>")
@Operation(Power.RUN, status=204)
async def discard_dead(group_id: str, internal_id: str, event_id: str) -> Response:
    """Forget the event."""
    await (await _queue(group_id, internal_id)).discard(event_id)
    return empty_response()


@admin_trigger_queue.put(f"{APP}/triggers/<object_id>/resume")
@Operation(Power.DEPLOY, status=204, body=Resumption)
async def resume_trigger(group_id: str, internal_id: str, object_id: str) -> Response:
    """Let a suspended trigger go on where it stopped; with `disable_token` from now on."""
    asked = await asked_app(group_id, internal_id)
    trigger = await asked.objects.show(KINDS["triggers"], object_id)
    queue = TriggerQueue(app_id=asked.app_id, store=services().calls.store)
    await queue.resume(str(trigger["name"]), skip=(await read_model(Resumption)).disable_token)
    services().wake_triggers()
    return empty_response()


async def _queue(group_id: str, internal_id: str) -> TriggerQueue:
    asked = await asked_app(group_id, internal_id)
    return TriggerQueue(app_id=asked.app_id, store=services().calls.store)


def _state_object(state: TriggerState) -> JsonObject:
    return {"name": state.name, "type": state.kind, "status": state.status, "reason": state.reason}


def _event_object(queued: QueuedEvent) -> JsonObject:
    event = queued.event
    return {
        "_id": event.id,
        "type": event.kind,
        "trigger_name": event.trigger_name,
        "function_name": event.function_name,
        "created": iso(event.created_at),
        "attempts": queued.attempts,
        "attempts_allowed": event.retry.attempts,
        "error": queued.last_error,
    }


def _waiting_object(waiting: WaitingEvent) -> JsonObject:
    due = None if waiting.due_at is None or waiting.is_running else iso(waiting.due_at)
    return _event_object(waiting.queued) | {"due": due, "running": waiting.is_running}


def _dead_object(dead: DeadEvent) -> JsonObject:
    return _event_object(dead.queued) | {"died": iso(dead.died_at), "error": dead.reason}
