"""/applications/{application.id}/commands and the same for one guild: registering application commands."""

from __future__ import annotations

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, invalid_form, missing_access, unknown
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.command_forms import CHAT_INPUT, CommandChanges, CommandForm
from guildbase.simulator.rest.forms import read_form, read_forms
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import commands
from guildbase.simulator.world.entities import ApplicationCommand

routes = RouteTable()
_GLOBAL = "/applications/{application_id}/commands"
_IN_GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"
# The application registers commands by its own access token, too, as its owner.
_SCOPE = "applications.commands.update"
_MOST = {CHAT_INPUT: 100, 2: 15, 3: 15}
_CHANGEABLE = (
    "default_member_permissions", "dm_permission", "nsfw", "contexts", "integration_types", "name_localizations",
    "description_localizations", "handler",
)  # fmt: skip
_TOO_MANY_CODES = {CHAT_INPUT: 30032, 2: 30033, 3: 30034}


@routes.route("GET", _GLOBAL, scope=_SCOPE)
@routes.route("GET", _IN_GUILD, scope=_SCOPE)
def list_commands(call: Call) -> list[Json]:
    """Return the registered commands of the scope."""
    scope = commands.registered(call.world, _scope(call))
    localized = call.flag("with_localizations")
    return [payloads.command(call.world, it, with_localizations=localized) for it in scope.values()]


@routes.route("PUT", _GLOBAL, scope=_SCOPE)
@routes.route("PUT", _IN_GUILD, scope=_SCOPE)
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


@routes.route("POST", _GLOBAL, status=201, scope=_SCOPE)
@routes.route("POST", _IN_GUILD, status=201, scope=_SCOPE)
def create_command(call: Call) -> Json:
    """Register one command; one of the same name is overwritten."""
    scope = _scope(call)
    form = call.form(CommandForm)
    others = commands.registered(call.world, scope).values()
    _check_number(form.type, 1 + sum(it.type == form.type and it.name != form.name for it in others))
    command = _command(call, form, scope)
    commands.put(call.world, command)
    return payloads.command(call.world, command)


@routes.route("GET", _GLOBAL + "/{command_id}", scope=_SCOPE)
@routes.route("GET", _IN_GUILD + "/{command_id}", scope=_SCOPE)
def get_command(call: Call) -> Json:
    """Return one registered command."""
    return payloads.command(call.world, _registered(call))


@routes.route("PATCH", _GLOBAL + "/{command_id}", scope=_SCOPE)
@routes.route("PATCH", _IN_GUILD + "/{command_id}", scope=_SCOPE)
def edit_command(call: Call) -> Json:
    """Change a registered command."""
    command = _registered(call)
    form = call.form(CommandChanges)
    _check_changes(call, command, form)
    for name, value in form.given(*_CHANGEABLE).items():
        setattr(command, name, value)
    command.name = form.name or command.name
    if form.description is not None:
        command.description = form.description
    if "options" in form.model_fields_set:
        command.options = _options(form)
    command.version = call.world.new_id()
    call.world.watch.changed()
    return payloads.command(call.world, command)


@routes.route("DELETE", _GLOBAL + "/{command_id}", scope=_SCOPE)
@routes.route("DELETE", _IN_GUILD + "/{command_id}", scope=_SCOPE)
def delete_command(call: Call) -> None:
    """Unregister a command."""
    commands.delete(call.world, _registered(call))


def _scope(call: Call) -> int | None:
    if call.id("application_id") != call.world.application.id:
        raise DiscordError(403, 20012, "You are not authorized to perform this action on this application")
    if "guild_id" not in call.path:
        return None
    guild = call.world.guilds.get(call.id("guild_id"))
    if guild is None or call.world.bot.id not in guild.members:
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
        _options(form),
        version=call.world.new_id(),
        guild_id=scope,
        default_member_permissions=form.default_member_permissions,
        nsfw=form.nsfw,
        dm_permission=form.dm_permission,
        contexts=None if form.contexts is None else list(form.contexts),
        integration_types=list(form.integration_types),
        name_localizations=form.name_localizations,
        description_localizations=form.description_localizations,
        handler=form.handler,
    )


def _options(form: CommandForm | CommandChanges) -> list[Json]:
    return [it.model_dump(exclude_none=True) for it in form.options]


def _check_changes(call: Call, command: ApplicationCommand, form: CommandChanges) -> None:
    """Apply the rules of the command's type, which only the command itself tells."""
    after: Json = {"type": command.type, "name": form.name or command.name}
    given = "description" in form.model_fields_set
    after["description"] = form.description if given else command.description
    read_form(CommandForm, after)
    others = commands.registered(call.world, command.guild_id).values()
    if any(it is not command and (it.type, it.name) == (command.type, after["name"]) for it in others):
        message = "Application command names must be unique"
        raise invalid_form(("name",), "APPLICATION_COMMANDS_DUPLICATE_NAME", message)


def _check_number(kind: int, number: int) -> None:
    most = _MOST.get(kind, 1)
    if number > most:
        code = _TOO_MANY_CODES.get(kind, 30032)
        raise DiscordError(400, code, f"Maximum number of application commands reached ({most})")
