"""Made-up guilds, each with its configuration."""

from __future__ import annotations

from collections.abc import Iterator

from guildbase.platform.guilds.models import Guild, GuildConfig
from guildbase.services.seeding import SeedRows, SeedWorld

PREFIXES = ("!", "!", "!", "?", ".", "-", "$")
LOCALES = ("en-US", "en-US", "en-US", "en-GB", "de", "fr", "pt-BR", "ja")


def seed(world: SeedWorld) -> Iterator[SeedRows]:
    """Yield guilds and configurations."""
    guilds, dice = world.guilds, world.dice("guilds", "configuration")
    columns = ("guild_id", "joined_at", "created_at", "updated_at")
    joined = [(it.guild_id, it.joined_at, it.joined_at, it.joined_at) for it in guilds]
    yield SeedRows(Guild, columns, joined, len(guilds))
    configured = []
    for guild in guilds:
        # Half of the guilds have named a channel for their moderation log and a role for their team.
        channel, role = (guild.guild_id + (place << 22) if dice.random() < 0.5 else None for place in (1, 2))
        prefix, locale = dice.choice(PREFIXES), dice.choice(LOCALES)
        configured.append((guild.guild_id, prefix, locale, channel, role, guild.joined_at, guild.joined_at))
    names = (
        "guild_id", "prefix", "locale", "mod_log_channel_id", "perm_level_3_role_id", "created_at", "updated_at",
    )  # fmt: skip
    yield SeedRows(GuildConfig, names, configured, len(guilds))
