"""A guild as a script sees it: its people, channels and roles appear when they are first named."""

from __future__ import annotations

from collections.abc import Iterable

from guildbase.simulator.errors import Json
from guildbase.simulator.people.errors import NotFound
from guildbase.simulator.people.person import Person
from guildbase.simulator.people.scene import Scene
from guildbase.simulator.people.seen import SeenMessage
from guildbase.simulator.permissions import MODERATOR_DEFAULT, Permission
from guildbase.simulator.world import audit, channels, guilds, members, roles
from guildbase.simulator.world.entities import Channel, ChannelType, Guild, Role

# What a role of a well-known name may do, lowest first. A role of another name may do nothing special.
_KNOWN_ROLES = {"Moderator": MODERATOR_DEFAULT, "Admin": int(Permission.ADMINISTRATOR)}


class ScriptedGuild:
    """A guild that a script set up or found."""

    def __init__(self, scene: Scene, guild: Guild) -> None:
        self._scene = scene
        self._people: dict[str, Person] = {}
        self.guild = guild

    @property
    def id(self) -> int:
        """The guild's id."""
        return self.guild.id

    @property
    def name(self) -> str:
        """The guild's name."""
        return self.guild.name

    @property
    def audit_log(self) -> list[Json]:
        """What the bot and the staff did here, newest first."""
        return list(self.guild.audit_log)

    @property
    def owner(self) -> Person:
        """The guild's owner."""
        return self.member(self._scene.world.users[self.guild.owner_id].username)

    def member(self, name: str, *, roles: Iterable[str] = ()) -> Person:
        """Return the person of that name, who joins on first use; named roles are added."""
        person = self._people.get(name)
        if person is None:
            person = self._people[name] = Person(self._scene, self, self._scene.account(name))
            if person.membership is None:
                wanted = tuple(self.role(it).id for it in roles)
                members.join(self._scene.world, self.guild, person.user, roles=wanted)
        missing = [it for it in roles if it not in person.roles]
        if missing and person.membership is not None:
            held = (*person.membership.roles, *(self.role(it).id for it in missing))
            members.change(self._scene.world, self.guild, person.membership, roles=held)
        return person

    def channel(self, name: str) -> Channel:
        """Return the channel of that name; a text channel is made on first use."""
        known = next((it for it in self.guild.channels.values() if it.name == name), None)
        return known or channels.create(self._scene.world, self.guild, name)

    def find_channel(self, wanted: str | int | Channel | None) -> Channel:
        """Return a channel by name or id; the first text channel for None; raise NotFound."""
        if isinstance(wanted, Channel):
            return wanted
        if isinstance(wanted, int):
            found = self._scene.world.channels.get(wanted)
        else:
            places = (*self.guild.channels.values(), *self.guild.threads.values())
            known = (it for it in places if wanted in (None, it.name))
            found = next((it for it in known if wanted or it.type == ChannelType.TEXT), None)
        if found is None:
            listed = ", ".join(it.name for it in self.guild.channels.values())
            raise NotFound(f"{self.name} has no channel {wanted!r} (it has: {listed})")
        return found

    def role(self, name: str) -> Role:
        """Return the role of that name; made on first use, "Admin" and "Moderator" with fitting permissions."""
        known = next((it for it in self.guild.roles.values() if it.name == name), None)
        if known is not None:
            return known
        # Admins stand above moderators, who stand above all others, whatever was named first.
        standing = list(_KNOWN_ROLES)
        rank = standing.index(name) if name in standing else -1
        above = set(standing[rank + 1 :])
        lower = [it for it in self.guild.roles.values() if not it.managed and it.name not in above]
        permissions = _KNOWN_ROLES.get(name, 0)
        position = len(lower) if rank >= 0 else 1
        return roles.create(self._scene.world, self.guild, name, permissions=permissions, position=position)

    def messages(self, channel: str | Channel | None = None) -> list[SeenMessage]:
        """Return all messages of a channel that everyone in it sees, oldest first."""
        place = self.find_channel(channel)
        kept = self._scene.world.messages[place.id].values()
        return [SeenMessage(self._scene, it) for it in kept if it.visible_to is None]

    def grant_bot(self, permissions: int) -> None:
        """Give the bot's own role exactly these permissions."""
        own = next(it for it in self.guild.roles.values() if it.bot_id == self._scene.world.bot.id)
        roles.change(self._scene.world, self.guild, own, {"permissions": int(permissions)})

    async def add_bot(self, *, permissions: int = int(Permission.ADMINISTRATOR), by: Person | None = None) -> None:
        """Invite the bot; the audit log tells who did, if that is given."""
        guilds.bot_joins(self._scene.world, self.guild, granted=int(permissions))
        if by is not None:
            bot = self._scene.world.bot.id
            audit.record(self._scene.world, self.guild, audit.Action.BOT_ADD, bot, actor_id=by.id)

    async def remove_bot(self) -> None:
        """Throw the bot out."""
        guilds.bot_leaves(self._scene.world, self.guild)
