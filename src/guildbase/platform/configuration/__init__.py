"""What a server sets, of every feature: checked, explained, with history."""

from guildbase.core.feature import Feature

feature = Feature(
    name="configuration",
    summary="Keeps what each server sets, with history, and which features and commands it has switched off.",
    category="Basics",
    requires=("guilds", "telemetry"),
    bot_permissions={
        "embed_links": "to show settings and their history",
        "attach_files": "to hand a server's settings out as a file",
    },
    settings="schemas:ToggleSettings",
    snapshot_parts=("snapshot:SETTINGS", "snapshot:CUSTOM"),
)
