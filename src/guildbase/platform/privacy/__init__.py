"""A person's data, or a guild's: handed over on request, and erased on request or when its time is over."""

from guildbase.core.feature import Feature

feature = Feature(
    name="privacy",
    summary="Hands people and servers what is kept about them, and erases it on request.",
    category="Basics",
    requires=("guilds", "telemetry"),
)
