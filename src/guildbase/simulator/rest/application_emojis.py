"""/applications/{application.id}/emojis: the application's own emojis, which its bot may use everywhere."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, unknown
from guildbase.simulator.rest.applications import own_application
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.rest.images import SmallPicture
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import images
from guildbase.simulator.world.entities import Emoji

routes = RouteTable()
_EMOJIS = "/applications/{application_id}/emojis"
_ONE = _EMOJIS + "/{emoji_id}"
_MOST = 2000
_Name = Annotated[str, Field(min_length=2, max_length=32, pattern=r"^\w+$")]


class _NewEmoji(Form):
    name: _Name
    image: SmallPicture


class _EmojiChanges(Form):
    name: _Name | None = None


@routes.route("GET", _EMOJIS)
def list_emojis(call: Call) -> Json:
    """Return the application's emojis."""
    return {"items": [_shown(call, it) for it in own_application(call).emojis.values()]}


@routes.route("POST", _EMOJIS, status=201)
def create_emoji(call: Call) -> Json:
    """Upload an emoji."""
    application, form = own_application(call), call.form(_NewEmoji)
    if len(application.emojis) >= _MOST:
        raise DiscordError(400, 30008, f"Maximum number of emojis reached ({_MOST})")
    key = images.keep(call.world, form.image)
    animated = form.image.content_type == "image/gif"
    one = Emoji(call.world.new_id(), form.name, key, creator_id=call.bot.id, animated=animated)
    application.emojis[one.id] = one
    call.world.homes[one.id] = None
    return _shown(call, one)


@routes.route("GET", _ONE)
def get_emoji(call: Call) -> Json:
    """Return one emoji."""
    return _shown(call, _emoji(call))


@routes.route("PATCH", _ONE)
def edit_emoji(call: Call) -> Json:
    """Rename an emoji."""
    one, form = _emoji(call), call.form(_EmojiChanges)
    one.name = form.name or one.name
    return _shown(call, one)


@routes.route("DELETE", _ONE)
def delete_emoji(call: Call) -> None:
    """Delete an emoji."""
    one = _emoji(call)
    del call.world.application.emojis[one.id], call.world.homes[one.id]


def _emoji(call: Call) -> Emoji:
    found = own_application(call).emojis.get(call.id("emoji_id"))
    if found is None:
        raise unknown("Emoji")
    return found


def _shown(call: Call, one: Emoji) -> Json:
    return payloads.custom_emoji(one) | payloads.creator(call.world, one)
