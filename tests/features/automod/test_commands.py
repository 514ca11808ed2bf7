"""An admin's way through `/automod`, the buttons of alerts, and Discord's own AutoMod."""

from __future__ import annotations

from typing import Any

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM
from guildbase.features.automod.controller import RuleController, ViolationController
from guildbase.features.automod.jobs import native_rules
from guildbase.features.moderation.controller import ModerationController
from guildbase.features.moderation.kinds import CaseType
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.simulator import Permission, Person, Reply, ScriptedGuild, Simulator
from tests.features.setup.scripted import choose, names, press
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("guildbase_bot")


async def _alert_of(
    bot: GuildbaseBot, guild: ScriptedGuild, member: Person, moderator: Person, said: str, effects: str
) -> Any:
    """Have the member break a rule, and return what the moderators are told."""
    settings = {"alert_channel": str(guild.find_channel("mod-log").id)}
    await bot.services.get(ConfigurationController).change(SYSTEM, guild.id, "automod", settings)
    await guild.owner.slash("automod rule add", name="bad words", trigger="words", value="badword", effects=effects)
    await member.says(said)
    return await moderator.hears(in_channel="mod-log", matching="A rule was broken")


async def test_a_rule_is_made_and_changed_by_form_and_menus(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    owner, rules = guild.owner, guildbase_bot.services.get(RuleController)
    assert "There are no rules" in (await owner.slash("automod rule list")).text
    reply = await owner.slash(
        "automod rule add", name="bad", trigger="words", value="bad, worse", effects="delete; timeout 10m; alert"
    )
    assert reply.ephemeral
    for part in ("Rule #1: bad", "**words** bad, worse", "timeout 10m", "manage messages"):
        assert part in reply.text
    assert names(reply) == {"flags", "roles", "channels", "form", "delete"}
    reply = await choose(reply, "flags", "is_active", "is_dry_run", "lookalikes")
    row = await rules.get(SYSTEM, guild.id, 1)
    assert (row.is_active, row.is_dry_run, row.document["trigger"]["whole"]) == (True, True, False)
    role, channel = guild.role("VIP"), guild.find_channel("mod-log")
    reply = await choose(reply, "roles", role)
    reply = await choose(reply, "channels", channel)
    form = (await press(reply, "form")).modal
    assert form is not None
    done = await form.submit(
        name="worse", trigger="worst",
        conditions=f"not edit; hours 22:00-06:00 Europe/Berlin; channels <#{channel.id}>",
        effects="points 2; reply Please stop; ban 7d", priority="7",
    )  # fmt: skip
    for part in (
        "Rule #1: worse",
        "**words** worst",
        "hours 22:00-06:00",
        "points 2",
        "reply Please stop",
        f"channels <#{channel.id}>",
        "priority 7",
    ):
        assert part in done.text
    row = await rules.get(SYSTEM, guild.id, 1)
    assert (row.document["exempt_roles"], row.document["exempt_channels"]) == ([str(role.id)], [str(channel.id)])
    assert row.document["trigger"]["lookalikes"] is True
    sure = await press(done, "delete")
    assert (await press(sure, "confirm")).text == "Rule #1 is gone."
    assert await rules.list(SYSTEM, guild.id) == []


async def test_a_form_changes_only_what_was_typed_anew(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    owner, rules = guild.owner, guildbase_bot.services.get(RuleController)
    trigger = {"type": "words", "words": [f"{number:03}" + "x" * 60 for number in range(100)], "allowed": ["good"]}
    ban = {"type": "ban", "delete_seconds": 86_400}
    document = {"trigger": trigger, "effects": [ban]}
    await rules.create(SYSTEM, guild.id, {"name": "long", "document": document})
    form = (await press(await owner.slash("automod rule edit", number=1), "form")).modal
    assert form is not None  # All words are longer than a form holds.
    await form.submit(name="longer", conditions="edit", effects="ban", priority="5")
    row = await rules.get(SYSTEM, guild.id, 1)
    assert (row.name, row.priority, row.document["conditions"][0]["type"]) == ("longer", 5, "edit")
    assert (row.document["trigger"]["words"], row.document["effects"][0]["delete_seconds"]) == (
        trigger["words"],
        86_400,
    )
    await rules.change(SYSTEM, guild.id, 1, {"trigger": trigger | {"words": ["bad"]}})
    form = (await press(await owner.slash("automod rule edit", number=1), "form")).modal
    assert form is not None
    await form.submit(name="longer", trigger="worse", conditions="edit", effects="ban", priority="5")
    kept = (await rules.get(SYSTEM, guild.id, 1)).document["trigger"]
    assert (kept["words"], kept["allowed"]) == (["worse"], ["good"])


async def test_rules_are_listed_toggled_ordered_and_deleted(guild: ScriptedGuild, moderator: Person) -> None:
    owner = guild.owner
    for preset in ("spam", "phishing", "caps"):
        await owner.slash("automod rule preset", preset=preset, dry_run=preset == "caps")
    lines = (await owner.slash("automod rule list")).text.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["**#2**", "**#1**", "**#3**"]
    assert "(dry run)" in lines[3]
    assert (await owner.slash("automod rule toggle", number=1)).text == "Rule #1 is off."
    assert (await owner.slash("automod rule toggle", number=1)).text == "Rule #1 is on."
    assert "from now on" in (await owner.slash("automod rule dryrun", number=3, on=False)).text
    assert "would do" in (await owner.slash("automod rule dryrun", number=3)).text
    assert "priority 1" in (await owner.slash("automod rule order", number=3, priority=1)).text
    assert "Rule #3: caps" in (await moderator.slash("automod rule show", number=3)).text
    assert "Rule #3: caps" in (await owner.slash("automod rule edit", number=3)).text
    assert [it[1] for it in await owner.completes("automod rule show", number="pam")] == [1]
    assert "words" in {it[1] for it in await owner.completes("automod rule add", name="x", trigger="w")}
    assert "(caps) is gone" in (await owner.slash("automod rule delete", number=3)).text
    assert "There is no rule #3 here" in (await owner.slash("automod rule show", number=3)).text
    assert "may not change automod" in (await moderator.slash("automod rule preset", preset="spam")).text


async def test_a_rule_that_is_wrong_is_refused_with_the_reason(guild: ScriptedGuild) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"trigger": "regex", "value": "(a)\\1"}, "is no pattern of RE2"),
        ({"trigger": "spam", "value": "many"}, "document.trigger.spam.messages"),
        ({"trigger": "magic"}, "There is no trigger `magic`"),
        ({"trigger": "caps", "effects": "explode"}, "`explode` is none of"),
        ({"trigger": "caps", "effects": "timeout 90d"}, "28 days"),
    ]
    for options, told in wrong:
        assert told in (await guild.owner.slash("automod rule add", name="x", **options)).text


async def test_lists_are_filled_by_hand_and_by_file(guild: ScriptedGuild) -> None:
    owner = guild.owner
    assert "There are no lists" in (await owner.slash("automod list show")).text
    told = (await owner.slash("automod list add", name="names", kind="words", entries="a, b")).text
    assert told == "2 new in the list names. A rule names it as `list:names`."
    assert "1 taken out" in (await owner.slash("automod list remove", name="names", entries="a")).text
    assert "**names** (words): 1" in (await owner.slash("automod list show")).text
    assert "names.txt" in str(await owner.slash("automod list show", name="names"))
    assert "1 new" in (await owner.slash("automod list add", name="shapes", kind="regex", entries="a{2,3}")).text
    file = ("sites.txt", b"evil.example\nhttps://bad.example/x\n")
    assert "2 new" in (await owner.slash("automod list import", name="sites", kind="domains", file=file)).text
    wrong = ("sites.txt", b"\xff\xfe\x00")
    refused = await owner.slash("automod list import", name="sites", kind="domains", file=wrong)
    assert "no text file" in refused.text
    assert "with 2 entries is gone" in (await owner.slash("automod list delete", name="sites")).text


async def test_a_past_message_and_a_text_are_tried_without_consequences(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person, moderator: Person
) -> None:
    said = await member.says("such a badword")
    await guild.owner.slash("automod rule add", name="bad words", trigger="words", value="badword")
    await guild.owner.slash("automod rule add", name="loud", trigger="caps")
    verdict = await moderator.uses("Test automod", on=said)
    assert "✅ **#1** bad words: delete, alert (badword)" in verdict.text
    assert "▫️ **#2** loud: its trigger finds nothing" in verdict.text
    link = f"https://discord.com/channels/{guild.id}/{guild.find_channel('general').id}/{said.id}"
    assert (await moderator.slash("automod rule test", message=link)).text == verdict.text
    typed = await moderator.slash("automod rule test", message="ALL SO VERY LOUD")
    assert "✅ **#2** loud" in typed.text
    for other in (link[:-1] + "x", link.rpartition("/")[0] + "/1128754567890123457"):
        assert "✅" not in (await moderator.slash("automod rule test", message=other)).text
    assert await guildbase_bot.services.get(ViolationController).list(SYSTEM, guild.id) == []
    assert [it.text for it in guild.messages()] == ["such a badword"]


async def test_an_alert_is_undone_by_a_press(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person, moderator: Person
) -> None:
    alert = await _alert_of(guildbase_bot, guild, member, moderator, "badword", "delete; timeout 10m; points 2; alert")
    assert "+2 #1" in (await moderator.slash("automod violations list", user=member)).text
    done = await moderator.clicks(alert, "Undo")
    assert "Undo\nmoderator: Case #2: untimeout." in done.text
    cases = await guildbase_bot.services.get(ModerationController).list_cases(SYSTEM, guild.id)
    assert [it.case_type for it in cases] == [CaseType.UNTIMEOUT, CaseType.TIMEOUT]
    assert await guildbase_bot.services.get(ViolationController).points(guild.id, member.id) == 0
    assert "(cleared)" in (await moderator.slash("automod violations list")).text
    assert "0 violations" in (await moderator.slash("automod violations clear", user=member)).text


async def test_an_alert_bans_by_a_press_of_who_may(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person, moderator: Person
) -> None:
    alert = await _alert_of(guildbase_bot, guild, member, moderator, "badword", "warn; alert")
    refused = await guild.member("other").clicks(alert, "Ban")
    assert "takes Timeout Members" in refused.text
    done = await moderator.clicks(alert, "Ban")
    assert "Case #2: ban." in done.text


async def test_an_alert_that_was_wrong_is_dismissed_or_let_through(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person, moderator: Person
) -> None:
    alert = await _alert_of(guildbase_bot, guild, member, moderator, "badword", "points 2; alert")
    assert "may not change automod" in (await moderator.clicks(alert, "Let this through")).text
    done = await guild.owner.clicks(alert, "Let this through")
    assert "Rule #1 lets it through from now on." in done.text
    await member.says("badword")
    await guild.owner.slash("automod rule add", name="other", trigger="words", value="other", effects="points 1; alert")
    await member.says("other")
    second = await moderator.hears(in_channel="mod-log", matching="other")
    assert "It counts no longer." in (await moderator.clicks(second, "Dismiss")).text


async def test_discords_own_automod_enforces_a_rule_and_is_mended(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, member: Person, moderator: Person
) -> None:
    rules = guildbase_bot.services.get(RuleController)
    owner, theirs = guild.owner, guild.guild.automod_rules
    reply = await owner.slash(
        "automod rule add", name="bad", trigger="words", value="badword", effects="delete; warn; points 2"
    )
    await choose(reply, "flags", "is_active", "is_native", "whole")
    await until(lambda: len(theirs) == 1)
    (there,) = theirs.values()
    assert there.name == "Guildbase #1: bad"
    assert there.trigger_metadata["keyword_filter"] == ["badword"]

    async def is_kept() -> bool:
        return (await rules.get(SYSTEM, guild.id, 1)).native_id == there.id

    await until(is_kept)
    with pytest.raises(Exception, match="blocked"):
        await member.says("badword")

    async def is_written_down() -> bool:
        found = await guildbase_bot.services.get(ViolationController).list(SYSTEM, guild.id)
        return [(it.rule_number, it.points, it.case_number) for it in found] == [(1, 2, 1)]

    await until(is_written_down)
    path = f"/guilds/{guild.id}/auto-moderation/rules/{there.id}"
    await owner.does("PATCH", path, {"trigger_metadata": {"keyword_filter": ["nothing"]}})
    await until(lambda: there.trigger_metadata["keyword_filter"] == ["badword"])
    await owner.does("DELETE", path)
    await until(lambda: [it.name for it in theirs.values()] == ["Guildbase #1: bad"])
    assert (await native_rules.run(_Attempt(guildbase_bot))) == {"rules": 1}  # type: ignore[arg-type]
    await owner.slash("automod rule delete", number=1)
    await until(lambda: not theirs)


class _Attempt:
    """What a job is given."""

    def __init__(self, bot: GuildbaseBot) -> None:
        self.services = bot.services


async def test_a_rule_that_discord_refuses_is_judged_by_the_bot(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    guild.grant_bot(Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES | Permission.MANAGE_MESSAGES)
    reply: Reply = await guild.owner.slash(
        "automod rule add", name="x", trigger="words", value="badword", effects="delete"
    )
    await choose(reply, "flags", "is_active", "is_native", "whole")
    await member.says("badword")
    await until(lambda: guild.messages() == [])
    assert not guild.guild.automod_rules
