"""The servers of a person: those whose dashboard they may use, and those that they could bring the bot to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import GuildbaseError, NoReply, PermissionDenied
from guildbase.core.ports import ADMINISTRATOR, Caller
from guildbase.core.registry import FeatureRegistry
from guildbase.core.rights import Right
from guildbase.core.settings import Settings
from guildbase.platform.access.controller import AccessController
from guildbase.platform.access.models import AccessGrant, HolderKind
from guildbase.platform.access.rules import rights_of
from guildbase.platform.accounts.controller.callers import CallerController, with_rights
from guildbase.platform.accounts.controller.tokens import TokenController
from guildbase.platform.accounts.oauth import DiscordGuild, DiscordOAuth, GrantRefused
from guildbase.platform.accounts.permission_bits import all_of
from guildbase.platform.guilds.models import Guild
from guildbase.platform.guilds.rules import MANAGE_GUILD
from guildbase.services.cache import CacheService
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController

TTL = 60.0
"""Seconds that Discord's list of somebody's servers counts; Discord does not like to be asked often."""
AT_ONCE = 20
MOST_GRANTED = 200


@dataclass(frozen=True, slots=True)
class Server:
    """A server, and what the person may do there."""

    guild: DiscordGuild
    is_bot_here: bool
    rights: Right


@dataclass(frozen=True, slots=True)
class Servers:
    """Those of a person."""

    servers: tuple[Server, ...]
    is_complete: bool
    """Whether Discord told of the servers without the bot, too."""


class ServerController(BaseController):
    """Puts together what Discord, the grants and the bot tell."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._oauth = DiscordOAuth(services.get(Settings))

    async def of(self, caller: Caller) -> Servers:
        """Return the servers of the person, those with the bot first and then by name."""
        told = await self._told(caller.user_id or 0)
        guilds = {it.guild_id: it for it in told or ()}
        granted = await self._granted(caller.user_id or 0)
        here = await self._with_bot({*guilds, *granted})
        limit = asyncio.Semaphore(AT_ONCE)

        async def look(guild_id: int) -> Server:
            async with limit:
                guild = guilds.get(guild_id) or DiscordGuild(guild_id, str(guild_id), None, False, 0)
                return Server(guild, True, await self._rights(caller, guild))

        found = [it for it in await asyncio.gather(*map(look, sorted(here))) if it.rights]
        found += [Server(it, False, Right.NONE) for it in _to_invite(guilds.values(), here)]
        found.sort(key=lambda it: (not it.is_bot_here, it.guild.name.casefold(), it.guild.guild_id))
        return Servers(tuple(found), is_complete=told is not None)

    def invite_url(self) -> str:
        """Return where the bot is brought to a server, or nothing if its client id is not set."""
        if self.services.get(Settings).oauth_client_id is None:
            return ""
        return self._oauth.invite_url(_wanted(self.services.get(FeatureRegistry)))

    async def forget(self, user_id: int) -> None:
        """Ask Discord anew for the servers of the person."""
        await self.services.get(CacheService).invalidate(_tag(user_id))

    async def _told(self, user_id: int) -> Sequence[DiscordGuild] | None:
        """Return the servers that the person is in, or None if Discord cannot be asked."""

        async def ask() -> Sequence[DiscordGuild]:
            token = await self.services.get(TokenController).access_token(user_id)
            if token is None:
                raise GrantRefused("")
            return await self._oauth.guilds(token)

        try:
            tag = _tag(user_id)
            return await self.services.get(CacheService).get_or_load(tag, ask, tags=(tag,), ttl=TTL)
        except GuildbaseError:  # Discord does not answer, or they must sign in anew for this.
            return None

    async def _granted(self, user_id: int) -> set[int]:
        """Return the servers in which the person was given access."""
        wanted = (col(AccessGrant.holder_kind) == HolderKind.USER, col(AccessGrant.holder_id) == user_id)
        async with self.reading() as session:
            statement = select(col(AccessGrant.guild_id)).where(*wanted).distinct().limit(MOST_GRANTED)
            return set((await session.execute(statement)).scalars())

    async def _with_bot(self, guild_ids: Iterable[int]) -> set[int]:
        is_here = (col(Guild.guild_id).in_(sorted(guild_ids)), col(Guild.arrived_at).is_not(None))
        async with self.reading() as session:
            return set((await session.execute(select(col(Guild.guild_id)).where(*is_here))).scalars())

    async def _rights(self, caller: Caller, guild: DiscordGuild) -> Right:
        """Return what the person may do there: as the bot sees them, or while it is away as Discord told."""
        try:
            return (await self.services.get(CallerController).find(caller, guild.guild_id)).rights
        except PermissionDenied:
            return Right.NONE
        except NoReply:
            seen = replace(
                caller, guild_id=guild.guild_id, permissions=guild.permissions, is_guild_owner=guild.is_owner
            )
            access = await self.services.get(AccessController).access(guild.guild_id)
            return with_rights(seen, rights_of(access, seen, utcnow())).rights


def _to_invite(guilds: Iterable[DiscordGuild], here: set[int]) -> list[DiscordGuild]:
    may_add = ADMINISTRATOR | MANAGE_GUILD
    return [it for it in guilds if it.guild_id not in here and (it.is_owner or it.permissions & may_add)]


def _wanted(registry: FeatureRegistry) -> int:
    """Return the permissions that the features need of the bot."""
    return all_of(name for feature in registry.features.values() for name in feature.bot_permissions)


def _tag(user_id: int) -> str:
    return f"web_guilds:{user_id}"
