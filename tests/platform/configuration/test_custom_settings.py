"""Settings that servers define themselves: checked by their own schema, however hostile schema and value are."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from guildbase.core.errors import Conflict, GuildbaseError, InvalidInput, NotFound, PermissionDenied
from guildbase.core.guild_sections import Refers
from guildbase.core.ports import SYSTEM
from guildbase.platform.configuration import custom_schema
from guildbase.platform.configuration.controller import SettingsChanged
from guildbase.platform.configuration.controller.custom import MOST, CustomSettingController
from guildbase.platform.configuration.controller.errors import CustomSettingNotFound
from guildbase.platform.configuration.custom_schema import problems_of, schema_problems
from guildbase.platform.configuration.snapshot import CustomSettings
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.guilds.rules import MANAGE_GUILD
from guildbase.platform.telemetry.controller import AuditController
from guildbase.services.container import BotServices
from tests.factories import member, new_id

log = logging.getLogger(__name__)
ROLE = "1128754567890123457"
THEME = {"type": "object", "properties": {"colour": {"enum": ["red", "blue"]}, "size": {"type": "integer"}}}


@pytest.fixture
def custom(services: BotServices) -> CustomSettingController:
    return services.get(CustomSettingController)


@pytest.fixture
async def guild_id(services: BotServices) -> int:
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    return guild_id


class CountingServer:
    """Counts who connects; nothing of ours should."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.connections = 0
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _count(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[CountingServer]:
    made = CountingServer()
    yield made
    made.close()


async def test_a_setting_is_defined_set_read_and_deleted(
    services: BotServices, custom: CustomSettingController, guild_id: int
) -> None:
    caller = member(guild_id, permissions=MANAGE_GUILD)
    defined = await custom.define(caller, guild_id, "theme", THEME, reason="We want colours")
    assert (defined.version, defined.is_set, defined.value) == (1, False, None)
    await custom.set(caller, guild_id, "theme", {"colour": "red"}, expected_version=1)
    found = await custom.get(guild_id, "theme")
    assert (found.version, found.schema, found.value) == (2, THEME, {"colour": "red"})
    guilds = services.get(GuildController)
    snapshot = (await guilds.load(guild_id)).get(CustomSettings)
    assert (snapshot.get("theme"), snapshot.get("other"), snapshot.get("other", 5)) == ({"colour": "red"}, None, 5)
    await custom.delete(caller, guild_id, "theme", expected_version=2)
    assert await custom.all(guild_id) == {}
    assert (await guilds.load(guild_id)).get(CustomSettings).get("theme") is None
    actions = [entry.action for entry in await services.get(AuditController).entries(SYSTEM, guild_id)]
    assert [action for action in actions if action.startswith("configuration.")] == [
        "configuration.reset", "configuration.set", "configuration.set",
    ]  # fmt: skip


async def test_every_change_is_in_the_history_and_can_be_taken_back(
    custom: CustomSettingController, guild_id: int
) -> None:
    caller = member(guild_id, permissions=MANAGE_GUILD, name="Ada")
    await custom.define(caller, guild_id, "theme", {"type": "string"})
    await custom.set(caller, guild_id, "theme", "dark", reason="It is night")
    await custom.set(caller, guild_id, "theme", "light")
    await custom.delete(caller, guild_id, "theme")
    history = await custom.history(caller, guild_id, "theme")
    assert [(entry.version, entry.kind, entry.author_name) for entry in history] == [
        (4, "reset", "Ada"), (3, "set", "Ada"), (2, "set", "Ada"), (1, "set", "Ada"),
    ]  # fmt: skip
    assert history[2].reason == "It is night"
    assert history[1].changes == {"value": {"before": "dark", "after": "light"}}
    assert [entry.version for entry in await custom.history(caller, guild_id, "theme", before=3, limit=1)] == [2]
    back = await custom.rollback(caller, guild_id, "theme", 2)
    assert (back.version, back.value, (await custom.get(guild_id, "theme")).value) == (5, "dark", "dark")
    gone = await custom.rollback(caller, guild_id, "theme", 4)
    assert gone.version == 6
    assert await custom.all(guild_id) == {}
    assert (await custom.rollback(caller, guild_id, "theme", 6)).version == 0
    with pytest.raises(NotFound):
        await custom.rollback(caller, guild_id, "theme", 99)


async def test_what_changes_nothing_leaves_no_trace(custom: CustomSettingController, guild_id: int) -> None:
    await custom.define(SYSTEM, guild_id, "theme", {})
    await custom.set(SYSTEM, guild_id, "theme", 1)
    assert (await custom.set(SYSTEM, guild_id, "theme", 1)).version == 2
    assert (await custom.define(SYSTEM, guild_id, "theme", {})).version == 2
    # In Python these are alike.
    assert (await custom.set(SYSTEM, guild_id, "theme", True)).version == 3


@pytest.mark.parametrize("value", [None, False, 0, "", [], {}, 1.5, "ä€😀<@&1>{x}", [None], {"a": {"b": [1]}}])
async def test_any_json_is_a_value(
    services: BotServices, custom: CustomSettingController, guild_id: int, value: Any
) -> None:
    await custom.define(SYSTEM, guild_id, "any", {})
    await custom.set(SYSTEM, guild_id, "any", value)
    assert (await custom.get(guild_id, "any")).value == value
    assert (await services.get(GuildController).load(guild_id)).get(CustomSettings).get("any", "default") == value


async def test_values_and_schemas_must_fit_each_other(custom: CustomSettingController, guild_id: int) -> None:
    await custom.define(SYSTEM, guild_id, "theme", THEME)
    with pytest.raises(InvalidInput) as refused:
        await custom.set(SYSTEM, guild_id, "theme", {"colour": "green", "size": "big"})
    assert set(refused.value.problems) == {"value.colour", "value.size"}
    await custom.set(SYSTEM, guild_id, "theme", {"colour": "red"})
    with pytest.raises(InvalidInput) as refused:
        await custom.define(SYSTEM, guild_id, "theme", {"type": "string"})
    assert set(refused.value.problems) == {"value"}
    found = await custom.get(guild_id, "theme")
    assert (found.version, found.schema, found.value) == (2, THEME, {"colour": "red"})


async def test_two_who_change_at_once_hear_of_each_other(custom: CustomSettingController, guild_id: int) -> None:
    await custom.define(SYSTEM, guild_id, "theme", {}, expected_version=0)
    with pytest.raises(SettingsChanged):
        await custom.define(SYSTEM, guild_id, "theme", {"type": "string"}, expected_version=0)
    with pytest.raises(SettingsChanged):
        await custom.delete(SYSTEM, guild_id, "theme", expected_version=7)


async def test_a_server_has_fifty_at_most(custom: CustomSettingController, guild_id: int) -> None:
    for number in range(MOST):
        await custom.define(SYSTEM, guild_id, f"setting-{number}", {})
    with pytest.raises(Conflict, match="50"):
        await custom.define(SYSTEM, guild_id, "one-more", {})
    await custom.set(SYSTEM, guild_id, "setting-1", 5)
    await custom.delete(SYSTEM, guild_id, "setting-2")
    await custom.define(SYSTEM, guild_id, "one-more", {})


async def test_only_who_may_configure_changes_settings(custom: CustomSettingController, guild_id: int) -> None:
    await custom.define(SYSTEM, guild_id, "theme", {})
    stranger = member(guild_id)
    for refused in (
        custom.define(stranger, guild_id, "theme", {}),
        custom.set(stranger, guild_id, "theme", 1),
        custom.delete(stranger, guild_id, "theme"),
        custom.rollback(stranger, guild_id, "theme", 1),
        custom.history(stranger, guild_id, "theme"),
    ):
        with pytest.raises(PermissionDenied):
            await refused


@pytest.mark.parametrize("name", ["", "X", "9x", "a b", "ä", "a" * 33, "a\n", "../x", "a\x00"])
async def test_names_are_plain(custom: CustomSettingController, guild_id: int, name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await custom.define(SYSTEM, guild_id, name, {})
    assert "name" in refused.value.problems
    with pytest.raises(CustomSettingNotFound):
        await custom.set(SYSTEM, guild_id, name, 1)


async def test_an_unknown_setting_tells_the_near_ones(custom: CustomSettingController, guild_id: int) -> None:
    with pytest.raises(CustomSettingNotFound, match="theme") as refused:
        await custom.get(guild_id, "theme")
    assert "/custom define" in refused.value.hint
    await custom.define(SYSTEM, guild_id, "theme", {})
    for missing in (custom.get(guild_id, "themes"), custom.delete(SYSTEM, guild_id, "themes")):
        with pytest.raises(CustomSettingNotFound):
            await missing


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {"items": schema}
    return schema


def doubling(levels: int) -> dict[str, Any]:
    """Return a schema of a few lines that is 2 ** levels schemas."""
    definitions: dict[str, Any] = {f"d{i}": {"allOf": [{"$ref": f"#/$defs/d{i + 1}"}] * 2} for i in range(levels)}
    return {"$ref": "#/$defs/d0", "$defs": {**definitions, f"d{levels}": {}}}


def chain(levels: int) -> dict[str, Any]:
    return {"$ref": "#/$defs/d0", "$defs": {f"d{i}": {"$ref": f"#/$defs/d{i + 1}"} for i in range(levels)}}


HOSTILE: dict[str, tuple[Any, str]] = {
    "text": ("{}", "schema"),
    "true": (True, "schema"),
    "remote": ({"$ref": "URL/schema.json"}, "schema.$ref"),
    "remote below": ({"properties": {"a": {"items": {"$ref": "URL"}}}}, "schema.properties.a.items.$ref"),
    "remote draft": ({"$schema": "URL"}, "schema.$schema"),
    "remote id": ({"$id": "URL", "$ref": "other"}, "schema.$id"),
    "dynamic": ({"$dynamicRef": "URL#x"}, "schema.$dynamicRef"),
    "recursive draft": ({"$recursiveRef": "#"}, "schema.$recursiveRef"),
    "vocabulary": ({"$vocabulary": {"URL": True}}, "schema.$vocabulary"),
    "file": ({"$ref": "file:///etc/passwd"}, "schema.$ref"),
    "itself": ({"$ref": "#"}, "schema.$ref"),
    "circle": (
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}},
        "schema.$defs.b.$ref",
    ),
    "circle that nobody enters": ({"$defs": {"a": {"not": {"$ref": "#/$defs/a"}}}}, "schema.$defs.a.not.$ref"),
    "nowhere": ({"$ref": "#/$defs/none"}, "schema.$ref"),
    "a number": ({"$ref": 5}, "schema.$ref"),
    "inner definitions": ({"items": {"$defs": {}}}, "schema.items.$defs"),
    "doubling": (doubling(100), "schema"),
    "doubling a little": (doubling(9), "schema"),
    "chain": (chain(400), "schema.$defs.d19.$ref"),
    "deep": (nested(25), "schema.items.items.items"),
    "very deep": (nested(40), "schema"),
    "large": ({"enum": ["x" * 20_000]}, "schema"),
    "many options": ({"enum": list(range(600))}, "schema"),
    "many patterns": ({"allOf": [{"pattern": str(number)} for number in range(60)]}, "schema"),
    "look ahead": ({"pattern": "(?=a)b"}, "schema.pattern"),
    "back reference": ({"pattern": r"(a)\1"}, "schema.pattern"),
    "broken pattern": ({"pattern": "(("}, "schema.pattern"),
    "pattern of patterns": ({"pattern": r"(\w{1000}){1000}"}, "schema.pattern"),
    "unknown keyword": ({"if": {}, "then": {}}, "schema.if"),
    "unknown format": ({"format": "regex"}, "schema.format"),
    "format that is none": ({"format": ["date"]}, "schema.format"),
    "wrong type": ({"type": "strin"}, "schema.type"),
    "wrong number": ({"minimum": "x"}, "schema.minimum"),
    "wrong list": ({"allOf": 5}, "schema.allOf"),
    "wrong properties": ({"properties": [1]}, "schema.properties"),
    "wrong definitions": ({"$defs": 5}, "schema.$defs"),
    "nul": ({"const": "\x00"}, "schema"),
    "half a character": ({"title": "\ud800"}, "schema"),
    "infinite": ({"maximum": float("inf")}, "schema"),
    "huge number": ({"maximum": 10**30}, "schema"),
}


def _aimed(value: Any, url: str) -> Any:
    if isinstance(value, dict):
        return {_aimed(key, url): _aimed(held, url) for key, held in value.items()}
    if isinstance(value, list):
        return [_aimed(held, url) for held in value]
    return value.replace("URL", url) if isinstance(value, str) else value


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_schema_is_refused_with_its_place_and_reaches_nobody(name: str, server: CountingServer) -> None:
    schema, place = HOSTILE[name]
    problems = schema_problems(_aimed(schema, server.url))
    assert any(where.startswith(place) for where in problems), problems
    assert all(problems.values())
    assert len(problems) <= custom_schema.MOST_PROBLEMS
    assert server.connections == 0


async def test_a_hostile_schema_is_not_stored(
    custom: CustomSettingController, guild_id: int, server: CountingServer
) -> None:
    for schema, _place in HOSTILE.values():
        with pytest.raises(GuildbaseError):
            await custom.define(SYSTEM, guild_id, "theme", _aimed(schema, server.url))
    assert await custom.all(guild_id) == {}
    assert server.connections == 0


GOOD = {
    "$schema": custom_schema.DRAFT,
    "title": "Rooms",
    "description": "Where what happens.",
    "type": "object",
    "required": ["rooms"],
    "additionalProperties": False,
    "properties": {
        "rooms": {"type": "array", "items": {"$ref": "#/$defs/room"}, "maxItems": 3, "uniqueItems": True},
        "name": {"type": "string", "pattern": r"^[\w-]{1,32}$", "default": "x"},
        "at": {"format": "date-time"},
        "who": {"anyOf": [{"type": "string", "format": "user"}, {"type": "null"}]},
    },
    "$defs": {"room": {"type": "string", "format": "channel"}},
}


@pytest.mark.parametrize(
    ("value", "places"),
    [
        ({"rooms": []}, set()),
        ({"rooms": [ROLE], "name": "a-b", "at": "2026-01-01T00:00:00Z", "who": None}, set()),
        ({}, {"value"}),
        ({"rooms": ["hall"]}, {"value.rooms.0"}),
        (
            {"rooms": [ROLE] * 2, "name": "a b", "at": "today", "x": 1},
            {"value.rooms", "value.name", "value.at", "value"},
        ),
        (5, {"value"}),
    ],
)
def test_a_value_is_checked_with_the_place_of_each_mistake(value: Any, places: set[str]) -> None:
    assert schema_problems(GOOD) == {}
    assert set(problems_of(GOOD, value)) == places


FAR = "it does not fit the schema, and is too large to say where"


@pytest.mark.parametrize(
    ("schema", "value", "told"),
    [
        ({"items": {"allOf": [{"type": "string", "minLength": n} for n in range(240)]}}, [1] * 8_000, {"value": FAR}),
        ({"anyOf": [{"items": {"oneOf": [{"minimum": n} for n in range(240)]}}]}, [1] * 8_000, {"value": FAR}),
        ({"items": {"enum": list(range(10, 480))}}, [1] * 8_000, {"value": FAR}),
        ({"items": {"allOf": [{"minimum": -n} for n in range(480)]}}, [1] * 8_000, {}),
        ({"uniqueItems": True}, [[n] for n in range(2_000)], {}),
        ({"allOf": [{"pattern": f"^(a+)+(?:{n})?$"} for n in range(40)]}, "a" * 16_000, {}),
        ({"items": {"pattern": "(.*.*.*.*)*!?$"}}, ["aä"] * 1_500, {}),
    ],
    ids=["all-of", "one-of", "enum", "all", "unique", "patterns", "stars"],
)
def test_the_worst_that_fits_the_limits_is_done_at_once(
    schema: dict[str, Any], value: Any, told: dict[str, str]
) -> None:
    assert schema_problems(schema) == {}
    begun = time.process_time()
    assert problems_of(schema, value) == told
    # Told in full, the mistakes of the first would take more than a minute.
    log.info("%d values were checked in %.1f ms", len(value), (time.process_time() - begun) * 1000)


@pytest.mark.parametrize(
    "value", ["\x00", "\ud800", float("nan"), 2**63, ["x" * 9_000] * 2, {"a": object()}],
    ids=["nul", "half", "nan", "number", "size", "object"],
)  # fmt: skip
async def test_what_cannot_be_stored_is_refused(custom: CustomSettingController, guild_id: int, value: Any) -> None:
    await custom.define(SYSTEM, guild_id, "theme", {})
    with pytest.raises(InvalidInput):
        await custom.set(SYSTEM, guild_id, "theme", value)
    assert not (await custom.get(guild_id, "theme")).is_set


IDS = {
    "properties": {
        "one": {"format": "role"},
        "many": {"prefixItems": [{"format": "channel"}], "items": {"anyOf": [{"type": "null"}, {"format": "role"}]}},
        "table": {"propertyNames": {"format": "role"}, "additionalProperties": {"$ref": "#/$defs/user"}},
        "free": {},
    },
    "additionalProperties": False,
    "$defs": {"user": {"allOf": [True, {"format": "user"}]}},
}
A, B, C, D, E = (str(1128754567890123457 + number) for number in range(5))


def test_ids_are_found_and_replaced_where_the_schema_tells_of_them() -> None:
    value = {"one": A, "many": [B, C, None], "table": {D: E}, "free": "no id"}
    assert schema_problems(IDS) == {}
    assert problems_of(IDS, value) == {}
    found = [(it.refers, str(it.id)) for it in custom_schema.references(IDS, value, "here")]
    assert sorted(found) == sorted(
        [(Refers.ROLE, A), (Refers.CHANNEL, B), (Refers.ROLE, C), (Refers.ROLE, D), (Refers.MEMBER, E)]
    )
    moved = custom_schema.mapped(IDS, value, {int(A): 5, int(B): 6, int(C): None, int(D): None, int(E): 7})
    assert moved == {"one": "5", "many": ["6", None], "table": {}, "free": "no id"}
    assert custom_schema.mapped(IDS, value, {int(A): None})["many"] == [B, C, None]
    assert "one" not in custom_schema.mapped(IDS, value, {int(A): None})
    assert custom_schema.mapped({"format": "role"}, A, {int(A): None}) is None
    assert list(custom_schema.references({"format": "role"}, "no id", "here")) == []
