from __future__ import annotations

from typing import Any

import discord
import pytest

from guildbase.simulator import NotAllowed, Permission, ScriptedGuild, Simulator


async def test_pinning(bot: Any, general: discord.TextChannel, guild: ScriptedGuild) -> None:
    first, second = await general.send("first"), await general.send("second")
    await first.pin(reason="rules")
    await bot.until(lambda: bot.last("CHANNEL_PINS_UPDATE").get("last_pin_timestamp"))
    await second.pin()
    assert [it.content async for it in general.pins()] == ["second", "first"]
    note = await anext(general.history(limit=1))
    assert note.type is discord.MessageType.pins_add
    assert note.reference is not None
    assert note.reference.message_id == second.id
    assert (await general.fetch_message(first.id)).pinned
    await second.unpin()
    assert [it.content async for it in general.pins()] == ["first"]
    unpinned, _, pinned = guild.audit_log[:3]
    assert (unpinned["action_type"], pinned["action_type"], pinned["reason"]) == (75, 74, "rules")
    assert pinned["options"] == {"channel_id": str(general.id), "message_id": str(first.id)}
    last = bot.last("CHANNEL_PINS_UPDATE")["last_pin_timestamp"]
    await first.unpin()
    await bot.until(lambda: bot.last("CHANNEL_PINS_UPDATE")["last_pin_timestamp"] is None)
    assert last is not None


async def test_pages_of_pins(sim: Simulator, general: discord.TextChannel, api: Any) -> None:
    for number in range(60):
        await (await general.send(f"note {number}")).pin()
    path = f"/channels/{general.id}/messages/pins"
    page = (await api("GET", f"{path}?limit=10"))[1]
    assert ([it["message"]["content"] for it in page["items"]][::9], page["has_more"]) == (["note 59", "note 50"], True)
    before = page["items"][-1]["pinned_at"].replace("+", "%2B")
    assert (await api("GET", f"{path}?limit=1&before={before}"))[1]["items"][0]["message"]["content"] == "note 49"
    assert len([it async for it in general.pins(limit=None)]) == 60
    assert len((await api("GET", f"/channels/{general.id}/pins"))[1]) == 50


async def test_what_cannot_be_pinned(general: discord.TextChannel, guild: ScriptedGuild, api: Any) -> None:
    sent = await general.send("note")
    path = f"/channels/{general.id}/messages/pins"
    with pytest.raises(NotAllowed, match="PIN_MESSAGES"):
        await guild.member("ada").does("PUT", f"{path}/{sent.id}")
    assert (await api("PUT", f"{path}/5"))[1]["code"] == 10008
    await sent.pin()
    system = await anext(general.history(limit=1))
    assert (await api("PUT", f"{path}/{system.id}"))[1]["code"] == 50021
    entries = len(guild.audit_log)
    assert (await api("PUT", f"{path}/{sent.id}"))[0] == 204
    assert len(guild.audit_log) == entries
    guild.grant_bot(Permission.VIEW_CHANNEL | Permission.MANAGE_MESSAGES)
    assert (await api("DELETE", f"{path}/{sent.id}"))[1]["code"] == 50013


async def test_a_channel_has_room_for_250_pins(general: discord.TextChannel, guild: ScriptedGuild, api: Any) -> None:
    path = f"/channels/{general.id}/messages"
    for _ in range(250):
        sent = (await api("POST", path, {"content": "x"}))[1]
        assert (await api("PUT", f"{path}/pins/{sent['id']}"))[0] == 204
    one_more = (await api("POST", path, {"content": "x"}))[1]
    assert (await api("PUT", f"{path}/pins/{one_more['id']}"))[1]["code"] == 30003


async def test_pins_in_direct_messages(bot: Any, guild: ScriptedGuild) -> None:
    user = await bot.fetch_user(guild.member("ada").id)
    sent = await user.send("remember")
    await sent.pin()
    assert [it.content async for it in sent.channel.pins()] == ["remember"]
    await bot.until(lambda: bot.last("CHANNEL_PINS_UPDATE").get("channel_id") == str(sent.channel.id))
