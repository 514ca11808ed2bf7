"""`/preferences` and `/profile`; hears who comes and goes."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_command, hybrid_group, subcommand
from guildbase.bot.context import Context
from guildbase.bot.languages import language_of, speak_to
from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _, languages, speak, spoken, spoken_of
from guildbase.platform.users import rules, views
from guildbase.platform.users.controller import MemberNotFound, UserController
from guildbase.platform.users.records import Preferences

AUTOMATIC = "auto"
"""What people choose to leave their language to Discord."""


class People(BaseCog):
    """See what the bot knows of you, and tell it what you prefer."""

    @hybrid_group(fallback="show")
    async def preferences(self, ctx: Context) -> None:
        """Show your time zone, your language and whether you get direct messages."""
        caller = await self.caller(ctx)
        found = await self.controller(UserController).see_preferences(caller, ctx.author.id)
        await ctx.send(embed=views.preferences_embed(found, utcnow()), ephemeral=True)

    @subcommand(preferences, "timezone")
    @app_commands.describe(zone="A city of your time zone, such as Berlin")
    async def time_zone(self, ctx: Context, *, zone: commands.Range[str, 1, 64]) -> None:
        """Set the time zone that times are written in for you."""
        changed = await self._change(ctx, time_zone=zone)
        now = rules.local_time(utcnow(), changed.time_zone)
        await ctx.send(
            _("Your time zone is {zone}, where it is {time} now.", zone=changed.time_zone, time=now), ephemeral=True
        )

    @time_zone.autocomplete("zone")
    async def _zones(self, _interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=zone, value=zone) for zone in rules.zones_like(typed)]

    @subcommand(preferences, "language")
    @app_commands.describe(language="The language in which I answer you")
    async def language(self, ctx: Context, language: str) -> None:
        """Set the language in which the bot speaks to you."""
        changed = await self._change(ctx, locale=_chosen(language))
        # From here on, and so in this answer.
        if ctx.interaction is not None:
            await speak_to(ctx.interaction, self.services)
        else:
            speak(await language_of(self.services, ctx.author.id, ctx.guild.id if ctx.guild else None))
        name = languages()[spoken()]
        if changed.locale is None:
            text = _("I follow Discord's language again, which is {language} for you.", language=name)
        else:
            text = _("From now on I speak {language} to you.", language=name)
        await ctx.send(text, ephemeral=True)

    @language.autocomplete("language")
    async def _languages(self, interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        discords = languages()[spoken_of((str(interaction.locale),))]
        offered = {AUTOMATIC: _("As in Discord ({language})", language=discords), **languages()}
        wanted = typed.strip().lower()
        found = [(code, name) for code, name in offered.items() if wanted in f"{name} {code}".lower()]
        return [app_commands.Choice(name=name, value=code) for code, name in found[: rules.MOST_SUGGESTIONS]]

    @subcommand(preferences, "dms")
    @app_commands.describe(wanted="Whether I may write to you directly")
    async def dms(self, ctx: Context, wanted: bool) -> None:
        """Say whether the bot may send you direct messages, such as notices of warnings."""
        changed = await self._change(ctx, wants_dms=wanted)
        await ctx.send(views.dms_text(changed), ephemeral=True)

    @hybrid_command()
    @commands.guild_only()
    @app_commands.describe(member="Whose profile; without it your own")
    async def profile(self, ctx: Context, member: discord.User | None = None) -> None:
        """Show what the bot knows of you, or as a moderator of another member."""
        guild, person = self.guild(ctx), member or ctx.author
        caller, users = await self.caller(ctx), self.controller(UserController)
        try:
            known = await users.see_member(caller, guild.id, person.id)
        except MemberNotFound:
            known = None
        own = await users.see_preferences(caller, person.id) if person.id == ctx.author.id else None
        await ctx.send(embed=views.profile_embed(person, known, own), ephemeral=True)

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Remember that a known member is there again."""
        at = member.joined_at or utcnow()
        await self.controller(UserController).joined(member.guild.id, member.id, at)

    @commands.Cog.listener()
    async def on_raw_member_remove(self, payload: discord.RawMemberRemoveEvent) -> None:
        """Remember that a known member is gone."""
        await self.controller(UserController).left(payload.guild_id, payload.user.id, utcnow())

    async def _change(self, ctx: Context, **changes: Any) -> Preferences:
        caller = await self.caller(ctx)
        try:
            return await self.controller(UserController).change_preferences(caller, ctx.author.id, changes)
        except InvalidInput as wrong:
            raise InvalidInput(wrong.message, hint=_("Pick one of the suggestions.")) from None


def _chosen(language: str) -> str | None:
    """Return the locale for what was picked, or typed as the language calls itself."""
    wanted = language.strip()
    by_name = {name.lower(): code for code, name in languages().items()}
    return None if wanted == AUTOMATIC else by_name.get(wanted.lower(), wanted)
