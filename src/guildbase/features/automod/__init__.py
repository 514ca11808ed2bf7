"""Rules that look at messages and act, with conditions, exemptions and a dry run."""

from guildbase.core.feature import Feature, MessageHandler

feature = Feature(
    name="automod",
    summary="Rules that look at messages and act, with conditions, exemptions and a dry run.",
    category="Moderation",
    requires=("guilds", "users", "telemetry", "configuration", "moderation"),
    intents=("guilds", "auto_moderation_configuration", "auto_moderation_execution"),
    optional_intents=("message_content",),
    bot_permissions={
        "manage_messages": "to delete messages that break a rule",
        "embed_links": "to show rules and alerts",
        "manage_guild": "to keep rules in Discord's own AutoMod",
    },
    message_handlers=(
        MessageHandler("cog:judge_message", order=100, edits=True, sees_blocked=True, applies="cog:has_rules"),
    ),
    settings="schemas:AutomodSettings",
    snapshot_parts=("snapshot:RULES", "snapshot:LISTS"),
    sections=("controller:AutomodSection",),
)
