"""How preferences and profiles look in Discord."""

from __future__ import annotations

from datetime import datetime

import discord

from guildbase.core.i18n import _, languages, plural
from guildbase.platform.users.records import KnownMember, Preferences
from guildbase.platform.users.rules import local_time

COLOUR = discord.Colour.blurple()


def preferences_embed(preferences: Preferences, now: datetime) -> discord.Embed:
    """Return what the person prefers, and how to change it."""
    embed = discord.Embed(
        title=_("Your preferences"),
        description=_("They count in all servers. `/preferences timezone`, `language` and `dms` change them."),
        colour=COLOUR,
    )
    _add_preferences(embed, preferences)
    embed.set_footer(text=_("For you it is {time} now.", time=local_time(now, preferences.time_zone)))
    return embed


def dms_text(preferences: Preferences) -> str:
    """Return the answer to the person who said whether they want direct messages."""
    if preferences.wants_dms:
        return _("I write to you directly when there is something to tell.")
    return _("I no longer write to you directly. A warning counts all the same; ask the moderators for its reason.")


def profile_embed(
    person: discord.User | discord.Member, known: KnownMember | None, own: Preferences | None
) -> discord.Embed:
    """Return what is known of the person; their preferences only to themselves."""
    name = discord.utils.escape_markdown(person.display_name)
    embed = discord.Embed(title=_("Profile of {name}", name=name)[:256], colour=COLOUR)
    embed.add_field(name=_("Account since"), value=_moment(person.created_at))
    joined_at = known.joined_at if known else None
    if isinstance(person, discord.Member):
        joined_at = person.joined_at
    if joined_at is not None:
        embed.add_field(name=_("Member since"), value=_moment(joined_at))
    if known is None:
        embed.set_footer(text=_("I keep nothing about this member so far."))
    else:
        embed.add_field(name=_("Known to me since"), value=_moment(known.first_seen_at))
        _add_absences(embed, known)
    if own is not None:
        _add_preferences(embed, own)
    return embed


def _add_preferences(embed: discord.Embed, preferences: Preferences) -> None:
    language = _("as in Discord") if preferences.locale is None else languages().get(preferences.locale, "?")
    embed.add_field(name=_("Time zone"), value=preferences.time_zone)
    embed.add_field(name=_("Language"), value=language)
    embed.add_field(name=_("Direct messages"), value=_("yes") if preferences.wants_dms else _("no"))


def _add_absences(embed: discord.Embed, known: KnownMember) -> None:
    if known.left_at is not None:
        embed.add_field(name=_("Gone since"), value=_moment(known.left_at))
    if known.times_left:
        times = plural("left {count} time", "left {count} times", known.times_left)
        embed.add_field(name=_("Has been away"), value=times)


def _moment(moment: datetime) -> str:
    return discord.utils.format_dt(moment, "R")
