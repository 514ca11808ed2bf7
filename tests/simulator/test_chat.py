"""The chat page's files and its websocket, asked without a browser."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest

from guildbase.simulator import ScriptedGuild, Simulator
from guildbase.simulator.seed import seed

Open = Callable[..., Awaitable["Window"]]


class Window:
    """What the page does with its websocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.heard: list[tuple[str, Any]] = []
        self._number = 0

    async def ask(self, what: str, **details: Any) -> Any:
        """Return the answer; a refusal is returned as its kind and text."""
        self._number += 1
        await self.socket.send_json({"id": self._number, "do": what, **details})
        while True:
            frame = await self._receive()
            if frame.get("id") == self._number:
                return frame["ok"] if "ok" in frame else (frame["error"]["kind"], frame["error"]["text"])

    async def hears(self, event: str, fits: Callable[[Any], bool] = lambda _: True) -> Any:
        """Return the data of the next event of that name that fits, heard before or yet to come."""
        while True:
            for at, (name, data) in enumerate(self.heard):
                if name == event and fits(data):
                    del self.heard[: at + 1]
                    return data
            await self._receive()

    async def _receive(self) -> Any:
        frame = await asyncio.wait_for(self.socket.receive_json(), 5)
        if "event" in frame:
            self.heard.append((frame["event"], frame["data"]))
        return frame


@contextlib.asynccontextmanager
async def windows(sim: Simulator) -> AsyncIterator[Open]:
    async with aiohttp.ClientSession() as session, contextlib.AsyncExitStack() as opened:

        async def open_window(person: str | None = None, guild: Any = None, channel: str = "general") -> Window:
            origin = sim.page_url.rstrip("/")
            connecting = session.ws_connect(f"{sim.page_url}chat/live", headers={"Origin": origin})
            one = Window(await opened.enter_async_context(connecting))
            if person is not None:
                assert (await one.ask("enter", person=person))["me"]["username"] == person
            if guild is not None:
                await one.ask("guild", guild_id=str(guild.id))
                await one.ask("channel", channel_id=str(guild.channel(channel).id))
            return one

        yield open_window


@pytest.fixture
async def open_window(sim: Simulator) -> AsyncIterator[Open]:
    async with windows(sim) as opened:
        yield opened


async def test_the_page_loads_nothing_from_elsewhere(sim: Simulator) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(sim.page_url) as answer:
            page = await answer.text()
            assert answer.content_type == "text/html"
            assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
            tag = answer.headers["ETag"]
        async with session.get(sim.page_url, headers={"If-None-Match": tag}) as answer:
            assert answer.status == 304
        names = [it.split('"')[0] for it in page.split("/chat/")[1:]]
        assert "main.js" in names
        for name in names:
            async with session.get(f"{sim.page_url}chat/{name}") as answer:
                assert answer.status == 200
                text = await answer.text()
                assert "://" not in text.replace("http://www.w3.org/2000/svg", ""), name
        for name in ("nothing.js", "..%2Fserver.py", "__init__.py"):
            async with session.get(f"{sim.page_url}chat/{name}") as answer:
                assert answer.status == 404
        async with session.post(sim.page_url) as answer:
            assert answer.status == 404


async def test_strangers_pages_are_kept_out(sim: Simulator) -> None:
    live = f"{sim.page_url}chat/live"
    async with aiohttp.ClientSession() as session:
        for headers in ({}, {"Origin": "http://evil.example"}, {"Origin": "http://127.0.0.1:1"}):
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await session.ws_connect(live, headers=headers)
        async with session.get(sim.page_url, headers={"Host": f"evil.example:{sim.port}"}) as answer:
            assert answer.status == 403
        async with session.get(sim.page_url, headers={"Host": f"localhost:{sim.port}"}) as answer:
            assert answer.status == 200


async def test_uploaded_pages_may_do_nothing(sim: Simulator, guild: ScriptedGuild, bot: Any) -> None:
    sent = await guild.member("nina").says("look", files=[("page.html", b"<script>alert(1)</script>")])
    url = f"{sim.cdn_url}/attachments/{sent.attachments[0].id}/page.html"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert (answer.status, answer.headers["Content-Security-Policy"]) == (200, "sandbox")


async def test_one_must_be_somebody_first(open_window: Open, guild: ScriptedGuild) -> None:
    guild.member("fresh_face")
    window = await open_window()
    assert "fresh_face" in [it["username"] for it in (await window.ask("people", words="fresh_f"))["people"]]
    assert await window.ask("direct") == ("NotAllowed", "choose who you are first")
    assert (await window.ask("enter", person="nobody"))[0] == "NotFound"
    assert (await window.ask("enter", person="guildbase"))[0] == "NotFound"
    assert (await window.ask("enter", person="fresh_face"))["guilds"] == [{"id": str(guild.id), "name": guild.name}]


async def test_only_what_a_person_may_see_is_shown(open_window: Open, guild: ScriptedGuild, bot: Any) -> None:
    guild.member("nina")
    boss = guild.member("boss", roles=["Admin"])
    secret = guild.channel("secret")
    there = bot.get_channel(secret.id) or await bot.fetch_channel(secret.id)
    await there.set_permissions(there.guild.default_role, view_channel=False)
    window = await open_window("nina", guild)
    shown = await window.ask("guild", guild_id=str(guild.id))
    assert "secret" not in [it["name"] for it in shown["channels"]]
    assert (await window.ask("channel", channel_id=str(secret.id)))[0] == "NotFound"
    await boss.says("in secret", channel="secret")
    await boss.says("for all", channel="general")
    assert (await window.hears("message"))["content"] == "for all"
    assert "secret" not in json.dumps(window.heard)
    await there.set_permissions(there.guild.default_role, view_channel=True)
    opened = await window.hears("guild", lambda it: any(one["name"] == "secret" for one in it["channels"]))
    assert opened["id"] == str(guild.id)


async def test_people_write_by_the_rules_of_the_api(open_window: Open, guild: ScriptedGuild, bot: Any) -> None:
    nina = guild.member("nina")
    guild.member("otto")
    ours, theirs = await open_window("nina", guild), await open_window("otto", guild)
    path = f"/channels/{guild.channel('general').id}/messages"
    sent = await ours.ask("write", channel_id=str(guild.channel("general").id), content=f"hi <@{nina.id}>")
    seen = await theirs.hears("message")
    assert (seen["id"], seen["author"]["name"]) == (sent["message_id"], "Nina")
    assert seen["names"] == {str(nina.id): "Nina"}
    refused = await theirs.ask("api", method="PATCH", path=f"{path}/{seen['id']}", body={"content": "mine"})
    assert refused[0] == "NotAllowed"
    too_long = await ours.ask("write", channel_id=str(guild.channel("general").id), content="x" * 2001)
    assert too_long == ("NotAllowed", "nina may not: content: Must be 2000 or fewer in length. (50035)")
    await theirs.ask("api", method="PUT", path=f"{path}/{seen['id']}/reactions/%F0%9F%8E%89/@me")
    assert (await theirs.hears("message"))["reactions"][0]["me"]
    assert not (await ours.hears("message", lambda it: it.get("reactions")))["reactions"][0]["me"]
    await ours.ask("api", method="DELETE", path=f"{path}/{seen['id']}")
    assert (await theirs.hears("gone"))["id"] == seen["id"]


async def test_regression_slowmode_and_automatic_moderation_hold_on_the_page(
    open_window: Open, guild: ScriptedGuild, bot: Any
) -> None:
    general = guild.channel("general")
    guild.member("nina")
    rule = {"name": "crabs", "event_type": 1, "trigger_type": 1, "actions": [{"type": 1}]}
    rule |= {"trigger_metadata": {"keyword_filter": ["crab"]}, "enabled": True}
    await guild.owner.does("POST", f"/guilds/{guild.id}/auto-moderation/rules", rule)
    window = await open_window("nina", guild)
    blocked = await window.ask("write", channel_id=str(general.id), content="a crab")
    assert blocked[0] == "NotAllowed"
    assert guild.messages() == []
    await guild.owner.changes_channel(general, rate_limit_per_user=30)
    assert "message_id" in await window.ask("write", channel_id=str(general.id), content="one")
    slowed = await window.ask("write", channel_id=str(general.id), content="two")
    assert slowed[0] == "NotAllowed"
    assert slowed[1].startswith("nina may not: slowmode in #general: nina has to wait")


async def test_regression_a_hidden_channel_tells_nothing_of_commands(
    open_window: Open, guild: ScriptedGuild, bot: Any, sim: Simulator
) -> None:
    guild.member("nina")
    boss, general = guild.member("boss", roles=["Admin"]), guild.channel("general")
    window = await open_window("nina", guild)
    sync_to = bot.get_guild(guild.id)

    @discord.app_commands.command(name="muse", description="think")
    async def muse(interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        await interaction.followup.send("thought")

    bot.tree.add_command(muse, guild=sync_to)
    await bot.tree.sync(guild=sync_to)
    await guild.owner.does("PUT", f"/channels/{general.id}/permissions/{guild.id}", {"type": 0, "deny": str(1 << 10)})
    await boss.slash("muse", in_channel=general)
    await boss.says("for all", channel="mod-log")
    await window.hears("unread")
    assert [it for it in window.heard if it[0] == "thinking"] == []


async def test_other_channels_are_told_as_unread(open_window: Open, guild: ScriptedGuild, bot: Any) -> None:
    nina, otto = guild.member("nina"), guild.member("otto")
    window = await open_window("nina", guild, "mod-log")
    await otto.says("hello", channel="general")
    told = await window.hears("unread")
    assert told == {"channel_id": str(guild.channel("general").id), "guild_id": str(guild.id), "mentioned": False}
    await otto.says(f"you, {nina.mention}", channel="general")
    assert (await window.hears("unread"))["mentioned"]
    crew = guild.role("Crew")
    guild.member("nina", roles=["Crew"])
    await guild.owner.says(f"you all, <@&{crew.id}>", channel="general")
    assert (await window.hears("unread"))["mentioned"]


async def test_older_messages_come_in_pages(open_window: Open, guild: ScriptedGuild, bot: Any) -> None:
    nina = guild.member("nina")
    for number in range(60):
        await nina.says(str(number))
    window = await open_window("nina", guild)
    channel_id = str(guild.channel("general").id)
    last = await window.ask("channel", channel_id=channel_id)
    assert ([it["content"] for it in last["messages"]], last["more"]) == ([str(it) for it in range(10, 60)], True)
    first = await window.ask("channel", channel_id=channel_id, before=last["messages"][0]["id"])
    assert ([it["content"] for it in first["messages"]], first["more"]) == ([str(it) for it in range(10)], False)


async def test_commands_are_listed_as_a_client_would(
    open_window: Open, guild: ScriptedGuild, api: Any, sim: Simulator, bot: Any
) -> None:
    commands = [
        {"name": "free", "description": "For all"},
        {"name": "strict", "description": "For few", "default_member_permissions": str(1 << 2)},
    ]
    await api("PUT", f"/applications/{sim.application_id}/guilds/{guild.id}/commands", commands)
    guild.member("nina")
    guild.member("boss", roles=["Admin"])
    channel_id = str(guild.channel("general").id)
    for person, expected in (("nina", ["free"]), ("boss", ["free", "strict"])):
        window = await open_window(person, guild)
        listed = (await window.ask("commands", channel_id=channel_id))["commands"]
        assert [it["name"] for it in listed if it.get("guild_id")] == expected


async def test_bad_requests_are_refused_and_bad_frames_close(open_window: Open, guild: ScriptedGuild) -> None:
    guild.member("nina")
    window = await open_window("nina")
    for wish in ({"do": "fly"}, {"do": "guild"}, {"do": "guild", "guild_id": "x"}, {"do": "people", "more": 1}):
        await window.socket.send_json({"id": 7} | wish)
        answer = await window.socket.receive_json()
        assert (answer["id"], answer["error"]["kind"]) == (7, "InvalidRequest")
    assert (await window.ask("guild", guild_id="1"))[0] == "NotFound"
    assert (await window.ask("channel", channel_id="1"))[0] == "NotFound"
    assert (await window.ask("submit", interaction_id="1", values={}))[0] == "NotFound"
    assert (await window.ask("api", method="POST", path="/nowhere", body={}))[0] == "NotAllowed"
    for frame in ("[1]", "{"):
        broken = await open_window()
        await broken.socket.send_str(frame)
        closed = await asyncio.wait_for(broken.socket.receive(), 5)
        assert (closed.type, closed.data) == (aiohttp.WSMsgType.CLOSE, 1007)
    flooding = await open_window()
    # The server hangs up while this is still being sent.
    with contextlib.suppress(ConnectionError):
        await flooding.socket.send_str("x" * (17 << 20))
    await asyncio.wait_for(flooding.socket.receive(), 5)
    assert flooding.socket.closed
    assert (await window.ask("people"))["people"]


async def test_windows_hear_of_the_bots_coming_and_of_the_end() -> None:
    async with Simulator() as sim, windows(sim) as opened:
        seed(sim, guilds=1, members=2)
        window = await opened("mara")
        assert not (await window.ask("people"))["bot"]["connected"]
        await sim.stop()
        closed = await asyncio.wait_for(window.socket.receive(), 5)
        assert (closed.type, closed.data) == (aiohttp.WSMsgType.CLOSE, 1001)


async def test_windows_come_back_to_a_loaded_world(tmp_path: Path) -> None:
    async with Simulator() as sim, windows(sim) as opened:
        seed(sim, guilds=1, members=2)
        sim.save(tmp_path / "world.json")
        window = await opened("mara")
        sim.load(tmp_path / "world.json")
        closed = await asyncio.wait_for(window.socket.receive(), 5)
        assert (closed.type, closed.data) == (aiohttp.WSMsgType.CLOSE, 1012)
        assert (await opened("mara", sim.guild("Harbour Café"))).socket.closed is False


async def test_a_large_server_is_shown_in_part(open_window: Open) -> None:
    async with Simulator() as sim, windows(sim) as opened:
        seed(sim, guilds=1, members=5000)
        guild = sim.guild("Harbour Café")
        window = await opened("mara", guild)
        shown = await window.ask("guild", guild_id=str(guild.id))
        assert (len(shown["members"]), shown["member_count"]) == (102, 5001)
        found = await window.ask("members", guild_id=str(guild.id), words="guest_4000")
        assert [it["username"] for it in found["people"]] == ["guest_4000"]
