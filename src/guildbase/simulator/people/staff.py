"""What staff do by hand: Discord's own rules hold, and the audit log names the person."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.people.actor import Actor
from guildbase.simulator.people.errors import NotAllowed
from guildbase.simulator.people.seen import SeenMessage
from guildbase.simulator.permissions import Permission
from guildbase.simulator.world.entities import Channel, ChannelType, Role


class Staff(Actor):
    """Someone who may have more rights than others."""

    async def bans(self, person: Actor, *, reason: str | None = None, delete_seconds: int = 0) -> None:
        """Ban a person, and delete what they wrote in the last so many seconds."""
        await self._guild_does("PUT", f"/bans/{person.id}", {"delete_message_seconds": delete_seconds}, reason=reason)

    async def unbans(self, person: Actor, *, reason: str | None = None) -> None:
        """Lift a ban."""
        await self._guild_does("DELETE", f"/bans/{person.id}", reason=reason)

    async def kicks(self, person: Actor, *, reason: str | None = None) -> None:
        """Kick a person."""
        await self._guild_does("DELETE", f"/members/{person.id}", reason=reason)

    async def times_out(self, person: Actor, length: timedelta | float | None, *, reason: str | None = None) -> None:
        """Time a person out for a length (in seconds, if a number); None ends a time-out."""
        until = None
        if length is not None:
            span = length if isinstance(length, timedelta) else timedelta(seconds=length)
            until = payloads.moment(self._scene.world.clock.now() + span)
        await self._changes_member(person, {"communication_disabled_until": until}, reason)

    async def renames(self, person: Actor, nickname: str | None, *, reason: str | None = None) -> None:
        """Give a person (also oneself) a nickname, or take it away."""
        target = "@me" if person.id == self.id else str(person.id)
        await self._guild_does("PATCH", f"/members/{target}", {"nick": nickname}, reason=reason)

    async def mutes(self, person: Actor, *, muted: bool = True, reason: str | None = None) -> None:
        """Mute a person in voice channels for all, or end that."""
        await self._changes_member(person, {"mute": muted}, reason)

    async def deafens(self, person: Actor, *, deafened: bool = True, reason: str | None = None) -> None:
        """Deafen a person in voice channels, or end that."""
        await self._changes_member(person, {"deaf": deafened}, reason)

    async def moves(self, person: Actor, channel: str | Channel | None, *, reason: str | None = None) -> None:
        """Move a person to another voice channel, or out of voice."""
        place = None if channel is None else str(self._channel(channel).id)
        await self._changes_member(person, {"channel_id": place}, reason)

    async def gives_role(self, person: Actor, role: str | Role, *, reason: str | None = None) -> None:
        """Give a person a role."""
        await self._guild_does("PUT", f"/members/{person.id}/roles/{self._role(role).id}", reason=reason)

    async def takes_role(self, person: Actor, role: str | Role, *, reason: str | None = None) -> None:
        """Take a role from a person."""
        await self._guild_does("DELETE", f"/members/{person.id}/roles/{self._role(role).id}", reason=reason)

    async def pins(self, message: SeenMessage) -> None:
        """Pin a message."""
        await self.does("PUT", f"/channels/{message.channel_id}/messages/pins/{message.id}")

    async def unpins(self, message: SeenMessage) -> None:
        """Unpin a message."""
        await self.does("DELETE", f"/channels/{message.channel_id}/messages/pins/{message.id}")

    async def creates_channel(
        self, name: str, kind: ChannelType = ChannelType.TEXT, *, reason: str | None = None, **fields: object
    ) -> Channel:
        """Make a channel; further fields are those of the API."""
        made = await self._guild_does("POST", "/channels", {"name": name, "type": int(kind), **fields}, reason=reason)
        return self._scene.world.channels[_id(made)]

    async def changes_channel(self, channel: str | Channel, *, reason: str | None = None, **fields: object) -> None:
        """Change a channel; the fields are those of the API."""
        await self.does("PATCH", f"/channels/{self._channel(channel).id}", fields, reason=reason)

    async def deletes_channel(self, channel: str | Channel, *, reason: str | None = None) -> None:
        """Delete a channel."""
        await self.does("DELETE", f"/channels/{self._channel(channel).id}", reason=reason)

    async def creates_role(
        self, name: str, *, permissions: Permission | int = 0, reason: str | None = None, **fields: object
    ) -> Role:
        """Make a role; further fields are those of the API."""
        body = {"name": name, "permissions": str(int(permissions)), **fields}
        made = await self._guild_does("POST", "/roles", body, reason=reason)
        return self.guild.guild.roles[_id(made)]

    async def changes_role(self, role: str | Role, *, reason: str | None = None, **fields: object) -> None:
        """Change a role; the fields are those of the API."""
        await self._guild_does("PATCH", f"/roles/{self._role(role).id}", fields, reason=reason)

    async def deletes_role(self, role: str | Role, *, reason: str | None = None) -> None:
        """Delete a role."""
        await self._guild_does("DELETE", f"/roles/{self._role(role).id}", reason=reason)

    async def changes_server(self, *, reason: str | None = None, **fields: object) -> None:
        """Change the server's settings; the fields are those of the API."""
        await self._guild_does("PATCH", "", fields, reason=reason)

    async def _changes_member(self, person: Actor, fields: Json, reason: str | None) -> None:
        await self._guild_does("PATCH", f"/members/{person.id}", fields, reason=reason)

    async def _guild_does(self, method: str, path: str, body: object = None, *, reason: str | None = None) -> object:
        self._member()
        return await self.does(method, f"/guilds/{self.guild.id}{path}", body, reason=reason)

    def _role(self, wanted: str | Role) -> Role:
        if isinstance(wanted, Role):
            return wanted
        known = self.guild.guild.roles.values()
        found = next((it for it in known if it.name == wanted), None)
        if found is None:
            raise NotAllowed(f"{self.guild.name} has no role {wanted!r} (it has: {', '.join(it.name for it in known)})")
        return found


def _id(made: object) -> int:
    return int(cast("Json", made)["id"])
