"""Shows the operator shards, servers, errors, due work, the cache and the health of everything."""

from guildbase.core.feature import Feature

feature = Feature(
    name="operations",
    summary="Shows the operator shards, servers, errors, due work, the cache and the health of everything.",
    category="Basics",
    requires=("guilds", "telemetry", "standing"),
)
