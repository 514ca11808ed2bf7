"""Everything an interaction names by id, in full, as the bot is told of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from guildbase.simulator.errors import Json
from guildbase.simulator.payloads.channels import channel
from guildbase.simulator.payloads.guilds import member, role
from guildbase.simulator.payloads.messages import attachment, message
from guildbase.simulator.payloads.users import user
from guildbase.simulator.world.entities import Attachment, Channel, Guild, Message, Role, User
from guildbase.simulator.world.state import World


@dataclass(slots=True)
class Resolved:
    """Collects the objects that one person names in a guild (None: in a direct conversation); `data` is the payload."""

    world: World
    guild: Guild | None
    user_id: int
    data: dict[str, dict[str, Json]] = field(default_factory=dict)

    def user(self, one: User) -> str:
        """Add an account, with its membership if it has one here, and return its id."""
        known = None if self.guild is None else self.guild.members.get(one.id)
        if self.guild is not None and known is not None:
            bits = self.world.permissions_of(self.guild, one.id)
            shown = member(self.world, known, with_user=False)
            self._add("members", one.id, shown | {"permissions": str(bits)})
        return self._add("users", one.id, user(one))

    def role(self, one: Role) -> str:
        """Add a role and return its id."""
        return self._add("roles", one.id, role(one))

    def channel(self, one: Channel) -> str:
        """Add a channel with the person's and the bot's permissions in it, and return its id."""
        shown = channel(self.world, one)
        if self.guild is not None:
            shown["permissions"] = str(self.world.permissions_of(self.guild, self.user_id, one))
            shown["app_permissions"] = str(self.world.permissions_of(self.guild, self.world.bot.id, one))
        return self._add("channels", one.id, shown)

    def message(self, one: Message) -> str:
        """Add a message and return its id."""
        return self._add("messages", one.id, message(self.world, one))

    def attachment(self, one: Attachment) -> str:
        """Add an uploaded file, which is served from now on, and return its id."""
        self.world.attachments[one.id] = one
        return self._add("attachments", one.id, attachment(self.world, one))

    def named(self, text: str) -> str | None:
        """Add whatever has this id (a role, a channel or an account) and return the id; None if nothing has."""
        one_id = int(text) if text.isdecimal() else 0
        guild = self.guild
        if guild is not None and one_id in guild.roles:
            return self.role(guild.roles[one_id])
        if (place := self.world.channels.get(one_id)) is not None:
            return self.channel(place)
        account = self.world.users.get(one_id)
        return None if account is None else self.user(account)

    def _add(self, kind: str, one_id: int, payload: Json) -> str:
        self.data.setdefault(kind, {})[str(one_id)] = payload
        return str(one_id)
