"""Custom emojis, stickers and sounds: making, changing and deleting them, and finding them by id."""

from __future__ import annotations

from typing import Any

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.world.entities import Emoji, Guild, Sound, Sticker
from guildbase.simulator.world.state import Event, World

DEFAULT_SOUNDS = tuple(
    Sound(number, name, "", emoji_name=emoji)
    for number, name, emoji in (
        (1, "quack", "🦆"), (2, "airhorn", "🔊"), (3, "cricket", "🦗"), (4, "golf clap", "👏"),
        (7, "sad horn", "🎺"), (8, "ba dum tss", "🥁"),
    )
)  # fmt: skip
STANDARD_STICKERS = tuple(
    Sticker(749_054_660_769_218_631 + number, name, tags, "", f"Someone who says {name.lower()}")
    for number, (name, tags) in enumerate((("Hello", "wave, hi"), ("Thanks", "thank you"), ("Bye", "good night")))
)


def find_emoji(world: World, emoji_id: int) -> Emoji | None:
    """Return a custom emoji, at home in whatever guild or with the application."""
    guild = _home(world, emoji_id)
    return (world.application.emojis if guild is None else guild.emojis).get(emoji_id)


def find_sticker(world: World, sticker_id: int) -> Sticker | None:
    """Return a guild's sticker, wherever it is at home."""
    guild = _home(world, sticker_id)
    return None if guild is None else guild.stickers.get(sticker_id)


def find_sound(world: World, sound_id: int) -> Sound | None:
    """Return a guild's sound, wherever it is at home."""
    guild = _home(world, sound_id)
    return None if guild is None else guild.sounds.get(sound_id)


def add_emoji(world: World, guild: Guild, one: Emoji) -> None:
    """Give the guild an emoji."""
    guild.emojis[one.id] = one
    world.homes[one.id] = guild.id
    emit_emojis(world, guild)


def change_emoji(world: World, guild: Guild, one: Emoji, values: dict[str, Any]) -> None:
    """Set fields of the emoji by name."""
    _set(one, values)
    emit_emojis(world, guild)


def delete_emoji(world: World, guild: Guild, one: Emoji) -> None:
    """Delete the emoji."""
    del guild.emojis[one.id], world.homes[one.id]
    emit_emojis(world, guild)


def add_sticker(world: World, guild: Guild, one: Sticker) -> None:
    """Give the guild a sticker."""
    guild.stickers[one.id] = one
    world.homes[one.id] = guild.id
    emit_stickers(world, guild)


def change_sticker(world: World, guild: Guild, one: Sticker, values: dict[str, Any]) -> None:
    """Set fields of the sticker by name."""
    _set(one, values)
    emit_stickers(world, guild)


def delete_sticker(world: World, guild: Guild, one: Sticker) -> None:
    """Delete the sticker."""
    del guild.stickers[one.id], world.homes[one.id]
    emit_stickers(world, guild)


def add_sound(world: World, guild: Guild, one: Sound) -> None:
    """Give the guild a sound."""
    guild.sounds[one.id] = one
    world.homes[one.id] = guild.id
    _emit_sound(world, guild, "GUILD_SOUNDBOARD_SOUND_CREATE", one)


def change_sound(world: World, guild: Guild, one: Sound, values: dict[str, Any]) -> None:
    """Set fields of the sound by name."""
    _set(one, values)
    _emit_sound(world, guild, "GUILD_SOUNDBOARD_SOUND_UPDATE", one)


def delete_sound(world: World, guild: Guild, one: Sound) -> None:
    """Delete the sound."""
    del guild.sounds[one.id], world.homes[one.id]
    data = {"guild_id": str(guild.id), "sound_id": str(one.id)}
    world.emit(Event("GUILD_SOUNDBOARD_SOUND_DELETE", data, guild.id))


def emit_emojis(world: World, guild: Guild) -> None:
    """Tell all emojis of the guild, as Discord does after each change of one."""
    listed = [payloads.custom_emoji(it) for it in guild.emojis.values()]
    world.emit(Event("GUILD_EMOJIS_UPDATE", {"guild_id": str(guild.id), "emojis": listed}, guild.id))


def emit_stickers(world: World, guild: Guild) -> None:
    """Tell all stickers of the guild, as Discord does after each change of one."""
    listed = [payloads.sticker(it) for it in guild.stickers.values()]
    world.emit(Event("GUILD_STICKERS_UPDATE", {"guild_id": str(guild.id), "stickers": listed}, guild.id))


def _emit_sound(world: World, guild: Guild, name: str, one: Sound) -> None:
    data: Json = payloads.sound(one) | payloads.creator(world, one)
    world.emit(Event(name, data, guild.id))


def _home(world: World, expression_id: int) -> Guild | None:
    return world.guilds.get(world.homes.get(expression_id) or 0)


def _set(one: Emoji | Sticker | Sound, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(one, name, value)
