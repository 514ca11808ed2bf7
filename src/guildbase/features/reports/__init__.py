"""Members report what they see and appeal what was done; staff work through a queue."""

from guildbase.core.feature import Feature

feature = Feature(
    name="reports",
    summary="Members report what they see and appeal what was done; staff work through a queue.",
    category="Moderation",
    requires=("guilds", "users", "telemetry", "configuration", "moderation"),
    intents=("guilds",),
    bot_permissions={
        "view_channel": "to find the channels of the queues",
        "send_messages": "to queue reports and appeals",
        "embed_links": "to show what they are about",
    },
    settings="schemas:ReportSettings",
)
