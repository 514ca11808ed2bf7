"""Webhooks as those see them who manage them."""

from __future__ import annotations

from guildbase.simulator.errors import Json
from guildbase.simulator.payloads.users import user
from guildbase.simulator.world.entities import Webhook
from guildbase.simulator.world.state import World


def webhook(world: World, one: Webhook, *, with_user: bool = True) -> Json:
    """Return the webhook; whoever knows it by its token alone is not told who made it."""
    payload: Json = {
        "id": str(one.id),
        "type": int(one.type),
        "guild_id": str(one.guild_id),
        "channel_id": str(one.channel_id),
        "name": one.name,
        "avatar": one.avatar,
        "application_id": None if one.application_id is None else str(one.application_id),
    }
    if one.token is not None:
        payload |= {"token": one.token, "url": f"https://discord.com/api/webhooks/{one.id}/{one.token}"}
    if with_user and (creator := world.users.get(one.creator_id)) is not None:
        payload["user"] = user(creator)
    return payload | _source(world, one)


def _source(world: World, one: Webhook) -> Json:
    source = world.channels.get(one.source_channel_id or 0)
    home = world.guilds.get(one.source_guild_id or 0)
    if source is None or home is None:
        return {}
    return {
        "source_guild": {"id": str(home.id), "name": home.name, "icon": home.settings.icon},
        "source_channel": {"id": str(source.id), "name": source.name},
    }
