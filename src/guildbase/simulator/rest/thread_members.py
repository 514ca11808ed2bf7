"""/channels/{channel.id}/thread-members: who follows a thread."""

from __future__ import annotations

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, missing_access, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.rest.thread_changes import require_awake
from guildbase.simulator.world import threads
from guildbase.simulator.world.entities import ApplicationFlag, Channel, ChannelType, Guild, Thread, ThreadMember
from guildbase.simulator.world.system_messages import SystemMessage, post

routes = RouteTable()
_MEMBERS = "/channels/{channel_id}/thread-members"
_MOST_PRIVATE = 1000
_MAY_LIST = ApplicationFlag.GUILD_MEMBERS | ApplicationFlag.GUILD_MEMBERS_LIMITED


@routes.route("GET", _MEMBERS)
def list_thread_members(call: Call) -> list[Json]:
    """Return who follows the thread, to bots that were granted the intent; in pages only with their memberships."""
    guild, thread, more = _thread(call)
    if call.bot is call.world.bot and not call.world.application.flags & _MAY_LIST:
        raise missing_access()
    followers = sorted(more.members.values(), key=lambda it: it.user_id)
    if call.flag("with_member"):
        after = call.snowflake_in_query("after") or 0
        limit = call.number("limit", 100, low=1, high=100)
        followers = [it for it in followers if it.user_id > after][:limit]
    return [_shown(call, guild, thread, it) for it in followers]


@routes.route("GET", _MEMBERS + "/{user_id}")
def get_thread_member(call: Call) -> Json:
    """Return one who follows the thread."""
    guild, thread, more = _thread(call)
    follower = more.members.get(call.id("user_id"))
    if follower is None:
        raise unknown("Member")
    return _shown(call, guild, thread, follower)


@routes.route("PUT", _MEMBERS + "/@me")
def join_thread(call: Call) -> None:
    """Follow the thread."""
    guild, thread, _ = _thread(call)
    require_awake(thread)
    threads.add_member(call.world, guild, thread, call.bot.id)


@routes.route("PUT", _MEMBERS + "/{user_id}")
def add_thread_member(call: Call) -> None:
    """Let someone else follow the thread; into a closed private one only its owner and managers may bring people."""
    guild, thread, more = _thread(call, Permission.SEND_MESSAGES_IN_THREADS)
    require_awake(thread)
    user_id = call.world.member(guild, call.id("user_id")).user_id
    private = thread.type == ChannelType.PRIVATE_THREAD
    if private and not more.invitable and more.owner_id != call.bot.id:
        call.require(guild, thread, Permission.MANAGE_THREADS)
    if not call.world.can_view(call.world.place_of(thread), user_id):
        raise missing_access(f"{call.world.users.peek(user_id).username} cannot see the channel")
    if user_id in more.members:
        return
    if private and len(more.members) >= _MOST_PRIVATE:
        raise DiscordError(400, 30033, f"Max number of thread participants has been reached ({_MOST_PRIVATE})")
    threads.add_member(call.world, guild, thread, user_id)
    post(call.world, thread, call.bot.id, SystemMessage.RECIPIENT_ADD, mentions=(user_id,))


@routes.route("DELETE", _MEMBERS + "/@me")
def leave_thread(call: Call) -> None:
    """Follow the thread no longer."""
    _, thread, _ = _thread(call)
    require_awake(thread)
    threads.remove_member(call.world, thread, call.bot.id)


@routes.route("DELETE", _MEMBERS + "/{user_id}")
def remove_thread_member(call: Call) -> None:
    """Let someone follow the thread no longer; the owner of a private thread needs no permission."""
    guild, thread, more = _thread(call)
    require_awake(thread)
    if thread.type != ChannelType.PRIVATE_THREAD or more.owner_id != call.bot.id:
        call.require(guild, thread, Permission.MANAGE_THREADS)
    user_id = call.id("user_id")
    if user_id not in more.members:
        raise unknown("Member")
    threads.remove_member(call.world, thread, user_id)
    post(call.world, thread, call.bot.id, SystemMessage.RECIPIENT_REMOVE, mentions=(user_id,))


def _thread(call: Call, *needed: Permission) -> tuple[Guild, Channel, Thread]:
    guild, channel = call.guild_channel(*needed)
    if channel.thread is None:
        raise DiscordError(400, 50024, "Cannot execute action on this channel type")
    return guild, channel, channel.thread


def _shown(call: Call, guild: Guild, thread: Channel, follower: ThreadMember) -> Json:
    shown = payloads.thread_member(thread, follower)
    if not call.flag("with_member"):
        return shown
    return shown | {"member": payloads.member(call.world, guild.members.peek(follower.user_id))}
