"""Decides and counts greetings. It keeps them in memory, so a restart begins at zero."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from guildbase.core.clock import utcnow
from guildbase.core.errors import PermissionDenied
from guildbase.core.ports import Caller
from guildbase.platform.guilds.rules import may_configure
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController

from . import rules


class HelloController(BaseController):
    """The business logic; commands, message handler and routes share the one instance of the process."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._counts: Counter[int] = Counter()
        self._resting: dict[tuple[int, int], datetime] = {}

    def greet(self, guild_id: int) -> None:
        """Count one greeting."""
        self._counts[guild_id] += 1

    def greet_back(self, guild_id: int, user_id: int, cooldown: timedelta) -> bool:
        """Count one greeting, unless this person was greeted back within the cooldown; tell whether to greet."""
        now = utcnow()
        # Forget those who may be greeted again, so that this holds the people of one cooldown and no more.
        resting = {who: until for who, until in self._resting.items() if rules.is_resting(until, now)}
        is_due = (guild_id, user_id) not in resting
        if is_due:
            resting[guild_id, user_id] = rules.rests_until(now, cooldown)
            self.greet(guild_id)
        self._resting = resting
        return is_due

    def count(self, caller: Caller, guild_id: int) -> int:
        """Return how often the bot has greeted in the server since it started.

        Raises:
            PermissionDenied: the caller may not manage the server.
        """
        if not may_configure(caller, guild_id):
            raise PermissionDenied("You may not see this server's greetings.", hint="Ask for Manage Server.")
        return self._counts[guild_id]
