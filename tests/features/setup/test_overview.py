"""A server's first page in the dashboard: how the bot fares there, and what stands in its way."""

from __future__ import annotations

import httpx
import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.errors import PermissionDenied
from guildbase.core.ports import SYSTEM, Caller
from guildbase.core.rights import Right
from guildbase.features.setup.controller import OverviewController
from guildbase.platform.configuration.modules import ModulesController
from guildbase.platform.guilds.controller import GuildController, GuildNotFound
from guildbase.services.container import BotServices
from guildbase.simulator import ScriptedGuild
from tests.factories import new_id
from tests.waiting import until


async def test_it_tells_the_server_its_shard_and_what_is_missing(
    guildbase_api: httpx.AsyncClient, guildbase_bot: GuildbaseBot, guild: ScriptedGuild
) -> None:
    async def has_report() -> bool:
        seen = (await guildbase_api.get(f"/guilds/{guild.id}/overview")).raise_for_status().json()
        return bool(seen["shard"]["state"] == "ready")

    await until(has_report)
    seen = (await guildbase_api.get(f"/guilds/{guild.id}/overview", headers={"Accept-Language": "de"})).json()
    assert (seen["id"], seen["name"], seen["prefix"], seen["locale"]) == (str(guild.id), "Test Guild", "!", "en-US")
    assert seen["member_count"] > 0
    assert seen["invite_url"].startswith("https://")
    assert any(finding["fix"] == "logs" for finding in seen["findings"])
    assert "Kein Protokollkanal ist eingestellt." in [finding["problem"] for finding in seen["findings"]]


async def test_what_stands_in_the_way_is_only_for_those_who_may_see_settings(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild
) -> None:
    overview = guildbase_bot.services.get(OverviewController)
    moderator = Caller(user_id=new_id(), guild_id=guild.id, rights=Right.VIEW_CASES)
    assert (await overview.overview(moderator, guild.id)).checkup is None
    viewer = Caller(user_id=new_id(), guild_id=guild.id, rights=Right.VIEW_SETTINGS)
    assert (await overview.overview(viewer, guild.id)).checkup is not None
    with pytest.raises(PermissionDenied):
        await overview.overview(Caller(user_id=new_id(), guild_id=guild.id), guild.id)


async def test_without_a_running_bot_it_shows_what_is_known(services: BotServices) -> None:
    guild_id = new_id()
    with pytest.raises(GuildNotFound):
        await services.get(OverviewController).overview(SYSTEM, guild_id)
    await services.get(GuildController).join(guild_id)
    seen = await services.get(OverviewController).overview(SYSTEM, guild_id)
    assert (seen.live, seen.checkup, seen.shard, seen.prefix) == (None, None, None, "!")
    modules = await services.get(ModulesController).modules(SYSTEM, guild_id, "en-US")
    assert not modules.has_commands
    assert {it.feature.name for it in modules.modules} >= {"moderation", "tickets", "configuration"}


async def test_a_server_that_the_bot_has_left_shows_no_more(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    away = new_id()
    await guildbase_bot.services.get(GuildController).join(away)
    seen = await guildbase_bot.services.get(OverviewController).overview(SYSTEM, away)
    assert (seen.live, seen.checkup) == (None, None)


async def test_modules_tell_commands_and_switches(
    guildbase_api: httpx.AsyncClient, guildbase_bot: GuildbaseBot, guild: ScriptedGuild
) -> None:
    changes = {"features_off": {"tickets": "We use mail."}, "commands_off": {"warn": ""}}
    await guildbase_api.patch(f"/guilds/{guild.id}/config/configuration", json={"changes": changes})
    found = (await guildbase_api.get(f"/guilds/{guild.id}/modules")).raise_for_status().json()
    modules = {it["name"]: it for it in found["modules"]}
    tickets, moderation, setup = modules["tickets"], modules["moderation"], modules["setup"]
    assert (tickets["is_on"], tickets["off_reason"], tickets["can_be_off"]) == (False, "We use mail.", True)
    assert (moderation["is_on"], moderation["category"], moderation["has_settings"]) == (True, "Moderation", True)
    warn = next(it for it in moderation["commands"] if it["name"] == "warn")
    assert (warn["is_on"], warn["off_reason"]) == (False, "")
    assert warn["description"]
    assert not setup["can_be_off"]
    assert {"features_off": found["features_off"], "commands_off": found["commands_off"]} == changes
    assert found["version"] == 1
    with pytest.raises(PermissionDenied):
        stranger = Caller(user_id=new_id(), guild_id=guild.id)
        await guildbase_bot.services.get(ModulesController).modules(stranger, guild.id, "en-US")
