"""Settings over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jsonschema_rs
import pytest

from guildbase.api.app import create_app
from guildbase.core.settings import DEFAULT_API_KEY
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.services.container import BotServices
from tests.factories import new_id


@pytest.fixture
async def client(services: BotServices) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
    headers = {"X-API-Key": DEFAULT_API_KEY}
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1", headers=headers) as made:
        yield made


@pytest.fixture
def path(guild_id: int) -> str:
    return f"/guilds/{guild_id}/config/greeter"


async def test_settings_are_read_changed_reset_and_rolled_back(
    client: httpx.AsyncClient, guild_id: int, path: str
) -> None:
    role = str(new_id())
    body = {"changes": {"text": "Hi", "roles": [role]}, "reason": "For the party.", "version": 0}
    changed = await client.patch(path, json=body)
    assert changed.json() == {"feature": "greeter", "version": 1, "changed": ["roles", "text"]}
    assert (await client.patch(path, json=body | {"version": 1})).json()["changed"] == []

    found = (await client.get(path)).json()
    assert (found["version"], found["is_set"], found["ignored"], found["obstacle"]) == (1, ["roles", "text"], {}, "")
    assert (found["values"]["roles"], found["values"]["text"], found["values"]["cooldown"]) == ([role], "Hi", "5m")
    every = (await client.get(f"/guilds/{guild_id}/config")).json()["features"]
    assert found in every
    assert {"guilds", "configuration", "greeter"} <= {it["feature"] for it in every}

    reset = await client.request("DELETE", path, json={"keys": ["text"], "version": 1})
    assert reset.json() == {"feature": "greeter", "version": 2, "changed": ["text"]}
    assert (await client.delete(path)).json() == {"feature": "greeter", "version": 3, "changed": ["roles"]}
    back = await client.post(f"{path}/rollback", json={"to": 1, "reason": "It was good."})
    assert back.json() == {"feature": "greeter", "version": 4, "changed": ["roles", "text"]}

    history = (await client.get(f"{path}/history", params={"limit": 3})).json()
    assert [(it["version"], it["kind"]) for it in history["entries"]] == [(4, "rollback"), (3, "reset"), (2, "reset")]
    assert history["next_after"] == "2"
    assert history["entries"][2]["changes"] == {"text": {"before": "Hi"}}
    oldest = (await client.get(f"{path}/history", params={"after": 2})).json()
    assert (oldest["entries"][0]["reason"], oldest["next_after"]) == ("For the party.", None)


async def test_a_version_that_is_gone_by_is_a_conflict(client: httpx.AsyncClient, path: str) -> None:
    await client.patch(path, json={"changes": {"low": 2}})
    for answer in (
        await client.patch(path, json={"changes": {"low": 3}, "version": 0}),
        await client.request("DELETE", path, json={"version": 0}),
        await client.post(f"{path}/rollback", json={"to": 0, "version": 0}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "settings_changed")
    assert (await client.get(path)).json()["values"]["low"] == 2


async def test_a_rollback_that_is_sent_again_is_done_once(client: httpx.AsyncClient, path: str) -> None:
    await client.patch(path, json={"changes": {"low": 2}})
    headers = {"Idempotency-Key": "undo"}
    sent = [client.post(f"{path}/rollback", json={"to": 0}, headers=headers) for _ in range(10)]
    answers = await asyncio.gather(*sent)
    assert {it.status_code for it in answers} <= {200, 409}
    again = await client.post(f"{path}/rollback", json={"to": 0}, headers=headers)
    assert again.json() == {"feature": "greeter", "version": 2, "changed": ["low"]}
    other = await client.post(f"{path}/rollback", json={"to": 1}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert (await client.get(path)).json()["version"] == 2


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"changes": {"low": -1, "share": 2}}, "low"),
        ({"changes": {}}, "body.changes"),
        ({"changes": {"low": 2}, "odd": 1}, "body.odd"),
        ({"changes": {"low": 2}, "reason": "x" * 501}, "body.reason"),
        ({"changes": {"low": 2}, "version": -1}, "body.version"),
        ({"changes": [1]}, "body.changes"),
    ],
    ids=["values", "empty", "extra", "reason", "version", "list"],
)
async def test_a_wrong_body_is_told_by_its_place(
    client: httpx.AsyncClient, controller: ConfigurationController, path: str, body: dict[str, Any], place: str
) -> None:
    answer = await client.patch(path, json=body)
    assert answer.status_code == 422
    assert place in answer.json()["problems"]
    assert (await client.get(path)).json()["version"] == 0


async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, guild_id: int, path: str) -> None:
    stranger = new_id()
    asked = {
        "unknown_feature": client.get(f"/guilds/{guild_id}/config/greter"),
        "unknown_setting": client.patch(path, json={"changes": {"txet": "Hi"}}),
        "version_not_found": client.post(f"{path}/rollback", json={"to": 7}),
        "guild_not_found": client.patch(f"/guilds/{stranger}/config/greeter", json={"changes": {"low": 2}}),
    }
    for code, request in asked.items():
        answer = await request
        assert (answer.status_code, answer.json()["code"]) == (404, code)
    for part in ("", "/greeter", "/greeter/schema", "/greeter/history"):
        assert (await client.get(f"/guilds/{stranger}/config{part}")).status_code == 404


async def test_the_schemas_say_what_forms_need(client: httpx.AsyncClient, path: str) -> None:
    schema = (await client.get(f"{path}/schema")).json()
    every = (await client.get("/config/schema")).json()
    assert every["greeter"] == schema
    kinds = {key: it["x-kind"] for key, it in schema["properties"].items()}
    assert kinds == {
        "text": "text", "channel": "channel", "cooldown": "duration", "low": "integer", "high": "integer",
        "share": "number", "style": "choice", "colour": "colour", "roles": "role", "words": "other",
        "is_loud": "bool",
    }  # fmt: skip
    assert (schema["x-shape"], schema["properties"]["low"]["maximum"]) == (2, 1000)
    assert schema["properties"]["style"]["enum"] == ["short", "long"]
    assert schema["properties"]["cooldown"]["default"] == "5m"
    assert all(it["description"] for it in schema["properties"].values())


async def test_what_is_stored_fits_the_schema_of_every_feature(client: httpx.AsyncClient, guild_id: int) -> None:
    role = str(new_id())
    changes: dict[str, dict[str, Any]] = {
        "greeter": {"roles": [role], "channel": role, "cooldown": "2h", "words": {"a": [1]}, "colour": "red"},
        "guilds": {"prefix": "?", "level_2_role": role, "locale": "de"},
        "configuration": {"commands_off": {"case view": "Later."}},
    }
    schemas = (await client.get("/config/schema")).json()
    for feature, wanted in changes.items():
        await client.patch(f"/guilds/{guild_id}/config/{feature}", json={"changes": wanted})
    for found in (await client.get(f"/guilds/{guild_id}/config")).json()["features"]:
        jsonschema_rs.meta.validate(schemas[found["feature"]])
        validator = jsonschema_rs.validator_for(schemas[found["feature"]])
        validator.validate(found["values"])
        validator.validate({key: found["values"][key] for key in found["is_set"]})
        assert not validator.is_valid({"unheard_of": 1})
