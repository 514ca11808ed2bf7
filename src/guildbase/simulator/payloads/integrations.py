"""Integrations: the applications of a guild."""

from __future__ import annotations

from guildbase.simulator.errors import Json
from guildbase.simulator.payloads.users import user
from guildbase.simulator.world.entities import Integration
from guildbase.simulator.world.state import World


def partial_integration(one: Integration) -> Json:
    """Return an integration as the audit log names it."""
    return {
        "id": str(one.id),
        "type": "discord",
        "name": one.name,
        "account": {"id": str(one.application_id), "name": one.name},
        "application_id": str(one.application_id),
    }


def integration(world: World, one: Integration) -> Json:
    """Return an integration with its application, and with its bot if that is ours."""
    own = world.application
    application: Json = {
        "id": str(one.application_id),
        "name": one.name,
        "icon": None,
        "description": "",
        "summary": "",
        "type": None,
    }
    if one.application_id == own.id:
        application |= {"description": own.description, "bot": user(world.bot)}
    payload = partial_integration(one)
    del payload["application_id"]
    return payload | {
        "enabled": one.enabled,
        "scopes": ["bot", "applications.commands"],
        "application": application,
        "user": user(world.users.peek(one.user_id)),
    }
