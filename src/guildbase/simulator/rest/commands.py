"""/applications/{application.id}/commands and the same for one guild: registering application commands."""

from __future__ import annotations

from typing import Any

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, invalid_form, missing_access, unknown
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.command_forms import CHAT_INPUT, CommandChanges, CommandForm
from guildbase.simulator.rest.forms import read_forms
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import commands
from guildbase.simulator.world.entities import ApplicationCommand

routes = RouteTable()
_GLOBAL = "/applications/{application_id}/commands"
_IN_GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"
_MOST = {CHAT_INPUT: 100, 2: 15, 3: 15}
_TOO_MANY_CODES = {CHAT_INPUT: 30032, 2: 30033, 3: 30034}


@routes.route("GET", _GLOBAL)
@routes.route("GET", _IN_GUILD)
def list_commands(call: Call) -> list[Json]:
    """Return the registered commands of the scope."""
    scope = commands.registered(call.world, _scope(call))
    return [payloads.command(call.world, it) for it in scope.values()]


@routes.route("PUT", _GLOBAL)
@routes.route("PUT", _IN_GUILD)
def replace_commands(call: Call) -> list[Json]:
    """Put the given commands in place of all registered ones."""
    scope = _scope(call)
    forms = read_forms(CommandForm, call.body)
    seen: set[tuple[int, str]] = set()
    for index, form in enumerate(forms):
        if (form.type, form.name) in seen:
            message = "Application command names must be unique"
            raise invalid_form((index,), "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
        seen.add((form.type, form.name))
    for kind in _MOST:
        _check_number(kind, sum(form.type == kind for form in forms))
    commands.replace(call.world, scope, [_command(call, it, scope) for it in forms])
    return [payloads.command(call.world, it) for it in commands.registered(call.world, scope).values()]


@routes.route("POST", _GLOBAL, status=201)
@routes.route("POST", _IN_GUILD, status=201)
def create_command(call: Call) -> Json:
    """Register one command; one of the same name is overwritten."""
    scope = _scope(call)
    form = call.form(CommandForm)
    others = commands.registered(call.world, scope).values()
    _check_number(form.type, 1 + sum(it.type == form.type and it.name != form.name for it in others))
    command = _command(call, form, scope)
    commands.put(call.world, command)
    return payloads.command(call.world, command)


@routes.route("GET", _GLOBAL + "/{command_id}")
@routes.route("GET", _IN_GUILD + "/{command_id}")
def get_command(call: Call) -> Json:
    """Return one registered command."""
    return payloads.command(call.world, _registered(call))


@routes.route("PATCH", _GLOBAL + "/{command_id}")
@routes.route("PATCH", _IN_GUILD + "/{command_id}")
def edit_command(call: Call) -> Json:
    """Change a registered command."""
    command = _registered(call)
    form = call.form(CommandChanges)
    values: dict[str, Any] = form.model_dump(exclude_unset=True)
    if "options" in values:
        values["options"] = [it.model_dump(exclude_unset=True) for it in form.options]
    for name, value in values.items():
        setattr(command, name, value)
    command.version = call.world.new_id()
    return payloads.command(call.world, command)


@routes.route("DELETE", _GLOBAL + "/{command_id}")
@routes.route("DELETE", _IN_GUILD + "/{command_id}")
def delete_command(call: Call) -> None:
    """Unregister a command."""
    commands.delete(call.world, _registered(call))


def _scope(call: Call) -> int | None:
    if call.id("application_id") != call.world.application.id:
        raise DiscordError(403, 20012, "You are not authorized to perform this action on this application")
    if "guild_id" not in call.path:
        return None
    guild = call.world.guilds.get(call.id("guild_id"))
    if guild is None or call.bot.id not in guild.members:
        raise missing_access()
    return guild.id


def _registered(call: Call) -> ApplicationCommand:
    command = commands.registered(call.world, _scope(call)).get(call.id("command_id"))
    if command is None:
        raise unknown("application command")
    return command


def _command(call: Call, form: CommandForm, scope: int | None) -> ApplicationCommand:
    return ApplicationCommand(
        call.world.new_id(),
        form.name,
        form.type,
        form.description,
        [it.model_dump(exclude_unset=True) for it in form.options],
        version=call.world.new_id(),
        guild_id=scope,
        default_member_permissions=form.default_member_permissions,
        nsfw=bool(form.nsfw),
        dm_permission=form.dm_permission is not False,
        extra=form.extra_fields(),
    )


def _check_number(kind: int, number: int) -> None:
    most = _MOST.get(kind, 1)
    if number > most:
        code = _TOO_MANY_CODES.get(kind, 30032)
        raise DiscordError(400, code, f"Maximum number of application commands reached ({most})")
