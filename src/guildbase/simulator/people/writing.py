"""Writing a message by the rules that hold for people alone: slowmode and the automatic moderation."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import cast

from guildbase.core.snowflake import snowflake_time
from guildbase.simulator.errors import Json
from guildbase.simulator.people.errors import NotAllowed
from guildbase.simulator.people.files import File, attach
from guildbase.simulator.people.requests import request
from guildbase.simulator.people.scene import Scene
from guildbase.simulator.permissions import Permission
from guildbase.simulator.world import automod
from guildbase.simulator.world.entities import Channel, Guild, Message, User

_BYPASSES_SLOWMODE = Permission.BYPASS_SLOWMODE | Permission.MANAGE_MESSAGES | Permission.MANAGE_CHANNELS


def write(scene: Scene, user: User, place: Channel, body: Json, files: Iterable[File] = ()) -> Message:
    """Send a message to a channel, thread or private conversation; raise NotAllowed."""
    guild = scene.world.guild_of(place)
    if guild is None or user.id not in guild.members:
        return _send(scene, user, place, body, files)
    _check_slowmode(scene, user, guild, place)
    return _moderated(scene, user, guild, place, body, files)


def _moderated(scene: Scene, user: User, guild: Guild, place: Channel, body: Json, files: Iterable[File]) -> Message:
    world, member = scene.world, guild.members[user.id]
    verdict = automod.judge(world, guild, place, member, body["content"])
    if verdict.refusal is not None:
        automod.enforce(world, guild, place, member, verdict)
        raise NotAllowed(verdict.refusal)
    message = _send(scene, user, place, body, files)
    automod.enforce(world, guild, place, member, verdict, message)
    return message


def _send(scene: Scene, user: User, place: Channel, body: Json, files: Iterable[File]) -> Message:
    uploads = dict(enumerate(attach(scene.world, it) for it in files))
    sent = request(scene, user, "POST", f"/channels/{place.id}/messages", body, files=uploads)
    return scene.world.message(place.id, int(cast("Json", sent)["id"]))


def _check_slowmode(scene: Scene, user: User, guild: Guild, place: Channel) -> None:
    world, pause = scene.world, timedelta(seconds=place.rate_limit_per_user)
    if not pause or world.permissions_of(guild, user.id, place) & _BYPASSES_SLOWMODE:
        return
    own = (it for it in reversed(world.messages[place.id].values()) if it.author_id == user.id)
    last = next(own, None)
    left = pause if last is None else snowflake_time(last.id) + pause - world.clock.now()
    if last is not None and left > timedelta(0):
        raise NotAllowed(f"slowmode in #{place.name}: {user.username} has to wait {left.total_seconds():.0f} s")
