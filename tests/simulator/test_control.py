from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import discord
import jsonschema_rs
import pytest
from discord import app_commands

from guildbase.simulator import Permission, ScriptedGuild, Simulator
from guildbase.simulator.control.operations import OPERATIONS
from guildbase.simulator.world.entities import Overwrite

Control = Callable[..., Awaitable[tuple[int, Any]]]


@pytest.fixture(scope="session")
async def control(sim: Simulator) -> AsyncIterator[Control]:
    """Call the control API; every answer is checked against its own document."""
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{sim.control_url}/openapi.json") as answer:
            document = await answer.json()
        called: set[tuple[str, str]] = set()

        async def call(method: str, path: str, /, **wish: Any) -> tuple[int, Any]:
            options = {"params": wish} if method == "GET" else {"json": wish}
            async with session.request(method, sim.control_url + path, **options) as answer:  # type: ignore[arg-type]
                body = await answer.json()
            described = document["paths"].get(path, {}).get(method.lower())
            if described is not None:
                content = described["responses"][str(answer.status)]["content"]["application/json"]["schema"]
                jsonschema_rs.validate(content | {"components": document["components"]}, body)
            called.add((method, path))
            return answer.status, body

        call.document, call.called = document, called  # type: ignore[attr-defined]
        yield call


async def test_the_document_describes_every_operation(control: Any) -> None:
    document = control.document
    assert document["openapi"].startswith("3.1")
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert described == {(it.method, it.path) for it in OPERATIONS}
    names = [one["operationId"] for item in document["paths"].values() for one in item.values()]
    assert len(set(names)) == len(names)
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema | {"$schema": "https://json-schema.org/draft/2020-12/schema"})
    feed = document["paths"]["/feed"]["get"]["parameters"]
    assert [(it["name"], it["required"]) for it in feed] == [("after", False), ("timeout", False), ("seen_by", False)]
    required = [it["name"] for it in document["paths"]["/messages"]["get"]["parameters"] if it["required"]]
    assert required == ["guild"]


class Why(discord.ui.Modal, title="Why"):
    reason: discord.ui.TextInput[Any] = discord.ui.TextInput(label="Your reason")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"because {self.reason.value}")


async def use_forms_suggestions_and_menus(bot: Any, control: Any, guild: dict[str, str], place: discord.Object) -> None:
    @app_commands.command(name="why", description="why")
    async def why(interaction: discord.Interaction, topic: str) -> None:
        await interaction.response.send_modal(Why())

    @why.autocomplete("topic")
    async def suggest(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=current.title(), value=current)]

    @app_commands.context_menu(name="Quote")
    async def quote(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"> {message.content}")

    @app_commands.context_menu(name="Greet")
    async def greet(interaction: discord.Interaction, member: discord.Member) -> None:
        await interaction.response.send_message(f"hello {member.name}")

    one: Any
    for one in (why, quote, greet):
        bot.tree.add_command(one, guild=place)
    await bot.tree.sync(guild=place)
    by = guild | {"user": "rita"}
    _, suggested = await control("POST", "/complete", **by, command="why", options={"topic": "tea"})
    assert suggested == {"choices": [{"name": "Tea", "value": "tea"}]}
    _, form = await control("POST", "/slash", **by, command="why", options={"topic": "tea"})
    assert form["modal"]["title"] == "Why"
    wish = {"interaction_id": form["interaction_id"], "values": {"your_reason": "rain"}}
    assert (await control("POST", "/submit", **wish))[1]["text"] == "because rain"
    assert (await control("POST", "/submit", interaction_id="5"))[1]["error"] == "NotFound"
    _, said = await control("POST", "/say", **by, content="quotable")
    _, quoted = await control("POST", "/menu", **by, command="Quote", message_id=said["id"])
    assert quoted["text"] == "> quotable"
    assert (await control("POST", "/menu", **by, command="Greet", target="rita"))[1]["text"] == "hello rita"
    deed: dict[str, Any] = {"method": "PATCH", "path": f"/guilds/{place.id}/members/@me", "body": {"nick": "R"}}
    assert (await control("POST", "/act", **by, **deed))[1]["answer"]["nick"] == "R"
    deed = {"method": "DELETE", "path": f"/guilds/{place.id}", "body": None}
    assert (await control("POST", "/act", **by, **deed))[1]["error"] == "NotAllowed"


async def test_every_operation_answers(sim: Simulator, bot: Any, control: Any) -> None:
    control.called.clear()
    status, made = await control("POST", "/guilds", name="Remote", shard=1)
    assert (status, made["shard"], made["bot"]) == (200, 1, True)
    assert (await control("POST", "/guilds", name="Botless", with_bot=False))[1]["bot"] is False
    await bot.until(lambda: bot.get_guild(int(made["id"])))

    @app_commands.command(name="remote", description="remote")
    async def remote(interaction: discord.Interaction, who: discord.Member, loud: bool = False) -> None:
        view = discord.ui.View(timeout=1)
        button: discord.ui.Button[Any] = discord.ui.Button(label="b", custom_id="b")

        async def pressed(it: discord.Interaction) -> None:
            await it.response.send_message("pressed")

        button.callback = pressed  # type: ignore[assignment]
        view.add_item(button)
        await interaction.response.send_message(f"hello {who.name} {loud}", view=view, ephemeral=not loud)
        await who.send("a direct message")

    place = discord.Object(int(made["id"]))
    bot.tree.add_command(remote, guild=place)
    await bot.tree.sync(guild=place)

    guild = {"guild": "Remote"}
    _, member = await control("POST", "/members", **guild, name="rita", roles=["VIP"])
    assert member["roles"] == ["VIP"]
    _, said = await control("POST", "/say", **guild, user="rita", content="hi", channel="general")
    assert (said["author"], said["text"]) == ("rita", "hi")
    assert (await control("POST", "/react", **guild, user="rita", message_id=said["id"], emoji="👍"))[0] == 200
    wish = {"user": member["user_id"], "command": "remote", "options": {"who": "rita"}}
    _, quiet = await control("POST", "/slash", guild=made["id"], **wish)
    assert (quiet["ephemeral"], quiet["text"], quiet["followups"], quiet["modal"]) == (
        True,
        "hello rita False",
        [],
        None,
    )
    wish["options"] = {"who": member["user_id"], "loud": True}
    _, loud = await control("POST", "/slash", **guild, **wish, channel=made["channels"]["general"])
    _, pressed = await control("POST", "/click", **guild, user="rita", message_id=loud["message"]["id"], custom_id="b")
    assert pressed["text"] == "pressed"

    async def listed(**more: Any) -> list[str]:
        return [it["text"] for it in (await control("GET", "/messages", **guild, **more))[1]["messages"]]

    assert await listed() == ["hi", "hello rita True", "pressed"]
    assert await listed(seen_by="rita") == ["hi", "hello rita False", "hello rita True", "pressed"]
    assert await listed(after=loud["message"]["id"]) == ["pressed"]
    rita = sim.guild("Remote").member("rita")
    await rita.receives_dm()
    assert (await control("GET", "/dms", **guild, user="rita"))[1]["messages"][0]["text"] == "a direct message"
    assert (await control("POST", "/dms", **guild, user="rita", content="psst"))[1]["text"] == "psst"
    assert (await control("PUT", "/dms/open", **guild, user="rita", open=False))[0] == 200
    assert not rita.user.dms_open

    await use_forms_suggestions_and_menus(bot, control, guild, place)
    floods = len(bot.events("MESSAGE_CREATE"))
    _, result = await control("POST", "/flood", **guild, user="rita", count=600, content="wave")
    assert (result["sent"], result["bytes_each"] > 300) == (600, True)
    await bot.until(lambda: len(bot.events("MESSAGE_CREATE")) >= floods + 600)
    assert len({it["id"] for it in bot.events("MESSAGE_CREATE")[floods:]}) == 600
    assert bot.last("MESSAGE_CREATE")["content"] == "wave"

    before = sim.stats.resumes
    assert (await control("POST", "/gateway/reconnect", shard=1))[1]["sockets"] == 1
    await bot.until(lambda: sim.stats.resumes == before + 1)
    await sim.until_connected()
    assert (await control("POST", "/gateway/invalidate", shard=1, resumable=True))[1]["sockets"] == 1
    await bot.until(lambda: sim.stats.resumes == before + 2)
    await sim.until_connected()
    assert (await control("POST", "/gateway/drop", shard=1))[1]["sockets"] == 1
    await bot.until(lambda: sim.stats.resumes == before + 3)
    await sim.until_connected()
    _, stats = await control("GET", "/stats")
    assert (stats["connected_shards"], stats["resumes"]) == ([0, 1], sim.stats.resumes)
    assert stats["requests"]["GET /users/@me"] >= 1
    limits = {"default": {"requests": 9, "seconds": 1}, "everywhere": {"requests": 99, "seconds": 1}}
    limits["routes"] = {"GET /users/@me": {"requests": 5, "seconds": 2}}  # type: ignore[dict-item]
    assert (await control("PUT", "/limits", **limits))[0] == 200
    assert sim.limiter.limits.routes["GET /users/@me"].requests == 5
    assert (await control("PUT", "/limits"))[0] == 200
    assert (await control("POST", "/gateway/silence", shard=9))[1]["sockets"] == 0
    assert (await control("POST", "/gateway/heartbeats", shard=1))[1]["sockets"] == 1
    _, fault = await control("POST", "/faults/rest", route="PUT /nowhere", status=500, times=2, latency=[0.1, 0.2])
    _, other = await control("POST", "/faults/gateway", effect="lose", event="NO_SUCH_EVENT")
    assert (fault["name"], other["name"]) == ("PUT /nowhere: 500", "NO_SUCH_EVENT: lose")
    assert (await control("GET", "/faults"))[1]["faults"] == [fault, other]
    assert (await control("DELETE", "/faults", id=fault["id"]))[0] == 200
    assert (await control("DELETE", "/faults", id=fault["id"]))[1]["error"] == "NotFound"
    assert (await control("POST", "/faults/rest", status=500, times=0))[1]["error"] == "ImpossibleFault"
    assert (await control("DELETE", "/faults"))[0] == 200
    assert (await control("GET", "/faults"))[1]["faults"] == []
    assert (await control("PUT", "/outage", **guild, unavailable=True))[0] == 200
    await bot.until(lambda: bot.get_guild(int(made["id"])).unavailable)
    assert (await control("PUT", "/outage", **guild, unavailable=False))[0] == 200
    await bot.until(lambda: not bot.get_guild(int(made["id"])).unavailable)
    assert (await control("PUT", "/bot", **guild, member=False))[0] == 200
    await bot.until(lambda: bot.get_guild(int(made["id"])) is None)
    assert (await control("PUT", "/bot", **guild, member=True))[0] == 200
    assert (await control("GET", "/feed"))[1]["last"] == sim.feed.number
    _, world = await control("GET", "/world")
    assert (world["rest_url"], world["token"]) == (sim.base_url, sim.token)
    assert world["users"]["rita"] == member["user_id"]
    _, whole = await control("GET", "/world/file")
    assert whole["world"]["users"]["stored"][member["user_id"]]["username"] == "rita"
    assert (await control("PUT", "/world/file", **whole | {"version": 0}))[1]["error"] == "WorldFileError"
    assert control.called == {(it.method, it.path) for it in OPERATIONS}
    bot.tree.clear_commands(guild=place)


async def test_refusals_are_readable(control: Any, guild: ScriptedGuild) -> None:
    guild.member("ada")
    place = {"guild": guild.name}
    status, body = await control("POST", "/say", guild="Nowhere", user="ada", content="x")
    assert (status, body["error"]) == (400, "NotFound")
    assert "no guild 'Nowhere'" in body["message"]
    assert "no user" in (await control("POST", "/say", **place, user="nobody", content="x"))[1]["message"]
    assert "not a member" in (await control("POST", "/say", **place, user="developer", content="x"))[1]["message"]
    assert (
        "no message 5"
        in (await control("POST", "/react", **place, user="ada", message_id="5", emoji="x"))[1]["message"]
    )
    _, refusal = await control("POST", "/say", **place, usr="ada")
    told = "user: Field required; content: Field required; usr: Extra inputs are not permitted"
    assert refusal == {"error": "ValidationError", "message": told}
    assert (await control("GET", "/feed", timeout="61"))[1]["error"] == "ValidationError"
    assert (await control("GET", "/nothing"))[0] == 404
    wish = {**place, "user": "ada", "command": "unknown", "within": 0}
    assert (await control("POST", "/slash", **wish))[1]["error"] == "NoSuchCommand"


async def test_the_feed_tells_who_may_see_what(sim: Simulator, control: Any, guild: ScriptedGuild) -> None:
    ada, bob = guild.member("feed_ada"), guild.member("feed_bob")
    secret = guild.channel("secret")
    start = sim.feed.number
    secret.overwrites[guild.id] = Overwrite(guild.id, 0, deny=int(Permission.VIEW_CHANNEL))
    secret.overwrites[ada.id] = Overwrite(ada.id, 1, allow=int(Permission.VIEW_CHANNEL))
    await ada.says("for some", channel="secret")
    await ada.says("for all", channel="general")
    await ada.sends_dm("for the bot")

    async def contents(**more: Any) -> list[str]:
        _, page = await control("GET", "/feed", after=start, **more)
        return [it["data"]["content"] for it in page["happenings"]]

    assert await contents() == ["for some", "for all", "for the bot"]
    assert await contents(seen_by="feed_ada") == ["for some", "for all", "for the bot"]
    assert await contents(seen_by=str(bob.id)) == ["for all"]
    seen = {"guild": guild.name, "channel": "secret"}
    assert len((await control("GET", "/messages", **seen, seen_by="feed_ada"))[1]["messages"]) == 1
    assert (await control("GET", "/messages", **seen, seen_by="feed_bob"))[1]["messages"] == []
    _, page = await control("GET", "/feed", after=start)
    assert [it["audience"] for it in page["happenings"]] == [None, None, [str(ada.id), str(sim.bot_user_id)]]
    waiting = asyncio.create_task(control("GET", "/feed", after=sim.feed.number, timeout=5, seen_by="feed_bob"))
    await asyncio.sleep(0)
    guild.member("newcomer")
    _, page = await waiting
    assert page["happenings"][0]["event"] == "GUILD_MEMBER_ADD"
    assert page["last"] == page["happenings"][-1]["number"]
    _, page = await control("GET", "/feed", after=page["last"], timeout="0.01")
    assert page["happenings"] == []


async def test_an_ephemeral_answer_is_in_the_feed_of_one_person(sim: Simulator, bot: Any, guild: ScriptedGuild) -> None:
    @app_commands.command(name="psst", description="psst")
    async def psst(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("psst", ephemeral=True)

    bot.tree.add_command(psst, guild=discord.Object(guild.id))
    await bot.tree.sync(guild=discord.Object(guild.id))
    ada, bob = guild.member("feed_ada"), guild.member("feed_bob")
    start = sim.feed.number
    await ada.slash("psst")
    assert [it.audience for it in sim.feed.after(start, ada.id)] == [(ada.id,)]
    assert sim.feed.after(start, bob.id) == []
    bot.tree.clear_commands(guild=discord.Object(guild.id))


async def test_a_flood_needs_a_listener(run: Any) -> None:
    async with Simulator() as sim, aiohttp.ClientSession() as session:
        sim.guild("A").member("ada")
        wish = {"guild": "A", "user": "ada", "count": 1}
        async with session.post(f"{sim.control_url}/flood", json=wish) as answer:
            assert (answer.status, (await answer.json())["error"]) == (400, "NotConnected")
        bot = run.Bot(intents=discord.Intents(guilds=True, guild_messages=True), enable_debug_events=True)
        async with run.connected(sim, bot):
            async with session.post(f"{sim.control_url}/flood", json=wish) as answer:
                assert answer.status == 200
            await bot.until(lambda: bot.events("MESSAGE_CREATE"))
            assert bot.last("MESSAGE_CREATE")["content"] == ""


async def test_regression_a_strangers_page_steers_nothing(sim: Simulator, guild: ScriptedGuild) -> None:
    wish = {"guild": guild.name, "name": "intruder"}
    foreign = (
        {"Origin": "http://evil.example", "Content-Type": "text/plain"},
        {"Origin": "null"},
        {"Host": f"evil.example:{sim.port}"},
        {"Host": "[::1"},
    )
    async with aiohttp.ClientSession() as session:
        for headers in foreign:
            async with session.post(f"{sim.control_url}/members", json=wish, headers=headers) as answer:
                assert answer.status == 403
            async with session.get(f"{sim.control_url}/world", headers=headers) as answer:
                assert answer.status == 403
        own = {"Origin": f"http://localhost:{sim.port}", "Host": f"localhost:{sim.port}"}
        async with session.get(f"{sim.control_url}/world", headers=own) as answer:
            assert answer.status == 200
    assert "intruder" not in {sim.world.users[it].username for it in guild.guild.members}


async def test_regression_numbers_that_are_none(sim: Simulator, control: Any, guild: ScriptedGuild) -> None:
    wrong = "9" * 5000
    assert (await control("POST", "/say", guild=guild.name, user=wrong, content="x"))[0] == 400
    assert (await control("GET", "/messages", guild=guild.name, after=wrong))[0] == 400
    assert (await control("GET", "/messages", guild=guild.name, after="x"))[0] == 400
    assert sim.stats.crashes == 0


async def test_regression_founding_a_guild_in_a_large_world() -> None:
    async with Simulator() as sim, aiohttp.ClientSession() as session:
        for number in range(251):
            sim.guild(f"Guild {number}")
        async with session.post(f"{sim.control_url}/guilds", json={"name": "Late"}) as answer:
            assert (answer.status, (await answer.json())["name"]) == (200, "Late")


async def test_regression_the_feed_hides_a_secret_channel_even_when_it_is_gone(
    sim: Simulator, bot: Any, guild: ScriptedGuild
) -> None:
    ada = guild.member("feed_ada")
    start = sim.feed.number
    secret = {"id": str(guild.id), "type": 0, "deny": str(int(Permission.VIEW_CHANNEL))}
    await guild.owner.creates_channel("secret-plans", permission_overwrites=[secret])
    await guild.owner.says("the plan", channel="secret-plans")
    assert [it.event for it in sim.feed.after(start, guild.owner.id)] == ["CHANNEL_CREATE", "MESSAGE_CREATE"]
    await guild.owner.deletes_channel("secret-plans")
    assert sim.feed.after(start, ada.id) == []


async def test_regression_impossible_wishes_are_refused_and_stop_nothing(sim: Simulator, control: Any) -> None:
    for method, path, wish in (
        ("POST", "/guilds", {"name": "Nowhere", "shard": 99}),
        ("POST", "/guilds", {"name": "Nowhere", "shard": -1}),
        ("POST", "/gateway/drop", {"code": 70_000}),
        ("POST", "/faults/gateway", {"effect": "delay", "late": 1e30}),
        ("POST", "/faults/rest", {"latency": 1e30}),
    ):
        assert (await control(method, path, **wish))[0] == 400
    assert sim.stats.crashes == 0
    assert not any(it.name == "Nowhere" for it in sim.world.guilds.values())
    assert sim.faults.standing() == []


async def test_regression_a_large_world_is_a_file_too() -> None:
    async with Simulator(shards=1) as large, aiohttp.ClientSession() as session:
        guild = large.guild("Large", shard=0)
        for _ in range(600):
            await guild.owner.says("x" * 1_900, at_once=True)
        async with session.get(f"{large.control_url}/world/file") as answer:
            assert (answer.status, large.stats.crashes) == (200, 0)
            assert len(await answer.read()) > 1 << 20
