"""The gate of all commands: nothing passes beside it, and what decides comes in its order."""

from __future__ import annotations

from pathlib import Path

import pytest
from discord import app_commands
from discord.ext import commands

from guildbase.bot.client import GuildbaseBot
from guildbase.bot.gate import all_commands, feature_of, is_for_bot_owners, level_for, names_of, needs_of
from guildbase.bot.loop_lag import LoopLag
from guildbase.bot.metrics import collector_registry
from guildbase.core.ports import ADMINISTRATOR, SYSTEM, CommandUse, Decider, Outcome
from guildbase.core.registry import FeatureRegistry
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.permissions.controller import PermissionController, PermissionGate
from guildbase.platform.permissions.models import Access, PermissionCheck, Scope, Subject
from guildbase.platform.permissions.rules import NewRule
from guildbase.platform.standing.controller import StandingController
from guildbase.platform.standing.models import StandingStatus
from guildbase.platform.standing.rules import Decision
from guildbase.platform.standing.rules import Subject as Person_
from guildbase.services.container import BotServices
from guildbase.simulator import Person, ScriptedGuild
from guildbase.testing.plugin import StartGuildbase
from tests.factories import new_id
from tests.local_features import LocalFeatures


async def set_rule(bot: GuildbaseBot, guild: ScriptedGuild, access: Access, member: Person, target: str = "") -> None:
    scope = Scope.COMMAND if target else Scope.EVERYTHING
    new = NewRule(Subject.MEMBER, member.id, scope, target, access)
    await bot.services.get(PermissionController).set(SYSTEM, guild.id, new)


async def test_every_command_goes_through_the_gate(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, application_owner: Person
) -> None:
    await set_rule(guildbase_bot, guild, Access.DENY, application_owner)
    named = all_commands(guildbase_bot).items()
    texts = [(name, it) for name, it in named if not isinstance(it, app_commands.ContextMenu)]
    names = [name for name, command in texts if not is_for_bot_owners(command)]
    assert {"warn", "case view", "permissions allow", "help", "config"} <= set(names)
    for name in names:
        await application_owner.says(f"!{name}")
        assert (await application_owner.hears()).text.startswith("Rule #1 of this server"), name
    for name in ("ping", "status", "help", "cases", "permissions list"):
        assert (await application_owner.slash(name)).text.startswith("Rule #1 of this server"), name
    # Nobody's rules keep the bot's owners from theirs.
    assert "status" in (await application_owner.slash("cog list")).text


async def test_no_rule_opens_what_is_for_the_bots_owners(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    await set_rule(guildbase_bot, guild, Access.ALLOW, member)
    assert (await member.slash("cog list", force=True)).text == "Only the bot's owners may do this."
    await member.says("!cog list")
    assert (await member.hears()).text == "Only the bot's owners may do this."


async def test_blocks_come_first_then_switches_then_rules(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    services = guildbase_bot.services
    await set_rule(guildbase_bot, guild, Access.DENY, member, "profile")
    assert (await member.slash("profile")).text.startswith("Rule #1")
    changes = {"commands_off": {"profile": "too noisy"}}
    await services.get(ConfigurationController).change(SYSTEM, guild.id, "configuration", changes)
    assert (await member.slash("profile")).text == "`/profile` is switched off in this server: too noisy"
    assert (await guild.owner.slash("profile")).text == "`/profile` is switched off in this server: too noisy"
    assert "/profile" not in (await member.slash("help")).text
    block = Decision(StandingStatus.BLOCKED, "spam")
    await services.get(StandingController).decide(SYSTEM, guild.id, Person_(member.id, "member"), block)
    blocked = (await member.slash("profile")).text
    assert "blocked" in blocked
    assert "spam" in blocked
    deciders = {by for (outcome, by), _count in guildbase_bot.checks.items() if outcome is Outcome.REFUSED}
    assert deciders == {Decider.RULE, Decider.SWITCH, Decider.BLOCK}


async def test_a_block_everywhere_counts_in_direct_messages_and_a_silent_one_is_not_explained(
    services: BotServices,
) -> None:
    gate, standing = services.get(PermissionGate), services.get(StandingController)
    user, guild_id = new_id(), new_id()
    await services.get(GuildController).join(guild_id)
    assert gate.judge(CommandUse("ping", "status", user), None).is_allowed
    silent = Decision(StandingStatus.BLOCKED, "spam", is_silent=True)
    await standing.decide(SYSTEM, guild_id, Person_(user, "member"), silent)
    guild = await services.get(GuildController).load(guild_id)
    verdict = gate.judge(CommandUse("ping", "status", user, guild_id), guild)
    assert (verdict.outcome, verdict.by) == (Outcome.IGNORED, Decider.BLOCK)
    assert "spam" not in verdict.reason


async def test_what_is_off_without_a_reason_says_who_can_switch_it_on(services: BotServices) -> None:
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    changes = {"features_off": {"moderation": ""}}
    await services.get(ConfigurationController).change(SYSTEM, guild_id, "configuration", changes)
    guild = await services.get(GuildController).load(guild_id)
    use = CommandUse("warn", "moderation", new_id(), guild_id)
    verdict = services.get(PermissionGate).judge(use, guild)
    assert verdict.reason == "`/warn` is switched off in this server. Its admins can switch it on again."
    services.get(PermissionGate).checked(use, guild, verdict)
    (check,) = await services.get(PermissionController).checks(SYSTEM, guild_id, user_id=use.user_id)
    assert (check.channel_id, check.decider) == (None, "switch")


async def test_a_text_command_is_judged_by_its_innermost_name(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person
) -> None:
    await set_rule(guildbase_bot, guild, Access.DENY, moderator, "case")
    await set_rule(guildbase_bot, guild, Access.ALLOW, moderator, "case view")
    await moderator.says("!case   view 1")
    assert (await moderator.hears()).text.startswith("There is no case #1 here.")
    await moderator.says("!case look 1")
    assert (await moderator.hears()).text.startswith("Rule #1")


@pytest.mark.parametrize(("wanted", "written"), [("all", 2), ("refusals", 1), ("off", 0)])
async def test_the_guild_says_which_checks_are_written_down(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person, wanted: str, written: int
) -> None:
    services = guildbase_bot.services
    change = {"permission_audit": wanted}
    await services.get(ConfigurationController).change(SYSTEM, guild.id, "permissions", change)
    await set_rule(guildbase_bot, guild, Access.DENY, member, "status")
    await member.slash("ping")
    await member.slash("status")
    found = await services.get(PermissionController).checks(SYSTEM, guild.id)
    assert len(found) == written
    checks: dict[str, PermissionCheck] = {it.command: it for it in found}
    if written:
        refused = checks["status"]
        assert (refused.user_id, refused.channel_id) == (member.id, guild.channel("general").id)
        assert (refused.outcome, refused.decider, refused.rule_number) == ("refused", "rule", 1)
    if written == 2:
        assert (checks["ping"].outcome, checks["ping"].decider) == ("allowed", "discord")
    registry = collector_registry(lambda: guildbase_bot, LoopLag())
    labels = {"outcome": "refused", "by": "rule"}
    assert registry.get_sample_value("bot_permission_checks_total", labels) == 1


async def test_a_button_is_refused_when_its_command_is(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    admin = guild.member("admin", roles=["Admin"])
    controller = guildbase_bot.services.get(PermissionController)
    for _ in range(20):
        new = NewRule(Subject.MEMBER, new_id(), Scope.COMMAND, "ping", Access.DENY)
        await controller.set(SYSTEM, guild.id, new)
    pages = await admin.slash("permissions list")
    await set_rule(guildbase_bot, guild, Access.DENY, admin, "permissions")
    assert (await pages.click("More")).text.startswith("Rule #21 of this server")


async def test_without_the_feature_everything_is_as_discord_has_it(
    start_guildbase: StartGuildbase, member: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    discover = FeatureRegistry.discover

    def without(*args: object) -> FeatureRegistry:
        registry = discover(*args)  # type: ignore[arg-type]
        gone = {"permissions"}
        for name, feature in registry.features.items():
            gone |= {name} if gone.intersection(feature.requires) else set()
        for name in gone:
            del registry.features[name]
        return registry

    monkeypatch.setattr(FeatureRegistry, "discover", without)
    running = await start_guildbase()
    assert not running.bot.checks
    assert (await member.slash("ping")).text.startswith("Pong!")
    assert "Only moderators" in (await member.slash("cases", force=True)).text
    assert "/ping" in (await member.slash("help")).text


async def test_what_a_command_asks_for_is_read_from_it(start_guildbase: StartGuildbase, tmp_path: Path) -> None:
    features = LocalFeatures(tmp_path / "features")
    features.write(
        "odd",
        cog="class Odd(BaseCog):\n"
        "    @hybrid_command(extras={'level': 6})\n"
        "    @discord.app_commands.default_permissions(manage_guild=True)\n"
        "    async def high(self, ctx: Context) -> None:\n        pass\n\n"
        "    @discord.app_commands.command()\n"
        "    @discord.app_commands.default_permissions()\n"
        "    async def closed(self, interaction: discord.Interaction) -> None:\n        pass\n",
    )
    bot = (await start_guildbase(features_dir=features.folder)).bot
    known = all_commands(bot)
    assert needs_of(known["high"]) == (1 << 5, 6)
    assert needs_of(known["closed"]) == (ADMINISTRATOR, 7)
    assert needs_of(known["case view"]) == (1 << 40, 3)
    assert needs_of(known["ping"]) == (0, None)
    assert [feature_of(bot, known[name]) for name in ("high", "closed", "warn")] == ["odd", "odd", "moderation"]


def test_levels_stand_in_for_discords_permissions() -> None:
    assert [level_for(bits) for bits in (1 << 40, 1 << 5, ADMINISTRATOR, 1 << 40 | 1 << 5)] == [3, 5, 7, 5]
    assert names_of(1 << 40 | 1 << 5 | 1 << 2) == "Ban Members, Manage Server, Timeout Members"


def test_a_command_of_nobodys_belongs_to_no_feature() -> None:
    @commands.command()
    async def alone(_ctx: commands.Context[GuildbaseBot]) -> None:
        """Do nothing."""

    assert not is_for_bot_owners(alone)
    assert is_for_bot_owners(commands.is_owner()(alone))
