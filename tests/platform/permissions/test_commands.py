"""An admin's way through `/permissions`, and what the people of the server notice of it."""

from __future__ import annotations

import re

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM
from guildbase.platform.permissions.controller import PermissionController
from guildbase.platform.permissions.models import Access, Scope, Subject
from guildbase.platform.permissions.rules import NewRule
from guildbase.platform.telemetry.controller import AuditController
from guildbase.simulator import Person, ScriptedGuild
from guildbase.testing.clock import MovableClock
from tests.factories import new_id

pytestmark = pytest.mark.usefixtures("guildbase_bot")


@pytest.fixture
def admin(guild: ScriptedGuild) -> Person:
    return guild.member("admin", roles=["Admin"])


async def test_a_member_is_allowed_a_command_by_name_and_loses_it_again(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, admin: Person, member: Person
) -> None:
    victim = guild.member("victim")
    assert "takes Timeout Members" in (await member.slash("warn", user=victim, reason="x", force=True)).text
    made = await admin.slash("permissions allow", what="warn", member=member, reason="helps out")
    assert made.ephemeral
    assert made.text == f"Rule #1: allow `/warn` for {member.mention}. To undo it: `/permissions remove 1`."
    # Of two without a role neither stands above the other, so the member still cannot warn.
    assert "has a role as high as yours" in (await member.slash("warn", user=victim, reason="x", force=True)).text
    assert "takes Timeout Members" in (await member.slash("cases", force=True)).text
    removed = await admin.slash("permissions remove", number=1)
    assert removed.text == f"Rule #1 is gone. It said: allow `/warn` for {member.mention}."
    assert "takes Timeout Members" in (await member.slash("warn", user=victim, reason="x", force=True)).text
    entries = await guildbase_bot.services.get(AuditController).entries(SYSTEM, guild.id)
    done = [it for it in entries if it.action.startswith("permissions.")]
    assert [(it.action, it.actor_id, it.target_id) for it in done] == [
        ("permissions.remove", admin.id, member.id),
        ("permissions.allow", admin.id, member.id),
    ]
    assert done[1].reason == "helps out"
    assert done[1].details["after"]["target"] == "command:warn"


async def test_an_allowance_of_a_role_is_as_good_as_discords_permission_for_this_command_alone(
    guild: ScriptedGuild, admin: Person
) -> None:
    helper, victim = guild.member("helper", roles=["Helper"]), guild.member("victim")
    await admin.slash("permissions allow", what="warn", role=guild.role("Helper"))
    assert (await helper.slash("warn", user=victim, reason="x", force=True)).text.startswith("Case #1:")
    assert "takes Timeout Members" in (await helper.slash("cases", force=True)).text


async def test_a_command_is_denied_and_ignored_here_and_there(
    guild: ScriptedGuild, admin: Person, member: Person
) -> None:
    await admin.slash("permissions deny", what="ping")
    refused = await member.slash("ping")
    assert refused.ephemeral
    assert refused.text == (
        "Rule #1 of this server does not let you use `/ping` here. Its admins see why with `/permissions explain`."
    )
    assert (await guild.owner.slash("ping")).text.startswith("Pong!")
    await admin.slash("permissions allow", what="ping", channel=guild.channel("mod-log"))
    assert (await admin.slash("ping", in_channel="mod-log")).text.startswith("Pong!")
    await admin.slash("permissions ignore", what="everything", member=member)
    assert (await member.slash("status")).text == "I do not listen to this command here."
    await member.says("!status")
    await admin.says("!status")
    answer = await admin.hears()
    assert "Uptime" in answer.text


async def test_who_is_refused_a_command_learns_nothing_from_its_suggestions(
    guild: ScriptedGuild, admin: Person
) -> None:
    assert await admin.completes("permissions explain", command="p")
    await guild.owner.slash("permissions deny", what="permissions", member=admin)
    assert await admin.completes("permissions explain", command="p") == []


async def test_rules_end_by_themselves(
    guild: ScriptedGuild, clock: MovableClock, admin: Person, member: Person
) -> None:
    await admin.slash("permissions deny", what="ping", member=member, duration="2h")
    assert "Rule #1" in (await member.slash("ping")).text
    clock.advance(hours=1, minutes=59)
    assert "Rule #1" in (await member.slash("ping")).text
    clock.advance(minutes=2)
    assert (await member.slash("ping")).text.startswith("Pong!")
    assert "(ran out)" in (await admin.slash("permissions list")).text
    assert "until" in (await admin.slash("permissions expire", number=1, duration="1h")).text
    assert "Rule #1" in (await member.slash("ping")).text
    assert "until" not in (await admin.slash("permissions expire", number=1, duration="never")).text


async def test_only_one_role_may_use_a_feature(guild: ScriptedGuild, admin: Person, member: Person) -> None:
    made = await admin.slash("permissions allow", what="feature status", role=guild.role("VIP"), only=True)
    assert "Rule #1: deny all of status for everybody here." in made.text
    assert "`/permissions remove 2`, `/permissions remove 1`" in made.text
    assert "Rule #1" in (await member.slash("ping")).text
    assert (await guild.member("vip", roles=["VIP"]).slash("ping")).text.startswith("Pong!")


async def test_explain_names_every_rule_and_the_one_that_decided(
    guild: ScriptedGuild, admin: Person, member: Person
) -> None:
    vip = guild.member("vip", roles=["VIP"])
    await guild.owner.slash("permissions deny", what="everything")
    await guild.owner.slash("permissions allow", what="permissions", role=guild.role("Admin"))
    await admin.slash("permissions allow", what="feature status", role=guild.role("VIP"))
    await admin.slash("permissions deny", what="help", member=vip)
    told = (await admin.slash("permissions explain", command="ping", member=vip)).text
    for part in (
        "`/ping`: allowed",
        "Rule #3.",
        "➤ **#3** allow all of status",
        "#1** deny all commands for everybody",
    ):
        assert part in told
    assert "(overruled)" in told
    assert "#4" not in told
    own = (await admin.slash("permissions explain", command="warn")).text
    assert "`/warn`: refused" in own
    assert "the member has that" in own
    shown = (await guild.owner.slash("permissions explain", command="warn")).text
    assert "never refused by rules" in shown


async def test_what_makes_no_sense_is_refused_with_advice(admin: Person) -> None:
    told = (await admin.slash("permissions deny", what="pingg")).text
    assert told == "There is no command or feature pingg. Do you mean `ping`?"
    told = (await admin.slash("permissions deny", what="cog list")).text
    assert told.startswith("There is no command or feature cog list.")
    for duration in ("soon", "0s"):
        told = (await admin.slash("permissions deny", what="ping", duration=duration)).text
        assert told.startswith("That is no duration: ")
        assert "`2h` or `7d` is one." in told
    assert (await admin.slash("permissions expire", number=7, duration="1h")).text.startswith(
        "There is no rule #7 here."
    )
    assert "There are no rules." in (await admin.slash("permissions list")).text
    await admin.says("!permissions")
    assert (await admin.hears()).text.startswith("Say what to do.")


async def test_a_rule_is_about_one_subject(guild: ScriptedGuild, admin: Person, member: Person) -> None:
    told = await admin.slash("permissions deny", what="ping", member=member, role=guild.role("VIP"))
    assert told.text.startswith("A rule is about a member, a role or a channel, not about several.")


async def test_nobody_locks_themself_out_but_the_owner_could_mend_it(guild: ScriptedGuild, admin: Person) -> None:
    for what, options in (
        ("everything", {}),
        ("permissions", {}),
        ("permissions remove", {"member": admin}),
        ("feature permissions", {"role": guild.role("Admin")}),
    ):
        told = (await admin.slash("permissions deny", what=what, **options)).text
        assert "nothing was changed" in told or "stand as high as you" in told
    assert "There are no rules." in (await admin.slash("permissions list")).text
    assert (await guild.owner.slash("permissions deny", what="everything")).text.startswith("Rule #1:")
    assert "Rule #1" in (await admin.slash("permissions list")).text
    assert (await guild.owner.slash("permissions remove", number=1)).text.startswith("Rule #1 is gone.")
    assert "There are no rules." in (await admin.slash("permissions list")).text


async def test_who_manages_the_server_gives_nobody_what_they_may_not_do_themself(
    guild: ScriptedGuild, admin: Person, member: Person
) -> None:
    keeper = guild.member("keeper", roles=["Helper"])
    await admin.slash("permissions allow", what="permissions", role=guild.role("Helper"))
    told = await keeper.slash("permissions allow", what="warn", member=member, force=True)
    assert told.text == "You cannot allow what you may not do yourself: warn."
    told = await keeper.slash("permissions deny", what="ping", member=admin, force=True)
    assert told.text == "They stand as high as you or higher, so you cannot refuse them anything."
    assert "Rule #2" in (await keeper.slash("permissions deny", what="ping", member=member, force=True)).text


async def test_commands_and_features_are_suggested(admin: Person) -> None:
    names = [choice.value for choice in await admin.completes("permissions allow", what="ca")]
    assert names[:2] == ["case", "case delete"]
    assert "case view" in names
    assert "feature status" in [it.value for it in await admin.completes("permissions deny", what="stat")]
    assert [it.value for it in await admin.completes("permissions explain", command="pin")] == ["ping"]
    assert "cog list" not in [it.value for it in await admin.completes("permissions explain", command="cog")]


async def test_rules_are_suggested_by_what_they_say(guild: ScriptedGuild, admin: Person, member: Person) -> None:
    await admin.slash("permissions deny", what="ping", role=guild.role("VIP"))
    await admin.slash("permissions ignore", what="feature moderation", channel=guild.channel("mod-log"))
    await admin.slash("permissions deny", what="warn")
    suggested = await admin.completes("permissions remove", number="")
    assert [(it.name, it.value) for it in suggested] == [
        ("#1 deny ping: VIP", 1),
        ("#2 ignore all of moderation: mod-log", 2),
        ("#3 deny warn: everybody here", 3),
    ]
    assert [it.value for it in await admin.completes("permissions expire", number="VIP")] == [1]
    again = await admin.slash("permissions allow", what="ping", role=guild.role("VIP"), reason="*kind* people")
    assert again.text.startswith("Rule #1: allow `/ping`")
    assert "takes the place of what the rule said before" in again.text
    listed = await admin.slash("permissions list", role=guild.role("VIP"))
    assert r"\*kind\* people" in listed.text
    assert "#2" not in listed.text


async def test_many_rules_come_in_pages(guildbase_bot: GuildbaseBot, guild: ScriptedGuild, admin: Person) -> None:
    controller = guildbase_bot.services.get(PermissionController)
    for _ in range(20):
        new = NewRule(Subject.MEMBER, new_id(), Scope.COMMAND, "ping", Access.DENY)
        await controller.set(SYSTEM, guild.id, new)
    first = await admin.slash("permissions list")
    assert "**#15**" in first.text
    assert "**#16**" not in first.text
    second = await first.click("More")
    assert "**#16**" in second.text
    assert "**#20**" in second.text
    assert "More" not in second.text


async def test_members_do_not_see_the_rules(member: Person) -> None:
    assert "takes Manage Server" in (await member.slash("permissions list", force=True)).text


async def test_refused_checks_are_written_down_and_shown(admin: Person, member: Person) -> None:
    await admin.slash("permissions deny", what="ping", member=member)
    await member.slash("ping")
    await admin.slash("ping")
    shown = (await admin.slash("permissions checks")).text
    assert f"{member.mention} " in shown
    assert "`/ping`: refused (rule #1)" in shown
    assert f"{admin.mention} " not in shown


async def test_regression_an_explanation_of_many_rules_fits_into_its_message(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, admin: Person
) -> None:
    controller = guildbase_bot.services.get(PermissionController)
    names = [f"Helper {number}" for number in range(30)]
    for name in names:
        role = guild.role(name)
        new = NewRule(Subject.ROLE, role.id, Scope.COMMAND, "permissions explain", Access.DENY)
        await controller.set(SYSTEM, guild.id, new)
    member = guild.member("helper", roles=names)
    shown = (await admin.slash("permissions explain", command="permissions explain", member=member)).text
    assert "➤ **#1**" in shown
    assert re.search(r"… and \d+ more", shown)


async def test_regression_a_rule_about_what_a_group_does_by_itself_counts_for_text_commands_too(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, admin: Person, member: Person
) -> None:
    await admin.slash("permissions deny", what="preferences show", member=member)
    assert (await member.slash("preferences show")).text.startswith("Rule #1")
    for typed in ("!preferences", "!preferences show"):
        await member.says(typed)
        assert (await member.hears()).text.startswith("Rule #1"), typed
    assert (await member.slash("preferences dms", wanted=False)).text


async def test_regression_whom_a_rule_lets_configure_makes_nobody_an_admin(
    guild: ScriptedGuild, admin: Person, member: Person
) -> None:
    for name in ("config", "setup", "permissions"):
        await guild.owner.slash("permissions allow", what=name, member=member)
    assert "Saved" in (await member.slash("config set", feature="guilds", setting="prefix", value="?", force=True)).text
    role = str(guild.role("Helper").id)
    refused = await member.slash("config set", feature="guilds", setting="level_5_role", value=role, force=True)
    assert "above yours" in refused.text
    staff = await member.slash("setup", step="staff", force=True)
    assert "above yours" in (await member.clicks(staff, "Make the role Admin")).text
    refused = await member.slash("permissions allow", what="blocklist", role=guild.role("Helper"), force=True)
    assert "You cannot allow what you may not do yourself: blocklist" in refused.text
    denied = await member.slash("permissions deny", what="ping", force=True)
    assert "deny `/ping` for everybody here" in denied.text
