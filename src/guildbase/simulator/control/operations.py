"""What each operation of the control API does. The table at the end is the API; its document is made from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from guildbase.core.snowflake import read_snowflake
from guildbase.simulator.control import disturbing, flood, models
from guildbase.simulator.control.describe import guild_summary, shown, summary
from guildbase.simulator.people.commands import submit_form
from guildbase.simulator.people.errors import NotFound
from guildbase.simulator.people.guild import ScriptedGuild
from guildbase.simulator.people.person import Person
from guildbase.simulator.people.reply import Reply
from guildbase.simulator.people.seen import SeenMessage
from guildbase.simulator.world import outages, snapshot
from guildbase.simulator.world.entities import Channel, Image

if TYPE_CHECKING:
    from guildbase.simulator.server import Simulator

RequestT = TypeVar("RequestT", bound=models.Model)


@dataclass(slots=True, frozen=True)
class Operation:
    """One operation: GET takes its request from the query, the others from a JSON body."""

    method: str
    path: str
    request: type[models.Model]
    response: type[models.Model]
    run: Callable[[Simulator, Any], Awaitable[models.Model]]

    @property
    def name(self) -> str:
        """A name unique among operations."""
        return self.run.__name__

    @property
    def summary(self) -> str:
        """What it does, in a sentence."""
        return (self.run.__doc__ or "").strip()


async def world(sim: Simulator, _: models.Nothing) -> models.WorldSummary:
    """Return where everything is: URLs, token, guilds with channels, roles and members."""
    return summary(sim)


async def create_guild(sim: Simulator, wish: models.CreateGuild) -> models.GuildSummary:
    """Found a guild, or return the one of that name."""
    guild = sim.guild(wish.name, shard=wish.shard, **({} if wish.with_bot else {"bot_permissions": None}))
    return guild_summary(sim, guild.guild)


async def create_member(sim: Simulator, wish: models.CreateMember) -> models.MemberSummary:
    """Let a person into a guild."""
    person = _guild(sim, wish.guild).member(wish.name, roles=wish.roles)
    return models.MemberSummary(user_id=str(person.id), name=person.name, roles=person.roles)


async def say(sim: Simulator, wish: models.Say) -> models.Shown:
    """Let a person write into a channel."""
    person = _person(sim, wish.guild, wish.user)
    return shown(sim, await person.says(wish.content, channel=_channel(person.guild, wish.channel)))


async def say_privately(sim: Simulator, wish: models.SayPrivately) -> models.Shown:
    """Let a person write to the bot in private."""
    return shown(sim, await _person(sim, wish.guild, wish.user).sends_dm(wish.content))


async def slash(sim: Simulator, wish: models.Slash) -> models.SlashReply:
    """Let a person use a slash command and return the bot's answer."""
    person = _person(sim, wish.guild, wish.user)
    reply = await person.slash(
        wish.command,
        in_channel=_channel(person.guild, wish.channel),
        privately=wish.privately,
        within=wish.within,
        force=wish.force,
        **wish.options,
    )
    return _reply(sim, reply)


async def click(sim: Simulator, wish: models.Click) -> models.SlashReply:
    """Let a person press a button or choose from a menu and return the bot's answer."""
    person = _person(sim, wish.guild, wish.user)
    message = _message(sim, person.guild, wish.channel, wish.message_id)
    if wish.values is None:
        return _reply(sim, await person.clicks(message, wish.custom_id, within=wish.within))
    chosen = await person.selects(message, *wish.values, menu=wish.custom_id, within=wish.within)
    return _reply(sim, chosen)


async def submit(sim: Simulator, wish: models.Submit) -> models.SlashReply:
    """Let the person before whom the bot opened a form fill it in and send it off."""
    form = next((it for it in sim.world.interactions.values() if str(it.id) == wish.interaction_id), None)
    reply = None if form is None else Reply(sim.scene, form)
    if reply is None or reply.modal is None:
        raise NotFound(f"interaction {wish.interaction_id} has no form")
    user = sim.world.users[reply.interaction.user_id]
    return _reply(sim, await submit_form(sim.scene, user, reply, dict(wish.values), within=wish.within))


async def complete(sim: Simulator, wish: models.Complete) -> models.Suggestions:
    """Return what the bot suggests for a command that a person is typing."""
    person = _person(sim, wish.guild, wish.user)
    channel, private = _channel(person.guild, wish.channel), wish.privately
    found = await person.completes(
        wish.command, in_channel=channel, privately=private, within=wish.within, **wish.options
    )
    return models.Suggestions(choices=[models.Suggestion(name=it.name, value=it.value) for it in found])


async def use_menu(sim: Simulator, wish: models.UseMenu) -> models.SlashReply:
    """Let a person use a command from a context menu and return the bot's answer."""
    person = _person(sim, wish.guild, wish.user)
    if wish.target is not None:
        target = _person(sim, wish.guild, wish.target)
        return _reply(sim, await person.uses(wish.command, on=target, within=wish.within))
    message = _message(sim, person.guild, wish.channel, wish.message_id or "")
    return _reply(sim, await person.uses(wish.command, on=message, within=wish.within))


async def act(sim: Simulator, wish: models.Deed) -> models.DeedResult:
    """Let a person do anything that Discord's API offers, under the person's own rights."""
    person = _person(sim, wish.guild, wish.user)
    answer = await person.does(wish.method, wish.path, wish.body, reason=wish.reason)
    return models.DeedResult(answer=None if isinstance(answer, Image) else answer)


async def react(sim: Simulator, wish: models.React) -> models.Done:
    """Let a person react to a message."""
    person = _person(sim, wish.guild, wish.user)
    await person.reacts(_message(sim, person.guild, wish.channel, wish.message_id), wish.emoji)
    return models.Done()


async def messages(sim: Simulator, wish: models.ReadMessages) -> models.ShownList:
    """Return the messages of a channel as one person sees them, or those that all see."""
    guild = _guild(sim, wish.guild)
    channel = guild.find_channel(_channel(guild, wish.channel))
    viewer = None if wish.seen_by is None else _person(sim, wish.guild, wish.seen_by).id
    if viewer is not None and not sim.world.can_view(channel, viewer):
        return models.ShownList(messages=[])
    kept = (it for it in sim.world.messages[channel.id].values() if it.visible_to in (None, viewer))
    return models.ShownList(messages=[shown(sim, it) for it in kept if it.id > int(wish.after)])


async def dms(sim: Simulator, wish: models.ReadDms) -> models.ShownList:
    """Return the direct messages a person got from the bot."""
    received = _person(sim, wish.guild, wish.user).dms
    return models.ShownList(messages=[shown(sim, it) for it in received if it.id > int(wish.after)])


async def open_dms(sim: Simulator, wish: models.OpenDms) -> models.Done:
    """Let a person take direct messages or refuse them."""
    _person(sim, wish.guild, wish.user).user.dms_open = wish.open
    return models.Done()


async def bot_membership(sim: Simulator, wish: models.BotMembership) -> models.Done:
    """Invite the bot into a guild or throw it out."""
    guild = _guild(sim, wish.guild)
    await (guild.add_bot() if wish.member else guild.remove_bot())
    return models.Done()


async def outage(sim: Simulator, wish: disturbing.Outage) -> models.Done:
    """Make a guild unavailable, or bring it back."""
    (outages.begin if wish.unavailable else outages.end)(sim.world, _guild(sim, wish.guild).guild)
    return models.Done()


async def send_flood(sim: Simulator, wish: flood.FloodRequest) -> flood.FloodResult:
    """Send many MESSAGE_CREATE events at once."""
    person = _person(sim, wish.guild, wish.user)
    channel = person.guild.find_channel(_channel(person.guild, wish.channel))
    sent, seconds, size = await flood.flood(sim.world, sim.hub, channel, person.user, wish.content, wish.count)
    return flood.FloodResult(sent=sent, seconds=seconds, bytes_each=size / sent)


async def save_world(sim: Simulator, _: models.Nothing) -> models.WholeWorld:
    """Return the whole world, secrets included."""
    return models.WholeWorld.model_validate(snapshot.describe(sim.world))


async def load_world(sim: Simulator, wish: models.WholeWorld) -> models.Done:
    """Put another world in the place of this one; bots must identify anew."""
    snapshot.restore(sim.world, wish.model_dump())
    sim.enter_loaded_world()
    return models.Done()


async def stats(sim: Simulator, _: models.Nothing) -> models.StatsSummary:
    """Return what the bot did to the API and the gateway so far."""
    counted = sim.stats
    return models.StatsSummary(
        identifies=counted.identifies,
        resumes=counted.resumes,
        refused_identifies=counted.refused_identifies,
        rate_limited=counted.rate_limited,
        crashes=counted.crashes,
        faults=dict(counted.faults),
        connected_shards=sorted(it.shard[0] for it in sim.hub.sessions()),
        requests=dict(counted.requests),
        unknown_routes=dict(counted.unknown_routes),
    )


async def feed(sim: Simulator, wish: models.ReadFeed) -> models.FeedPage:
    """Return what happened after a number, waiting up to `timeout` seconds for something to happen."""
    viewer = None if wish.seen_by is None else _user_id(sim, wish.seen_by)
    found = await sim.feed.wait(wish.after, viewer, wish.timeout)
    return models.FeedPage(
        happenings=[
            models.HappeningShown(
                number=it.number,
                event=it.event,
                guild_id=_text(it.guild_id),
                channel_id=_text(it.channel_id),
                audience=None if it.audience is None else [str(one) for one in it.audience],
                data=it.data,
            )
            for it in found
        ],
        last=found[-1].number if found else max(wish.after, 0),
    )


def _guild(sim: Simulator, ref: str) -> ScriptedGuild:
    for guild in sim.world.guilds.values():
        if ref in (guild.name, str(guild.id)):
            return sim.guild(guild.name)
    known = ", ".join(it.name for it in sim.world.guilds.values())
    raise NotFound(f"no guild {ref!r} (there are: {known})")


def _user_id(sim: Simulator, ref: str) -> int:
    if (user_id := read_snowflake(ref)) is not None and user_id in sim.world.users:
        return user_id
    if (user := sim.world.users.named(ref)) is not None:
        return user.id
    raise NotFound(f"no user {ref!r}")


def _person(sim: Simulator, guild: str, ref: str) -> Person:
    user = sim.world.users[_user_id(sim, ref)]
    place = _guild(sim, guild)
    if user.id not in place.guild.members:
        raise NotFound(f"{user.username} is not a member of {place.name}")
    return place.member(user.username)


def _channel(guild: ScriptedGuild, ref: str | None) -> Channel | None:
    if ref is None:
        return None
    return guild.find_channel(read_snowflake(ref) or ref)


def _message(sim: Simulator, guild: ScriptedGuild, channel: str | None, message_id: str) -> SeenMessage:
    place = guild.find_channel(_channel(guild, channel))
    found = sim.world.messages[place.id].get(read_snowflake(message_id) or 0)
    if found is None:
        raise NotFound(f"no message {message_id} in #{place.name}")
    return SeenMessage(sim.scene, found)


def _reply(sim: Simulator, reply: Reply) -> models.SlashReply:
    return models.SlashReply(
        interaction_id=str(reply.interaction.id),
        ephemeral=reply.ephemeral,
        text=reply.text,
        message=None if reply.message is None else shown(sim, reply.message),
        followups=[shown(sim, it) for it in reply.followups],
        modal=reply.interaction.callback_data if reply.modal else None,
    )


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)


OPERATIONS = [
    Operation("GET", "/world", models.Nothing, models.WorldSummary, world),
    Operation("POST", "/guilds", models.CreateGuild, models.GuildSummary, create_guild),
    Operation("POST", "/members", models.CreateMember, models.MemberSummary, create_member),
    Operation("POST", "/say", models.Say, models.Shown, say),
    Operation("POST", "/dms", models.SayPrivately, models.Shown, say_privately),
    Operation("GET", "/dms", models.ReadDms, models.ShownList, dms),
    Operation("PUT", "/dms/open", models.OpenDms, models.Done, open_dms),
    Operation("POST", "/slash", models.Slash, models.SlashReply, slash),
    Operation("POST", "/click", models.Click, models.SlashReply, click),
    Operation("POST", "/submit", models.Submit, models.SlashReply, submit),
    Operation("POST", "/complete", models.Complete, models.Suggestions, complete),
    Operation("POST", "/menu", models.UseMenu, models.SlashReply, use_menu),
    Operation("POST", "/act", models.Deed, models.DeedResult, act),
    Operation("POST", "/react", models.React, models.Done, react),
    Operation("GET", "/messages", models.ReadMessages, models.ShownList, messages),
    Operation("PUT", "/bot", models.BotMembership, models.Done, bot_membership),
    Operation("POST", "/gateway/drop", disturbing.DropGateway, disturbing.Sockets, disturbing.drop_gateway),
    Operation("POST", "/gateway/reconnect", disturbing.OfShard, disturbing.Sockets, disturbing.reconnect),
    Operation("POST", "/gateway/invalidate", disturbing.Invalidate, disturbing.Sockets, disturbing.invalidate),
    Operation("POST", "/gateway/silence", disturbing.OfShard, disturbing.Sockets, disturbing.silence),
    Operation("POST", "/gateway/heartbeats", disturbing.OfShard, disturbing.Sockets, disturbing.request_heartbeats),
    Operation("POST", "/faults/rest", disturbing.RestFaultWish, disturbing.FaultShown, disturbing.rest_fault),
    Operation("POST", "/faults/gateway", disturbing.GatewayFaultWish, disturbing.FaultShown, disturbing.gateway_fault),
    Operation("GET", "/faults", models.Nothing, disturbing.FaultList, disturbing.faults),
    Operation("DELETE", "/faults", disturbing.LiftFault, models.Done, disturbing.lift_faults),
    Operation("PUT", "/outage", disturbing.Outage, models.Done, outage),
    Operation("POST", "/flood", flood.FloodRequest, flood.FloodResult, send_flood),
    Operation("GET", "/world/file", models.Nothing, models.WholeWorld, save_world),
    Operation("PUT", "/world/file", models.WholeWorld, models.Done, load_world),
    Operation("GET", "/stats", models.Nothing, models.StatsSummary, stats),
    Operation("PUT", "/limits", disturbing.SetLimits, models.Done, disturbing.set_limits),
    Operation("GET", "/feed", models.ReadFeed, models.FeedPage, feed),
]
