"""/guilds/{guild.id}/widget: the little window that shows on a web page who is there."""

from __future__ import annotations

from guildbase.simulator import cdn, payloads
from guildbase.simulator.errors import DiscordError, Json, invalid_form
from guildbase.simulator.permissions import Permission, channel_permissions
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import guilds
from guildbase.simulator.world.audit import Action, difference, record
from guildbase.simulator.world.entities import Channel, ChannelType, Guild, Image

routes = RouteTable()
_MOST_MEMBERS = 100


class _WidgetChanges(Form):
    enabled: bool | None = None
    channel_id: int | None = None


@routes.route("GET", "/guilds/{guild_id}/widget")
def get_settings(call: Call) -> Json:
    """Return whether the widget is on, and where its invite leads."""
    return _settings(call.guild(Permission.MANAGE_GUILD))


@routes.route("PATCH", "/guilds/{guild_id}/widget")
def edit_settings(call: Call) -> Json:
    """Switch the widget on or off, or lead its invite elsewhere."""
    guild = call.guild(Permission.MANAGE_GUILD)
    form = call.form(_WidgetChanges)
    if form.channel_id is not None and form.channel_id not in guild.channels:
        raise invalid_form(("channel_id",), "CHANNEL_INVALID", "Invalid channel")
    values: dict[str, object] = {}
    if form.enabled is not None:
        values["widget_enabled"] = form.enabled
    if "channel_id" in form.model_fields_set:
        values["widget_channel_id"] = form.channel_id
    before = payloads.guild(guild)
    guilds.change(call.world, guild, values)
    changes = difference(before, payloads.guild(guild), ("widget_enabled", "widget_channel_id"))
    record(call.world, guild, Action.GUILD_UPDATE, guild.id, call.reason, changes=changes)
    return _settings(guild)


@routes.route("GET", "/guilds/{guild_id}/widget.json", open=True)
def get_widget(call: Call) -> Json:
    """Return what anybody may see of a guild whose widget is on."""
    guild = _shown_guild(call)
    voice = [it for it in guild.channels.values() if it.type == ChannelType.VOICE and _is_open(guild, it)]
    return {
        "id": str(guild.id),
        "name": guild.name,
        "instant_invite": None,
        "channels": [{"id": str(it.id), "name": it.name, "position": it.position} for it in voice],
        "members": [_member(call, number, it) for number, it in enumerate(_online(call, guild))],
        "presence_count": len(_online(call, guild)),
    }


@routes.route("GET", "/guilds/{guild_id}/widget.png", open=True)
def get_widget_image(call: Call) -> Image:
    """Return a picture in the place of the widget."""
    return cdn.drawn(_shown_guild(call).id >> 22)


def _is_open(guild: Guild, channel: Channel) -> bool:
    """Tell whether everybody sees the channel and may enter it."""
    everyone = guild.roles[guild.id].permissions
    held = channel_permissions(everyone, channel.overwrites, guild_id=guild.id, role_ids=(), user_id=0)
    return bool(held & Permission.CONNECT)


def _settings(guild: Guild) -> Json:
    channel_id = guild.settings.widget_channel_id
    return {"enabled": guild.settings.widget_enabled, "channel_id": None if channel_id is None else str(channel_id)}


def _shown_guild(call: Call) -> Guild:
    guild = call.world.guild(call.id("guild_id"))
    if not guild.settings.widget_enabled:
        raise DiscordError(403, 50004, "Widget Disabled")
    return guild


def _online(call: Call, guild: Guild) -> list[str]:
    """Return the names of those who are online: the bot, and people who have shown themselves."""
    ids = [call.bot.id, *call.world.presences]
    return [call.world.users.peek(it).username for it in dict.fromkeys(ids) if it in guild.members][:_MOST_MEMBERS]


def _member(call: Call, number: int, name: str) -> Json:
    # The widget hides who its people are: their ids just count.
    return {
        "id": str(number),
        "username": name,
        "discriminator": "0000",
        "avatar": None,
        "status": "online",
        "avatar_url": f"{call.world.cdn_url}/embed/avatars/{number % 6}.png",
    }
