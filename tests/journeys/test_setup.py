"""From the first word in a server to a bot that fits it, by the setup alone; and what a kick does not take away."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM
from guildbase.database.manager import DatabaseManager
from guildbase.features.setup.views.begin import BeginView
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.guilds.models import Guild
from guildbase.platform.telemetry.controller import AuditController
from guildbase.simulator import Permission, Person, Reply, ScriptedGuild, Simulator
from guildbase.testing.plugin import StartGuildbase
from tests.factories import set_general
from tests.features.setup.scripted import choose, names, press
from tests.waiting import until

FEW = Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES


async def _settings(bot: GuildbaseBot, guild_id: int, feature: str = "guilds") -> Any:
    return (await bot.services.get(ConfigurationController).current(guild_id, feature)).settings


async def _is_here(bot: GuildbaseBot, guild: ScriptedGuild) -> bool:
    async with bot.services.get(DatabaseManager).read_session() as session:
        row = await Guild.get_by_id(session, guild.id)
    return row is not None and row.arrived_at is not None


async def _invited(bot: GuildbaseBot, guild: ScriptedGuild, permissions: int = FEW) -> None:
    await guild.add_bot(permissions=permissions)
    await until(lambda: _is_here(bot, guild))


def _asked_for(page: Reply) -> int:
    """The permissions that the page's link asks for."""
    (link,) = [item["url"] for row in page.components for item in row["components"] if "url" in item]
    return int(parse_qs(urlsplit(link).query)["permissions"][0])


async def test_a_fresh_server_becomes_a_configured_one_by_the_setup_alone(
    guildbase_bot: GuildbaseBot, discord: Simulator
) -> None:
    shop = discord.guild("Corner Shop", shard=0, bot_permissions=None)
    owner, boss, clerk = shop.owner, shop.role("Boss"), shop.member("clerk")
    await _invited(guildbase_bot, shop)
    greeting = await owner.hears(matching="/setup")

    # 1. The check names what is missing; the owner gives it.
    page = await greeting.click("Set up", by=owner)
    assert page.ephemeral
    # One view answers for the greetings of all servers.
    assert sum(isinstance(view, BeginView) for view in guildbase_bot.persistent_views) == 1
    assert "I lack permissions:" in page.text
    assert (
        "**Manage Channels** (to set slow modes and lockdowns, to make the log channels that you ask for" in page.text
    )
    shop.grant_bot(_asked_for(page))
    page = await press(page, "again")
    assert "I lack" not in page.text

    # 2. Prefix.
    page = await press(page, "next")
    form = (await press(page, "prefix")).modal
    assert form is not None
    page = await form.submit(prefix="?")
    assert "Saved." in page.text

    # 3. A log channel that is there, and one that is made.
    page = await press(page, "next")
    page = await choose(page, "mod_log_channel", shop.find_channel("mod-log"))
    page = await press(page, "make_audit_log_channel")

    # 4. A role that is there, and one that is made.
    page = await press(page, "next")
    page = await choose(page, "level_5", boss)
    page = await press(page, "make_level_3")

    # 5. What mute and jail need can wait.
    page = await press(page, "next")
    assert page.text.count("not set") == 3

    # 6. Something is switched off.
    page = await press(page, "next")
    (menu,) = [item for row in page.components for item in row["components"] if item["type"] == 3]
    page = await choose(page, "features", *[it["value"] for it in menu["options"] if it["value"] != "users"])

    # 7. The summary says it all.
    page = await press(page, "next")
    made, role = shop.find_channel("audit-log"), shop.role("Moderator")
    for part in ("`` ? ``", f"<#{made.id}>", f"<@&{role.id}>", f"<@&{boss.id}>", "users", "/config history"):
        assert part in page.text
    done = await press(page, "finish")
    assert "The setup is done" in done.text
    assert not names(done)

    settings = await _settings(guildbase_bot, shop.id)
    assert (settings.prefix, settings.mod_log_channel) == ("?", shop.find_channel("mod-log").id)
    assert (settings.audit_log_channel, settings.level_3_role, settings.level_5_role) == (made.id, role.id, boss.id)
    assert (await _settings(guildbase_bot, shop.id, "configuration")).features_off == {"users": ""}

    # All of it is in force: the new moderator moderates with the new prefix.
    await clerk.says("?cases")
    assert "No cases" not in (await clerk.hears()).text
    await owner.gives_role(clerk, role)
    await clerk.says("?cases")
    assert "No cases yet" in (await clerk.hears()).text
    history = await guildbase_bot.services.get(ConfigurationController).history(SYSTEM, shop.id, "guilds")
    assert {(entry.kind, entry.author_id) for entry in history.entries} == {("setup", owner.id)}

    # The button under the greeting opens what is set now, for those who may.
    again = await greeting.click("Set up", by=owner)
    assert "I lack" not in again.text
    refused = await greeting.click("Set up", by=shop.member("stranger"))
    assert "Manage Server" in refused.text


async def test_a_kick_takes_nothing_away_and_is_answered_with_no_second_greeting(
    guildbase_bot: GuildbaseBot, discord: Simulator
) -> None:
    shop = discord.guild("Corner Shop", shard=0, bot_permissions=None)
    await _invited(guildbase_bot, shop, int(Permission.ADMINISTRATOR))
    await shop.owner.hears(matching="/setup")
    page = await press(await shop.owner.slash("setup", step="staff"), "make_level_3")
    assert "Done." in page.text
    before = await _settings(guildbase_bot, shop.id)
    await shop.remove_bot()

    async def is_gone() -> bool:
        return not await _is_here(guildbase_bot, shop)

    await until(is_gone)
    await _invited(guildbase_bot, shop, int(Permission.ADMINISTRATOR))
    assert before.level_3_role is not None
    assert await _settings(guildbase_bot, shop.id) == before
    moderator = shop.member("mo", roles=["Moderator"])
    await moderator.says("!cases")
    assert "No cases yet" in (await moderator.hears()).text
    actions = [it.action for it in await guildbase_bot.services.get(AuditController).entries(SYSTEM, shop.id)]
    assert [it for it in actions if it.startswith("guilds.")] == [
        "guilds.return", "guilds.leave", "guilds.join",
    ]  # fmt: skip
    assert sum("/setup" in it.text for it in shop.messages("general") if it.author_id == discord.world.bot.id) == 1


@pytest.mark.discord(shards=1)
async def test_comings_and_goings_while_the_bot_is_down_are_made_up_for_at_its_start(
    start_guildbase: StartGuildbase, discord: Simulator, guild: ScriptedGuild, member: Person
) -> None:
    left, came = discord.guild("Left"), discord.guild("Came", bot_permissions=None)
    first = await start_guildbase()
    await set_general(first.services, guild.id, prefix="?")
    await first.stop()
    await left.remove_bot()
    await came.add_bot()
    second = await start_guildbase()
    assert await _is_here(second.bot, came)
    assert not await _is_here(second.bot, left)
    # Who invited it meanwhile is greeted; the servers of before the first start were not, and are not now.
    await came.owner.hears(matching="/setup", in_channel=came.find_channel("general"))
    assert guild.messages("general") == []
    await member.says("?ping")
    assert "Pong" in (await member.hears()).text
    # The button works for the process that comes next, too.
    (greeting,) = came.messages("general")
    await second.stop()
    await start_guildbase()
    assert "Setup: check" in (await greeting.click("Set up", by=came.owner)).text


async def test_a_german_owner_is_led_through_the_setup_and_reads_everything_in_german(
    guildbase_bot: GuildbaseBot, discord: Simulator
) -> None:
    shop = discord.guild("Eckladen", shard=0, bot_permissions=None)
    owner, helpers = shop.owner, shop.role("Hilfe")
    owner.sets_language("de")
    await _invited(guildbase_bot, shop)
    page = await owner.slash("setup")
    assert "Mir fehlen Berechtigungen: " in page.text
    assert "**Manage Channels** (um Slowmodes und Sperren zu setzen, um die Protokollkanäle anzulegen" in page.text
    shop.grant_bot(_asked_for(page))
    page = await press(await press(await press(page, "again"), "next"), "next")
    assert "Einrichtung: Protokollkanäle" in page.text
    page = await choose(page, "mod_log_channel", shop.find_channel("mod-log"))
    assert "Mod-Protokoll" in page.text
    page = await choose(await press(page, "next"), "level_3", helpers)
    page = await press(await press(await press(page, "next"), "next"), "next")
    assert {"Präfix", "Mod-Protokoll", "Audit-Protokoll"} <= {field["name"] for field in page.embeds[0]["fields"]}
    assert "Die Einrichtung ist fertig" in (await press(page, "finish")).text

    # What is set is described, refused and taken back in German, too.
    shown = (await owner.slash("config show", feature="guilds")).text
    assert "Kanal, der erfährt, was Moderatoren tun." in shown
    refused = await owner.slash("config set", feature="guilds", setting="prefix", value="viel zu langes Präfix")
    assert "prefix: höchstens 10 Zeichen sind erlaubt" in refused.text
    history = (await owner.slash("config history", feature="guilds")).text
    assert "Einrichtung" in history
    assert "Standard → <@&" in history
    rule = (await owner.slash("permissions allow", what="warn", role=helpers)).text
    assert rule.startswith(f"Regel #1: erlaubt `/warn` für <@&{helpers.id}>.")
    listed = (await owner.slash("help")).embeds[0]["fields"]
    assert {"Berechtigungen", "Einrichtung", "Meldungen"} <= {field["name"] for field in listed}
