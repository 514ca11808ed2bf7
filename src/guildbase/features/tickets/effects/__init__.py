"""What tickets do on Discord, run by the outbox executor. Each may be cut off anywhere, and is done once."""

from guildbase.features.tickets.effects.alerts import alert, warn_idle
from guildbase.features.tickets.effects.life import remove, sync, tell
from guildbase.features.tickets.effects.panels import post_panel, take_panel_down
from guildbase.features.tickets.effects.place import place
from guildbase.features.tickets.effects.transcript import log_transcript, send_transcript, transcribe

__all__ = [
    "alert",
    "log_transcript",
    "place",
    "post_panel",
    "remove",
    "send_transcript",
    "sync",
    "take_panel_down",
    "tell",
    "transcribe",
    "warn_idle",
]
