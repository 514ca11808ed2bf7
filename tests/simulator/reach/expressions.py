from __future__ import annotations

import io

import discord

from tests.simulator.reach.journey import MP3, PIXEL, Journey, scenario


@scenario
async def emojis(it: Journey) -> None:
    made, _ = await it.hears("guild_emojis_update", it.guild.create_custom_emoji(name="star", image=PIXEL))
    assert await it.guild.fetch_emoji(made.id) == made
    assert await it.guild.fetch_emojis() == [made]
    await it.hears("guild_emojis_update", made.edit(name="other"))
    await it.hears("guild_emojis_update", made.delete())


@scenario
async def emojis_of_the_application(it: Journey) -> None:
    made = await it.bot.create_application_emoji(name="mine", image=PIXEL)
    assert await it.bot.fetch_application_emoji(made.id) == made
    assert made in await it.bot.fetch_application_emojis()
    assert (await made.edit(name="other")).name == "other"
    await made.delete()


@scenario
async def stickers(it: Journey) -> None:
    file = discord.File(io.BytesIO(PIXEL), "sticker.png")
    made, _ = await it.hears(
        "guild_stickers_update", it.guild.create_sticker(name="stick", description="d1", emoji="⭐", file=file)
    )
    assert await it.guild.fetch_sticker(made.id) == made
    assert await it.guild.fetch_stickers() == [made]
    assert await it.bot.fetch_sticker(made.id) == made
    await it.hears("guild_stickers_update", made.edit(name="other"))
    await it.hears("guild_stickers_update", made.delete())
    pack = (await it.bot.fetch_premium_sticker_packs())[0]
    assert (await it.bot.fetch_premium_sticker_pack(pack.id)).id == pack.id


@scenario
async def sounds(it: Journey) -> None:
    made, _ = await it.hears(
        "soundboard_sound_create", it.guild.create_soundboard_sound(name="bang", sound=MP3, emoji="⭐")
    )
    assert await it.guild.fetch_soundboard_sound(made.id) == made
    assert await it.guild.fetch_soundboard_sounds() == [made]
    await it.hears("soundboard_sound_update", made.edit(name="boom"))
    await it.hears("soundboard_sound_delete", made.delete())
