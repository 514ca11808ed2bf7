"""Messages: sending, editing, deleting, reacting, typing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.permissions import Permission
from guildbase.simulator.world import polls, threads
from guildbase.simulator.world.entities import (
    Attachment,
    Channel,
    Interaction,
    Message,
    MessageFlag,
    Poll,
    User,
    WebhookAuthor,
)
from guildbase.simulator.world.state import Event, World

_USER_MENTION = re.compile(r"<@!?(\d{15,20})>")
_ROLE_MENTION = re.compile(r"<@&(\d{15,20})>")
_EVERYONE = re.compile(r"@(everyone|here)\b")
_TYPE_REPLY = 19
_TYPE_COMMAND = 20
_TYPE_CONTEXT_MENU = 23


@dataclass(slots=True)
class Draft:
    """What someone is about to send."""

    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0
    tts: bool = False
    nonce: str | int | None = None
    reply_to: int | None = None
    allowed_mentions: Json | None = None
    sticker_ids: list[int] = field(default_factory=list)
    poll: Poll | None = None
    forward_of: Message | None = None
    refers_to: tuple[int, int | None] | None = None


def send(
    world: World,
    channel: Channel,
    author: User | WebhookAuthor,
    draft: Draft,
    *,
    interaction: Interaction | None = None,
    visible_to: int | None = None,
    message_id: int | None = None,
) -> Message:
    """Put the message into the channel; an ephemeral one is kept for `visible_to` alone."""
    # The first message of a post in a forum comes with its id, and does not count.
    if channel.thread is not None and visible_to is None and message_id is None:
        threads.note_message(world, channel, author.id)
    message = Message(
        message_id or world.new_id(),
        channel.id,
        author.id,
        content=draft.content,
        embeds=draft.embeds,
        components=draft.components,
        attachments=draft.attachments,
        flags=draft.flags,
        tts=draft.tts,
        nonce=draft.nonce,
        reply_to=draft.reply_to,
        visible_to=visible_to,
        interaction=interaction,
        sticker_ids=draft.sticker_ids,
        poll=draft.poll,
        refers_to=draft.refers_to,
        webhook=author if isinstance(author, WebhookAuthor) else None,
    )
    if draft.forward_of is not None:
        _hand_on(world, message, draft.forward_of)
    if interaction is not None and interaction.original_id is None:
        _be_an_answer(message, interaction)
    elif draft.reply_to is not None:
        message.type = _TYPE_REPLY
    resolve_mentions(world, message, draft.allowed_mentions)
    for attachment in draft.attachments:
        world.attachments[attachment.id] = attachment
    world.messages[channel.id][message.id] = message
    if visible_to is None:
        channel.last_message_id = message.id
    if message.poll is not None:
        polls.schedule(world, message)
    _emit(world, "MESSAGE_CREATE", message)
    return message


def edit(world: World, message: Message, changes: dict[str, Any], *, allowed_mentions: Json | None = None) -> None:
    """Set fields of the message by name; everyone is sent the whole message again."""
    for name, value in changes.items():
        setattr(message, name, value)
    message.edited_at = world.clock.now()
    message.edits += 1
    if "content" in changes:
        resolve_mentions(world, message, allowed_mentions)
    for attachment in message.attachments:
        world.attachments[attachment.id] = attachment
    updated(world, message)


def updated(world: World, message: Message) -> None:
    """Send everyone the message again, because something that belongs to it has changed."""
    _emit(world, "MESSAGE_UPDATE", message)


def delete(world: World, message: Message) -> None:
    """Delete one message."""
    _forget(world, message)
    data = _place(world, message) | {"id": str(message.id)}
    _emit_raw(world, "MESSAGE_DELETE", message, data)


def delete_many(world: World, channel: Channel, messages: list[Message]) -> None:
    """Delete messages of one channel with a single event."""
    for message in messages:
        _forget(world, message)
    if messages:
        ids = [str(it.id) for it in messages]
        _emit_raw(world, "MESSAGE_DELETE_BULK", messages[0], _place(world, messages[0]) | {"ids": ids})


def react(world: World, message: Message, emoji: str, user_id: int) -> None:
    """Add a user's reaction; a second time changes nothing."""
    users = message.reactions.setdefault(emoji, [])
    if user_id in users:
        return
    users.append(user_id)
    data = _reaction(world, message, emoji, user_id)
    data["message_author_id"] = str(message.author_id)
    guild = world.guild_of(world.channels[message.channel_id])
    if guild is not None and user_id in guild.members:
        data["member"] = payloads.member(world, guild.members[user_id])
    _emit_raw(world, "MESSAGE_REACTION_ADD", message, data)


def unreact(world: World, message: Message, emoji: str, user_id: int) -> None:
    """Take a user's reaction back."""
    users = message.reactions.get(emoji, [])
    if user_id not in users:
        return
    users.remove(user_id)
    if not users:
        del message.reactions[emoji]
    _emit_raw(world, "MESSAGE_REACTION_REMOVE", message, _reaction(world, message, emoji, user_id))


def clear_reactions(world: World, message: Message, emoji: str | None = None) -> None:
    """Remove all reactions, or all with one emoji."""
    data = _place(world, message) | {"message_id": str(message.id)}
    if emoji is None:
        message.reactions.clear()
        _emit_raw(world, "MESSAGE_REACTION_REMOVE_ALL", message, data)
    elif message.reactions.pop(emoji, None) is not None:
        data["emoji"] = payloads.emoji(emoji)
        _emit_raw(world, "MESSAGE_REACTION_REMOVE_EMOJI", message, data)


def typing(world: World, channel: Channel, user: User) -> None:
    """Show that the user is typing."""
    data: Json = {
        "channel_id": str(channel.id),
        "user_id": str(user.id),
        "timestamp": int(world.clock.time()),
    }
    guild = world.guild_of(channel)
    if guild is not None:
        data |= {"guild_id": str(guild.id), "member": payloads.member(world, guild.members[user.id])}
    world.emit(Event("TYPING_START", data, channel.guild_id, channel.id))


def resolve_mentions(world: World, message: Message, allowed: Json | None) -> None:
    """Note whom the message mentions, as far as its author may and `allowed_mentions` lets it."""
    users = [it for it in _found(_USER_MENTION, message.content) if it in world.users]
    may_mention_all = _may_mention_everyone(world, message)
    roles = _roles_mentioned(world, message, may_mention_all=may_mention_all)
    everyone = may_mention_all and bool(_EVERYONE.search(message.content))
    if allowed is not None:
        kinds = allowed.get("parse") or []
        users = _permitted(users, "users" in kinds, allowed.get("users"))
        roles = _permitted(roles, "roles" in kinds, allowed.get("roles"))
        everyone = everyone and "everyone" in kinds
    if message.reply_to is not None and (allowed is None or allowed.get("replied_user", False)):
        original = world.messages[message.channel_id].get(message.reply_to)
        # A webhook has no account that could be mentioned.
        if original is not None and original.webhook is None and original.author_id not in (*users, message.author_id):
            users.append(original.author_id)
    message.mentions, message.mention_roles, message.mention_everyone = users, roles, everyone


def _roles_mentioned(world: World, message: Message, *, may_mention_all: bool) -> list[int]:
    """Return the roles in the text that exist and let themselves be mentioned by the author."""
    guild = world.guild_of(world.channels[message.channel_id])
    if guild is None:
        return []
    found = [guild.roles[it] for it in _found(_ROLE_MENTION, message.content) if it in guild.roles]
    return [it.id for it in found if it.id != guild.id and (it.mentionable or may_mention_all)]


def _may_mention_everyone(world: World, message: Message) -> bool:
    """Tell whether the author may; one that is no member, such as a webhook, always may."""
    channel = world.channels[message.channel_id]
    guild = world.guild_of(channel)
    if guild is None or message.author_id not in guild.members:
        return True
    return bool(world.permissions_of(guild, message.author_id, channel) & Permission.MENTION_EVERYONE)


def _be_an_answer(message: Message, interaction: Interaction) -> None:
    """Give the message the type of an answer; one to a button or menu is a reply to the message that has it."""
    if interaction.message_id is not None:
        message.type, message.reply_to = _TYPE_REPLY, interaction.message_id
    else:
        message.type = _TYPE_CONTEXT_MENU if "target_id" in interaction.data else _TYPE_COMMAND


def _hand_on(world: World, message: Message, original: Message) -> None:
    message.forwarded_from = (original.channel_id, original.id)
    message.snapshot = original.snapshot or payloads.snapshot(world, original)
    message.flags |= MessageFlag.HAS_SNAPSHOT


def _found(pattern: re.Pattern[str], content: str) -> list[int]:
    return list(dict.fromkeys(int(it) for it in pattern.findall(content)))


def _permitted(ids: list[int], every: bool, listed: list[str | int] | None) -> list[int]:
    wanted = {int(it) for it in listed or []}
    return [it for it in ids if every or it in wanted]


def _forget(world: World, message: Message) -> None:
    message.deleted = True
    del world.messages[message.channel_id][message.id]
    thread = world.channels[message.channel_id].thread
    if thread is not None and message.refers_to is None:
        thread.message_count = max(0, thread.message_count - 1)


def _place(world: World, message: Message) -> Json:
    place: Json = {"channel_id": str(message.channel_id)}
    guild_id = world.channels[message.channel_id].guild_id
    return place if guild_id is None else place | {"guild_id": str(guild_id)}


def _reaction(world: World, message: Message, emoji: str, user_id: int) -> Json:
    return _place(world, message) | {
        "message_id": str(message.id),
        "user_id": str(user_id),
        "emoji": payloads.emoji(emoji),
        "type": 0,
        "burst": False,
    }


def _emit(world: World, name: str, message: Message) -> None:
    _emit_raw(world, name, message, payloads.message_event(world, message))


def _emit_raw(world: World, name: str, message: Message, data: Json) -> None:
    channel = world.channels[message.channel_id]
    world.emit(Event(name, data, channel.guild_id, channel.id, message.visible_to))
