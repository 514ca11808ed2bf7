"""One person in one guild, with everything a person can do."""

from __future__ import annotations

from guildbase.simulator.people.speaking import Speaker
from guildbase.simulator.people.staff import Staff
from guildbase.simulator.people.threads import ThreadUser
from guildbase.simulator.people.using import CommandUser
from guildbase.simulator.people.visiting import Visitor


class Person(Speaker, CommandUser, ThreadUser, Visitor, Staff):
    """A member of a guild who follows a script."""
