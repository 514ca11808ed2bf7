"""Notices a raid, holds it off, and gives everything back afterwards."""

from guildbase.core.feature import Feature, MessageHandler

feature = Feature(
    name="antiraid",
    summary="Notices a raid, holds it off, and gives everything back afterwards.",
    category="Moderation",
    requires=("guilds", "users", "telemetry", "configuration", "moderation", "channels"),
    intents=("guilds", "guild_messages"),
    optional_intents=("members",),
    bot_permissions={
        "manage_guild": "to pause invites in a raid, where you want that",
        "ban_members": "to ban those who raid, where you want that",
        "kick_members": "to kick those who raid, where you want that",
        "moderate_members": "to time those out who raid, where you want that",
        "embed_links": "to alert your staff",
    },
    settings="schemas:AntiraidSettings",
    snapshot_parts=("snapshot:ACTIVE_RAID",),
    message_handlers=(MessageHandler("cog:watch_message", order=90, sees_blocked=True, applies="cog:is_watched"),),
)
