"""Who may use a server's dashboard."""

from guildbase.core.feature import Feature

feature = Feature(
    name="access",
    summary="Gives people and roles rights in a server's dashboard, and lets them hand these on.",
    category="Basics",
    requires=("guilds", "users", "telemetry"),
    intents=("guilds",),
    optional_intents=("members",),
    snapshot_parts=("snapshot:GUILD_ACCESS",),
    sections=("controller:AccessSection",),
)
