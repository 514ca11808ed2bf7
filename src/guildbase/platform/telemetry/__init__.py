"""What the bot keeps about its own doings."""

from guildbase.core.feature import Feature
from guildbase.core.ports import AuditSink, ErrorSink, UsageSink

feature = Feature(
    name="telemetry",
    summary="Keeps every change that an admin may ask about, every error that nobody expected, and how much is used.",
    category="Basics",
    provides={
        AuditSink: "controller:AuditController",
        ErrorSink: "controller:ErrorController",
        UsageSink: "controller:UsageController",
    },
)
