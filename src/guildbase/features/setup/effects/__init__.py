"""What the setup does on Discord, run by the outbox executor. Each may be cut off anywhere, and is done once."""

from guildbase.features.setup.effects.denials import deny, make_punishments
from guildbase.features.setup.effects.steps import let_in, make_channel, make_role, tell_vanished, welcome

__all__ = ["deny", "let_in", "make_channel", "make_punishments", "make_role", "tell_vanished", "welcome"]
