"""A server that the bot is invited to while it runs is known from then on."""

from __future__ import annotations

from guildbase.bot.client import GuildbaseBot
from guildbase.database.manager import DatabaseManager
from guildbase.platform.guilds.models import Guild
from guildbase.simulator import Simulator
from tests.waiting import until


async def test_a_server_joined_long_after_the_start_gets_its_rows(
    guildbase_bot: GuildbaseBot, discord: Simulator
) -> None:
    await guildbase_bot.wait_until_ready()
    joined = discord.guild("Corner Shop", shard=1, bot_permissions=None)
    await joined.add_bot()

    async def is_known() -> bool:
        async with guildbase_bot.services.get(DatabaseManager).read_session() as session:
            return await Guild.get_by_id(session, joined.id) is not None

    await until(is_known)
