"""What the bot keeps about its own doings."""

from guildbase.core.feature import Feature
from guildbase.core.ports import AuditSink, ErrorSink

feature = Feature(
    name="telemetry",
    summary="Keeps every change that an admin may ask about, and every error that nobody expected.",
    provides={AuditSink: "controller:AuditController", ErrorSink: "controller:ErrorController"},
)
