"""Buttons, menus and forms answer everybody: the asker, others, after an error, late, and after their end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from discord import InteractionResponse
from structlog.typing import EventDict

from guildbase.bot import context
from guildbase.simulator import Person, ScriptedGuild
from guildbase.testing.plugin import StartGuildbase
from guildbase.testing.running import RunningGuildbase
from tests.local_features import LocalFeatures
from tests.waiting import until

COG = """
from guildbase.bot import views
from guildbase.bot.views import BaseModal, BaseView, Confirmation


class Form(BaseModal):
    name_ = discord.ui.TextInput(label="Name", custom_id="name")

    def __init__(self, panel):
        super().__init__("A title that is far longer than what Discord takes of it", command="panel")
        self.panel = panel

    async def on_submit(self, interaction):
        if self.name_.value == "wrong":
            raise Conflict("No such name.", hint="Take another.")
        await self.panel.show(interaction, content=f"Hello {self.name_.value}")


class Panel(BaseView):
    def __init__(self, asker_id, **options):
        super().__init__(asker_id, command="panel", **options)
        self.button("fine", "Fine" * 30, self.fine)
        self.button("form", "Form", self.form)
        self.button("crash", "Crash", self.crash)
        self.button("slow", "Slow", self.slow)
        self.button("end", "End", self.end)
        self.menu("many", "Many", [discord.SelectOption(label=str(n)) for n in range(30)], self.many, most=30)
        self.role_menu("role", "Role", self.picked)
        self.channel_menu("channel", "Channel", self.picked)
        self.user_menu("user", "User", self.picked)

    async def fine(self, interaction):
        caller = await self.caller(interaction)
        await self.show(interaction, content=f"fine {caller.name} {caller.is_guild_owner}")

    async def form(self, interaction):
        await interaction.response.send_modal(Form(self))

    async def crash(self, interaction):
        raise RuntimeError("secret")

    async def slow(self, interaction):
        await asyncio.sleep(0.2)
        await self.show(interaction, content="slow but well")

    async def end(self, interaction):
        await self.close(interaction, content="ended")

    async def many(self, interaction, values):
        await self.show(interaction, content=" ".join(values))

    async def picked(self, interaction, values):
        await self.show(interaction, content=" ".join(one.name for one in values))


class Pages(BaseView):
    def __init__(self, asker_id):
        super().__init__(asker_id, command="pages")
        self.page = 1
        self.button("next", "Next", self.turn)

    async def turn(self, interaction):
        self.page += 1
        self.clear_items()
        self.button("next", "Next", self.turn)
        await self.show(interaction, content=f"page {self.page}")


class Panels(BaseCog):
    @hybrid_command()
    async def pages(self, ctx: Context) -> None:
        "Show the first."
        await Pages(ctx.author.id).send(ctx, "page 1")

    @hybrid_command()
    async def panel(self, ctx: Context, timeout: float = 600.0) -> None:
        "Show it."
        await Panel(ctx.author.id, timeout=timeout).send(ctx, "panel")

    @hybrid_command()
    async def sure(self, ctx: Context) -> None:
        "Ask first."
        done = []

        async def confirmed(interaction):
            done.append(interaction.id)
            await views.replace(interaction, content=f"done {len(done)}", view=None)

        await Confirmation(ctx.author.id, command="sure", label="Do it", confirmed=confirmed).send(ctx, "Sure?")

    @app_commands.command()
    async def own(self, interaction: discord.Interaction) -> None:
        "A view as discord.py makes it."
        view = discord.ui.View(timeout=None)
        view.add_item(discord.ui.Button(label="Mine", custom_id="mine"))
        await interaction.response.send_message("own", view=view)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction) -> None:
        if (interaction.data or {}).get("custom_id") == "mine":
            await asyncio.sleep(0)
            await interaction.response.send_message("my own answer")
"""


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a busy machine defer no press: whoever pressed would go on before the answer is there."""
    monkeypatch.setattr(context, "PATIENCE", 15.0)


@pytest.fixture
async def running(start_guildbase: StartGuildbase, features: LocalFeatures) -> RunningGuildbase:
    features.write("panels", cog=COG)
    return await start_guildbase(features_dir=features.folder)


async def test_every_kind_of_component_is_answered(
    running: RunningGuildbase, guild: ScriptedGuild, member: Person
) -> None:
    reply = await member.slash("panel")
    assert reply.ephemeral
    name = "Fine" * 19 + "Fin…"
    assert (await reply.click(name)).text == "fine member False"
    assert (await reply.select("3", "24", menu="Many")).text == "3 24"
    assert (await reply.select(guild.owner, menu="User")).text == guild.owner.user.username
    assert (await reply.select("general", menu="Channel")).text == "general"
    role = next(it for it in guild.guild.roles.values() if it.id != guild.id)
    assert (await reply.select(role.name, menu="Role")).text == role.name
    assert (await (await guild.owner.slash("panel")).click(name)).text.endswith("True")


async def test_a_form_fills_the_message_it_was_opened_from(running: RunningGuildbase, member: Person) -> None:
    reply = await member.slash("panel")
    form = (await reply.click("Form")).modal
    assert form is not None
    assert len(form.title) == 45
    assert (await form.submit(name="Ada")).text == "Hello Ada"
    assert "Hello Ada" in reply.text


async def test_what_goes_wrong_is_told_and_the_view_lives_on(
    running: RunningGuildbase, member: Person, logs: list[EventDict]
) -> None:
    reply = await member.slash("panel")
    crashed = await reply.click("Crash")
    assert crashed.ephemeral
    assert "Tell the bot's operator this id" in crashed.text
    assert "secret" not in crashed.text
    assert [it["command"] for it in logs if it["event"] == "command_failed"] == ["panel"]
    form = (await reply.click("Form")).modal
    assert form is not None
    assert (await form.submit(name="wrong")).text == "No such name. Take another."
    assert (await reply.click("Form")).modal is not None


async def test_only_the_asker_may_press(running: RunningGuildbase, member: Person, moderator: Person) -> None:
    await member.says("!panel")
    message = await member.hears(matching="panel")
    assert (await message.click("Form", by=moderator)).text == "This is not yours. Use `/panel` yourself."
    assert (await message.click("Form", by=member)).modal is not None


async def test_a_slow_press_is_deferred_by_itself(
    running: RunningGuildbase, member: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "PATIENCE", 0.05)
    reply = await member.slash("panel")
    assert (await reply.click("Slow")).text == "slow but well"


async def test_a_view_that_ran_out_says_how_to_go_on(running: RunningGuildbase, member: Person) -> None:
    reply = await member.slash("panel", timeout=0.05)
    await reply.edited(matching="This ran out. Use `/panel` to go on.")
    assert reply.components == []


async def test_a_press_that_nobody_knows_any_more_is_answered(
    running: RunningGuildbase, start_guildbase: StartGuildbase, features: LocalFeatures, member: Person
) -> None:
    reply = await member.slash("panel")
    form = (await reply.click("Form")).modal
    assert form is not None
    await running.stop()
    await start_guildbase(features_dir=features.folder)
    assert (await reply.click("Crash")).text == "This is too old, and nothing was changed. Use the command again."
    assert (await form.submit(name="Ada")).text.startswith("This is too old")


async def test_presses_ahead_of_discords_answer_count(
    running: RunningGuildbase, member: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the answer is there, discord.py does not know what was sent."""
    known = running.bot._connection.store_view
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(running.bot._connection, "store_view", lambda *it: loop.call_later(1, known, *it))
    reply = await member.slash("panel")
    form = (await reply.click("Form")).modal
    assert form is not None
    assert (await form.submit(name="Ada")).text == "Hello Ada"
    assert (await reply.click("Slow")).text == "slow but well"
    assert (await reply.click("End")).text == "ended"


async def test_a_press_on_new_buttons_counts_while_the_press_before_waits_for_its_answer(
    running: RunningGuildbase, member: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message shows them before the bot knows that it does."""
    edit = InteractionResponse.edit_message

    async def late(response: Any, **message: Any) -> Any:
        answered = await edit(response, **message)
        await asyncio.sleep(0.5)
        return answered

    monkeypatch.setattr(InteractionResponse, "edit_message", late)
    reply = await member.slash("pages")
    assert (await reply.click("Next")).text == "page 2"
    assert (await reply.click("Next")).text == "page 3"


async def test_an_ended_view_has_no_buttons(running: RunningGuildbase, member: Person) -> None:
    reply = await member.slash("panel")
    assert (await reply.click("End")).text == "ended"
    assert reply.components == []


async def test_a_question_is_confirmed_or_cancelled_and_never_twice(running: RunningGuildbase, member: Person) -> None:
    first, second = await member.slash("sure"), await member.slash("sure")
    answers = await asyncio.gather(first.click("Do it"), first.click("Do it"))
    # The second press does nothing, or was on what is gone by then.
    assert (
        "done 1"
        in {it.text for it in answers}
        <= {"done 1", "This is too old, and nothing was changed. Use the command again."}
    )
    assert first.text == "done 1"
    assert (await second.click("Cancel")).text == "Cancelled. Nothing was changed."


async def test_a_strangers_own_view_is_left_to_the_stranger(running: RunningGuildbase, member: Person) -> None:
    reply = await member.slash("own")
    await until(lambda: reply.text == "own")
    assert (await reply.click("Mine")).text == "my own answer"
