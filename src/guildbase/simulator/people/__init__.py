"""Scripted people: they write, use commands, read what the bot answers, and complain readably if it does not."""

from guildbase.simulator.people.guild import ScriptedGuild
from guildbase.simulator.people.person import Person
from guildbase.simulator.people.reply import Reply, SeenMessage

__all__ = ["Person", "Reply", "ScriptedGuild", "SeenMessage"]
