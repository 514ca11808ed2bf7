"""Users, the bot's own account and its application."""

from __future__ import annotations

from guildbase.simulator.errors import Json
from guildbase.simulator.world.entities import User
from guildbase.simulator.world.state import World


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


def current_user(one: User) -> Json:
    """Return the bot's own user object, with what only it may know of itself."""
    return user(one) | {"mfa_enabled": False, "locale": "en-US", "verified": True, "email": None}


def application(world: World) -> Json:
    """Return the application object of the bot's developer pages."""
    one = world.application
    return {
        "id": str(one.id),
        "name": one.name,
        "icon": None,
        "description": one.description,
        "type": None,
        "bot": user(world.bot),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "owner": user(world.user(one.owner_id)),
        "team": None,
        "flags": int(one.flags),
        "flags_new": str(int(one.flags)),
        "tags": [],
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "approximate_guild_count": len(world.guilds),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": [],
    }
