"""Warnings and their cases."""

from guildbase.core.feature import Feature

feature = Feature(
    name="moderation",
    summary="Warn members; every action is a numbered case with its moderator, reason and outcome.",
    requires=("guilds", "users", "telemetry"),
    intents=("guilds",),
)
