"""Bot and API as processes: they start, stop when told to, and lose nothing when they are killed."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import time

import httpx
import pytest

from guildbase.core.snowflake import SMALLEST
from guildbase.simulator import Person, ScriptedGuild, Simulator
from guildbase.simulator.world.state import Event
from tests.cli.conftest import Command, Running, Starter, discord_settings
from tests.local_features import LocalFeatures
from tests.waiting import until

STUCK = """
class Stuck(BaseCog):
    @hybrid_command()
    async def stuck(self, ctx: Context) -> None:
        "Never answer."
        print("stuck now", flush=True)
        await asyncio.sleep(600)
"""


@pytest.fixture
def up_settings(discord: Simulator, sqlite_url: str) -> dict[str, str]:
    return {"database_url": sqlite_url, **discord_settings(discord)}


async def notices(running: Running, guild: ScriptedGuild) -> dict[int, str]:
    """Return what became of the notice of each case, by number, as the API tells it."""
    async with await running.api() as client:
        answer = await client.get(f"/guilds/{guild.id}/cases")
    assert answer.status_code == 200
    return {case["number"]: case["notice"] for case in answer.json()["cases"]}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_stop_signal_ends_bot_and_api_with_code_0(
    start: Starter,
    up_settings: dict[str, str],
    discord: Simulator,
    moderator: Person,
    member: Person,
    guild: ScriptedGuild,
    number: signal.Signals,
) -> None:
    running = await start("up", **up_settings)
    await discord.until_connected(timeout=30)
    async with await running.api() as page, page.stream("GET", "/events") as stream:
        heard = stream.aiter_lines()
        assert await anext(heard) == "event: ready"
        reply = await moderator.slash("warn", user=member, reason="spam")
        began = time.monotonic()
        running.process.send_signal(number)
        # An open page is told nothing more, and holds nothing up.
        assert not [line async for line in heard if line.startswith("event:")]
        assert await running.ends() == 0
    assert time.monotonic() - began < 8
    # The warning was in the middle of its work when the signal came.
    assert reply.text == f"Case #1: warned {member.mention}, who was told by direct message."
    assert len(member.dms) == 1
    lines = [json.loads(line) for line in running.said.splitlines()]
    assert [line["event"] for line in lines][-1] == "stopped"
    assert not [line for line in lines if line["level"] in ("warning", "error")]

    again = await start("api", **up_settings)
    assert await notices(again, guild) == {1: "delivered"}
    assert await again.stops() == 0


async def test_a_second_signal_ends_it_at_once(
    start: Starter, up_settings: dict[str, str], discord: Simulator, member: Person, features: LocalFeatures
) -> None:
    features.write("stuck", cog=STUCK)
    running = await start("up", features_dir=str(features.folder), **up_settings)
    await discord.until_connected(timeout=30)
    await member.says("!stuck")
    await running.says("stuck now")
    began = time.monotonic()
    running.process.send_signal(signal.SIGTERM)
    await running.says('"event":"stopping"')
    running.process.send_signal(signal.SIGTERM)
    assert await running.ends() == 1
    assert time.monotonic() - began < 3


def kill_at_direct_message(discord: Simulator, running: Running, number: int) -> list[int]:
    """Kill the process at the moment its n-th direct message is taken, before it can hear of that."""
    sent: list[int] = []

    def listen(event: Event) -> None:
        if event.name == "MESSAGE_CREATE" and event.guild_id is None and running.process.returncode is None:
            sent.append(int(event.data["id"]))
            if len(sent) == number:
                running.process.kill()

    discord.world.subscribe(listen)
    return sent


@pytest.mark.parametrize("number", [1, 3])
async def test_a_kill_between_sending_and_marking_loses_nothing_and_tells_nobody_twice(
    start: Starter,
    up_settings: dict[str, str],
    discord: Simulator,
    guild: ScriptedGuild,
    moderator: Person,
    number: int,
) -> None:
    people = [guild.member(f"member_{index}") for index in range(3)]
    running = await start("up", **up_settings)
    await discord.until_connected(timeout=30)
    sent = kill_at_direct_message(discord, running, number)
    warnings = [asyncio.create_task(moderator.slash("warn", user=it, reason="spam")) for it in people]
    assert await running.ends() == -signal.SIGKILL
    assert len(sent) >= number
    replies = await asyncio.gather(*warnings, return_exceptions=True)
    answered = [reply for reply in replies if not isinstance(reply, BaseException)]

    again = await start("up", **up_settings)
    await discord.until_connected(timeout=30)
    stored = await notices(again, guild)
    assert len(stored) >= len(answered)

    async def all_told() -> bool:
        return set((await notices(again, guild)).values()) == {"delivered"}

    await until(all_told)
    assert sum(len(person.dms) for person in people) == len(stored)
    assert max(len(person.dms) for person in people) == 1
    assert await again.stops() == 0


async def test_a_bot_dies_with_its_parent_when_asked_to(
    start: Starter, up_settings: dict[str, str], discord: Simulator
) -> None:
    running = await start("up", "--until-stdin-closes", **up_settings)
    await discord.until_connected(timeout=30)
    assert running.process.stdin is not None
    running.process.stdin.close()
    assert await running.ends() == 0


async def test_one_part_that_fails_stops_the_other(
    start: Starter, up_settings: dict[str, str], discord: Simulator, member: Person
) -> None:
    running = await start("up", **up_settings)
    await discord.until_connected(timeout=30)
    await member.slash("ping")
    await discord.drop_gateway(shard=0, code=4013)
    assert await running.ends() == 2
    assert running.said.splitlines()[-1].startswith("guildbase: Discord does not know an intent.")
    assert "Traceback" not in running.said


async def test_a_broken_feature_is_named_in_one_line_and_the_rest_works(
    start: Starter, up_settings: dict[str, str], discord: Simulator, member: Person, features: LocalFeatures
) -> None:
    (features.write("torn") / "__init__.py").write_text("raise RuntimeError('torn')\n")
    running = await start("bot", features_dir=str(features.folder), **up_settings)
    await discord.until_connected(timeout=30)
    assert (await member.slash("ping")).text.startswith("Pong!")
    named = [json.loads(line) for line in running.said.splitlines() if "torn" in line]
    assert [(line["event"], line["reason"]) for line in named] == [("feature_refused", "RuntimeError: torn")]
    assert await running.stops() == 0


async def test_a_second_process_on_the_same_file_is_refused_and_the_first_goes_on(
    start: Starter, up_settings: dict[str, str], discord: Simulator, member: Person, run: Command
) -> None:
    running = await start("up", **up_settings)
    await discord.until_connected(timeout=30)
    done = await asyncio.to_thread(run_beside, run, up_settings)
    assert done.startswith(f"Process {running.process.pid} already uses ")
    assert (await member.slash("ping")).text.startswith("Pong!")
    assert await running.stops() == 0


def run_beside(run: Command, settings: dict[str, str]) -> str:
    done = run("api", **settings)
    assert done.code == 1
    return done.complaint


async def test_the_api_alone_answers_and_never_loads_discord_py(
    start: Starter, sqlite_url: str, guild: ScriptedGuild
) -> None:
    running = await start("api", python="-X importtime", database_url=sqlite_url, api_key="the-key")
    running.key = "the-key"
    async with await running.api() as client:
        health = await client.get("/health")
        assert (health.status_code, health.json()["status"]) == (200, "ok")
        unknown = await client.get(f"/guilds/{SMALLEST}/cases")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "guild_not_found")
        assert (await client.get(f"/guilds/{SMALLEST}/cases", headers={"X-API-Key": "no"})).status_code == 401
        assert (await client.get("/docs")).status_code == 200
    assert await running.stops() == 0
    imported = set(re.findall(r"^import time:.*\| +(\S+)$", running.said, re.MULTILINE))
    assert "fastapi" in imported
    assert "guildbase.features.moderation.controller" in imported
    assert not {name for name in imported if name.partition(".")[0] == "discord"}


async def test_bot_and_api_run_in_two_processes_on_postgresql(
    start: Starter, postgresql_url: str, discord: Simulator, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    bot = await start("bot", database_url=postgresql_url, **discord_settings(discord))
    api = await start("api", database_url=postgresql_url)
    await discord.until_connected(timeout=30)
    reply = await moderator.slash("warn", user=member, reason="spam")
    await reply.edited(matching="was told")
    assert await notices(api, guild) == {1: "delivered"}
    assert [await api.stops(), await bot.stops()] == [0, 0]


async def test_the_simulator_alone_tells_programs_where_it_is(start: Starter) -> None:
    running = await start("sim", "--port", "0", "--guilds", "1", "--members", "3", "--json")
    told = json.loads((await running.says(r"^\{.*\}\n"))[0])
    urls = [value for value in told.values() if isinstance(value, str) and value.endswith("/api/v10")]
    async with httpx.AsyncClient(trust_env=False, headers={"Authorization": f"Bot {told['token']}"}) as client:
        me = await client.get(f"{urls[0]}/users/@me")
    assert me.json()["username"] == "guildbase"
    assert await running.stops() == 0


async def test_no_secret_ever_reaches_the_log(
    start: Starter, up_settings: dict[str, str], discord: Simulator, member: Person, features: LocalFeatures
) -> None:
    features.write(
        "leaky",
        cog="""
        import structlog
        from guildbase.core.settings import Settings


        class Leaky(BaseCog):
            @hybrid_command()
            async def leak(self, ctx: Context) -> None:
                "Fail with everything in reach."
                settings = self.services.get(Settings)
                structlog.get_logger().error("odd", token=settings.discord_token.get_secret_value(), settings=settings)
                discord_token = settings.discord_token.get_secret_value()
                raise RuntimeError(repr(settings))
        """.replace("\n        ", "\n"),
    )
    running = await start(
        "up", features_dir=str(features.folder), log_level="DEBUG", api_key="key-canary", **up_settings
    )
    await discord.until_connected(timeout=30)
    assert "Something went wrong" in (await member.slash("leak")).text
    running.key = "key-canary"
    async with await running.api() as client:
        await client.get("/guilds/1/cases")
    assert await running.stops() == 0
    assert "command_failed" in running.said
    assert discord.token not in running.said
    assert "key-canary" not in running.said
