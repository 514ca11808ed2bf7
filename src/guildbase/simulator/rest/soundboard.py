"""/guilds/{guild.id}/soundboard-sounds, and the default sounds that every guild can play."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json, invalid_form, unknown
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.expressions import creating, full, require_control, shows_creators
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.rest.images import SoundFile
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import boosts, expressions, images
from guildbase.simulator.world.audit import Action, difference, record
from guildbase.simulator.world.entities import Guild, Sound

routes = RouteTable()
_AUDITED = ("name", "volume", "emoji_id", "emoji_name")
_Name = Annotated[str, Field(min_length=2, max_length=32)]
_Volume = Annotated[float, Field(ge=0, le=1)]
_EmojiName = Annotated[str, Field(min_length=1, max_length=32)]


class _NewSound(Form):
    name: _Name
    sound: SoundFile
    volume: _Volume | None = None
    emoji_id: int | None = None
    emoji_name: _EmojiName | None = None


class _SoundChanges(Form):
    name: _Name | None = None
    volume: _Volume | None = None
    emoji_id: int | None = None
    emoji_name: _EmojiName | None = None


@routes.route("GET", "/soundboard-default-sounds")
def list_default_sounds(call: Call) -> list[Json]:
    """Return the sounds that are there everywhere."""
    return [payloads.sound(it) for it in expressions.DEFAULT_SOUNDS]


@routes.route("GET", "/guilds/{guild_id}/soundboard-sounds")
def list_sounds(call: Call) -> Json:
    """Return the guild's sounds."""
    guild = call.guild()
    return {"items": [_shown(call, guild, it) for it in guild.sounds.values()]}


@routes.route("GET", "/guilds/{guild_id}/soundboard-sounds/{sound_id}")
def get_sound(call: Call) -> Json:
    """Return one of the guild's sounds."""
    guild = call.guild()
    return _shown(call, guild, _sound(call, guild))


@routes.route("POST", "/guilds/{guild_id}/soundboard-sounds", status=201)
def create_sound(call: Call) -> Json:
    """Create a sound."""
    guild = creating(call)
    form = call.form(_NewSound)
    limit = boosts.SOUNDS[guild.settings.premium_tier]
    if len(guild.sounds) >= limit:
        raise full(30045, "soundboard sounds", limit)
    _check_emoji(guild, form)
    one = Sound(
        call.world.new_id(),
        form.name,
        images.keep(call.world, form.sound),
        1.0 if form.volume is None else form.volume,
        form.emoji_id,
        form.emoji_name,
        guild.id,
        call.bot.id,
    )
    expressions.add_sound(call.world, guild, one)
    changes = difference(None, payloads.sound(one), _AUDITED)
    record(call.world, guild, Action.SOUNDBOARD_SOUND_CREATE, one.id, call.reason, changes=changes)
    return _shown(call, guild, one)


@routes.route("PATCH", "/guilds/{guild_id}/soundboard-sounds/{sound_id}")
def edit_sound(call: Call) -> Json:
    """Change a sound's name, volume or emoji."""
    guild = call.guild()
    one = _sound(call, guild)
    require_control(call, guild, one)
    form = call.form(_SoundChanges)
    _check_emoji(guild, form)
    before = payloads.sound(one)
    values = form.given("emoji_id", "emoji_name")
    values |= {key: it for key, it in form.given("name", "volume").items() if it is not None}
    expressions.change_sound(call.world, guild, one, values)
    changes = difference(before, payloads.sound(one), _AUDITED)
    record(call.world, guild, Action.SOUNDBOARD_SOUND_UPDATE, one.id, call.reason, changes=changes)
    return _shown(call, guild, one)


@routes.route("DELETE", "/guilds/{guild_id}/soundboard-sounds/{sound_id}")
def delete_sound(call: Call) -> None:
    """Delete a sound."""
    guild = call.guild()
    one = _sound(call, guild)
    require_control(call, guild, one)
    expressions.delete_sound(call.world, guild, one)
    changes = difference(payloads.sound(one), None, _AUDITED)
    record(call.world, guild, Action.SOUNDBOARD_SOUND_DELETE, one.id, call.reason, changes=changes)


def _sound(call: Call, guild: Guild) -> Sound:
    found = guild.sounds.get(call.id("sound_id"))
    if found is None:
        raise unknown("sound")
    return found


def _check_emoji(guild: Guild, form: _NewSound | _SoundChanges) -> None:
    if form.emoji_id is not None and form.emoji_id not in guild.emojis:
        raise unknown("Emoji")
    if form.emoji_id is not None and form.emoji_name is not None:
        raise invalid_form(("emoji_name",), "EMOJI_ID_AND_NAME", "Give either the id or the name of an emoji.")


def _shown(call: Call, guild: Guild, one: Sound) -> Json:
    return payloads.sound(one) | (payloads.creator(call.world, one) if shows_creators(call, guild) else {})
