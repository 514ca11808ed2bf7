"""Boosts: the level of a guild, and how many emojis, stickers and sounds it may have at each."""

from __future__ import annotations

from guildbase.simulator import payloads
from guildbase.simulator.world import expressions, guilds
from guildbase.simulator.world.entities import Guild
from guildbase.simulator.world.state import Event, World

EMOJIS = (50, 100, 150, 250)
STICKERS = (5, 15, 30, 60)
SOUNDS = (8, 24, 36, 48)
_NEEDED = (0, 2, 7, 14)


def set_level(world: World, guild: Guild, level: int) -> None:
    """Bring the guild to a level (0 to 3); what is too much for it cannot be used until the level rises again."""
    guilds.change(world, guild, {"premium_tier": level, "premium_subscription_count": _NEEDED[level]})
    for number, emoji in enumerate(guild.emojis.values()):
        emoji.available = number < EMOJIS[level]
    for number, sticker in enumerate(guild.stickers.values()):
        sticker.available = number < STICKERS[level]
    for number, sound in enumerate(guild.sounds.values()):
        sound.available = number < SOUNDS[level]
    expressions.emit_emojis(world, guild)
    expressions.emit_stickers(world, guild)
    sounds = [payloads.sound(it) for it in guild.sounds.values()]
    data = {"guild_id": str(guild.id), "soundboard_sounds": sounds}
    world.emit(Event("GUILD_SOUNDBOARD_SOUNDS_UPDATE", data, guild.id))
