"""People read their own language wherever the bot speaks to them: commands, errors, buttons, messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM
from guildbase.features.moderation.controller import ModerationController
from guildbase.features.moderation.kinds import NoticeState
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.users.controller import UserController
from guildbase.simulator import Person, ScriptedGuild, Simulator
from guildbase.testing.plugin import StartGuildbase
from tests.factories import set_general
from tests.local_features import LocalFeatures
from tests.waiting import until

PONG, GERMAN_PONG = "Latency to Discord", "Verzögerung zu Discord"

ASKING = """
from guildbase.bot.views import Confirmation
from guildbase.core.i18n import _

class Asking(BaseCog):
    @hybrid_command()
    async def ask(self, ctx: Context) -> None:
        "Ask something."
        async def confirmed(interaction: discord.Interaction) -> None:
            await interaction.response.edit_message(content=_("This works in servers only."), view=None)
        view = Confirmation(ctx.author.id, command="ask", label="Yes", confirmed=confirmed)
        await view.send(ctx, "Sure?")
"""


async def _speaks(bot: GuildbaseBot, guild: ScriptedGuild, locale: str) -> None:
    await set_general(bot.services, guild.id, locale=locale)
    await bot.services.get(GuildController).load(guild.id)


async def test_a_slash_command_is_answered_in_the_language_of_the_client(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    german = guild.member("greta")
    german.sets_language("de")
    assert GERMAN_PONG in (await german.slash("ping")).text
    assert PONG in (await member.slash("ping")).text


async def test_an_error_is_told_in_the_language_of_the_client(guildbase_bot: GuildbaseBot, moderator: Person) -> None:
    moderator.sets_language("de")
    told = await moderator.slash("case view", number=7)
    assert told.text == "Hier gibt es keinen Fall #7. `/cases` zeigt die Fälle dieses Servers."


async def test_what_a_person_chose_comes_before_what_discord_tells(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    assert (await member.slash("preferences language", language="de")).text == "Ab jetzt spreche ich Deutsch mit dir."
    assert GERMAN_PONG in (await member.slash("ping")).text
    member.sets_language("de")
    assert (
        await member.slash("preferences language", language="English")
    ).text == "From now on I speak English to you."
    assert PONG in (await member.slash("ping")).text
    back = (await member.slash("preferences language", language="auto")).text
    assert back == "Ich richte mich wieder nach Discord, das bei dir auf Deutsch eingestellt ist."
    assert GERMAN_PONG in (await member.slash("ping")).text


async def test_a_client_in_a_language_that_nobody_speaks_gets_the_servers(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    await _speaks(guildbase_bot, guild, "de")
    member.sets_language("ja")
    assert GERMAN_PONG in (await member.slash("ping")).text
    member.sets_language("en-GB")
    assert PONG in (await member.slash("ping")).text


async def test_a_text_command_is_answered_in_the_persons_language_or_else_the_servers(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    await member.says("!ping")
    assert PONG in (await member.hears()).text
    await _speaks(guildbase_bot, guild, "de")
    await member.says("!ping")
    assert GERMAN_PONG in (await member.hears()).text
    await guildbase_bot.services.get(UserController).change_preferences(SYSTEM, member.id, {"locale": "en-US"})
    await member.says("!ping")
    assert PONG in (await member.hears()).text


async def test_a_button_is_answered_in_the_language_of_who_presses_it(
    start_guildbase: StartGuildbase, tmp_path: Path, member: Person
) -> None:
    features = LocalFeatures(tmp_path / "features")
    features.write("asking", cog=ASKING)
    running = await start_guildbase(features_dir=features.folder)
    question = await member.slash("ask")
    await running.bot.services.get(UserController).change_preferences(SYSTEM, member.id, {"locale": "de"})
    assert (await question.click("Yes")).text == "Das geht nur auf Servern."


@pytest.mark.parametrize(("theirs", "servers"), [("de", "en-US"), (None, "de")])
async def test_a_direct_message_is_in_the_members_language_or_else_the_servers(
    guildbase_bot: GuildbaseBot,
    guild: ScriptedGuild,
    moderator: Person,
    member: Person,
    theirs: str | None,
    servers: str,
) -> None:
    await _speaks(guildbase_bot, guild, servers)
    await guildbase_bot.services.get(UserController).change_preferences(SYSTEM, member.id, {"locale": theirs})
    reply = await moderator.slash("warn", user=member, reason="{0} spam")
    told = (await member.receives_dm()).text.splitlines()
    assert told[0] == "Du wurdest auf Test Guild verwarnt"
    assert told[-1] == "Fall #1"
    assert "{0} spam" in told
    # The moderator has an English client all the time.
    await reply.edited(matching="was told by direct message")


async def test_who_wants_no_direct_messages_is_warned_without_one(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    said = await member.slash("preferences dms", wanted=False)
    assert "A warning counts all the same" in said.text
    reply = await moderator.slash("warn", user=member, reason="spam")
    await reply.edited(matching="takes no direct messages, so was not told")
    case = await guildbase_bot.services.get(ModerationController).get_case(SYSTEM, guild.id, 1)
    assert case.notice is NoticeState.REFUSED
    assert not member.dms
    assert "when there is something" in (await member.slash("preferences dms", wanted=True)).text
    await moderator.slash("warn", user=member, reason="spam again")
    assert "spam again" in (await member.receives_dm()).text


async def test_discord_gets_descriptions_in_german_and_names_in_english_only(
    guildbase_bot: GuildbaseBot, discord: Simulator
) -> None:
    commands = {command.name: command for command in discord.world.commands[None].values()}
    ping = commands["ping"]
    assert ping.description == "Tell how fast the bot answers."
    assert ping.description_localizations == {"de": "Sagt, wie schnell der Bot antwortet."}
    assert not ping.name_localizations


async def test_preferences_are_shown_and_set_with_suggestions(guildbase_bot: GuildbaseBot, member: Person) -> None:
    shown = (await member.slash("preferences show")).text
    assert "UTC" in shown
    assert "as in Discord" in shown
    found = await member.completes("preferences timezone", zone="berl")
    assert [choice.value for choice in found] == ["Europe/Berlin"]
    answer = await member.slash("preferences timezone", zone=found[0].value)
    assert answer.text.startswith("Your time zone is Europe/Berlin, where it is 20")
    assert "Europe/Berlin" in (await member.slash("preferences show")).text
    offered = await member.completes("preferences language", language="")
    assert [choice.name for choice in offered] == ["As in Discord (English)", "English", "Deutsch"]


@pytest.mark.parametrize("zone", ["Mars", "{0}", "@everyone", "x" * 64])
async def test_a_wrong_time_zone_is_refused_with_what_to_do(
    guildbase_bot: GuildbaseBot, member: Person, zone: Any
) -> None:
    told = await member.slash("preferences timezone", zone=zone)
    assert "no time zone that I know" in told.text
    assert "Pick one of the suggestions." in told.text


async def test_a_profile_shows_what_is_known_and_preferences_only_to_oneself(
    guildbase_bot: GuildbaseBot, moderator: Person, member: Person
) -> None:
    assert "I keep nothing about this member so far." in (await member.slash("profile")).text
    await moderator.slash("warn", user=member, reason="spam")
    own = (await member.slash("profile")).text
    assert "Known to me since" in own
    assert "Time zone" in own
    others = (await moderator.slash("profile", member=member)).text
    assert "Known to me since" in others
    assert "Time zone" not in others
    assert "Only moderators" in (await member.slash("profile", member=moderator)).text


async def test_a_member_who_leaves_and_returns_is_known(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    await moderator.slash("warn", user=member, reason="spam")
    users = guildbase_bot.services.get(UserController)
    await member.leaves()

    async def is_gone() -> bool:
        return (await users.see_member(SYSTEM, guild.id, member.id)).left_at is not None

    await until(is_gone)
    shown = (await moderator.slash("profile", member=member)).text
    assert "Gone since" in shown
    assert "left 1 time" in shown
    await member.joins()

    async def is_back() -> bool:
        return (await users.see_member(SYSTEM, guild.id, member.id)).left_at is None

    await until(is_back)
    assert "left 1 time" in (await member.slash("profile")).text


async def test_without_the_members_intent_the_bot_starts_all_the_same(
    start_guildbase: StartGuildbase, member: Person
) -> None:
    await start_guildbase(intents_flags=0)
    assert "UTC" in (await member.slash("preferences show")).text
