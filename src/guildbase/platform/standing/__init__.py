"""Who is blocked from the bot, and who is trusted: people and servers, in one server and everywhere."""

from guildbase.core.feature import Feature
from guildbase.core.ports import Standings

feature = Feature(
    name="standing",
    summary="Block people from the bot or trust them, in one server; the bot's owners do so everywhere.",
    category="Basics",
    requires=("guilds", "telemetry", "configuration"),
    intents=("guilds",),
    bot_permissions={"embed_links": "to show who is blocked"},
    snapshot_parts=("snapshot:GUILD_STANDINGS",),
    sections=("controller:StandingSection",),
    provides={Standings: "controller:StandingController"},
)
