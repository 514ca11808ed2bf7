"""Warnings and their cases."""

from guildbase.core.feature import Feature

feature = Feature(
    name="moderation",
    summary="Warn members; every action is a numbered case with its moderator, reason and outcome.",
    category="Moderation",
    requires=("guilds", "users", "telemetry", "configuration"),
    intents=("guilds", "moderation", "voice_states"),
    optional_intents=("members",),
    bot_permissions={
        "embed_links": "to show cases",
        "view_audit_log": "to keep as cases what moderators do by hand; without it only bans, and by nobody",
    },
    settings="schemas:ModerationSettings",
    sections=("controller:CaseTypesSection",),
)
