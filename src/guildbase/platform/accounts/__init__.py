"""Signs people in with Discord, and programs with keys, and keeps what was refused."""

from guildbase.core.feature import Feature
from guildbase.core.ports import Callers
from guildbase.services.sessions.truth import SessionTruth

feature = Feature(
    name="accounts",
    summary="Signs people in with Discord, and programs with keys, and keeps what was refused.",
    category="Basics",
    requires=("guilds", "users", "telemetry", "access", "standing"),
    intents=("guilds",),
    optional_intents=("members",),
    provides={Callers: "controller:CallerController", SessionTruth: "controller:SessionController"},
)
