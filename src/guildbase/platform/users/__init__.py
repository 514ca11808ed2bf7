"""Users and members, known from the first time that something is kept about them."""

from guildbase.core.feature import Feature

feature = Feature(
    name="users",
    summary="Knows the people that the bot keeps something about, overall and in each server.",
    requires=("guilds",),
)
