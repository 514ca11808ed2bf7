"""Who may use which command where."""

from guildbase.core.feature import Feature
from guildbase.core.ports import CommandGate

feature = Feature(
    name="permissions",
    summary="Rules for members, roles, channels and whole servers: who may use which command, and why.",
    category="Basics",
    requires=("guilds", "users", "telemetry", "configuration", "standing"),
    bot_permissions={"embed_links": "to show rules and why something is allowed or not"},
    settings="schemas:PermissionSettings",
    snapshot_parts=("snapshot:PERMISSION_RULES",),
    sections=("controller:PermissionsSection",),
    provides={CommandGate: "controller:PermissionGate"},
)
