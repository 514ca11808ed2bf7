"""A server's first steps, and what keeps it in step with Discord."""

from guildbase.core.feature import Feature

feature = Feature(
    name="setup",
    summary="Leads a server through its setup, checks what the bot may do there, and finds settings that lead nowhere.",
    category="Basics",
    requires=("guilds", "telemetry", "configuration"),
    intents=("guilds",),
    bot_permissions={
        "view_channel": "to see the channels that commands and settings name",
        "send_messages": "to write to log channels",
        "embed_links": "to show what it found",
        "manage_channels": "to make the log channels that you ask for",
        "manage_roles": "to make the roles that you ask for, and to let itself into log channels",
    },
)
