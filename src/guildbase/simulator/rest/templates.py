"""/guilds/{guild.id}/templates: a guild's structure to found others alike."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.forms import Form, Name100
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import templates
from guildbase.simulator.world.entities import GuildTemplate

routes = RouteTable()
_Description = Annotated[str, Field(max_length=120)]


class _NewTemplate(Form):
    name: Name100
    description: _Description | None = None


class _TemplateChanges(Form):
    name: Name100 | None = None
    description: _Description | None = None


@routes.route("GET", "/guilds/templates/{code}")
def get_template(call: Call) -> Json:
    """Return any template by its code."""
    found = call.world.templates.get(call.path["code"])
    if found is None:
        raise unknown("Guild Template")
    return _shown(call, found)


@routes.route("GET", "/guilds/{guild_id}/templates")
def list_templates(call: Call) -> list[Json]:
    """Return the guild's template, if it has one."""
    found = templates.template_of(call.world, call.guild(Permission.MANAGE_GUILD))
    return [] if found is None else [_shown(call, found)]


@routes.route("POST", "/guilds/{guild_id}/templates")
def create_template(call: Call) -> Json:
    """Make a template of the guild; it may have one only."""
    guild = call.guild(Permission.MANAGE_GUILD)
    form = call.form(_NewTemplate)
    if templates.template_of(call.world, guild) is not None:
        raise DiscordError(400, 30031, "Guild already has a template")
    return _shown(call, templates.create(call.world, guild, form.name, form.description, call.bot.id))


@routes.route("PUT", "/guilds/{guild_id}/templates/{code}")
def sync_template(call: Call) -> Json:
    """Bring the template up to the guild as it is now."""
    one = _template(call)
    templates.sync(call.world, call.guild(), one)
    return _shown(call, one)


@routes.route("PATCH", "/guilds/{guild_id}/templates/{code}")
def edit_template(call: Call) -> Json:
    """Change the template's name or description."""
    one = _template(call)
    form = call.form(_TemplateChanges)
    one.name = form.name or one.name
    if "description" in form.model_fields_set:
        one.description = form.description
    return _shown(call, one)


@routes.route("DELETE", "/guilds/{guild_id}/templates/{code}")
def delete_template(call: Call) -> Json:
    """Delete the template."""
    one = _template(call)
    del call.world.templates[one.code]
    return _shown(call, one)


def _template(call: Call) -> GuildTemplate:
    guild = call.guild(Permission.MANAGE_GUILD)
    found = call.world.templates.get(call.path["code"])
    if found is None or found.guild_id != guild.id:
        raise unknown("Guild Template")
    return found


def _shown(call: Call, one: GuildTemplate) -> Json:
    source = call.world.guilds.get(one.guild_id)
    maker = call.world.users.get(one.creator_id)
    return {
        "code": one.code,
        "name": one.name,
        "description": one.description,
        "usage_count": one.usage_count,
        "creator_id": str(one.creator_id),
        "creator": None if maker is None else payloads.user(maker),
        "created_at": payloads.moment(one.created_at),
        "updated_at": payloads.moment(one.updated_at),
        "source_guild_id": str(one.guild_id),
        "serialized_source_guild": one.snapshot,
        "is_dirty": source is not None and templates.snapshot(source) != one.snapshot,
    }
