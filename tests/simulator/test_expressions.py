from __future__ import annotations

import io
from typing import Any

import discord
import pytest

from guildbase.simulator import Permission, ScriptedGuild, Simulator, cdn
from guildbase.simulator.world import boosts
from tests.simulator.conformance.pictures import GIF, MP3, OGG, PNG, uri


@pytest.fixture(autouse=True)
def cdn_of_the_simulator(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discord.Asset, "BASE", sim.cdn_url)


async def test_emojis(bot: Any, there: discord.Guild, guild: ScriptedGuild) -> None:
    made = await there.create_custom_emoji(name="star", image=PNG, reason="pretty")
    await bot.until(lambda: there.get_emoji(made.id))
    assert await made.read() == PNG
    assert guild.audit_log[0] | {"id": ""} == {
        "id": "",
        "action_type": 60,
        "user_id": str(bot.user.id),
        "target_id": str(made.id),
        "changes": [{"key": "name", "new_value": "star"}, {"key": "roles", "new_value": []}],
        "reason": "pretty",
    }
    vip = guild.role("VIP")
    await made.edit(name="sun", roles=[discord.Object(vip.id)])
    await bot.until(lambda: there.emojis[0].name == "sun")
    fetched = await there.fetch_emoji(made.id)
    assert fetched.user is not None
    assert fetched.user.id == bot.user.id
    assert [it.name for it in await there.fetch_emojis()] == ["sun"]
    moving = await there.create_custom_emoji(name="wave", image=GIF)
    assert moving.animated
    await made.delete()
    await bot.until(lambda: [it.name for it in there.emojis] == ["wave"])
    with pytest.raises(discord.NotFound) as error:
        await there.fetch_emoji(made.id)
    assert error.value.code == 10014
    entry: Any = await anext(there.audit_logs(action=discord.AuditLogAction.emoji_delete))
    assert entry.before.name == "sun"


async def test_what_is_no_emoji(there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    path = f"/guilds/{guild.id}/emojis"
    for image, code in (
        ("hello", "IMAGE_INVALID"),
        ("data:image/png;base64,====", "IMAGE_INVALID"),
        (uri(b"not a picture"), "IMAGE_INVALID"),
        (uri(OGG, "audio/ogg"), "IMAGE_INVALID"),
        (uri(PNG + bytes(300_000)), "BINARY_TYPE_MAX_SIZE"),
        (5, "STRING_TYPE_CONVERT"),
    ):
        status, body, _ = await api("POST", path, {"name": "star", "image": image})
        assert (status, body["errors"]["image"]["_errors"][0]["code"]) == (400, code)
    _, body, _ = await api("POST", path, {"name": "a b", "image": uri(PNG)})
    assert body["errors"]["name"]["_errors"][0]["code"] == "STRING_TYPE_REGEX"
    assert (await api("POST", path, {"name": "star", "image": uri(PNG), "roles": ["5"]}))[1]["code"] == 10011
    for number in range(50):
        await api("POST", path, {"name": f"star{number}", "image": uri(PNG)})
    with pytest.raises(discord.HTTPException) as error:
        await there.create_custom_emoji(name="star", image=PNG)
    assert error.value.code == 30008
    await there.create_custom_emoji(name="moving", image=GIF)
    assert len(guild.guild.emojis) == 51


async def test_creating_is_not_managing(there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    foreign = await there.create_custom_emoji(name="theirs", image=PNG)
    guild.guild.emojis[foreign.id].creator_id = guild.owner.id
    guild.grant_bot(Permission.CREATE_GUILD_EXPRESSIONS)
    own = await there.create_custom_emoji(name="ours", image=PNG)
    await own.edit(name="mine")
    with pytest.raises(discord.Forbidden) as error:
        await foreign.delete()
    assert error.value.code == 50013
    guild.grant_bot(Permission.MANAGE_GUILD_EXPRESSIONS)
    with pytest.raises(discord.Forbidden):
        await there.create_custom_emoji(name="more", image=PNG)
    await foreign.delete()
    guild.grant_bot(0)
    assert "user" not in (await api("GET", f"/guilds/{guild.id}/emojis"))[1][0]


async def test_stickers(bot: Any, there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    file = discord.File(io.BytesIO(PNG), "hi.png")
    made = await there.create_sticker(name="Hi", description="A greeting", emoji="👋", file=file, reason="new")
    assert made.format is discord.StickerFormatType.png
    await bot.until(lambda: [it.name for it in there.stickers] == ["Hi"])
    assert await made.read() == PNG
    await made.edit(name="Hello", description="Another")
    assert (await there.fetch_sticker(made.id)).name == "Hello"
    found = await bot.fetch_sticker(made.id)
    assert found.description == "Another"
    assert [it.id for it in await there.fetch_stickers()] == [made.id]
    moving = await there.create_sticker(
        name="Wave", description="", emoji="👋", file=discord.File(io.BytesIO(GIF), "wave.gif")
    )
    assert moving.format is discord.StickerFormatType.gif
    await made.delete()
    await bot.until(lambda: [it.name for it in there.stickers] == ["Wave"])
    with pytest.raises(discord.NotFound):
        await there.fetch_sticker(made.id)
    assert [it["action_type"] for it in guild.audit_log] == [92, 90, 91, 90]
    pack = (await bot.fetch_premium_sticker_packs())[0]
    assert (await bot.fetch_premium_sticker_pack(pack.id)).name == pack.name
    standard = await bot.fetch_sticker(pack.stickers[0].id)
    assert isinstance(standard, discord.StandardSticker)
    assert (await standard.read()).startswith(b"\x89PNG")
    assert (await api("POST", f"/guilds/{guild.id}/stickers", {"name": "Hi", "tags": "x"}))[1]["errors"]["file"]


async def test_what_is_no_sticker(there: discord.Guild, guild: ScriptedGuild) -> None:
    async def create(data: bytes) -> int:
        with pytest.raises(discord.HTTPException) as error:
            await there.create_sticker(name="No", description="", emoji="👎", file=discord.File(io.BytesIO(data), "no"))
        return error.value.code

    assert await create(b"text") == 50046
    assert await create(PNG + bytes(512 * 1024)) == 50045
    for number in range(5):
        picture = discord.File(io.BytesIO(PNG), "x.png")
        await there.create_sticker(name=f"No {number}", description="", emoji="👎", file=picture)
    assert await create(PNG) == 30039
    assert len(guild.guild.stickers) == 5


async def test_sounds(bot: Any, there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    made = await there.create_soundboard_sound(name="horn", sound=MP3, volume=0.5, emoji="🎺", reason="loud")
    await bot.until(lambda: there.get_soundboard_sound(made.id))
    assert await made.read() == MP3
    await made.edit(name="trumpet", volume=0.25)
    await bot.until(lambda: there.soundboard_sounds[0].volume == 0.25)
    assert (await there.fetch_soundboard_sound(made.id)).name == "trumpet"
    assert [it.name for it in await there.fetch_soundboard_sounds()] == ["trumpet"]
    await made.delete()
    await bot.until(lambda: not there.soundboard_sounds)
    assert [it["action_type"] for it in guild.audit_log] == [132, 131, 130]
    assert "quack" in [it.name for it in await bot.fetch_soundboard_default_sounds()]
    body = {"name": "horn", "sound": uri(PNG)}
    answer = (await api("POST", f"/guilds/{guild.id}/soundboard-sounds", body))[1]
    assert answer["errors"]["sound"]["_errors"][0]["code"] == "IMAGE_INVALID"


async def test_what_the_guild_expresses_is_in_guild_create(bot: Any, guild: ScriptedGuild) -> None:
    there = bot.get_guild(guild.id)
    await there.create_custom_emoji(name="star", image=PNG)
    await there.create_soundboard_sound(name="horn", sound=MP3)
    await guild.remove_bot()
    await bot.until(lambda: bot.get_guild(guild.id) is None)
    await guild.add_bot()
    again = await bot.until(lambda: bot.get_guild(guild.id))
    assert ([it.name for it in again.emojis], [it.name for it in again.soundboard_sounds]) == (["star"], ["horn"])


async def test_pictures_that_nobody_uploaded(bot: Any, guild: ScriptedGuild, sim: Simulator) -> None:
    ada = guild.member("ada")
    user = await bot.fetch_user(ada.id)
    assert await user.display_avatar.read() == cdn.drawn((ada.id >> 22) % 6).data
    assert cdn.find(sim.world, "icons/1/unknown.png") is None
    assert cdn.find(sim.world, "emojis/5.png") is None
    assert cdn.find(sim.world, "emojis/x.png") is None


async def test_losing_boosts(bot: Any, there: discord.Guild, guild: ScriptedGuild, sim: Simulator) -> None:
    boosts.set_level(sim.world, guild.guild, 1)
    await bot.until(lambda: there.premium_tier == 1)
    for number in range(9):
        await there.create_soundboard_sound(name=f"horn {number}", sound=MP3)
    await bot.until(lambda: len(there.soundboard_sounds) == 9)
    boosts.set_level(sim.world, guild.guild, 0)
    await bot.until(lambda: sum(it.available for it in there.soundboard_sounds) == 8)
    with pytest.raises(discord.HTTPException) as error:
        await there.create_soundboard_sound(name="horn", sound=MP3)
    assert error.value.code == 30045
