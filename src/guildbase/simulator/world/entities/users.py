"""Accounts."""

from __future__ import annotations

from dataclasses import dataclass, field

from guildbase.core.snowflake import read_snowflake
from guildbase.simulator.world.entities.crowd import Crowd


@dataclass(slots=True)
class User:
    """An account: a person or the bot."""

    id: int
    username: str
    global_name: str | None = None
    bot: bool = False
    avatar: str | None = None
    banner: str | None = None
    dms_open: bool = True
    locale: str = "en-US"
    """The language that their client is set to."""


@dataclass(slots=True)
class Users(Crowd[User]):
    """All accounts by id; those of the crowd are called guest_1, guest_2 and so on."""

    stored: dict[int, User] = field(default_factory=dict)

    def make(self, one_id: int) -> User:
        """Return a guest's account as it was opened."""
        number = self.crowd.index(one_id) + 1
        return User(one_id, f"{GUEST}{number}", global_name=f"Guest {number}")

    def named(self, username: str) -> User | None:
        """Return the account of that user name, a person's rather than a bot's."""
        known = [one for one in self.stored.values() if one.username == username]
        if known:
            return min(known, key=lambda one: one.bot)
        number = read_snowflake(username.removeprefix(GUEST)) or 0
        if username != f"{GUEST}{number}" or not 0 < number <= len(self.crowd):
            return None
        return self.get(self.crowd[number - 1])


GUEST = "guest_"
