from __future__ import annotations

from typing import Any

import discord
import pytest
from discord import app_commands

from guildbase.simulator import Permission, ScriptedGuild, Simulator
from guildbase.simulator.world import commands, oauth2
from guildbase.simulator.world.entities import ApplicationCommand

_PING: dict[str, Any] = {"name": "ping", "description": "Answer"}


def _option(**changes: Any) -> dict[str, Any]:
    return {"type": 3, "name": "text", "description": "A text"} | changes


def _choices(*named: str) -> list[dict[str, str]]:
    """Return choices whose names are the first characters and whose values the second."""
    return [{"name": it[0], "value": it[1]} for it in named]


_LONG = _option(choices=[{"name": f"{it:0100}", "value": f"{it:0100}"} for it in range(25)])
_SUB = {"type": 1, "name": "view", "description": "View"}


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"options": [_option(choices=_choices("a1", "a2"))]}, "options.0.choices", "NAME_ALREADY_EXISTS"),
        ({"options": [_option(choices=_choices("a1", "b1"))]}, "options.0.choices", "VALUE_ALREADY_EXISTS"),
        ({"options": [_option(type=4, choices=_choices("a1"))]}, "options.0.choices", "BASE_TYPE_BAD_TYPE"),
        ({"options": [_option(autocomplete=True, choices=_choices("a1"))]}, "options.0.choices", "CHOICES_INVALID"),
        ({"options": [_option(type=6, autocomplete=True)]}, "options.0.autocomplete", "OPTIONS_TYPE_INVALID"),
        ({"options": [_option(min_value=1)]}, "options.0.min_value", "OPTIONS_TYPE_INVALID"),
        ({"options": [_option(type=4, min_length=1)]}, "options.0.min_length", "OPTIONS_TYPE_INVALID"),
        ({"options": [_option(channel_types=[0])]}, "options.0.channel_types", "OPTIONS_TYPE_INVALID"),
        ({"options": [_option(type=4, min_value=5, max_value=4)]}, "options.0.max_value", "NUMBER_TYPE_MIN"),
        ({"options": [_option(max_length=6001)]}, "options.0.max_length", "NUMBER_TYPE_MAX"),
        ({"options": [_option(options=[_option()])]}, "options.0.options", "OPTIONS_TYPE_INVALID"),
        ({"options": [_SUB, _option()]}, "options", "OPTIONS_TYPE_INVALID"),
        ({"options": [_SUB | {"options": [_SUB]}]}, "options.0.options", "OPTIONS_TYPE_INVALID"),
        ({"options": [_SUB | {"type": 2, "options": [_option()]}]}, "options.0.options", "OPTIONS_TYPE_INVALID"),
        ({"options": [_LONG, _LONG | {"name": "more"}]}, "options", "TOO_LARGE"),
        ({"name_localizations": {"xx": "ping"}}, "name_localizations", "BASE_TYPE_CHOICES"),
        ({"contexts": [0, 0]}, "contexts", "SET_TYPE_ALREADY_CONTAINS_VALUE"),
        ({"contexts": [7]}, "contexts.0", "BASE_TYPE_CHOICES"),
        ({"integration_types": []}, "integration_types", "BASE_TYPE_MIN_LENGTH"),
        ({"default_member_permissions": "no"}, "default_member_permissions", "NUMBER_TYPE_COERCE"),
        ({"type": 2}, "description", "APPLICATION_COMMAND_INVALID_DESCRIPTION"),
        ({"type": 9}, "type", "BASE_TYPE_CHOICES"),
    ],
)  # fmt: skip
async def test_what_no_command_can_be(
    sim: Simulator, guild: ScriptedGuild, api: Any, changes: Any, path: str, code: str
) -> None:
    base = f"/applications/{sim.application_id}/guilds/{guild.id}/commands"
    status, body, _ = await api("POST", base, _PING | changes)
    assert (status, body["code"]) == (400, 50035)
    node = body["errors"]
    for step in path.split("."):
        node = node[step]
    assert code in node["_errors"][0]["code"]
    assert (await api("GET", base))[1] == []


async def test_translations_and_changes(sim: Simulator, guild: ScriptedGuild, api: Any) -> None:
    base = f"/applications/{sim.application_id}/guilds/{guild.id}/commands"
    german = {"name_localizations": {"de": "antworte"}, "description_localizations": {"de": "Antwortet"}}
    made = (await api("POST", base, _PING | german))[1]
    assert made["name_localizations"] == {"de": "antworte"}
    assert "name_localizations" not in (await api("GET", base))[1][0]
    assert (await api("GET", f"{base}?with_localizations=true"))[1] == [made]
    path = f"{base}/{made['id']}"
    changed = (await api("PATCH", path, {"default_member_permissions": "8", "nsfw": True}))[1]
    assert (changed["default_member_permissions"], changed["nsfw"]) == ("8", True)
    assert changed["version"] != made["version"]
    assert (await api("PATCH", path, {"name": "Not Lower"}))[1]["code"] == 50035
    assert (await api("PATCH", path, {"description": ""}))[1]["code"] == 50035
    await api("POST", base, _PING | {"name": "other"})
    assert (await api("PATCH", path, {"name": "other"}))[1]["code"] == 50035
    assert (await api("PATCH", path, {"name": "pong"}))[1]["name"] == "pong"


def _made(sim: Simulator, guild: ScriptedGuild, **fields: Any) -> ApplicationCommand:
    world = sim.world
    one = ApplicationCommand(world.new_id(), "ping", 1, "Answer", [], world.new_id(), guild.id, **fields)
    commands.put(world, one)
    return one


async def test_a_guild_decides_who_may_use_a_command(
    sim: Simulator, bot: Any, guild: ScriptedGuild, there: discord.Guild, api: Any
) -> None:
    one = _made(sim, guild, default_member_permissions=int(Permission.KICK_MEMBERS))
    place, ada, helper = guild.channel("general"), guild.member("ada"), guild.member("helper", roles=["Helper"])
    guild.role("Helper")
    boss = guild.owner

    def why(person: Any) -> str | None:
        return commands.refusal(sim.world, guild.guild, place, person.id, one)

    assert "for lack of KICK_MEMBERS" in (why(ada) or "")
    assert why(boss) is None
    token = oauth2.grant_access(sim.world, boss.id, ("applications.commands.permissions.update",)).access_token
    path = f"/applications/{sim.application_id}/guilds/{guild.id}/commands/{one.id}/permissions"
    allowed = {"Authorization": f"Bearer {token}"}

    async def rule(*rules: tuple[int, int, bool]) -> None:
        body = {"permissions": [{"id": str(it), "type": kind, "permission": on} for it, kind, on in rules]}
        status, answer, _ = await api("PUT", path, body, headers=allowed)
        assert status == 200, answer

    await rule((guild.role("Helper").id, 1, True))
    assert why(helper) is None
    assert why(ada) is not None
    await rule((guild.id, 1, True), (helper.id, 2, False), (guild.role("Helper").id, 1, True))
    assert why(ada) is None
    assert "switched off for them" in (why(helper) or "")
    await rule((guild.id, 1, True), (place.id, 3, False))
    assert why(ada) == "finds /ping switched off in #general"
    await rule((guild.id, 1, True), (guild.id - 1, 3, False), (place.id, 3, True))
    assert why(ada) is None
    told = await bot.until(lambda: bot.last("APPLICATION_COMMAND_PERMISSIONS_UPDATE"))
    assert (told["id"], told["guild_id"]) == (str(one.id), str(guild.id))
    command = app_commands.AppCommand(
        data=(await api("GET", path.removesuffix("/permissions")))[1], state=bot._connection
    )
    read = await command.fetch_permissions(there)
    assert len(read.permissions) == 3
    action = discord.AuditLogAction.app_command_permission_update
    entry = await anext(there.audit_logs(action=action))
    assert entry.user_id == boss.id
    for wrong in ({"id": "5", "type": 1, "permission": True}, {"id": "5", "type": 4, "permission": True}):
        assert (await api("PUT", path, {"permissions": [wrong]}, headers=allowed))[1]["code"] == 50035
    assert (await api("PUT", path, {"permissions": []}))[1]["code"] == 20001
    ada_token = oauth2.grant_access(sim.world, ada.id, ("applications.commands.permissions.update",)).access_token
    hers = {"Authorization": f"Bearer {ada_token}"}
    assert (await api("PUT", path, {"permissions": []}, headers=hers))[1]["code"] == 50013


async def test_where_a_command_is_offered(sim: Simulator, guild: ScriptedGuild) -> None:
    place, ada = guild.channel("general"), guild.member("ada")
    private = _made(sim, guild, contexts=[1])
    assert commands.refusal(sim.world, guild.guild, place, ada.id, private) == "can use /ping in direct messages only"
    private.guild_id = None
    assert commands.refusal(sim.world, None, place, ada.id, private) is None
    private.contexts = [0]
    assert commands.refusal(sim.world, None, place, ada.id, private) == "cannot use /ping in direct messages"
