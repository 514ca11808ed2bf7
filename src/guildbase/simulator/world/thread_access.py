"""What the bot hears of threads when it comes to see their channel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.world.entities import Guild
from guildbase.simulator.world.state import Event, World


@contextmanager
def access_noted(world: World, guild: Guild) -> Iterator[None]:
    """Tell the bot of the active threads in those channels that it has come to see by what is done meanwhile."""
    before = _visible_places(world, guild)
    yield
    if gained := _visible_places(world, guild) - before:
        shown = [it for it in payloads.active_threads(world, guild) if it.parent_id in gained]
        own = [(it, it.thread.members.get(world.bot.id)) for it in shown if it.thread is not None]
        data: Json = {
            "guild_id": str(guild.id),
            "channel_ids": [str(it) for it in sorted(gained)],
            "threads": [payloads.channel(world, it) for it in shown],
            "members": [payloads.thread_member(it, follower) for it, follower in own if follower is not None],
        }
        world.emit(Event("THREAD_LIST_SYNC", data, guild.id))


def _visible_places(world: World, guild: Guild) -> set[int]:
    """Return the channels with active threads that the bot sees."""
    if world.bot.id not in guild.members:
        return set()
    places = {it.parent_id for it in guild.threads.values() if it.thread is not None and not it.thread.archived}
    return {it.id for it in guild.channels.values() if it.id in places and world.can_view(it, world.bot.id)}
