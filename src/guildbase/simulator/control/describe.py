"""The world and its messages in the shapes of the control API."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from guildbase.core.snowflake import shard_of
from guildbase.simulator.control import models
from guildbase.simulator.people.seen import SeenMessage
from guildbase.simulator.world.entities import Guild, Message

if TYPE_CHECKING:
    from guildbase.simulator.server import Simulator

_GUILDS_LISTED = 250
_MEMBERS_LISTED = 100


def summary(sim: Simulator) -> models.WorldSummary:
    """Return where everything is; of a large world only the first guilds and members are listed."""
    world = sim.world
    return models.WorldSummary(
        page_url=sim.page_url,
        rest_url=sim.base_url,
        ca_file=str(sim.ca_file) if sim.secured else None,
        gateway_url=sim.gateway_url,
        control_url=sim.control_url,
        token=sim.token,
        application_id=str(sim.application_id),
        client_secret=sim.client_secret,
        redirect_uris=world.application.redirect_uris,
        bot_user_id=str(sim.bot_user_id),
        guilds=[guild_summary(sim, it) for it in islice(world.guilds.values(), _GUILDS_LISTED)],
        users={it.username: str(it.id) for it in islice(world.users.values(), _MEMBERS_LISTED) if not it.bot},
    )


def guild_summary(sim: Simulator, guild: Guild) -> models.GuildSummary:
    """Return a guild with what is in it; of many members only the first are listed."""
    users = sim.world.users
    return models.GuildSummary(
        id=str(guild.id),
        name=guild.name,
        shard=shard_of(guild.id, sim.world.recommended_shards),
        bot=sim.bot_user_id in guild.members,
        channels={it.name: str(it.id) for it in guild.channels.values()},
        roles={it.name: str(it.id) for it in guild.roles.values()},
        members={users.peek(it).username: str(it) for it in islice(guild.members, _MEMBERS_LISTED)},
    )


def shown(sim: Simulator, message: SeenMessage | Message) -> models.Shown:
    """Return a message as people see it."""
    one = message if isinstance(message, SeenMessage) else SeenMessage(sim.scene, message)
    return models.Shown(
        id=str(one.id),
        channel_id=str(one.channel_id),
        author_id=str(one.author_id),
        author=one.author_name,
        text=one.text,
        content=one.content,
        embeds=one.embeds,
        components=one.components,
        ephemeral=one.ephemeral,
        edits=one.edits,
    )
