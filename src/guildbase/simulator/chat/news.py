"""What a window has not been told yet. Things that change often are told once, as they are when it is told."""

from __future__ import annotations

from collections.abc import Iterator

from guildbase.simulator.chat import view
from guildbase.simulator.errors import Json
from guildbase.simulator.gateway.hub import Hub
from guildbase.simulator.world.entities import CallbackType, Interaction, InteractionType, User
from guildbase.simulator.world.state import Event, World

_GONE = ("MESSAGE_DELETE", "MESSAGE_DELETE_BULK")
_STRUCTURE = ("GUILD_", "CHANNEL_", "THREAD_", "VOICE_STATE_", "PRESENCE_")
_MEMBERSHIP = ("GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE", "GUILD_MEMBER_ADD", "GUILD_MEMBER_REMOVE")


class News:
    """Collects events for one person, who looks at one guild and one channel at a time."""

    def __init__(self, world: World, hub: Hub, user: User) -> None:
        self._world = world
        self._hub = hub
        self._user = user
        self._connected = view.is_connected(hub)
        self._changed: dict[int, None] = {}
        self._deleted: list[tuple[int, str]] = []
        self._unread: dict[int, bool] = {}
        self._typing: dict[int, Json] = {}
        self._started: list[Interaction] = []
        self._guilds_changed = False
        self._guild_changed = False
        self.guild_id: int | None = None
        self.channel_id: int | None = None

    def note(self, event: Event) -> None:
        """Take in an event if the person may hear of it."""
        name = event.name
        if name == "INTERACTION_CREATE":
            self._note_interaction(event)
        elif not self._perceives(event):
            self._guilds_changed = self._guilds_changed or name in _MEMBERSHIP
        elif name.startswith("MESSAGE_"):
            self._note_message(event)
        elif name == "TYPING_START":
            self._note_typing(event)
        elif name.startswith(_STRUCTURE):
            self._guild_changed = self._guild_changed or event.guild_id == self.guild_id
            self._guilds_changed = self._guilds_changed or name in _MEMBERSHIP

    def _perceives(self, event: Event) -> bool:
        if event.visible_to is not None:
            return event.visible_to == self._user.id
        channel = self._world.channels.get(event.channel_id or 0)
        if channel is not None:
            return self._world.can_view(channel, self._user.id)
        guild = self._world.guilds.get(event.guild_id or 0)
        return guild is not None and self._user.id in guild.members

    def _note_message(self, event: Event) -> None:
        data = event.data
        channel_id = event.channel_id or int(data["channel_id"])
        if event.name in _GONE:
            self._deleted += [(channel_id, it) for it in data.get("ids") or [data["id"]]]
        elif channel_id == self.channel_id:
            self._changed[int(data.get("message_id") or data["id"])] = None
        elif event.name == "MESSAGE_CREATE" and data["author"]["id"] != str(self._user.id):
            mentioned = event.guild_id is None or self._is_meant(event)
            self._unread[channel_id] = self._unread.get(channel_id, False) or mentioned

    def _is_meant(self, event: Event) -> bool:
        """Tell whether a message in a guild mentions the person, a role of theirs, or everyone."""
        guild = self._world.guilds.get(event.guild_id or 0)
        member = None if guild is None else guild.members.get(self._user.id)
        roles = set() if member is None else {str(it) for it in member.roles}
        named = any(it["id"] == str(self._user.id) for it in event.data["mentions"])
        return bool(named or event.data["mention_everyone"] or roles.intersection(event.data["mention_roles"]))

    def _note_typing(self, event: Event) -> None:
        user = self._world.users.get(int(event.data["user_id"]))
        if user is not None and user is not self._user and event.channel_id == self.channel_id:
            guild = self._world.guilds.get(event.guild_id or 0)
            self._typing[user.id] = view.person(self._world, user, guild)

    def _note_interaction(self, event: Event) -> None:
        channel = self._world.channels.get(int(event.data["channel_id"]))
        if channel is None or channel.id != self.channel_id or not self._world.can_view(channel, self._user.id):
            return
        if event.data["type"] != InteractionType.AUTOCOMPLETE:
            self._started.append(self._world.interactions[event.data["token"]])

    def waiting(self) -> bool | None:
        """Tell whether there is something to tell; None if not, as those who wait want it."""
        return (
            bool(self._changed or self._deleted or self._unread or self._typing)
            or self._guild_changed
            or self._guilds_changed
            or self._connected != view.is_connected(self._hub)
            or any(it.callback is not None for it in self._started)
            or None
        )

    def take(self) -> Iterator[tuple[str, Json]]:
        """Yield all there is to tell, as names of events with their data, and forget it."""
        if self._connected != view.is_connected(self._hub):
            self._connected = not self._connected
            yield "bot", view.bot(self._world, self._hub)
        if self._guilds_changed:
            self._guilds_changed = False
            yield "guilds", view.guilds(self._world, self._user)
        if self._guild_changed:
            self._guild_changed = False
            yield from self._guild()
        yield from self._thinking()
        yield from self._messages()
        typing, self._typing = self._typing, {}
        for person in typing.values():
            yield "typing", {"channel_id": str(self.channel_id), "user": person}
        unread, self._unread = self._unread, {}
        for channel_id, mentioned in unread.items():
            yield "unread", self._place(channel_id) | {"mentioned": mentioned}

    def _guild(self) -> Iterator[tuple[str, Json]]:
        guild = self._world.guilds.get(self.guild_id or 0)
        if guild is not None and self._user.id in guild.members:
            yield "guild", view.guild(self._world, guild, self._user)

    def _messages(self) -> Iterator[tuple[str, Json]]:
        deleted, self._deleted = self._deleted, []
        for channel_id, gone in deleted:
            yield "gone", {"channel_id": str(channel_id), "id": gone}
        changed, self._changed = self._changed, {}
        kept = self._world.messages.get(self.channel_id or 0, {})
        for message_id in changed:
            if message_id in kept:
                yield "message", view.message(self._world, kept[message_id], self._user)

    def _thinking(self) -> Iterator[tuple[str, Json]]:
        answered = [it for it in self._started if it.callback is not None]
        now = self._world.clock.time()
        late = now - self._world.answer_within
        self._started = [it for it in self._started if it.callback is None and it.created > late]
        for one in answered:
            deferred = one.callback == CallbackType.DEFERRED_MESSAGE and one.original_id is None
            if deferred and (not one.ephemeral or one.user_id == self._user.id):
                yield "thinking", view.used(self._world, one)

    def _place(self, channel_id: int) -> Json:
        channel = self._world.channels.get(channel_id)
        guild_id = None if channel is None or channel.guild_id is None else str(channel.guild_id)
        return {"channel_id": str(channel_id), "guild_id": guild_id}
