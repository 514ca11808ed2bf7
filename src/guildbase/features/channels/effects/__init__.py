"""What the tools for channels do on Discord."""

from guildbase.features.channels.effects.gate import admit, mark_newcomer, remove_newcomer
from guildbase.features.channels.effects.locks import settle_lock, spread_lock
from guildbase.features.channels.effects.slow_mode import set_slow_mode

__all__ = ["admit", "mark_newcomer", "remove_newcomer", "set_slow_mode", "settle_lock", "spread_lock"]
