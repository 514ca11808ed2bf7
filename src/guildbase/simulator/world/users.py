"""Accounts: changing how they look everywhere."""

from __future__ import annotations

from guildbase.simulator import payloads
from guildbase.simulator.world.entities import User
from guildbase.simulator.world.state import Event, World


def change(world: World, user: User, values: dict[str, object]) -> None:
    """Set fields of the account by name; the bot is told of its own."""
    for name, value in values.items():
        setattr(user, name, value)
    if user is world.bot:
        world.emit(Event("USER_UPDATE", payloads.current_user(user)))
