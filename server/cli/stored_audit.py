"""The security events that a data directory keeps, also of apps that are gone."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence

from server.admin.audit import audit_page
from server.admin.objects.storage import JsonObject
from server.cli.audit import PAGE, Page
from server.cli.served import app_id_of, check_app, identity_file
from server.login_records import AuditEvent
from server.settings import Settings
from server.store import open_store


def stored_pages(settings: Settings, options: argparse.Namespace) -> Page:
    """The pages that the options name. Raises StoreError; AppError where no app of that name was ever here."""
    return lambda skip: asyncio.run(_page(settings, options, skip))


async def _page(settings: Settings, options: argparse.Namespace, skip: int) -> Sequence[JsonObject]:
    events = [AuditEvent(event) for event in options.event]
    async with open_store(identity_file(settings)) as store:
        app_id = await app_id_of(store, options.app)
        found = await audit_page(store, app_id, user_id=options.user, events=events, skip=skip, limit=PAGE)
        if not found and not skip:
            await check_app(store, app_id)
        return found
