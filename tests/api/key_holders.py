"""People and programs who ask the API with keys that a test gives them, where it is not about signing in."""

from __future__ import annotations

from guildbase.core.errors import NotFound
from guildbase.core.ports import Caller, Callers
from guildbase.core.rights import Right
from guildbase.services.container import BotServices


class KeyHolders:
    """A working `Callers`: whoever has a key is who the test says, and has access to no server."""

    def __init__(self, **holders: Caller) -> None:
        self._holders = holders

    async def of_session(self, token: str, *, is_unsafe: bool) -> Caller | None:
        """Nobody is signed in."""
        return None

    async def of_key(self, key: str) -> Caller | None:
        """Return whose key it is."""
        return self._holders.get(key)

    async def in_guild(self, caller: Caller, guild_id: int, right: Right, *, is_unsafe: bool) -> Caller:
        """Let nobody into a server."""
        raise NotFound("There is nothing here.")

    async def refused(
        self, caller: Caller | None, route: str, guild_id: int | None, reason: str, *, address: str = ""
    ) -> None:
        """Forget refusals."""


def give_keys(services: BotServices, **holders: Caller) -> None:
    """Let these be found by the names of their arguments as keys, from now on and nobody else."""
    services.add(Callers, KeyHolders(**holders))


def key(name: str) -> dict[str, str]:
    """Return the headers with which this one asks."""
    return {"X-API-Key": name}
