"""How many effects may run at a time, and what is to be claimed next for the places that are free.

Moderation and all else have some places each that the other cannot take, so neither ever waits for the other to end.
A guild has its share of the places only, so a channel with a limit of its own holds up no other guild.
"""

from __future__ import annotations

from collections import Counter

from guildbase.bot.traffic import DiscordTraffic
from guildbase.services.outbox import ClaimedEffect, Priority, Wanted

AT_ONCE = 50
"""Effects of either sort that run at the same time: two seconds' worth of calls, and well within the lease."""
APART = 10
"""Places besides these, for the sort that does not fill them."""
PER_GUILD = 20
"""Effects of one guild, moderation apart, after which nothing more of it is claimed."""
AT_A_TIME = 10
"""Effects of one claim."""
FAIRNESS = 5
"""Every so many claims it goes by age alone."""


class Places:
    """The places of one executor."""

    def __init__(self, traffic: DiscordTraffic) -> None:
        self._traffic = traffic
        self._taken: Counter[bool] = Counter()
        """By whether it is moderation."""
        self._guilds: Counter[int] = Counter()
        self._claims = 0
        self._is_short = False
        """Whether something may be due that there was no place for."""

    def wanted(self) -> Wanted | None:
        """Return what to claim now, or None if there is no place for anything."""
        moderation, other = self._free(is_moderation=True), self._free(is_moderation=False)
        busy = [guild for guild, taken in self._guilds.items() if taken >= PER_GUILD]
        self._is_short = not (moderation and other) or bool(busy)
        if not (moderation or other):
            return None
        self._claims += 1
        return Wanted(
            limit=min(AT_A_TIME, *(free for free in (moderation, other) if free)),
            first=Priority.MODERATION if moderation else Priority.NORMAL,
            last=Priority.BULK if other else Priority.MODERATION,
            oldest_first=self._claims % FAIRNESS == 0,
            busy_guilds=busy,
        )

    def take(self, effect: ClaimedEffect) -> None:
        """Give a place to the effect."""
        self._change(effect, 1)

    def give_back(self, effect: ClaimedEffect) -> bool:
        """Free the effect's place; True if something may be waiting for it."""
        self._change(effect, -1)
        return self._is_short

    def _change(self, effect: ClaimedEffect, by: int) -> None:
        is_moderation = effect.priority == Priority.MODERATION
        self._taken[is_moderation] += by
        if not is_moderation and effect.guild_id is not None:
            self._guilds[effect.guild_id] += by
            if not self._guilds[effect.guild_id]:
                del self._guilds[effect.guild_id]

    def _free(self, *, is_moderation: bool) -> int:
        if not is_moderation and self._traffic.is_near_ban:
            return 0
        # A small share of Discord's limit must not fill the places with effects that wait out their time.
        most = max(2, min(AT_ONCE, self._traffic.pace.per_second))
        apart = max(2, most * APART // AT_ONCE)
        return max(0, min(most - self._taken[is_moderation], most + apart - self._taken.total()))
