"""The steps of the setup that change something on Discord: promised here, carried out by `effects.py`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from guildbase.core.errors import InvalidInput, PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM, AuditRecord, Caller
from guildbase.core.registry import FeatureRegistry
from guildbase.core.targets import BotStanding
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.setup import denials, rules
from guildbase.features.setup.controller.reconciliation import require_may
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.configuration.models import ChangeKind
from guildbase.platform.guilds.rules import MANAGE_GUILD, level_to_give
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.outbox import Outbox, Priority

MAKE_CHANNEL, MAKE_ROLE, LET_IN = "setup.make_channel", "setup.make_role", "setup.let_in"
MAKE_PUNISHMENTS, DENY = "setup.make_punishments", "setup.deny"
"""Effects, which `effects.py` runs."""
PRESENT_FOR = 600.0  # seconds after a step for which somebody counts as being in the setup
GENERAL = "guilds"
"""The feature whose settings are prefix, language, log channels and level roles."""


class SetupController(BaseController):
    """Asks for what the setup makes on Discord, and sets what was made."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._present: dict[tuple[int, int], float] = {}
        """By guild and person who is in its setup in this process: when they were heard of last."""

    def enter(self, guild_id: int, user_id: int) -> list[int]:
        """Note that somebody is in the server's setup, and return who else is."""
        now = time.monotonic()
        # Most people leave without a word.
        self._present = {who: at for who, at in self._present.items() if now - at < PRESENT_FOR}
        self._present[guild_id, user_id] = now
        return [who for where, who in self._present if where == guild_id and who != user_id]

    def leave(self, guild_id: int, user_id: int) -> None:
        """Note that somebody is done with the server's setup."""
        self._present.pop((guild_id, user_id), None)

    def needed(self) -> dict[str, list[str]]:
        """Return the permissions that the bot's features need, each with what for."""
        needed: dict[str, list[str]] = {}
        for feature in self.services.get(FeatureRegistry).features.values():
            for name, why in feature.bot_permissions.items():
                needed.setdefault(name, []).append(why)
        return needed

    async def make_channel(self, caller: Caller, guild_id: int, setting: str) -> int:
        """Promise a log channel for the setting, and return the number of the effect.

        Raises:
            PermissionDenied: the caller may not manage the server.
            InvalidInput: this is no setting of a log channel.
        """
        if setting not in rules.LOGS:
            raise InvalidInput(_("{setting} is no log channel.", setting=setting), hint=", ".join(rules.LOGS))
        return await self._promise(caller, guild_id, MAKE_CHANNEL, {"setting": setting})

    async def make_role(self, caller: Caller, guild_id: int, level: int) -> int:
        """Promise a role for the permission level, and return the number of the effect.

        Raises:
            PermissionDenied: the caller may not manage the server, or the level is above their own.
            InvalidInput: no role is made for this level.
        """
        if level not in rules.STAFF:
            raise InvalidInput(_("No role is made for level {level}.", level=level), hint=_("Pick one instead."))
        if level > level_to_give(caller, guild_id):
            raise PermissionDenied(
                _("You may not change the role of permission level {level}, which is above yours.", level=level),
                hint=_("Ask an administrator or the owner of the server."),
            )
        return await self._promise(caller, guild_id, MAKE_ROLE, {"level": level})

    async def let_in(self, caller: Caller, guild_id: int, channel_id: int) -> int:
        """Promise to let the bot write in the channel, and return the number of the effect.

        Raises:
            PermissionDenied: the caller may not manage the server.
        """
        return await self._promise(caller, guild_id, LET_IN, {"channel_id": str(channel_id)})

    async def make_punishments(self, caller: Caller, guild_id: int, bot: BotStanding) -> int:
        """Promise the roles of mute and jail and the jail's channel, and return the number of the effect.

        Raises:
            PermissionDenied: the caller may not manage the server, or the bot lacks permissions.
            NotFound: this bot has no moderation.
        """
        require_may(caller, guild_id)
        await self.punishments(guild_id)
        if lacking := denials.lacking(bot.permissions):
            names = ", ".join(rules.permission_name(name) for name in lacking)
            raise PermissionDenied(
                _("I lack permissions: {permissions}.", permissions=names),
                hint=_("Give them to my role under Server Settings, Roles, and press again."),
            )
        return await self._promise(caller, guild_id, MAKE_PUNISHMENTS, {})

    async def punishments(self, guild_id: int) -> Any:
        """Return the settings that name the roles of mute and jail; NotFound if this bot has no moderation."""
        return (await self.services.get(ConfigurationController).current(guild_id, denials.MODERATION)).settings

    async def spread(self, guild_id: int, channel_ids: Sequence[int], asked: dict[str, Any]) -> None:
        """Promise for each of the channels that it denies the roles; `asked` is what the whole was promised with."""
        payloads = [asked | {"channel_id": str(channel_id)} for channel_id in channel_ids]

        async def promise(work: UnitOfWork) -> None:
            await self.services.get(Outbox).promise_all(work, DENY, payloads, guild_id=guild_id, priority=Priority.BULK)

        await self.run(SYSTEM, promise)

    async def save(self, caller: Caller, guild_id: int, changes: dict[str, Any], feature: str = GENERAL) -> None:
        """Set what a step of the setup was told; errors as in `ConfigurationController.change`."""
        await self.services.get(ConfigurationController).change(
            caller, guild_id, feature, changes, reason="Setup", kind=ChangeKind.SETUP
        )

    async def save_made(self, asker: Caller, guild_id: int, setting: str, made_id: int, feature: str = GENERAL) -> None:
        """Set the channel or role that was made; who asked had the right when it was promised."""
        await self.save(asker, guild_id, {setting: str(made_id)}, feature)

    async def _promise(self, caller: Caller, guild_id: int, effect: str, payload: dict[str, Any]) -> int:
        require_may(caller, guild_id)

        async def promise(work: UnitOfWork) -> int:
            await self.audit(work, AuditRecord(effect, guild_id, details=payload))
            by = {"asker_id": str(caller.user_id or ""), "asker_name": caller.name}
            return await self.services.get(Outbox).promise(work, effect, payload | by, guild_id=guild_id)

        return await self.run(caller, promise)


def asker_of(payload: dict[str, Any], guild_id: int) -> Caller:
    """Return who asked for the effect, with the right that they had."""
    user_id = int(payload["asker_id"]) if payload["asker_id"] else None
    return Caller(user_id=user_id, guild_id=guild_id, name=payload["asker_name"], permissions=MANAGE_GUILD)
