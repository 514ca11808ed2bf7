"""The gate's button and forms."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import discord

from guildbase.bot.callers import caller_of_press
from guildbase.bot.context import answer, settle
from guildbase.bot.lasting import LastingView
from guildbase.bot.views import BaseModal, Interaction
from guildbase.core.clock import utcnow
from guildbase.core.i18n import _, marked, translated
from guildbase.core.snowflake import snowflake_time
from guildbase.core.validators import duration_text
from guildbase.features.channels.kinds import GateMode
from guildbase.services.container import BotServices
from guildbase.services.outbox import EffectState, Outbox

if TYPE_CHECKING:
    from guildbase.features.channels.controller.gate import GateController
    from guildbase.features.channels.schemas import ChannelSettings

COMMAND = "verify"
WAIT = 5.0  # seconds that the answer waits for the role
MODES = {
    GateMode.BUTTON: marked("press the button"),
    GateMode.QUESTION: marked("answer the question"),
    GateMode.SUM: marked("add two numbers"),
}


class GateView(LastingView):
    """The button that lets newcomers in."""

    def __init__(self) -> None:
        super().__init__("gate", command=COMMAND)
        self.button("enter", _("Let me in"), self._enter, style=discord.ButtonStyle.success)

    async def _enter(self, interaction: Interaction) -> None:
        keeper, member = _keeper(interaction), interaction.user
        settings = await keeper.knock(interaction.guild_id or 0, member.id, snowflake_time(member.id), _joined(member))
        if settings.gate_mode is GateMode.BUTTON:
            await _let_in(interaction)
            return
        await settle(interaction)
        if interaction.response.is_done():
            await answer(interaction, _("That took too long. Please press once more."))
        else:
            await interaction.response.send_modal(GateForm(settings))


class GateForm(BaseModal):
    """Asks the server's question, or for a sum."""

    def __init__(self, settings: ChannelSettings) -> None:
        super().__init__(_("One question first"), command=COMMAND)
        self._right: tuple[str, ...] = settings.gate_answers
        question = settings.gate_question
        if settings.gate_mode is GateMode.SUM or not (question and self._right):
            first, second = secrets.randbelow(20) + 1, secrets.randbelow(20) + 1
            question, self._right = _("What is {first} + {second}?", first=first, second=second), (str(first + second),)
        self.answer: discord.ui.TextInput[Any] = discord.ui.TextInput(
            label=question[:45], custom_id="answer", max_length=100
        )
        self.add_item(self.answer)

    async def on_submit(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Let whoever answered rightly in."""
        from guildbase.features.channels.rules.gate import is_right

        keeper, member, guild_id = _keeper(interaction), interaction.user, interaction.guild_id or 0
        await keeper.knock(guild_id, member.id, snowflake_time(member.id), _joined(member))
        if is_right(self.answer.value, self._right):
            await _let_in(interaction)
            return
        left = (await keeper.settings(guild_id)).gate_attempts - await keeper.answer_wrongly(guild_id, member.id)
        text = _("That is not right. You may try {count} more times.", count=max(0, left))
        await answer(interaction, text)


def panel(settings: ChannelSettings) -> tuple[discord.Embed, GateView]:
    """Return the gate's message; the button that was added at the start answers all presses."""
    text = settings.gate_text or _("Press the button to get in.")
    embed = discord.Embed(title=_("Welcome"), description=text, colour=discord.Colour.green())
    view = GateView()
    view.stop()
    return embed, view


def status_embed(settings: ChannelSettings, waiting: int) -> discord.Embed:
    """Return how the gate is set, for staff."""
    role, length = settings.gate_role, duration_text
    lines = [
        _("Gives {role}; newcomers {task}.", role=f"<@&{role}>", task=translated(MODES[settings.gate_mode]))
        if role is not None
        else _("The gate is open: `gate_role` is not set. `/config channels` sets it."),
        _("{count} wait.", count=waiting),
    ]
    if settings.gate_account_age is not None:
        lines.append(_("Accounts must be {age} old.", age=length(settings.gate_account_age)))
    if settings.gate_kick_after is not None:
        lines.append(_("Who is not in after {time} is kicked.", time=length(settings.gate_kick_after)))
    return discord.Embed(title=_("Gate"), description="\n".join(lines), colour=discord.Colour.green())


async def outcome_text(services: BotServices, effect_id: int, person: str) -> str:
    """Return what became of letting the person in, after a moment."""
    state = await services.get(Outbox).outcome(effect_id, timeout=WAIT)
    if state is EffectState.FAILED:
        return _("Discord did not let me give the role to {person}. The staff has to check my roles.", person=person)
    if state is None:
        return _("{person} will be in as soon as Discord answers.", person=person)
    return _("{person} is in. Welcome!", person=person)


async def _let_in(interaction: Interaction) -> None:
    caller = await caller_of_press(interaction, interaction.client.services)
    effect_id = await _keeper(interaction).admit(caller, interaction.guild_id or 0, interaction.user.id)
    await answer(interaction, await outcome_text(interaction.client.services, effect_id, interaction.user.mention))


def _keeper(interaction: Interaction) -> GateController:
    from guildbase.features.channels.controller.gate import GateController

    return interaction.client.services.get(GateController)


def _joined(member: discord.Member | discord.User) -> Any:
    return getattr(member, "joined_at", None) or utcnow()
