"""A guest book for each server."""

from guildbase.core.feature import Feature

feature = Feature(
    name="guestbook",
    summary="People sign the server's guest book.",
    requires=("guilds", "users"),
    intents=("guilds",),
    pages=("pages:ENTRIES",),
)
