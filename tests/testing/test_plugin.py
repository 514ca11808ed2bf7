"""The fixtures for authors of bots: they work as documented, leave nothing behind and cost nothing unused."""

from __future__ import annotations

import asyncio
import builtins
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import discord as discord_py
import httpx
import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.errors import ConfigurationError
from guildbase.core.settings import Settings
from guildbase.platform.guilds.controller import GuildController
from guildbase.simulator import Person, ScriptedGuild, Simulator
from guildbase.testing.plugin import StartGuildbase
from guildbase.testing.running import api_client
from tests.local_features import LocalFeatures

COG = """
class Greet(BaseCog):
    @hybrid_command()
    async def greet(self, ctx: Context) -> None:
        "Greet."
        await ctx.send("Hello from {where}.")
"""
OUTSIDE = """
async def test_a_warning_is_told(guildbase_bot, moderator, member):
    reply = await moderator.slash("warn", user=member, reason="spam")
    assert reply.text.startswith("Case #1")
    assert "spam" in (await member.receives_dm()).text


async def test_the_api_knows_it(guildbase_bot, guildbase_api, guild, moderator, member):
    await moderator.slash("warn", user=member, reason="spam")
    assert (await guildbase_api.get(f"/guilds/{guild.id}/cases")).json()["cases"][0]["reason"] == "spam"


async def test_my_own_feature(start_guildbase, member):
    await start_guildbase(features_dir="features")
    assert (await member.slash("greet")).text == "Hello from my folder."
"""


async def test_bot_and_api_share_their_services(
    guildbase_bot: GuildbaseBot,
    guildbase_api: httpx.AsyncClient,
    guild: ScriptedGuild,
    moderator: Person,
    member: Person,
) -> None:
    reply = await moderator.slash("warn", user=member, reason="spam")
    await reply.edited(matching="was told")
    (case,) = (await guildbase_api.get(f"/guilds/{guild.id}/cases")).json()["cases"]
    assert (case["reason"], case["notice"]) == ("spam", "delivered")


async def test_the_bot_is_connected_on_two_shards(guildbase_bot: GuildbaseBot, discord: Simulator) -> None:
    assert guildbase_bot.ready_shards == {0, 1}
    assert guildbase_bot.guilds[0].name == "Test Guild"
    assert discord.base_url == discord_py.http.Route.BASE


async def test_every_test_begins_with_an_empty_database(guildbase_api: httpx.AsyncClient, guild: ScriptedGuild) -> None:
    assert (await guildbase_api.get(f"/guilds/{guild.id}/cases")).json()["cases"] == []


@pytest.mark.parametrize("where", ["one place", "another place"])
async def test_a_local_feature_of_one_test_is_not_that_of_the_next(
    start_guildbase: StartGuildbase, tmp_path: Path, member: Person, where: str
) -> None:
    features = LocalFeatures(tmp_path / "features")
    features.write("greet", cog=COG.format(where=where))
    await start_guildbase(features_dir=features.folder)
    assert (await member.slash("greet")).text == f"Hello from {where}."


async def test_settings_of_the_machine_do_not_count(
    start_guildbase: StartGuildbase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUILDBASE_API_KEY", "of the machine")
    monkeypatch.setenv("GUILDBASE_DEFAULT_PREFIX", "$")
    running = await start_guildbase(api_key="of the test")
    settings = running.services.get(Settings)
    assert (settings.api_key.get_secret_value(), settings.default_prefix) == ("of the test", "!")
    async with running.api() as client:
        assert client.headers["X-API-Key"] == "of the test"


async def test_a_stopped_bot_starts_again_on_the_same_data(
    start_guildbase: StartGuildbase, moderator: Person, member: Person
) -> None:
    first = await start_guildbase()
    await moderator.slash("warn", user=member, reason="spam")
    await first.stop()
    await first.stop()
    await start_guildbase()
    assert (await moderator.slash("warn", user=member, reason="again")).text.startswith("Case #2")


async def test_what_keeps_the_bot_from_starting_is_raised_at_once(start_guildbase: StartGuildbase) -> None:
    with pytest.raises(ConfigurationError, match="GUILDBASE_API_PORT"):
        await start_guildbase(api_port=-1)
    with pytest.raises(ConfigurationError, match="refuses the token"):
        await start_guildbase(discord_token="wrong")


async def test_regression_the_database_knows_the_guilds_of_a_ready_bot(
    start_guildbase: StartGuildbase, guild: ScriptedGuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a slow machine the first question of a test used to be answered with "not found" now and then."""
    reconcile = GuildController.reconcile

    async def slowly(self: GuildController, here: set[int], **given: Any) -> None:
        await asyncio.sleep(0.1)
        await reconcile(self, here, **given)

    monkeypatch.setattr(GuildController, "reconcile", slowly)
    running = await start_guildbase()
    async with running.api() as client:
        assert (await client.get(f"/guilds/{guild.id}/cases")).status_code == 200


async def test_a_stopped_bot_is_not_waited_for(start_guildbase: StartGuildbase) -> None:
    running = await start_guildbase()
    first = running.bot
    await running.stop()
    with pytest.raises(RuntimeError, match="stopped before it was ready"):
        await running.until_ready(instead_of=first)


async def test_without_httpx_the_api_client_says_what_to_install(
    guildbase_bot: GuildbaseBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without_httpx(name: str, *rest: Any, **more: Any) -> Any:
        if name == "httpx":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without_httpx)
    with pytest.raises(RuntimeError, match="pip install httpx"):
        api_client(guildbase_bot.services)


def test_loading_the_plugin_imports_nothing_heavy() -> None:
    """Pytest loads it in every project where Guildbase is installed, also where no test uses it."""
    script = (
        "import sys; before = set(sys.modules); import pytest; known = set(sys.modules)\n"
        "import guildbase.testing.plugin\n"
        "print(sorted(name for name in set(sys.modules) - known if not name.startswith('guildbase')))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert set(eval(done.stdout)) <= {"shutil", "zlib", "bz2", "_bz2", "lzma", "_lzma", "_compression"}  # noqa: S307


def test_the_fixtures_work_in_a_project_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(OUTSIDE)
    LocalFeatures(tmp_path / "features").write("greet", cog=COG.format(where="my folder"))
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=os.environ.copy())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout
