"""Watches who comes, and writes down all who come with a raid."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import discord
import structlog
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.router import IncomingMessage
from guildbase.core.clock import utcnow
from guildbase.core.ports import GuildSnapshot, GuildSnapshots
from guildbase.core.snowflake import snowflake_time
from guildbase.features.antiraid.kinds import NEWCOMER, Cause, RaidLevel

if TYPE_CHECKING:
    from guildbase.features.antiraid.controller import NewRaider, RaidController
    from guildbase.features.antiraid.rules.detector import Detector, Finding, Join, Limits

log = structlog.get_logger(__name__)

BATCH = 500
"""Raiders that are stored with one transaction."""
PAUSE = 1.0  # seconds after which storing is tried again


class RaidWatch(BaseCog):
    """Notices raids."""

    async def cog_load(self) -> None:
        """Let the buttons of all alerts work."""
        from guildbase.features.antiraid.views.alert import RaidButton

        self.detectors: dict[int, Detector] = {}
        self._pending: dict[int, list[Join]] = {}
        """Those who came with a raid and are not stored yet, by server; a server with an entry is being stored."""
        self._button = RaidButton
        self.bot.add_dynamic_items(RaidButton)

    async def cog_unload(self) -> None:
        """Let go of the buttons."""
        self.bot.remove_dynamic_items(self._button)

    @property
    def raids(self) -> RaidController:
        """The business logic; loaded at its first use, because the start has to be quick."""
        from guildbase.features.antiraid.controller import RaidController

        return self.controller(RaidController)

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Look whether somebody comes with a raid."""
        guild_id = member.guild.id
        if guild_id in self._pending and not member.bot:
            # A raid is being stored. It waits for nothing, so that thousands cost little.
            self._pending[guild_id].append(join_of(member))
            return
        snapshots = self.services.get(GuildSnapshots)
        snapshot = snapshots.peek(guild_id) or await snapshots.load(guild_id)
        limits = limits_of(snapshot)
        if limits is None or member.bot:
            return
        join = join_of(member)
        if guild_id in self._pending or active_raid(snapshot) is not None:
            self.collect(guild_id, (), [join])
        elif (finding := self.detector(guild_id).joined(join, limits)) is not None:
            self.noticed(guild_id, finding)

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """Write down who came with a raid while nobody looked."""
        guilds = {guild.id: guild for guild in self.bot.guilds if guild.shard_id == shard_id}
        for raid in await self.raids.going_on([*guilds]):
            task = asyncio.create_task(self._catch_up(guilds[raid.guild_id], raid.started_at), name="raid-catch-up")
            self.bot.work.add(task)

    def detector(self, guild_id: int) -> Detector:
        """Return what is known of the server's last moments."""
        from guildbase.features.antiraid.rules.detector import Detector

        return self.detectors.setdefault(guild_id, Detector())

    def noticed(self, guild_id: int, finding: Finding) -> None:
        """Begin a raid."""
        self.detectors.pop(guild_id, None)
        self.collect(guild_id, finding.causes, finding.joins)

    def collect(self, guild_id: int, causes: Sequence[Cause], joins: Sequence[Join]) -> None:
        """Have them stored soon; whoever comes meanwhile is stored along, so thousands take few transactions."""
        if guild_id in self._pending:
            self._pending[guild_id] += joins
            return
        self._pending[guild_id] = [*joins]
        task = asyncio.create_task(self._store(guild_id, causes), name=f"raid-{guild_id}")
        self.bot.work.add(task)

    async def _store(self, guild_id: int, causes: Sequence[Cause]) -> None:
        """Store all that are pending, and try again for as long as the database is away."""
        pending = self._pending[guild_id]
        try:
            while pending:
                batch = pending[:BATCH]
                try:
                    await self.raids.begin(guild_id, causes, [*map(_raider, batch)])
                except Exception as error:
                    self.bot.report(error, "job", "antiraid.store", guild_id=guild_id)
                    log.exception("raiders_not_stored", guild_id=guild_id, pending=len(pending))
                    await asyncio.sleep(PAUSE)
                else:
                    # Whoever is stored after staff ended this raid has come to none.
                    del pending[: len(batch)]
                    causes = ()
        finally:
            del self._pending[guild_id]

    async def _catch_up(self, guild: discord.Guild, since: Any) -> None:
        try:
            found = [it async for it in guild.fetch_members(limit=None) if it.joined_at and it.joined_at >= since]
        except (discord.HTTPException, discord.ClientException) as error:
            log.warning("raid_not_caught_up", guild_id=guild.id, reason=str(error))
            return
        if joins := [join_of(member) for member in found if not member.bot]:
            self.collect(guild.id, (), joins)


async def watch_message(incoming: IncomingMessage) -> bool:
    """Look whether newcomers write too much at once; never deal with the message."""
    message, snapshot, author = incoming.message, incoming.guild, incoming.message.author
    # Newcomers come first: nearly every message is somebody else's, and ends here.
    if snapshot is None or not isinstance(author, discord.Member) or not _is_new(author, message):
        return False
    limits = limits_of(snapshot)
    if limits is None:
        return False
    cog: Any = incoming.bot.get_cog("RaidWatch")
    if active_raid(snapshot) is not None:
        return False
    finding = cog.detector(snapshot.guild_id).wrote(join_of(author), message.created_at, limits)
    if finding is not None:
        cog.noticed(snapshot.guild_id, finding)
    return False


def _is_new(author: discord.Member, message: discord.Message) -> bool:
    return author.joined_at is not None and message.created_at - author.joined_at <= NEWCOMER


def is_watched(snapshot: GuildSnapshot) -> bool:
    """Whether anybody wants to hear of raids here."""
    return limits_of(snapshot) is not None


def limits_of(snapshot: GuildSnapshot) -> Limits | None:
    """Return from where on something is a raid here; None if nobody watches."""
    from guildbase.features.antiraid.rules.detector import Limits
    from guildbase.features.antiraid.schemas import AntiraidSettings

    settings = snapshot.get(AntiraidSettings)
    if settings.level is RaidLevel.OFF:
        return None
    return Limits(
        settings.joins,
        settings.window,
        settings.new_account,
        settings.new_share,
        settings.alike,
        settings.messages,
    )


def active_raid(snapshot: GuildSnapshot) -> int | None:
    """Return the number of the raid that goes on here."""
    from guildbase.features.antiraid.snapshot import ActiveRaid

    return snapshot.get(ActiveRaid).number


def join_of(member: discord.Member) -> Join:
    """Return the member as somebody who came."""
    from guildbase.features.antiraid.rules.detector import Join

    avatar = member.avatar.key if member.avatar is not None else None
    return Join(member.id, member.name, avatar, snowflake_time(member.id), member.joined_at or utcnow())


def _raider(join: Join) -> NewRaider:
    from guildbase.features.antiraid.controller import NewRaider

    return NewRaider(join.user_id, join.name, join.joined_at)
