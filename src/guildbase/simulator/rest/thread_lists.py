"""Finding threads: the active ones of a guild, the archived ones of a channel, and the posts of a forum by words."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.components import Snowflake
from guildbase.simulator.rest.forms import Form, read_form
from guildbase.simulator.rest.pins import moment_in_query
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world.entities import Channel, ChannelType, Guild, Thread

routes = RouteTable()
_PUBLIC = (ChannelType.PUBLIC_THREAD, ChannelType.ANNOUNCEMENT_THREAD)
_LIST_LIMIT = 50


class _Search(Form):
    name: Annotated[str, Field(max_length=100)] = ""
    min_id: Snowflake = 0
    max_id: Snowflake | None = None
    tag: Annotated[list[Snowflake], Field(max_length=5)] = Field(default_factory=list)
    tag_setting: Literal["match_all", "match_some"] = "match_some"
    archived: bool | None = None
    sort_by: Literal["last_message_time", "archive_time", "relevance", "creation_time"] = "last_message_time"
    sort_order: Literal["asc", "desc"] = "desc"
    limit: Annotated[int, Field(ge=1, le=25)] = 25
    offset: Annotated[int, Field(ge=0, le=9975)] = 0


@routes.route("GET", "/guilds/{guild_id}/threads/active")
def list_active(call: Call) -> Json:
    """Return all threads of the guild that the bot sees and that are not archived, the newest first."""
    guild = call.guild()
    found = [it for it in _threads(call, guild) if not it[1].archived]
    return _listed(call, sorted(found, key=lambda it: it[0].id, reverse=True))


@routes.route("GET", "/channels/{channel_id}/threads/archived/public")
def list_archived_public(call: Call) -> Json:
    """Return public threads by when they were archived, the latest first."""
    guild, channel = call.guild_channel(Permission.READ_MESSAGE_HISTORY)
    return _archived(call, guild, channel, _PUBLIC)


@routes.route("GET", "/channels/{channel_id}/threads/archived/private")
def list_archived_private(call: Call) -> Json:
    """Return private threads by when they were archived, the latest first."""
    guild, channel = call.guild_channel(Permission.READ_MESSAGE_HISTORY, Permission.MANAGE_THREADS)
    return _archived(call, guild, channel, (ChannelType.PRIVATE_THREAD,))


@routes.route("GET", "/channels/{channel_id}/users/@me/threads/archived/private")
def list_archived_joined(call: Call) -> Json:
    """Return private threads that the bot follows by their ids, the newest first."""
    guild, channel = call.guild_channel(Permission.READ_MESSAGE_HISTORY)
    before = call.snowflake_in_query("before")
    found = [
        it
        for it in _archived_in(call, guild, channel, (ChannelType.PRIVATE_THREAD,))
        if call.bot.id in it[1].members and (before is None or it[0].id < before)
    ]
    return _page(call, sorted(found, key=lambda it: it[0].id, reverse=True))


@routes.route("GET", "/channels/{channel_id}/threads/search")
def search_threads(call: Call) -> Json:
    """Return the threads of a channel whose names have the words, or which have the tags."""
    guild, channel = call.guild_channel(Permission.READ_MESSAGE_HISTORY)
    query: Json = dict(call.query)
    tags = [it for text in call.query.getall("tag", []) for it in text.split(",")]
    form = read_form(_Search, query | ({"tag": tags} if tags else {}))
    found = [it for it in _threads(call, guild) if it[0].parent_id == channel.id and _fits(form, *it)]
    found.sort(key=lambda it: _order(form, *it), reverse=form.sort_order == "desc")
    page = found[form.offset : form.offset + form.limit]
    first = (call.world.messages[it.id].get(it.id) for it, _ in page)
    return _listed(call, page) | {
        "has_more": form.offset + form.limit < len(found),
        "total_results": len(found),
        "first_messages": [payloads.message(call.world, it) for it in first if it is not None],
    }


def _fits(form: _Search, one: Channel, more: Thread) -> bool:
    name = one.name.lower()
    matches = all if form.tag_setting == "match_all" else any
    return (
        form.min_id <= one.id
        and (form.max_id is None or one.id <= form.max_id)
        and all(word in name for word in form.name.lower().split())
        and (not form.tag or matches(it in more.applied_tags for it in form.tag))
        and form.archived in (None, more.archived)
    )


def _order(form: _Search, one: Channel, more: Thread) -> float:
    if form.sort_by == "archive_time":
        return more.archived_at.timestamp()
    return one.id if form.sort_by == "creation_time" else one.last_message_id or one.id


def _threads(call: Call, guild: Guild) -> list[tuple[Channel, Thread]]:
    known = ((it, it.thread) for it in guild.threads.values())
    return [(one, more) for one, more in known if more is not None and call.world.can_view(one, call.bot.id)]


def _archived_in(call: Call, guild: Guild, channel: Channel, kinds: tuple[int, ...]) -> list[tuple[Channel, Thread]]:
    known = (it for it in _threads(call, guild) if it[0].parent_id == channel.id)
    return [(one, more) for one, more in known if more.archived and one.type in kinds]


def _archived(call: Call, guild: Guild, channel: Channel, kinds: tuple[int, ...]) -> Json:
    before = moment_in_query(call, "before")
    found = [it for it in _archived_in(call, guild, channel, kinds) if before is None or it[1].archived_at < before]
    return _page(call, sorted(found, key=lambda it: it[1].archived_at, reverse=True))


def _page(call: Call, found: list[tuple[Channel, Thread]]) -> Json:
    limit = call.number("limit", _LIST_LIMIT, low=2, high=100)
    return _listed(call, found[:limit]) | {"has_more": len(found) > limit}


def _listed(call: Call, found: list[tuple[Channel, Thread]]) -> Json:
    own = [(one, follower) for one, more in found if (follower := more.members.get(call.bot.id)) is not None]
    return {
        "threads": [payloads.channel(call.world, it) for it, _ in found],
        "members": [payloads.thread_member(*it) for it in own],
        "has_more": False,
    }
