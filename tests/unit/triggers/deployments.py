"""Deployments that have triggers and nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, cast

from server.apps.model import App, DataSource, Trigger
from server.context.deployment import Deployment

if TYPE_CHECKING:
    from runtime.messages import Image


def deployment(app_id: str, *triggers: Trigger, at: datetime, version: str = "1") -> Deployment:
    """An app of these triggers; its functions cannot be run."""
    app = App(
        app_id=app_id, id=app_id, group_id="g", domain_id=f"{app_id}-domain", version=version, name=app_id,
        triggers=triggers, data_sources={"db": DataSource(name="db", type="mongodb-atlas")},
    )  # fmt: skip
    return Deployment(app=app, image=cast("Image", None), rules={}, can_evaluate={}, deployed_at=at)
