"""Users, as others see them and as they see themselves."""

from __future__ import annotations

from guildbase.simulator.errors import Json
from guildbase.simulator.world.entities import User


def user(one: User) -> Json:
    """Return a user object."""
    return {
        "id": str(one.id),
        "username": one.username,
        "discriminator": "0",
        "global_name": one.global_name,
        "avatar": one.avatar,
        "bot": one.bot,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }


def current_user(one: User, *, with_email: bool = False) -> Json:
    """Return someone's own user object, with what only they may know of themselves."""
    own = user(one) | {"banner": one.banner, "mfa_enabled": False, "locale": one.locale, "premium_type": 0}
    return own | ({"email": None if one.bot else email(one), "verified": True} if with_email or one.bot else {})


def email(one: User) -> str:
    """Return a person's address, which nothing is ever sent to."""
    return f"{one.username}@example.com"
