"""A server that takes reports and appeals, and what tests ask of its queue."""

from __future__ import annotations

from typing import Any

from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM
from guildbase.features.reports.controller import QueueController
from guildbase.features.reports.controller.queue import Entry
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.simulator import Person, ScriptedGuild


async def takes_reports(bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    """Make the channels of both queues and set them."""
    channels = {name: str((await guild.owner.creates_channel(name)).id) for name in ("reports", "appeals")}
    changes = {"report_channel": channels["reports"], "appeal_channel": channels["appeals"]}
    await bot.services.get(ConfigurationController).change(SYSTEM, guild.id, "reports", changes)


async def entry(bot: GuildbaseBot, guild: ScriptedGuild, number: int = 1) -> Entry:
    """Return a report with all that happened to it."""
    return await bot.services.get(QueueController).entry(SYSTEM, guild.id, number)


async def queued(moderator: Person, matching: str = "Report #1", *, channel: str = "reports") -> Any:
    """Return the message of the queue, as the moderator sees it."""
    return await moderator.hears(in_channel=channel, matching=matching)
