"""Requests to join a guild: asking, and deciding on them."""

from __future__ import annotations

from guildbase.simulator.world import members
from guildbase.simulator.world.entities import Guild, JoinRequest, JoinRequestStatus, User
from guildbase.simulator.world.state import World


def ask(world: World, guild: Guild, user: User) -> JoinRequest:
    """Let the user ask to join."""
    one = JoinRequest(world.new_id(), user.id, world.clock.now())
    guild.join_requests[one.id] = one
    world.watch.changed()
    return one


def decide(world: World, guild: Guild, one: JoinRequest, reviewer: User, rejection_reason: str | None = None) -> None:
    """Let the user in, or reject the request for the reason given ("" for none)."""
    one.reviewed_at, one.reviewer_id = world.clock.now(), reviewer.id
    one.rejection_reason = rejection_reason or None
    one.status = JoinRequestStatus.APPROVED if rejection_reason is None else JoinRequestStatus.REJECTED
    if one.status == JoinRequestStatus.APPROVED and one.user_id not in guild.members:
        members.join(world, guild, world.users[one.user_id])
    world.watch.changed()
