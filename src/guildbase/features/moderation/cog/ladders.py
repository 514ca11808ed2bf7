"""The commands about warnings that add up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_command, hybrid_group, subcommand
from guildbase.bot.context import Context
from guildbase.core.errors import InvalidInput, NotFound
from guildbase.core.i18n import _, plural
from guildbase.features.moderation.kinds import MAX_NUMBER

if TYPE_CHECKING:
    from guildbase.features.moderation.controller.ladders import LadderController
    from guildbase.features.moderation.ladders import Step
    from guildbase.features.moderation.schemas import ModerationSettings
    from guildbase.platform.configuration.controller import ConfigurationController

Act = Literal["timeout", "mute", "jail", "kick", "softban", "tempban", "ban"]


class Ladders(BaseCog):
    """See what warnings add up to, and say what follows."""

    @property
    def ladders(self) -> LadderController:
        """The business logic; loaded at its first use, because the start has to be quick."""
        from guildbase.features.moderation.controller.ladders import LadderController

        return self.controller(LadderController)

    @property
    def configuration(self) -> ConfigurationController:
        """The settings, of which the steps are a part."""
        from guildbase.platform.configuration.controller import ConfigurationController

        return self.controller(ConfigurationController)

    @hybrid_command()
    @commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    @app_commands.describe(user="Whose warnings")
    async def warnings(self, ctx: Context, user: discord.User) -> None:
        """Show which warnings of somebody count, when the next falls away, and what comes next."""
        from guildbase.features.moderation.views.ladders import record_embed

        record = await self.ladders.record_of(await self.caller(ctx), self.guild(ctx).id, user.id)
        await ctx.send(embed=record_embed(record, user.id), ephemeral=True)

    @hybrid_command()
    @commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.describe(number="The case of the warning", reason="Why it counts no longer")
    async def delwarn(
        self, ctx: Context, number: commands.Range[int, 1, MAX_NUMBER], *, reason: commands.Range[str, 0, 300] = ""
    ) -> None:
        """Have a warning count no longer; its case is kept and struck."""
        from guildbase.features.moderation.controller import ModerationController
        from guildbase.features.moderation.controller.history import HistoryController
        from guildbase.features.moderation.controller.ladders import WARNINGS

        caller, guild = await self.caller(ctx), self.guild(ctx)
        case = await self.controller(ModerationController).get_case(caller, guild.id, number)
        if case.case_type not in WARNINGS:
            raise InvalidInput(
                _("Case #{number} is no warning.", number=number), hint=_("`/case delete` strikes any case.")
            )
        await self.controller(HistoryController).strike(caller, guild.id, number, reason)
        record = await self.ladders.record_of(caller, guild.id, case.target_id)
        told = plural(
            "Case #{number} counts no longer. {who} has {count} point now.",
            "Case #{number} counts no longer. {who} has {count} points now.",
            record.points,
            number=number,
            who=f"<@{case.target_id}>",
        )
        await ctx.send(told, ephemeral=True, allowed_mentions=discord.AllowedMentions.none())

    @hybrid_group()
    @commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    async def ladder(self, ctx: Context) -> None:
        """Say what follows when warnings add up."""
        raise InvalidInput(_("Say what to do."), hint=_("`ladder show`, `ladder add` or `ladder remove`."))

    @subcommand(ladder, "show")
    async def show(self, ctx: Context) -> None:
        """Show the steps of this server."""
        from guildbase.core.validators import duration_text
        from guildbase.features.moderation.views.ladders import ladder_embed

        settings = await self._settings(self.guild(ctx).id)
        decay = duration_text(settings.warning_decay) if settings.warning_decay else ""
        await ctx.send(embed=ladder_embed(_steps(settings), decay), ephemeral=True)

    @subcommand(ladder, "add")
    @app_commands.describe(
        points="How many points of warnings lead to it; a warning is one point",
        action="What is done then",
        duration="How long it lasts, such as 1h or 7d",
        within="Only warnings of this time count, such as 30d; without it all that have not fallen away",
    )
    async def add(
        self, ctx: Context, points: commands.Range[int, 1, 1000], action: Act, duration: str = "", within: str = ""
    ) -> None:
        """Add a step, or change the one at these points."""
        from guildbase.features.moderation.ladders import read_step
        from guildbase.features.moderation.views.ladders import step_text

        line = f"{points}{f' in {within}' if within else ''} = {action} {duration}"
        try:
            step = read_step(line)
        except ValueError as wrong:
            told = str(wrong)
            raise InvalidInput(f"{told[:1].upper()}{told[1:]}.", hint=_("Nothing was changed.")) from None
        steps, version = await self._steps(self.guild(ctx).id)
        await self._save(ctx, [*(it for it in steps if it.points != points), step], version)
        await ctx.send(_("From now on: {step}.", step=step_text(step)), ephemeral=True)

    @subcommand(ladder, "remove")
    @app_commands.describe(points="The points of the step")
    async def remove(self, ctx: Context, points: commands.Range[int, 1, 1000]) -> None:
        """Take a step away."""
        steps, version = await self._steps(self.guild(ctx).id)
        others = [it for it in steps if it.points != points]
        if len(others) == len(steps):
            raise NotFound(_("There is no step at {points} points.", points=points), hint=_("See `/ladder show`."))
        await self._save(ctx, others, version)
        await ctx.send(_("Nothing follows at {points} points any more.", points=points), ephemeral=True)

    async def _settings(self, guild_id: int) -> ModerationSettings:
        settings: ModerationSettings = (await self.configuration.current(guild_id, "moderation")).settings  # type: ignore[assignment]
        return settings

    async def _steps(self, guild_id: int) -> tuple[list[Step], int]:
        """Return the steps, and the version of the settings that they are of."""
        current = await self.configuration.current(guild_id, "moderation")
        return _steps(current.settings), current.version  # type: ignore[arg-type]

    async def _save(self, ctx: Context, steps: list[Step], version: int) -> None:
        lines = [step.text for step in sorted(steps, key=lambda step: step.points)]
        caller, guild, changes = await self.caller(ctx), self.guild(ctx), {"warning_steps": lines}
        # Two who change them at once would undo each other's change.
        await self.configuration.change(caller, guild.id, "moderation", changes, expected_version=version)


def _steps(settings: ModerationSettings) -> list[Step]:
    from guildbase.features.moderation.ladders import read_step

    return [read_step(line) for line in settings.warning_steps]
