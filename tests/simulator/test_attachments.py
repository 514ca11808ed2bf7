from __future__ import annotations

from io import BytesIO
from typing import Any

import aiohttp
import discord
import pytest

from guildbase.simulator import Permission, ScriptedGuild, Simulator
from guildbase.simulator.world import messages
from guildbase.simulator.world.messages import Draft


def _file(name: str = "a.txt", data: bytes = b"text", **options: Any) -> discord.File:
    return discord.File(BytesIO(data), name, **options)


async def test_files_are_served_and_kept_through_edits(general: discord.TextChannel) -> None:
    sent = await general.send(files=[_file("a.txt", description="A text"), _file("b.txt", b"other", spoiler=True)])
    first, second = sent.attachments
    assert (first.description, first.size, await first.read()) == ("A text", 4, b"text")
    assert (second.filename, second.is_spoiler(), await second.read()) == ("SPOILER_b.txt", True, b"other")
    edited = await sent.edit(attachments=[second, _file("c.txt")])
    assert [it.filename for it in edited.attachments] == ["SPOILER_b.txt", "c.txt"]
    assert (await general.fetch_message(sent.id)).attachments == edited.attachments
    edited = await sent.edit(content="x", attachments=[])
    assert edited.attachments == []
    with pytest.raises(discord.HTTPException, match="50006"):
        await sent.edit(content=None)


async def test_a_picture_of_an_embed_is_no_file_of_the_message(general: discord.TextChannel) -> None:
    embed = discord.Embed(title="T").set_image(url="attachment://a.png").set_footer(text="F")
    sent = await general.send(embed=embed, file=_file("a.png", b"png"))
    assert sent.attachments == []
    async with aiohttp.ClientSession() as session, session.get(sent.embeds[0].image.url or "") as answer:
        assert await answer.read() == b"png"


async def test_too_many_and_too_large(guild: ScriptedGuild, api: Any) -> None:
    where = f"/channels/{guild.channel('general').id}/messages"

    def form(number: int, size: int) -> aiohttp.FormData:
        data = aiohttp.FormData(default_to_multipart=True)
        for index in range(number):
            data.add_field(f"files[{index}]", BytesIO(b"x" * size), filename=f"{index}.bin")
        return data

    assert (await api("POST", where, data=form(11, 1)))[1]["code"] == 50035
    assert (await api("POST", where, data=form(1, (10 << 20) + 1)))[:2] == (
        413,
        {"message": "Request entity too large", "code": 40005},
    )
    assert (await api("POST", where, data=form(10, 1)))[0] == 200


async def test_contents_that_need_a_permission(sim: Simulator, guild: ScriptedGuild, api: Any) -> None:
    where = f"/channels/{guild.channel('general').id}/messages"
    everything = Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES | Permission.READ_MESSAGE_HISTORY
    guild.guild.roles[guild.id].permissions = int(everything)
    guild.grant_bot(int(everything))
    poll = {"question": {"text": "?"}, "answers": [{"poll_media": {"text": "A"}}]}
    for body, needed in (
        ({"embeds": [{"title": "T"}]}, Permission.EMBED_LINKS),
        ({"content": "x", "tts": True}, Permission.SEND_TTS_MESSAGES),
        ({"poll": poll}, Permission.SEND_POLLS),
    ):
        assert (await api("POST", where, body))[1]["code"] == 50013
        guild.grant_bot(int(everything | needed))
        assert (await api("POST", where, body))[0] == 200
    guild.grant_bot(int(everything))
    _, sent, _ = await api("POST", where, {"content": "@everyone"})
    assert sent["mention_everyone"] is False
    guild.grant_bot(int(everything | Permission.MENTION_EVERYONE))
    assert (await api("POST", where, {"content": "@here"}))[1]["mention_everyone"] is True
    silent = {"content": "@here", "allowed_mentions": {"parse": []}}
    assert (await api("POST", where, silent))[1]["mention_everyone"] is False
    guild.grant_bot(int(everything & ~Permission.READ_MESSAGE_HISTORY))
    guild.guild.roles[guild.id].permissions = 0
    reply = {"content": "x", "message_reference": {"message_id": sent["id"]}}
    assert (await api("POST", where, reply))[1]["code"] == 160002


async def test_whom_an_edit_mentions(sim: Simulator, guild: ScriptedGuild, api: Any) -> None:
    where = f"/channels/{guild.channel('general').id}/messages"
    ada = guild.member("ada")
    _, sent, _ = await api("POST", where, {"content": "x"})
    quiet = {"content": ada.mention, "allowed_mentions": {"parse": []}}
    assert (await api("PATCH", f"{where}/{sent['id']}", quiet))[1]["mentions"] == []
    loud = quiet | {"allowed_mentions": {"users": [str(ada.id)]}}
    assert [it["id"] for it in (await api("PATCH", f"{where}/{sent['id']}", loud))[1]["mentions"]] == [str(ada.id)]
    both = {"content": "x", "allowed_mentions": {"parse": ["users"], "users": [str(ada.id)]}}
    _, body, _ = await api("POST", where, both)
    code = body["errors"]["allowed_mentions"]["_errors"][0]["code"]
    assert code == "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"
    assert (await api("PATCH", f"{where}/{sent['id']}", {}))[1]["code"] == 50006


async def test_handing_a_message_on(
    sim: Simulator, guild: ScriptedGuild, there: discord.Guild, general: discord.TextChannel
) -> None:
    original = await general.send("news", embed=discord.Embed(title="T"), file=_file())
    other = await there.create_text_channel("other")
    forwarded = await original.forward(other)
    assert forwarded.flags.forwarded
    [snapshot] = forwarded.message_snapshots
    assert (snapshot.content, snapshot.embeds[0].title, snapshot.attachments[0].filename) == ("news", "T", "a.txt")
    assert forwarded.reference is not None
    assert forwarded.reference.message_id == original.id
    await original.edit(content="old news")
    assert (await other.fetch_message(forwarded.id)).message_snapshots[0].content == "news"
    with pytest.raises(discord.NotFound):
        await discord.PartialMessage(channel=general, id=5).forward(other)


async def test_voice_messages_and_quiet_ones(general: discord.TextChannel) -> None:
    voice = _file("voice-message.ogg", b"OggS")
    sent = await general.send("x", silent=True, suppress_embeds=True, embed=discord.Embed(title="T"), file=voice)
    assert sent.flags.suppress_notifications
    assert sent.flags.suppress_embeds
    assert sent.embeds == []
    shown = await sent.edit(suppress=False)
    assert shown.embeds[0].title == "T"
    assert shown.flags.suppress_notifications


async def test_what_cannot_be_replied_to(sim: Simulator, guild: ScriptedGuild, api: Any) -> None:
    where = f"/channels/{guild.channel('general').id}/messages"
    ada = guild.member("ada")
    system = messages.send(sim.world, guild.channel("general"), ada.user, Draft("x"))
    system.type = 7
    body = {"content": "x", "message_reference": {"message_id": str(system.id)}}
    _, answer, _ = await api("POST", where, body)
    code = answer["errors"]["message_reference"]["_errors"][0]["code"]
    assert code == "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE"
    assert (await api("POST", where, {"sticker_ids": ["5"]}))[1]["code"] == 50081


async def test_no_more_than_twenty_reactions(sim: Simulator, guild: ScriptedGuild, api: Any) -> None:
    where = f"/channels/{guild.channel('general').id}/messages"
    _, sent, _ = await api("POST", where, {"content": "x"})
    at = f"{where}/{sent['id']}/reactions"
    for number in range(20):
        assert (await api("PUT", f"{at}/{chr(0x1F600 + number)}/@me"))[0] == 204
    assert (await api("PUT", f"{at}/{chr(0x1F680)}/@me"))[1]["code"] == 30010
    assert (await api("PUT", f"{at}/{chr(0x1F600)}/@me"))[0] == 204
    assert (await api("PUT", f"{at}/gone:123456789012345678/@me"))[1]["code"] == 10014
