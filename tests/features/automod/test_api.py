"""Rules over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any

import httpx
import pytest

from guildbase.api.app import create_app
from guildbase.bot.client import GuildbaseBot
from guildbase.core.errors import NotFound, PermissionDenied
from guildbase.core.ports import SYSTEM, Caller
from guildbase.core.rights import Right
from guildbase.core.settings import DEFAULT_API_KEY
from guildbase.features.automod.controller import ListController, RuleController, ViolationController
from guildbase.features.automod.controller.violations import NewViolation
from guildbase.features.automod.kinds import ListKind, Preset
from guildbase.features.automod.past import PastMessages
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices
from guildbase.simulator import Person, ScriptedGuild
from tests.factories import member as a_member
from tests.factories import new_id

RULE: dict[str, Any] = {
    "name": "bad words",
    "document": {"trigger": {"type": "words", "words": ["bad"]}, "effects": [{"type": "delete"}]},
}


@pytest.fixture
async def client(services: BotServices) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the real application; the test runs on SQLite and on PostgreSQL."""
    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
    headers = {"X-API-Key": DEFAULT_API_KEY}
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1", headers=headers) as made:
        yield made


async def test_a_rule_is_made_read_changed_tried_and_deleted(client: httpx.AsyncClient, services: BotServices) -> None:
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    path = f"/guilds/{guild_id}/automod/rules"
    made = await client.post(path, json=RULE)
    assert made.status_code == 201
    assert (made.json()["number"], made.json()["document"]["exempt_permissions"]) == (1, "8192")
    assert (await client.get(f"{path}/1")).json() == made.json()
    changed = await client.put(f"{path}/1", json=RULE | {"is_dry_run": True})
    assert changed.json()["is_dry_run"] is True
    assert [it["number"] for it in (await client.get(path)).json()["rules"]] == [1]
    tried = (await client.post(f"/guilds/{guild_id}/automod/test", json={"content": "so bad"})).json()
    hit = {"number": 1, "name": "bad words", "matched": "bad", "is_dry_run": True, "effects": ["delete"]}
    assert (tried["broken"], tried["spared"], tried["punishment"], tried["user_id"]) == ([hit], {}, None, None)
    assert (await client.delete(f"{path}/1")).status_code == 204
    gone = await client.get(f"{path}/1")
    assert gone.status_code == 404
    assert "automod_rule_not_found" in gone.text


async def test_a_rule_and_a_preset_are_made_once_for_each_key(client: httpx.AsyncClient, services: BotServices) -> None:
    guild_id = await _server(services)
    path = f"/guilds/{guild_id}/automod"
    for number, (part, body) in enumerate((("rules", RULE), ("presets", {"preset": "invites"})), start=1):
        headers = {"Idempotency-Key": part}
        made = [await client.post(f"{path}/{part}", json=body, headers=headers) for _time in range(2)]
        assert [(it.status_code, it.json()["number"]) for it in made] == [(201, number)] * 2
        assert made[0].json() == made[1].json()
    assert (await client.post(f"{path}/rules", json=RULE)).json()["number"] == 3
    assert len((await client.get(f"{path}/rules")).json()["rules"]) == 3


@pytest.mark.parametrize("wrong", [{"name": "x"}, RULE | {"name": ""}, RULE | {"document": {"trigger": {"type": "x"}}}])
async def test_what_is_no_rule_is_refused(
    client: httpx.AsyncClient, services: BotServices, wrong: dict[str, Any]
) -> None:
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    assert (await client.post(f"/guilds/{guild_id}/automod/rules", json=wrong)).status_code == 422


ON_ONE = pytest.mark.databases("sqlite")
"""For what has nothing to do with how a database locks or sorts."""


@ON_ONE
async def test_a_rule_is_switched_and_moved_without_saying_it_all_again(
    client: httpx.AsyncClient, services: BotServices
) -> None:
    guild_id = await _server(services)
    path = f"/guilds/{guild_id}/automod/rules"
    await client.post(path, json=RULE)
    changed = (await client.patch(f"{path}/1", json={"is_active": False, "priority": 7})).json()
    assert (changed["is_active"], changed["priority"], changed["name"]) == (False, 7, "bad words")
    assert changed["native_objection"] is None
    for wrong in ({"number": 2}, {"name": ""}, {"priority": -1}):
        assert (await client.patch(f"{path}/1", json=wrong)).status_code == 422
    assert (await client.patch(f"{path}/9", json={"is_active": True})).status_code == 404


@ON_ONE
async def test_problems_of_a_rule_name_their_field(client: httpx.AsyncClient, services: BotServices) -> None:
    guild_id = await _server(services)
    document = {"trigger": {"type": "regex", "patterns": ["("]}, "effects": [{"type": "ban", "duration": "soon"}]}
    wrong = {"name": "x", "document": document}
    refused = await client.post(f"/guilds/{guild_id}/automod/rules", json=wrong)
    assert refused.status_code == 422
    assert {"body.document.trigger.regex", "body.document.effects.0.ban.duration"} <= set(refused.json()["problems"])


@ON_ONE
async def test_every_preset_becomes_a_rule_and_the_schema_knows_its_parts(
    client: httpx.AsyncClient, services: BotServices
) -> None:
    guild_id = await _server(services)
    automod = f"/guilds/{guild_id}/automod"
    presets = (await client.get(f"{automod}/presets")).json()["presets"]
    assert {it["preset"] for it in presets} == set(Preset)
    made = await client.post(f"{automod}/presets", json={"preset": "spam", "is_dry_run": True})
    assert (made.status_code, made.json()["is_dry_run"], made.json()["name"]) == (201, True, "spam")
    document = (await client.get(f"{automod}/schema")).json()["$defs"]["RuleDocument"]["properties"]
    assert {it["rule"]["document"]["trigger"]["type"] for it in presets} <= set(
        document["trigger"]["discriminator"]["mapping"]
    )


@ON_ONE
async def test_lists_are_filled_replaced_and_deleted(client: httpx.AsyncClient, services: BotServices) -> None:
    guild_id = await _server(services)
    lists = f"/guilds/{guild_id}/automod/lists"
    kept = (await client.put(f"{lists}/slurs", json={"kind": "words", "entries": ["bad", "worse", "bad"]})).json()
    assert kept["entries"] == ["bad", "worse"]
    assert (await client.get(lists)).json()["lists"] == [{"name": "slurs", "kind": "words", "count": 2}]
    await client.put(f"{lists}/slurs", json={"kind": "domains", "entries": ["example.org"]})
    assert (await client.get(f"{lists}/slurs")).json() == {
        "name": "slurs", "kind": "domains", "entries": ["example.org"],
    }  # fmt: skip
    wrong = await client.put(f"{lists}/slurs", json={"kind": "regex", "entries": ["("]})
    assert (wrong.status_code, list(wrong.json()["problems"])) == (422, ["("])
    assert (await client.delete(f"{lists}/slurs")).status_code == 204
    assert (await client.get(f"{lists}/slurs")).status_code == 404


async def test_violations_are_paged_dismissed_allowed_and_cleared(
    client: httpx.AsyncClient, services: BotServices
) -> None:
    guild_id, user_id = await _server(services), new_id()
    automod = f"/guilds/{guild_id}/automod"
    await client.post(f"{automod}/rules", json=RULE)
    controller = services.get(ViolationController)
    for number in range(3):
        new = NewViolation(user_id, "Terry", 1, "bad words", message_id=new_id(), matched=f"bad{number}", points=2)
        await controller.run(SYSTEM, partial(controller.add, guild_id=guild_id, new=new))
    page = (await client.get(f"{automod}/violations", params={"limit": 2})).json()
    assert [it["matched"] for it in page["violations"]] == ["bad2", "bad1"]
    assert page["points"] is None
    rest = (await client.get(f"{automod}/violations", params={"after": page["next_after"], "user": user_id})).json()
    assert ([it["matched"] for it in rest["violations"]], rest["next_after"]) == (["bad0"], None)
    assert rest["points"] == pytest.approx(6, abs=0.01)
    [newest, second] = [it["violation_id"] for it in page["violations"]]
    assert (await client.post(f"{automod}/violations/{newest}/dismiss")).json() == {"cleared": 1}
    rule = (await client.post(f"{automod}/violations/{second}/allow")).json()
    assert rule["document"]["trigger"]["allowed"] == ["bad1"]
    assert (await client.delete(f"{automod}/violations", params={"user": user_id})).json() == {"cleared": 1}
    elsewhere = f"/guilds/{await _server(services)}/automod"
    assert (await client.post(f"{elsewhere}/violations/{newest}/dismiss")).status_code == 404


async def test_who_may_only_look_sees_rules_and_changes_none(services: BotServices) -> None:
    guild_id = await _server(services)
    rules, violations = services.get(RuleController), services.get(ViolationController)
    await rules.create(SYSTEM, guild_id, RULE)
    for right in (Right.VIEW_CASES, Right.VIEW_SETTINGS):
        viewer = a_member(guild_id, rights=right)
        assert len(await rules.list(viewer, guild_id)) == 1
        assert await violations.list(viewer, guild_id) == []
        for attempt in (
            rules.change(viewer, guild_id, 1, {"is_active": False}),
            violations.clear(viewer, guild_id, new_id()),
            services.get(ListController).replace(viewer, guild_id, "x", ListKind.WORDS, ["bad"]),
            rules.list(replace(viewer, guild_id=new_id()), guild_id),
        ):
            with pytest.raises(PermissionDenied):
                await attempt


async def test_a_past_message_is_tried_by_its_link_if_the_asker_can_read_it(
    guildbase_api: httpx.AsyncClient, guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    automod, services = f"/guilds/{guild.id}/automod", guildbase_bot.services
    said = await member.says("so bad", channel="general")
    await guildbase_api.post(f"{automod}/rules", json=RULE)
    link = f"https://discord.com/channels/{guild.id}/{guild.find_channel('general').id}/{said.id}"
    tried = (await guildbase_api.post(f"{automod}/test", json={"message": link})).raise_for_status().json()
    assert (tried["content"], tried["user_id"]) == ("so bad", str(member.id))
    assert [hit["number"] for hit in tried["broken"]] == [1]
    past = services.get(PastMessages)
    asker = Caller(user_id=member.id, guild_id=guild.id)
    assert (await past.read(asker, guild.id, link)).content == "so bad"
    for caller, wrong, problem in (
        (asker, link.replace(str(said.id), str(new_id())), NotFound),
        (asker, link.replace(str(guild.id), str(new_id())), NotFound),
        (asker, "https://discord.com/channels/1/2/3", NotFound),
        (Caller(user_id=new_id(), guild_id=guild.id), link, NotFound),
        (Caller(guild_id=guild.id, key_id=1), link, PermissionDenied),
    ):
        with pytest.raises(problem):
            await past.read(caller, guild.id, wrong)
    for body in ({}, {"content": "x", "message": link}):
        assert (await guildbase_api.post(f"{automod}/test", json=body)).status_code == 422


async def _server(services: BotServices) -> int:
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    return guild_id
