"""Made-up accounts and memberships."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from guildbase.platform.users.models import Member, User
from guildbase.services.seeding import SeedRows, SeedWorld


def seed(world: SeedWorld) -> Iterator[SeedRows]:
    """Yield accounts and memberships; there may be millions, so none is kept in memory."""
    if world.member_count:
        made_at = world.until
        accounts = ((world.user_id(number), made_at, made_at) for number in range(world.people_count))
        yield SeedRows(User, ("user_id", "created_at", "updated_at"), accounts, world.people_count)
        columns = ("guild_id", "user_id", "created_at", "updated_at")
        yield SeedRows(Member, columns, _memberships(world), world.member_count)


def _memberships(world: SeedWorld) -> Iterator[tuple[int, int, datetime, datetime]]:
    for guild in world.guilds:
        pause = (world.until - guild.joined_at) / (guild.size + 1)
        for place, number in enumerate(world.people_of(guild)):
            joined_at = guild.joined_at + pause * place
            yield guild.guild_id, world.user_id(number), joined_at, joined_at
