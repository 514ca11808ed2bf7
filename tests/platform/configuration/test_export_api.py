"""Export, import and a server's own settings over HTTP, with the bot in a server of the simulator."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from guildbase.api.middleware import MAX_IMPORT
from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM
from guildbase.core.settings import DEFAULT_API_KEY
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.guilds.controller import GuildController
from guildbase.simulator import ScriptedGuild, Simulator
from guildbase.testing.running import api_client
from tests.factories import new_id
from tests.waiting import until

THEME = {"type": "string", "enum": ["dark", "light"]}


def ids_of(bot: GuildbaseBot, guild_id: int) -> dict[str, int]:
    guild = bot.get_guild(guild_id)
    assert guild is not None
    return {it.name: it.id for it in (*guild.channels, *guild.roles)}


async def test_a_server_is_taken_to_another_by_the_names_that_the_bot_sees(
    guildbase_api: httpx.AsyncClient, guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild
) -> None:
    guild.member("mod", roles=["Moderator"])
    other = discord.guild("Other", shard=0)
    other.member("mod", roles=["Moderator"])
    guilds = guildbase_bot.services.get(GuildController)
    await until(lambda: guildbase_bot.get_guild(other.id) is not None)
    for known in (guild.id, other.id):
        await guilds.join(known)
    await until(lambda: all("Moderator" in ids_of(guildbase_bot, known) for known in (guild.id, other.id)))
    here, there = ids_of(guildbase_bot, guild.id), ids_of(guildbase_bot, other.id)
    changes = {"prefix": "?", "mod_log_channel": here["mod-log"], "level_3_role": here["Moderator"]}
    await guildbase_bot.services.get(ConfigurationController).change(SYSTEM, guild.id, "guilds", changes)

    exported = (await guildbase_api.get(f"/guilds/{guild.id}/export")).raise_for_status()
    assert exported.headers["Content-Disposition"] == f'attachment; filename="guildbase-{guild.id}.json"'
    assert exported.json()["roles"] == {str(here["Moderator"]): {"name": "Moderator"}}

    path = f"/guilds/{other.id}/import"
    planned = (
        (await guildbase_api.post(path, params={"dry_run": True}, content=exported.content)).raise_for_status().json()
    )
    assert (planned["is_done"], planned["is_refused"], planned["left_out"]) == (False, False, {})
    assert {it["path"]: it["after"] for it in planned["changes"]} == {
        "settings.guilds.prefix": "?",
        "settings.guilds.mod_log_channel": str(there["mod-log"]),
        "settings.guilds.level_3_role": str(there["Moderator"]),
    }
    assert {(it["kind"], it["name"], it["new_id"]) for it in planned["replaced"]} == {
        ("channel", "mod-log", str(there["mod-log"])),
        ("role", "Moderator", str(there["Moderator"])),
    }
    assert (await guilds.load(other.id)).prefix == "!"

    arguments: dict[str, Any] = {"params": {"fingerprint": planned["fingerprint"]}, "content": exported.content}
    first = await guildbase_api.post(path, headers={"Idempotency-Key": "one"}, **arguments)
    assert first.json() == {
        **planned,
        "is_done": True,
        "fingerprint": "",
        "sections": [],
        "changes": [],
        "replaced": [],
    }
    again = await guildbase_api.post(path, headers={"Idempotency-Key": "one"}, **arguments)
    assert again.json() == first.json()
    late = await guildbase_api.post(path, **arguments)
    assert (late.status_code, late.json()["code"]) == (409, "server_changed")
    assert (await guilds.load(other.id)).level_roles == {there["Moderator"]: 3}


async def test_only_the_chosen_sections_are_taken_in(services: Any) -> None:
    guild_id, configuration = new_id(), services.get(ConfigurationController)
    await services.get(GuildController).join(guild_id)
    async with api_client(services) as client:
        await client.post(f"/guilds/{guild_id}/standings", json={"subject_id": str(new_id()), "status": "blocked"})
        await configuration.change(SYSTEM, guild_id, "guilds", {"prefix": "?"})
        exported = (await client.get(f"/guilds/{guild_id}/export")).content
        await configuration.change(SYSTEM, guild_id, "guilds", {"prefix": "$"})
        [standing] = (await client.get(f"/guilds/{guild_id}/standings")).json()["standings"]
        await client.delete(f"/guilds/{guild_id}/standings/{standing['subject_id']}")

        path, chosen = f"/guilds/{guild_id}/import", {"sections": ["settings.guilds"]}
        whole = (await client.post(path, params={"dry_run": True}, content=exported)).json()
        part = (await client.post(path, params={"dry_run": True, **chosen}, content=exported)).json()
        assert {it["name"] for it in whole["sections"] if it["change_count"]} == {"settings.guilds", "standing"}
        assert part["sections"] == [{"name": "settings.guilds", "change_count": 1}]
        wrong = {"fingerprint": whole["fingerprint"], **chosen}
        assert (await client.post(path, params=wrong, content=exported)).json()["code"] == "server_changed"
        done = await client.post(path, params={"fingerprint": part["fingerprint"], **chosen}, content=exported)
        assert done.json()["change_count"] == 1
        assert (await client.get(f"/guilds/{guild_id}/standings")).json()["standings"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 422), (b'{"a": 1, "a": 1}', 422), (b"[" * 9_999, 422), (b"{}", 422), (b" " * (MAX_IMPORT + 1), 413)],
    ids=["no-json", "twice", "deep", "empty", "large"],
)
@pytest.mark.databases("sqlite")
async def test_a_bad_body_is_refused(services: Any, body: bytes, status: int) -> None:
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    async with api_client(services) as client:
        answer = await client.post(f"/guilds/{guild_id}/import", content=body)
        assert answer.status_code == status
        assert answer.json()["detail"]


async def test_own_settings_are_made_set_taken_back_and_deleted(services: Any) -> None:
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    async with api_client(services) as client:
        path = f"/guilds/{guild_id}/custom-settings"
        assert (await client.get(path)).json() == {"settings": []}
        made = (await client.put(f"{path}/theme", json={"value_schema": THEME, "version": 0})).json()
        assert made == {"name": "theme", "version": 1, "value_schema": THEME, "is_set": False, "value": None}
        assert (await client.put(f"{path}/theme/value", json={"value": "dark"})).json()["version"] == 2
        wrong = (await client.put(f"{path}/theme/value", json={"value": "pink"})).json()
        assert (wrong["code"], list(wrong["problems"])) == ("invalid_input", ["value"])
        assert (await client.put(f"{path}/theme", json={"value_schema": {}, "version": 1})).status_code == 409
        assert (await client.put(f"{path}/theme", json={"value_schema": {}, "x": 1})).status_code == 422
        assert (await client.get(f"{path}/theme")).json()["value"] == "dark"
        assert [it["name"] for it in (await client.get(path)).json()["settings"]] == ["theme"]
        assert (await client.delete(f"{path}/theme")).status_code == 204
        assert (await client.get(f"{path}/theme")).json()["code"] == "custom_setting_not_found"
        back = (await client.post(f"{path}/theme/rollback", json={"to": 2, "reason": "Oh"})).json()
        assert (back["version"], back["value"]) == (4, "dark")
        assert (await client.get(f"/guilds/{new_id()}/custom-settings")).status_code == 404


@pytest.mark.databases("sqlite")
async def test_without_the_key_nothing_is_told(services: Any) -> None:
    guild_id = new_id()
    async with api_client(services) as client:
        del client.headers["X-API-Key"]
        assert DEFAULT_API_KEY not in json.dumps(dict(client.headers))
        for path in ("export", "custom-settings", "custom-settings/theme"):
            assert (await client.get(f"/guilds/{guild_id}/{path}")).status_code == 401
        assert (await client.post(f"/guilds/{guild_id}/import", content=b"{}")).status_code == 401
