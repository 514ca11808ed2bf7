"""Guilds and their basic configuration."""

from guildbase.core.feature import Feature
from guildbase.core.ports import GuildSnapshots

feature = Feature(
    name="guilds",
    summary="Knows the servers that the bot is in: prefix, log channels, level roles and language of each.",
    category="Basics",
    intents=("guilds",),
    settings="schemas:GeneralSettings",
    provides={GuildSnapshots: "controller:GuildController"},
)
