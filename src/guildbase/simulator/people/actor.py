"""Who a scripted person is, and the checks before whatever the person does."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from guildbase.simulator.people.errors import NotAllowed
from guildbase.simulator.people.requests import request
from guildbase.simulator.people.scene import Scene
from guildbase.simulator.permissions import Permission, names
from guildbase.simulator.rest.call import Answer
from guildbase.simulator.world.entities import Channel, Member, User

if TYPE_CHECKING:
    from guildbase.simulator.people.guild import ScriptedGuild

_THREADS = (10, 11, 12)


class Actor:
    """A user in a guild."""

    def __init__(self, scene: Scene, guild: ScriptedGuild, user: User) -> None:
        self._scene = scene
        self._heard: dict[int, int] = {}
        self._place: int | None = None
        self._dms_read = 0
        self.guild = guild
        self.user = user

    def __repr__(self) -> str:
        return f"<Person {self.name} in {self.guild.name}>"

    @property
    def id(self) -> int:
        """The user's id."""
        return self.user.id

    @property
    def name(self) -> str:
        """The user's name."""
        return self.user.username

    @property
    def mention(self) -> str:
        """The text that mentions the person."""
        return f"<@{self.id}>"

    @property
    def membership(self) -> Member | None:
        """The person's membership; None after leaving, a kick or a ban."""
        return self.guild.guild.members.get(self.id)

    @property
    def is_banned(self) -> bool:
        """Whether the guild has banned the person."""
        return self.id in self.guild.guild.bans

    @property
    def nickname(self) -> str | None:
        """The person's nickname in the guild."""
        return self._member().nick

    @property
    def timed_out_until(self) -> datetime | None:
        """The end of the person's time-out, if there is one."""
        return self._member().timed_out_until

    @property
    def roles(self) -> list[str]:
        """The names of the person's roles."""
        return [self.guild.guild.roles[it].name for it in self._member().roles]

    async def does(self, method: str, path: str, body: object = None, *, reason: str | None = None) -> Answer:
        """Do anything that Discord's API offers, in the person's own name; raise NotAllowed.

        The path is that of the API, and so are the body and the answer: `await owner.does("POST",
        f"/guilds/{guild.id}/auto-moderation/rules", {...})`. For the common deeds there are methods.
        """
        return request(self._scene, self.user, method, path, body, reason=reason)

    def _member(self) -> Member:
        member = self.membership
        if member is None:
            raise NotAllowed(f"{self.name} is not a member of {self.guild.name}")
        return member

    def _channel(self, wanted: str | int | Channel | None) -> Channel:
        return self.guild.find_channel(wanted)

    def _may(self, needed: Permission, where: str | int | Channel | None) -> Channel:
        self._member()
        place = self._channel(where)
        if needed == Permission.SEND_MESSAGES and place.type in _THREADS:
            needed = Permission.SEND_MESSAGES_IN_THREADS
        bits = self._scene.world.permissions_of(self.guild.guild, self.id, place)
        if not bits & needed:
            raise NotAllowed(f"{self.name} lacks {', '.join(names(needed))} in #{place.name}")
        return place
