"""/guilds/{guild.id}/stickers and the standard stickers that every guild can use."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, invalid_form, unknown
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.expressions import creating, full, require_control, shows_creators
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.rest.images import content_type
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import boosts, expressions, images
from guildbase.simulator.world.audit import Action, difference, record
from guildbase.simulator.world.entities import Guild, Image, Sticker, StickerFormat

routes = RouteTable()
_LARGEST = 512 * 1024
_AUDITED = ("name", "description", "tags", "format_type", "available", "type", "id", "guild_id", "asset")


class _NewSticker(Form):
    name: Annotated[str, Field(min_length=2, max_length=30)]
    tags: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(max_length=100)] | None = None


class _StickerChanges(Form):
    name: Annotated[str, Field(min_length=2, max_length=30)] | None = None
    tags: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    description: Annotated[str, Field(max_length=100)] | None = None


@routes.route("GET", "/stickers/{sticker_id}")
def get_sticker(call: Call) -> Json:
    """Return any sticker."""
    sticker_id = call.id("sticker_id")
    found = expressions.find_sticker(call.world, sticker_id)
    found = found or next((it for it in expressions.STANDARD_STICKERS if it.id == sticker_id), None)
    if found is None:
        raise unknown("Sticker")
    return payloads.sticker(found)


@routes.route("GET", "/sticker-packs")
def list_packs(call: Call) -> Json:
    """Return the packs of standard stickers."""
    return {"sticker_packs": [_pack()]}


@routes.route("GET", "/sticker-packs/{pack_id}")
def get_pack(call: Call) -> Json:
    """Return one pack of standard stickers."""
    if call.id("pack_id") != payloads.STICKER_PACK_ID:
        raise unknown("Sticker Pack")
    return _pack()


@routes.route("GET", "/guilds/{guild_id}/stickers")
def list_stickers(call: Call) -> list[Json]:
    """Return the guild's stickers."""
    guild = call.guild()
    return [_shown(call, guild, it) for it in guild.stickers.values()]


@routes.route("GET", "/guilds/{guild_id}/stickers/{sticker_id}")
def get_guild_sticker(call: Call) -> Json:
    """Return one of the guild's stickers."""
    guild = call.guild()
    return _shown(call, guild, _sticker(call, guild))


@routes.route("POST", "/guilds/{guild_id}/stickers", status=201)
def create_sticker(call: Call) -> Json:
    """Create a sticker from an uploaded file."""
    guild = creating(call)
    form = call.form(_NewSticker)
    image = _upload(call)
    limit = boosts.STICKERS[guild.settings.premium_tier]
    if len(guild.stickers) >= limit:
        raise full(30039, "stickers", limit)
    one = Sticker(
        call.world.new_id(),
        form.name,
        form.tags,
        images.keep(call.world, image),
        form.description or None,
        _format(image),
        guild.id,
        call.bot.id,
    )
    expressions.add_sticker(call.world, guild, one)
    changes = difference(None, payloads.sticker(one) | {"asset": ""}, _AUDITED)
    record(call.world, guild, Action.STICKER_CREATE, one.id, call.reason, changes=changes)
    return _shown(call, guild, one)


@routes.route("PATCH", "/guilds/{guild_id}/stickers/{sticker_id}")
def edit_sticker(call: Call) -> Json:
    """Change a sticker's texts."""
    guild = call.guild()
    one = _sticker(call, guild)
    require_control(call, guild, one)
    form = call.form(_StickerChanges)
    before = payloads.sticker(one)
    values = {key: it for key, it in form.given("name", "tags", "description").items() if it or key == "description"}
    expressions.change_sticker(call.world, guild, one, values)
    changes = difference(before, payloads.sticker(one), _AUDITED)
    record(call.world, guild, Action.STICKER_UPDATE, one.id, call.reason, changes=changes)
    return _shown(call, guild, one)


@routes.route("DELETE", "/guilds/{guild_id}/stickers/{sticker_id}")
def delete_sticker(call: Call) -> None:
    """Delete a sticker."""
    guild = call.guild()
    one = _sticker(call, guild)
    require_control(call, guild, one)
    expressions.delete_sticker(call.world, guild, one)
    changes = difference(payloads.sticker(one) | {"asset": ""}, None, _AUDITED)
    record(call.world, guild, Action.STICKER_DELETE, one.id, call.reason, changes=changes)


def _sticker(call: Call, guild: Guild) -> Sticker:
    found = guild.stickers.get(call.id("sticker_id"))
    if found is None:
        raise unknown("Sticker")
    return found


def _upload(call: Call) -> Image:
    upload = next(iter(call.files.values()), None)
    if upload is None:
        raise invalid_form(("file",), "BASE_TYPE_REQUIRED", "This field is required")
    if len(upload.data) > _LARGEST:
        raise DiscordError(400, 50045, "File uploaded exceeds the maximum size")
    kind = content_type(upload.data)
    if upload.data[:1] == b"{":
        kind = "application/json"
    if kind not in ("image/png", "image/gif", "application/json"):
        raise DiscordError(400, 50046, "Invalid Asset")
    return Image(kind, upload.data)


def _format(image: Image) -> StickerFormat:
    if image.content_type == "image/gif":
        return StickerFormat.GIF
    if image.content_type == "application/json":
        return StickerFormat.LOTTIE
    # A moving PNG has a chunk of this name before its picture data.
    return StickerFormat.APNG if b"acTL" in image.data[:64] else StickerFormat.PNG


def _pack() -> Json:
    stickers = [payloads.sticker(it) for it in expressions.STANDARD_STICKERS]
    return {
        "id": str(payloads.STICKER_PACK_ID),
        "sku_id": str(payloads.STICKER_PACK_ID + 1),
        "name": "First steps",
        "description": "Stickers that are there from the beginning",
        "cover_sticker_id": stickers[0]["id"],
        "stickers": stickers,
    }


def _shown(call: Call, guild: Guild, one: Sticker) -> Json:
    return payloads.sticker(one) | (payloads.creator(call.world, one) if shows_creators(call, guild) else {})
