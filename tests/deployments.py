"""Deployments that have triggers and data sources; their functions cannot be run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from runtime.messages import Image
from server.apps.model import App, DataSource, Trigger
from server.context.deployment import Deployment


def deployment(
    app_id: str, *triggers: Trigger, at: datetime, version: str = "1", sources: Sequence[str] = ("db",)
) -> Deployment:
    """An app of these triggers, and of embedded data sources of these names."""
    app = App(
        app_id=app_id, id=app_id, group_id="g", domain_id=f"{app_id}-domain", version=version, name=app_id,
        triggers=triggers, data_sources={name: DataSource(name=name, type="mongodb-atlas") for name in sources},
    )  # fmt: skip
    return Deployment(app=app, image=Image(id="", size=0), rules={}, can_evaluate={}, deployed_at=at)
