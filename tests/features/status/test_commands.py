"""Anybody can see that the bot lives and what it can do."""

from __future__ import annotations

import re

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.errors import DatabaseUnavailable
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.services.assembly import assemble
from guildbase.services.shard_ranges import ShardRanges
from guildbase.services.shards import Shards
from guildbase.simulator import NotAllowed, Person, ScriptedGuild, Simulator
from guildbase.testing.plugin import StartGuildbase
from tests.local_features import LocalFeatures


async def test_ping_tells_the_latency(guildbase_bot: GuildbaseBot, member: Person) -> None:
    reply = await member.slash("ping")
    assert re.fullmatch(r"Pong! Latency to Discord: (\d+ ms|not known yet)\.", reply.text)
    assert reply.ephemeral


async def test_status_shows_shards_servers_database_and_cache(
    guildbase_bot: GuildbaseBot, discord: Simulator, member: Person
) -> None:
    discord.guild("Another", shard=1)
    reply = await member.slash("status")
    fields = {field["name"]: field["value"] for field in reply.embeds[0]["fields"]}
    assert fields["Servers"] == "2"
    assert fields["Shards"] == "2 of 2 ready"
    lines = fields["Latency"].splitlines()
    assert [line.partition(",")[0] for line in lines] == ["#0 ready", "#1 ready"]
    assert [line.rpartition(", ")[2] for line in lines] == ["1 server", "1 server"]
    assert fields["Database"].startswith("sqlite, ")
    assert fields["Cache"].endswith("misses")
    assert fields["Redis"] in ("not used", "ok")
    assert fields["Uptime"].endswith("s")


async def test_status_shows_the_shards_of_other_processes(start_guildbase: StartGuildbase, member: Person) -> None:
    running = await start_guildbase(shards_per_process=1)
    fields = {field["name"]: field["value"] for field in (await member.slash("status")).embeds[0]["fields"]}
    assert fields["Shards"] == "1 of 2 ready"
    assert fields["Latency"].splitlines()[1] == "#1 gone, not known yet, 0 servers"

    other = assemble(running.services.get(Settings), running.services.get(FeatureRegistry))
    await ShardRanges(other).wait(2)
    fields = {field["name"]: field["value"] for field in (await member.slash("status")).embeds[0]["fields"]}
    assert fields["Latency"].splitlines()[1] == "#1 unknown, not known yet, 0 servers"
    await other.close()


async def test_status_without_the_leases_shows_the_own_shards(
    guildbase_bot: GuildbaseBot, member: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> None:
        raise DatabaseUnavailable("The database is away.")

    monkeypatch.setattr(guildbase_bot.services.get(Shards), "all", away)
    fields = {field["name"]: field["value"] for field in (await member.slash("status")).embeds[0]["fields"]}
    assert fields["Shards"] == "2 of 2 ready"


async def test_status_works_without_its_database_and_says_so(
    guildbase_bot: GuildbaseBot, member: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await member.slash("ping")

    async def ping() -> None:
        raise DatabaseUnavailable("The database is away.")

    monkeypatch.setattr(guildbase_bot.services.get(DatabaseManager), "ping", ping)
    assert "sqlite, not reachable" in (await member.slash("status")).text


async def test_help_lists_every_command_by_its_part(guildbase_bot: GuildbaseBot, moderator: Person) -> None:
    reply = await moderator.slash("help")
    fields = {field["name"]: field["value"] for field in reply.embeds[0]["fields"]}
    assert "`/ban`" in fields["Moderation"]
    assert "`/warn`" in reply.text
    assert "`/case …`" in reply.text
    assert "`/case view`" in (await moderator.slash("help", command="case")).text
    assert "… and more" not in reply.text
    assert "`/ping`" in fields["Status"]
    assert all(len(value) <= 1024 for value in fields.values())


async def test_help_lists_only_what_whoever_asks_may_use(
    guildbase_bot: GuildbaseBot, member: Person, moderator: Person, application_owner: Person
) -> None:
    assert "/warn" not in (await member.slash("help")).text
    assert "/ping" in (await member.slash("help")).text
    assert "/cog" not in (await moderator.slash("help")).text
    everything = (await application_owner.slash("help")).text
    assert all(f"`/{name}" in everything for name in ("cog …", "ticket …", "slowmode …", "voice …", "warnings"))
    of_tickets = (await moderator.slash("help", command="ticket")).text
    assert "`/ticket add`" in of_tickets
    assert "`/ticket untag`" in of_tickets


@pytest.mark.parametrize("wanted", ["warn", "/warn", " warn "])
async def test_help_explains_one_command(guildbase_bot: GuildbaseBot, member: Person, wanted: str) -> None:
    text = (await member.slash("help", command=wanted)).text
    assert text.splitlines()[0] == "/warn <user> <reason> [evidence (upload a file)]"
    assert "a case is kept" in text


async def test_regression_help_of_a_group_lists_what_is_in_it_for_its_reader(
    guildbase_bot: GuildbaseBot, member: Person, application_owner: Person
) -> None:
    preferences = (await member.slash("help", command="preferences")).text
    assert "`/preferences show` Show your time zone" in preferences
    assert "`/preferences dms`" in preferences
    assert "`/preferences …`" in (await member.slash("help")).text
    assert "`/config set` Set one setting." in (await application_owner.slash("help", command="config")).text
    assert "/config set" not in (await member.slash("help", command="config")).text


async def test_help_of_something_else_says_where_to_look(guildbase_bot: GuildbaseBot, member: Person) -> None:
    assert (await member.slash("help", command="dance")).text == "There is no such command. `/help` lists all."


async def test_help_with_very_many_commands_still_fits(
    start_guildbase: StartGuildbase, features: LocalFeatures, member: Person
) -> None:
    commands = "\n".join(
        f"    @hybrid_command()\n    async def busy{number}(self, ctx: Context) -> None:\n"
        f'        "{"A description as long as they come. " * 2}"\n'
        for number in range(40)
    )
    features.write("many", cog=f"class Many(BaseCog):\n{commands}")
    await start_guildbase(features_dir=features.folder)
    reply = await member.slash("help")
    fields = {field["name"]: field["value"] for field in reply.embeds[0]["fields"]}
    assert {"Many", "Many (2)", "Many (3)"} <= fields.keys()
    assert all(f"/busy{number}`" in reply.text for number in range(40))
    assert max(map(len, fields.values())) <= 1024


async def test_status_works_in_a_direct_message(guildbase_bot: GuildbaseBot, member: Person) -> None:
    await member.sends_dm("!status")
    assert "Uptime" in (await member.receives_dm()).text


async def test_owner_commands_are_not_offered_to_members(guildbase_bot: GuildbaseBot, member: Person) -> None:
    with pytest.raises(NotAllowed):
        await member.slash("cog list")


async def test_the_owner_sees_every_feature_and_its_state(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, application_owner: Person
) -> None:
    await application_owner.slash("cog unload", feature="moderation")
    text = (await application_owner.slash("cog list")).text
    assert "**status** (loaded): " in text
    assert "**moderation** (not loaded): " in text


async def test_the_commands_that_swap_features_cannot_lock_their_owner_out(
    guildbase_bot: GuildbaseBot, application_owner: Person
) -> None:
    assert (await application_owner.slash("cog reload", feature="status")).text == "Reloaded status."
    assert "**status** (loaded)" in (await application_owner.slash("cog list")).text
