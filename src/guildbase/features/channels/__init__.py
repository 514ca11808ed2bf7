"""Tools for channels: purge, slow mode of any length, lockdown with exact restore, a gate for newcomers."""

from guildbase.core.feature import Feature, MessageHandler

feature = Feature(
    name="channels",
    summary="Tools for channels: purge, slow mode of any length, lockdown with exact restore, a gate for newcomers.",
    category="Moderation",
    requires=("guilds", "users", "telemetry", "configuration"),
    intents=("guilds", "guild_messages"),
    optional_intents=("members", "message_content"),
    bot_permissions={
        "manage_messages": "to purge messages and to keep long slow modes",
        "read_message_history": "to purge messages",
        "manage_channels": "to set slow modes and lockdowns",
        "manage_roles": "to lock channels and to let newcomers in",
        "kick_members": "to remove newcomers who never pass the gate, where you want that",
        "embed_links": "to show what was done",
        "attach_files": "to keep purged texts in the mod-log, where you want that",
    },
    settings="schemas:ChannelSettings",
    snapshot_parts=("snapshot:SLOW_MODES",),
    message_handlers=(MessageHandler("cog:slow_down", order=120, sees_blocked=True, applies="cog:is_slow"),),
)
