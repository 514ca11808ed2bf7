"""Scripted people: they write, use commands, read what the bot answers, and complain readably if it does not."""

from guildbase.simulator.people.commands import Choice
from guildbase.simulator.people.form import Form
from guildbase.simulator.people.guild import ScriptedGuild
from guildbase.simulator.people.person import Person
from guildbase.simulator.people.reply import Reply
from guildbase.simulator.people.seen import SeenMessage

__all__ = ["Choice", "Form", "Person", "Reply", "ScriptedGuild", "SeenMessage"]
