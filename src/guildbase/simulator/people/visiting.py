"""Coming and going: membership, nickname, presence, voice, votes."""

from __future__ import annotations

from typing import cast

from guildbase.simulator.errors import Json
from guildbase.simulator.people.actor import Actor
from guildbase.simulator.people.errors import NotAllowed
from guildbase.simulator.people.requests import by_hand
from guildbase.simulator.permissions import Permission
from guildbase.simulator.world import automod, invites, members, presences, voice
from guildbase.simulator.world.entities import Channel


class Visitor(Actor):
    """Someone who comes and goes."""

    async def joins(self, *, by: str | None = None) -> None:
        """Enter the guild (again), by an invitation's code or just so."""
        if self.is_banned:
            raise NotAllowed(f"{self.name} is banned from {self.guild.name}")
        if by is not None:
            with by_hand(self._scene, self.user):
                invites.use(self._scene.world, by, self.user)
        elif self.membership is None:
            members.join(self._scene.world, self.guild.guild, self.user)

    async def leaves(self) -> None:
        """Leave the guild."""
        self._member()
        members.remove(self._scene.world, self.guild.guild, self.id)

    async def invites(self, *, to: str | Channel | None = None, **fields: object) -> str:
        """Make an invitation to a channel and return its code; the fields are those of the API."""
        place = self._may(Permission.CREATE_INSTANT_INVITE, to)
        made = cast("Json", await self.does("POST", f"/channels/{place.id}/invites", fields))
        return str(made["code"])

    async def takes_nickname(self, nickname: str | None) -> None:
        """Choose a nickname for this guild, or give it up."""
        await self.does("PATCH", f"/guilds/{self.guild.id}/members/@me", {"nick": nickname})
        world, member = self._scene.world, self._member()
        automod.enforce(world, self.guild.guild, None, member, automod.judge_profile(world, self.guild.guild, member))

    async def goes(self, status: str, *, playing: str | None = None) -> None:
        """Be seen as "online", "idle", "dnd" or "offline", playing something or not."""
        activities: list[Json] = [] if playing is None else [{"name": playing, "type": 0}]
        presences.change(self._scene.world, self.user, status, activities)

    async def joins_voice(self, channel: str | Channel, *, muted: bool = False, deafened: bool = False) -> None:
        """Connect to a voice channel or move there, with one's own microphone or headphones off."""
        place = self._may(Permission.CONNECT, channel)
        guild, others = self.guild.guild, self.guild.guild.voice_states.values()
        if place.type not in voice.CHANNEL_TYPES:
            raise NotAllowed(f"#{place.name} is no voice channel")
        crowd = sum(it.channel_id == place.id and it.user_id != self.id for it in others)
        may_squeeze_in = self._scene.world.permissions_of(guild, self.id, place) & Permission.MOVE_MEMBERS
        if 0 < place.user_limit <= crowd and not may_squeeze_in:
            raise NotAllowed(f"#{place.name} is full")
        with by_hand(self._scene, self.user):
            voice.move(self._scene.world, guild, self.id, place.id, self_mute=muted, self_deaf=deafened)

    async def leaves_voice(self) -> None:
        """Disconnect from voice."""
        voice.move(self._scene.world, self.guild.guild, self.id, None)

    async def boosts(self) -> None:
        """Boost the server."""
        members.change(self._scene.world, self.guild.guild, self._member(), premium_since=self._scene.world.clock.now())
