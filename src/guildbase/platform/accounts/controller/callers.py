"""Who asks the API, and what they may do in a server. It implements the port `Callers`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from guildbase.core.clock import utcnow
from guildbase.core.errors import NotFound, PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import Caller, GuildSnapshot, Standings
from guildbase.core.rights import ALL, Right, closure, names
from guildbase.platform.access import rules as access_rules
from guildbase.platform.access.controller import DeveloperController
from guildbase.platform.access.grants import GuildAccess
from guildbase.platform.accounts import rules
from guildbase.platform.accounts.controller.keys import KeyController
from guildbase.platform.accounts.controller.people import WebUserController
from guildbase.platform.accounts.controller.security import SecurityController
from guildbase.platform.accounts.membership import MembershipController
from guildbase.platform.accounts.models import ApiKey
from guildbase.platform.guilds.controller import GuildController, GuildNotFound
from guildbase.platform.standing.controller import StandingController
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.sessions import SessionStore

HIGHEST_ROLE = 1000
"""Where a key of the operator stands in a server; Discord allows 250 roles."""


class CallerController(BaseController):
    """Establishes callers of the API."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._guilds = services.get(GuildController)
        self._follows = False

    async def of_session(self, token: str, *, is_unsafe: bool) -> Caller | None:
        """Return the person who is signed in with this token; None if nobody is, or they may sign in no more."""
        session = await self.services.get(SessionStore).get(token, fresh=is_unsafe)
        if session is None or await self._is_blocked(session.user_id):
            return None
        return Caller(
            session.user_id,
            name=session.username,
            is_bot_owner=await self.services.get(DeveloperController).is_developer(session.user_id),
            session_id=str(session.session_id),
        )

    async def of_key(self, key: str) -> Caller | None:
        """Return the program that this API key was made for; None if it is wrong, over, or its maker is gone."""
        found = await self.services.get(KeyController).find(key)
        if found is None:
            return None
        caller = Caller(name=f"API key {found.name}", key_id=found.number)
        if found.guild_id is not None:
            return caller
        if found.created_by is None:
            return replace(caller, is_system=True)
        is_developer = await self.services.get(DeveloperController).is_developer(found.created_by)
        is_welcome = is_developer and not await self._is_kept_out(found.created_by, fresh=True)
        return replace(caller, is_bot_owner=True) if is_welcome else None

    async def in_guild(self, caller: Caller, guild_id: int, right: Right, *, is_unsafe: bool) -> Caller:
        """Return the caller as one of this guild.

        Raises:
            NotFound: they have no access to the guild at all, or there is none.
            PermissionDenied: they have access to the guild, but not this right; or they are blocked there.
            NoReply: the bot cannot be asked who they are there.
        """
        found = await self.find(caller, guild_id, is_unsafe=is_unsafe)
        if not found.rights:
            raise GuildNotFound(guild_id)
        if right & ~found.rights:
            needed = ", ".join(names(right))
            raise PermissionDenied(
                _("You may not do this in this server."),
                hint=_("It takes the right {right}; the server's owner can give it to you.", right=needed),
            )
        return found

    async def find(self, caller: Caller, guild_id: int, *, is_unsafe: bool = False) -> Caller:
        """Return the caller as one of this guild, whatever they may do there; raise as `in_guild` does."""
        try:
            if caller.key_id is not None:
                return await self._key_in_guild(caller, caller.key_id, guild_id, is_unsafe=is_unsafe)
            return await self._person_in_guild(caller, guild_id, is_unsafe=is_unsafe)
        except NotFound:  # The bot is not there; nobody learns more than of a server that is not theirs.
            return replace(caller, guild_id=guild_id)

    async def refused(
        self, caller: Caller | None, route: str, guild_id: int | None, reason: str, *, address: str = ""
    ) -> None:
        """Note a refusal as a security event; it never fails."""
        await self.services.get(SecurityController).note(
            "access.refused", caller, route=route, guild_id=guild_id, address=address, details={"reason": reason}
        )

    async def _person_in_guild(self, caller: Caller, guild_id: int, *, is_unsafe: bool) -> Caller:
        if caller.user_id is None:
            return replace(caller, guild_id=guild_id)
        member = await self.services.get(MembershipController).get(guild_id, caller.user_id)
        if not member.is_member:
            return replace(caller, guild_id=guild_id)
        snapshot = await self._snapshot(guild_id, is_unsafe=is_unsafe)
        role_ids = frozenset(member.role_ids)
        await self._follow()
        refusal = self.services.get(Standings).refusal(
            caller.user_id, snapshot, permissions=member.permissions, is_guild_owner=member.is_owner
        )
        if refusal is not None:
            raise refusal
        if member.is_timed_out:
            raise PermissionDenied(
                _("You are timed out in this server."), hint=_("You can use its dashboard again when that is over.")
            )
        found: dict[str, Any] = {  # No `replace` of the caller, which takes five times as long, and twice.
            "user_id": caller.user_id,
            "guild_id": guild_id,
            "name": caller.name,
            "permissions": member.permissions,
            "level": snapshot.level_of(role_ids),
            "top_role": member.top_role,
            "role_ids": role_ids,
            "is_guild_owner": member.is_owner,
            "is_bot_owner": caller.is_bot_owner,
            "session_id": caller.session_id,
        }
        rights = access_rules.rights_of(snapshot.get(GuildAccess), Caller(**found), utcnow())
        return Caller(**(found | _held(rights, member.permissions)))

    async def _key_in_guild(self, caller: Caller, number: int, guild_id: int, *, is_unsafe: bool) -> Caller:
        """Return the key as a caller that may do what it was made for and its maker may still do, and no more."""
        key = await self.services.get(KeyController).get(number)
        nothing = replace(caller, guild_id=guild_id)
        if key is None or key.guild_id != guild_id:
            return nothing
        scopes, top_role = closure(Right(key.scopes)), HIGHEST_ROLE
        if key.created_by is not None:
            maker = await self._maker(key, key.created_by, guild_id, is_unsafe=is_unsafe)
            if maker is None:
                return nothing
            scopes, top_role = scopes & maker.rights, maker.top_role
        return with_rights(replace(nothing, top_role=top_role), scopes)

    async def _maker(self, key: ApiKey, user_id: int, guild_id: int, *, is_unsafe: bool) -> Caller | None:
        if await self._is_kept_out(user_id, fresh=is_unsafe):
            return None
        maker = Caller(user_id, name=key.created_by_name)
        return await self._person_in_guild(maker, guild_id, is_unsafe=is_unsafe)

    async def _snapshot(self, guild_id: int, *, is_unsafe: bool) -> GuildSnapshot:
        """Return grants, levels and blocks: of the copy for a look, of the rows for what may change something."""
        if is_unsafe:
            return await self._guilds.read(guild_id)
        return self._guilds.peek(guild_id) or await self._guilds.load(guild_id)

    async def _is_kept_out(self, user_id: int, *, fresh: bool) -> bool:
        """Tell whether the person may sign in no more, or never has."""
        is_active = await self.services.get(WebUserController).is_active(user_id, fresh=fresh)
        return not is_active or await self._is_blocked(user_id)

    async def _is_blocked(self, user_id: int) -> bool:
        await self._follow()
        return self.services.get(Standings).refusal(user_id, None) is not None

    async def _follow(self) -> None:
        """Know who is blocked everywhere; a bot process does so anyway."""
        if not self._follows:
            await self.services.get(StandingController).everywhere.follow()
            self._follows = True


def with_rights(caller: Caller, rights: Right) -> Caller:
    """Return the caller with these rights in their guild, and the permissions that stand for them."""
    return replace(caller, **_held(rights, caller.permissions))


def _held(rights: Right, permissions: int) -> dict[str, Any]:
    """Return the fields of a caller with these rights, who has the permissions on Discord."""
    bits = rules.bits_of(rights)
    return {"rights": rights & ALL, "permissions": permissions | bits, "granted": bits & ~permissions}
