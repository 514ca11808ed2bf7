"""Shows the pages that features declare as data."""

from guildbase.core.feature import Feature

feature = Feature(
    name="pages",
    summary="Shows in the dashboard what features declare as data: figures, tables, settings and actions.",
    category="Basics",
    requires=("guilds",),
)
