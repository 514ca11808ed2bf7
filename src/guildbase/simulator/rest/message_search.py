"""/guilds/{guild.id}/messages/search: finding messages in all channels of a guild that the bot can read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Literal

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json, missing_access
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.forms import Form, read_form
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world.entities import ApplicationFlag, Attachment, Guild, Message
from guildbase.simulator.world.state import World

routes = RouteTable()
_MAY_READ = ApplicationFlag.MESSAGE_CONTENT | ApplicationFlag.MESSAGE_CONTENT_LIMITED
_READ = Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY
_LISTS = (
    "author_id", "author_type", "mentions", "mentions_role_id", "replied_to_user_id", "replied_to_message_id", "has",
    "channel_id", "link_hostname", "attachment_filename", "attachment_extension",
)  # fmt: skip


def _of_kind(kind: str) -> Callable[[Message], bool]:
    return lambda one: any(it.content_type.startswith(kind) for it in one.attachments)


_HAS: dict[str, Callable[[Message], bool]] = {
    "image": _of_kind("image/"),
    "sound": _of_kind("audio/"),
    "video": _of_kind("video/"),
    "file": lambda one: bool(one.attachments),
    "embed": lambda one: bool(one.embeds),
    "sticker": lambda one: bool(one.sticker_ids),
    "poll": lambda one: one.poll is not None,
    "snapshot": lambda one: one.snapshot is not None,
    "link": lambda one: "http://" in one.content or "https://" in one.content,
}
_Has = Literal[
    "image", "sound", "video", "file", "embed", "sticker", "poll", "snapshot", "link",
    "-image", "-sound", "-video", "-file", "-embed", "-sticker", "-poll", "-snapshot", "-link",
]  # fmt: skip
_AuthorType = Literal["user", "bot", "webhook", "-user", "-bot", "-webhook"]
_Ids = Annotated[list[int], Field(default_factory=list, max_length=1521)]
_Texts = Annotated[list[Annotated[str, Field(max_length=256)]], Field(default_factory=list, max_length=100)]


class _Search(Form):
    content: Annotated[str, Field(max_length=1024)] = ""
    author_id: _Ids
    author_type: list[_AuthorType] = Field(default_factory=list)
    mentions: _Ids
    mentions_role_id: _Ids
    mention_everyone: bool | None = None
    replied_to_user_id: _Ids
    replied_to_message_id: _Ids
    has: list[_Has] = Field(default_factory=list)
    link_hostname: _Texts
    attachment_filename: _Texts
    attachment_extension: _Texts
    pinned: bool | None = None
    channel_id: Annotated[list[int], Field(default_factory=list, max_length=500)]
    min_id: int = 0
    max_id: int | None = None
    limit: Annotated[int, Field(ge=1, le=25)] = 25
    offset: Annotated[int, Field(ge=0, le=9975)] = 0
    sort_by: Literal["timestamp", "relevance"] = "timestamp"
    sort_order: Literal["asc", "desc"] = "desc"


@routes.route("GET", "/guilds/{guild_id}/messages/search")
def search_messages(call: Call) -> Json:
    """Return a page of the messages that fit all conditions, each in a list of its own."""
    guild = call.guild(Permission.READ_MESSAGE_HISTORY)
    if not call.world.application.flags & _MAY_READ:
        raise missing_access()
    form = read_form(_Search, _query(call))
    found = sorted(
        (it for it in _readable(call, guild, form) if _fits(call.world, form, it)),
        key=lambda it: it.id,
        reverse=form.sort_order == "desc",
    )
    page = found[form.offset : form.offset + form.limit]
    return {
        "messages": [[payloads.message(call.world, it) | {"hit": True}] for it in page],
        "total_results": len(found),
        "doing_deep_historical_index": False,
    }


def _query(call: Call) -> Json:
    """Return the query as a form; those conditions that may be repeated become lists."""
    query: Json = dict(call.query)
    return query | {name: call.query.getall(name) for name in _LISTS if name in call.query}


def _readable(call: Call, guild: Guild, form: _Search) -> Iterator[Message]:
    for channel in (*guild.channels.values(), *guild.threads.values()):
        wanted = not form.channel_id or channel.id in form.channel_id
        held = call.world.permissions_of(guild, call.bot.id, channel)
        if wanted and held & _READ == _READ:
            yield from (it for it in call.world.messages.get(channel.id, {}).values() if it.visible_to is None)


def _fits(world: World, form: _Search, one: Message) -> bool:
    content = one.content.lower()
    return (
        one.id > form.min_id
        and (form.max_id is None or one.id < form.max_id)
        and all(word in content for word in form.content.lower().split())
        and all(_is_by(world, one, it) for it in form.author_type)
        and form.mention_everyone in (None, one.mention_everyone)
        and form.pinned in (None, one.pinned_at is not None)
        and all(_HAS[it.removeprefix("-")](one) != it.startswith("-") for it in form.has)
        and all(f"//{it.lower()}" in content for it in form.link_hostname)
        and _concerns(world, form, one)
        and _carries(form, one.attachments)
    )


def _concerns(world: World, form: _Search, one: Message) -> bool:
    """Tell whether the message has to do with each kind of object that is listed, with one of them at least."""
    original = world.messages[one.channel_id].get(one.reply_to or 0)
    pairs = (
        (form.author_id, [one.author_id]),
        (form.mentions, one.mentions),
        (form.mentions_role_id, one.mention_roles),
        (form.replied_to_message_id, [] if one.reply_to is None else [one.reply_to]),
        (form.replied_to_user_id, [] if original is None else [original.author_id]),
    )
    return all(not wanted or set(wanted).intersection(there) for wanted, there in pairs)


def _carries(form: _Search, attachments: list[Attachment]) -> bool:
    names = [it.filename.lower() for it in attachments]
    extensions = tuple(f".{it.lower().lstrip('.')}" for it in form.attachment_extension)
    return (not extensions or any(it.endswith(extensions) for it in names)) and all(
        any(wanted.lower() in it for it in names) for wanted in form.attachment_filename
    )


def _is_by(world: World, one: Message, kind: str) -> bool:
    actual = "webhook" if one.webhook is not None else "bot" if world.users.peek(one.author_id).bot else "user"
    return (actual == kind.removeprefix("-")) != kind.startswith("-")
