"""An admin's way through the block-list in Discord, what the blocked meet there, and what the bot's owners can do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM
from guildbase.platform.standing.controller import StandingController
from guildbase.platform.standing.models import StandingStatus
from guildbase.platform.standing.rules import Decision, Subject
from guildbase.services.cache import CacheService
from guildbase.simulator import NotAllowed, Person, ScriptedGuild, Simulator
from guildbase.testing.clock import MovableClock
from guildbase.testing.plugin import StartGuildbase
from guildbase.testing.running import RunningGuildbase
from tests.factories import new_id
from tests.local_features import LocalFeatures
from tests.waiting import until

BLOCK = Decision(StandingStatus.BLOCKED, "Sold stolen accounts")
PARROT = "message_handlers=(MessageHandler('cog:repeat'), MessageHandler('cog:watch', order=10, sees_blocked=True))"
COG = """
from guildbase.bot.views import BaseModal, BaseView

watched = []

async def watch(incoming):
    watched.append(incoming.content)
    return False

async def repeat(incoming):
    if incoming.content.startswith("say "):
        await incoming.message.channel.send(incoming.content[4:])
    return False

class Form(BaseModal):
    word = discord.ui.TextInput(label="Word", custom_id="word")
    async def on_submit(self, interaction):
        await interaction.response.send_message(self.word.value)

class Own(discord.ui.View):
    @discord.ui.button(label="Plain")
    async def plain(self, interaction, button):
        await interaction.response.send_message("pressed")
    @discord.ui.button(label="Form")
    async def form(self, interaction, button):
        await interaction.response.send_modal(Form("Form", command="parrot"))

class Parrot(BaseCog):
    @hybrid_command()
    async def parrot(self, ctx: Context, word: str = "") -> None:
        "Say something."
        await ctx.send("hello", view=Own())

    @parrot.autocomplete("word")
    async def words(self, interaction, typed):
        return [app_commands.Choice(name="a word", value="word")]
"""


@pytest.fixture
def features(tmp_path: Path) -> LocalFeatures:
    return LocalFeatures(tmp_path / "features")


@pytest.fixture
async def running(start_guildbase: StartGuildbase, features: LocalFeatures) -> RunningGuildbase:
    features.write("parrot", PARROT, cog=COG)
    return await start_guildbase(features_dir=features.folder)


async def test_the_blocked_are_refused_everything_with_the_reason_till_it_is_lifted(
    running: RunningGuildbase, guild: ScriptedGuild, member: Person
) -> None:
    before = await member.slash("parrot")
    form = (await before.click("Form")).modal
    assert form is not None
    done = await guild.owner.slash("blocklist add", user=member, duration="7d", reason="Sold stolen accounts")
    assert done.ephemeral
    assert done.text.startswith(f"{member.mention} is blocked here from now on: commands, buttons and forms are")
    assert "`/blocklist remove` undoes it." in done.text

    refusals = [await member.slash("parrot"), await before.click("Plain"), await form.submit(word="late")]
    for refused in refusals:
        assert refused.ephemeral
        assert refused.text.startswith("You are blocked from this bot in this server. Reason: Sold stolen accounts. It")
        assert "Ask an admin of this server." in refused.text
    assert await member.completes("parrot", word="a") == []
    await member.says("!parrot")
    assert (await member.hears()).text == refusals[0].text
    await member.says("say it")
    await guild.owner.says("say other")
    assert (await member.hears()).text == "other"
    parrot = sys.modules[type(running.bot.cogs["Parrot"]).__module__]
    assert "say it" in parrot.watched

    lifted = await guild.owner.slash("blocklist remove", user=member)
    assert lifted.text == f"{member.mention} is no longer blocked, which counts at once."
    assert (await member.slash("parrot")).text == "hello"
    assert (await before.click("Plain")).text == "pressed"


async def test_a_block_that_ran_out_needs_nobody_to_lift_it(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person, clock: MovableClock
) -> None:
    await guild.owner.slash("blocklist add", user=member, duration="2h")
    assert "blocked" in (await member.slash("ping")).text
    clock.advance(hours=2, minutes=1)
    assert (await member.slash("ping")).text.startswith("Pong!")
    assert "Nobody." in (await guild.owner.slash("blocklist list")).text
    assert member.mention in (await guild.owner.slash("blocklist list", past=True)).text


async def test_a_silent_block_gives_no_reason_and_no_answer_to_text(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    await guild.owner.slash("blocklist add", user=member, notice="silent", reason="Under watch", duration="1d")
    refused = (await member.slash("ping")).text
    assert refused == "You are blocked from this bot in this server. Ask an admin of this server."
    await member.says("!ping")
    await guild.owner.says("!ping")
    assert (await member.hears()).text.startswith("Pong!")
    shown = (await guild.owner.slash("blocklist info", user=member)).text
    for part in ("Under watch", guild.owner.mention, "They are told neither the reason nor the end."):
        assert part in shown


async def test_who_stands_as_high_the_owner_the_bot_and_oneself_cannot_be_blocked(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, application_owner: Person
) -> None:
    one, two = guild.member("one", roles=["Admin"]), guild.member("two", roles=["Admin"])
    assert "a role as high as yours" in (await one.slash("blocklist add", user=two)).text
    assert "cannot block yourself" in (await one.slash("blocklist add", user=one)).text
    assert "owner of the server" in (await one.slash("blocklist add", user=guild.owner)).text
    assert "bot's owners" in (await guild.owner.slash("blocklist add", user=application_owner)).text
    assert guildbase_bot.user is not None
    await one.says(f"!blocklist add {guildbase_bot.user.mention}")
    assert "The bot cannot block itself." in (await one.hears()).text
    assert "Nobody." in (await one.slash("blocklist list")).text


async def test_only_who_manages_the_server_is_shown_the_list(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    with pytest.raises(NotAllowed, match="MANAGE_GUILD"):
        await member.slash("blocklist list")
    await member.says(f"!blocklist add {guild.owner.mention}")
    assert "Manage Server" in (await member.hears()).text


async def test_text_commands_take_a_duration_or_none(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    await guild.owner.says(f"!blocklist add {member.mention} on sight of it")
    assert "It does not end by itself." in (await guild.owner.hears()).text
    assert "on sight of it" in (await guild.owner.slash("blocklist info", user=member)).text
    await guild.owner.says(f"!blocklist add {member.mention} 2d silent")
    assert "It ends" in (await guild.owner.hears()).text
    assert "(none)" in (await guild.owner.slash("blocklist info", user=member)).text
    wrong = await guild.owner.slash("blocklist add", user=member, duration="soon")
    assert "soon is no duration. Write 7d or 12h 30m." in wrong.text
    await guild.owner.says("!blocklist")
    assert "Say what to do." in (await guild.owner.hears()).text
    nobody = await guild.owner.slash("blocklist remove", user=guild.owner)
    assert "They are neither blocked nor trusted." in nobody.text


async def test_the_trusted_are_not_counted(
    start_guildbase: StartGuildbase, guild: ScriptedGuild, member: Person
) -> None:
    await start_guildbase(command_rate_limit=2)
    trusted = await guild.owner.slash("blocklist trust", user=member, reason="Helps")
    assert trusted.text.startswith(f"{member.mention} is trusted")
    for _ in range(4):
        assert (await member.slash("ping")).text.startswith("Pong!")
    assert "no longer trusted" in (await guild.owner.slash("blocklist remove", user=member)).text
    answers = [(await member.slash("ping")).text for _ in range(3)]
    assert not answers[-1].startswith("Pong!")


async def test_a_long_list_has_pages(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    await guild.owner.slash("ping")  # The server is known from here on.
    controller, ids = guildbase_bot.services.get(StandingController), [new_id() for _ in range(32)]
    for user_id in ids:
        await controller.decide(SYSTEM, guild.id, Subject(user_id), BLOCK)
    reply = await guild.owner.slash("blocklist list")
    pages = [reply.text]
    for button in ("Next", "Next", "Back", "Back"):
        await reply.click(button)
        pages.append(reply.text)
    assert pages[3:] == [pages[1], pages[0]]
    assert sum(f"<@{user_id}>" in "".join(pages[:3]) for user_id in ids) == 32
    assert pages[0].count("Sold stolen accounts") == 15


async def test_the_bots_owners_block_everywhere(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person, application_owner: Person
) -> None:
    with pytest.raises(NotAllowed):
        await member.slash("globalblock list")
    assert "Only the bot's owners" in (await guild.owner.slash("globalblock list")).text
    done = await application_owner.slash("globalblock user", user=member, reason="Spams everybody")
    assert "is blocked everywhere" in done.text
    assert (await member.slash("ping")).text.startswith("You are blocked from this bot. Reason: Spams everybody.")
    await member.sends_dm("!ping")
    assert (await member.receives_dm()).text.startswith("You are blocked from this bot.")
    assert member.mention in (await application_owner.slash("globalblock list")).text
    assert "no longer blocked" in (await application_owner.slash("globalblock lift", user=member)).text
    assert (await member.slash("ping")).text.startswith("Pong!")
    assert "is trusted" in (await application_owner.slash("globalblock trust", user=member)).text
    assert "either a person or a server" in (await application_owner.slash("globalblock lift")).text
    assert "bot's owners cannot" in (await application_owner.slash("globalblock user", user=application_owner)).text


async def test_a_blocked_server_hears_nothing_but_why_and_only_who_manages_it(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person, application_owner: Person
) -> None:
    name = guild.guild.name
    (choice,) = await application_owner.completes("globalblock server", server=name[:4])
    assert str(guild.id) in str(choice)
    await application_owner.slash("globalblock server", server=name, reason="Breaks the terms")
    assert (await member.slash("ping")).text == "This bot does not work in this server. Ask an admin of this server."
    assert "Reason: Breaks the terms." in (await guild.owner.slash("ping")).text
    await member.says("!ping")
    await guild.owner.says("!ping")
    assert "Reason: Breaks the terms." in (await member.hears()).text
    assert (await application_owner.slash("ping")).text.startswith("Pong!")
    unknown = await application_owner.slash("globalblock lift", server="Nowhere")
    assert "I know no single server of this name." in unknown.text
    await application_owner.slash("globalblock lift", server=str(guild.id))
    assert (await member.slash("ping")).text.startswith("Pong!")


async def test_a_blocked_server_is_left_and_left_again_at_an_invitation(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, application_owner: Person
) -> None:
    await guildbase_bot.wait_until_ready()
    shop = discord.guild("Corner Shop", shard=1, bot_permissions=None)
    await shop.add_bot()
    await until(lambda: guildbase_bot.get_guild(shop.id) is not None)
    answer = await application_owner.slash("globalblock server", server="Corner Shop", then="leave")
    assert "is blocked everywhere" in answer.text
    await until(lambda: guildbase_bot.get_guild(shop.id) is None)
    await shop.add_bot()
    await until(lambda: guildbase_bot.get_guild(shop.id) is not None)
    await until(lambda: guildbase_bot.get_guild(shop.id) is None)
    await application_owner.slash("globalblock lift", server=str(shop.id))
    await shop.add_bot()
    await until(lambda: guildbase_bot.get_guild(shop.id) is not None)
    assert (await shop.owner.slash("ping")).text.startswith("Pong!")


async def test_a_press_waits_until_it_is_known_who_is_blocked(
    running: RunningGuildbase, guild: ScriptedGuild, member: Person
) -> None:
    theirs, own = await member.slash("parrot"), await guild.owner.slash("parrot")
    await guild.owner.slash("blocklist add", user=member)
    # As after a start, or when nobody used the bot there for an hour.
    cache = running.services.get(CacheService)
    await cache.invalidate(f"guild:{guild.id}")
    assert (await theirs.click("Plain")).text.startswith("You are blocked")
    await cache.invalidate(f"guild:{guild.id}")
    assert (await own.click("Plain")).text == "pressed"


async def test_a_press_in_a_direct_message_is_refused_too(
    running: RunningGuildbase, member: Person, application_owner: Person
) -> None:
    await member.sends_dm("!parrot")
    reply = await member.receives_dm()
    assert (await reply.click("Plain")).text == "pressed"
    await application_owner.slash("globalblock user", user=member)
    assert (await reply.click("Plain")).text.startswith("You are blocked from this bot.")


async def test_both_groups_say_what_they_take(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person, application_owner: Person
) -> None:
    await application_owner.says("!globalblock")
    assert "`/globalblock user`" in (await application_owner.hears()).text
    stranger = new_id()
    await application_owner.says(f"!globalblock server {stranger} 1d Spam wave")
    assert f"`{stranger}` is blocked everywhere" in (await application_owner.hears()).text
    assert (await guild.owner.completes("globalblock server", server="")) == []
