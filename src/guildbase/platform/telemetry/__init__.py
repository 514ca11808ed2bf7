"""What the bot keeps about its own doings."""

from guildbase.core.feature import Feature
from guildbase.core.ports import AuditSink

feature = Feature(
    name="telemetry",
    summary="Keeps an audit row of every change that an admin may ask about.",
    provides={AuditSink: "controller:AuditController"},
)
