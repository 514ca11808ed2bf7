"""The routes of permissions, on the services of a running bot."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from guildbase.simulator import Person, ScriptedGuild
from tests.factories import new_id


@pytest.fixture
def path(guild: ScriptedGuild) -> str:
    return f"/guilds/{guild.id}/permissions"


def about(member: Person | int, **changes: Any) -> dict[str, Any]:
    member_id = member if isinstance(member, int) else member.id
    rule = {"subject": "member", "subject_id": str(member_id), "scope": "command", "target": "ping", "access": "deny"}
    return rule | changes


async def test_a_rule_is_made_seen_and_removed(guildbase_api: httpx.AsyncClient, path: str, member: Person) -> None:
    made = (await guildbase_api.post(path, json=about(member, reason="spam"))).json()
    again = (await guildbase_api.post(path, json=about(member, reason="spam"))).json()
    assert (made["is_new"], again["is_new"], again["rule"]["number"]) == (True, False, 1)
    assert made["rule"]["subject_id"] == str(member.id)
    assert "Rule #1" in (await member.slash("ping")).text
    listed = (await guildbase_api.get(path)).json()
    assert [(it["number"], it["access"], it["reason"]) for it in listed["rules"]] == [(1, "deny", "spam")]
    removed = await guildbase_api.delete(f"{path}/1")
    assert removed.json()["target"] == "ping"
    assert (await guildbase_api.delete(f"{path}/1")).status_code == 404
    assert (await guildbase_api.delete(f"{path}/{2**40}")).status_code == 404
    assert (await member.slash("ping")).text.startswith("Pong!")


async def test_an_explanation_is_that_of_the_bot(
    guildbase_api: httpx.AsyncClient, path: str, guild: ScriptedGuild, member: Person
) -> None:
    await guildbase_api.post(path, json=about(member, target="warn", access="allow"))
    wanted = {"member": str(member.id), "channel": str(guild.channel("general").id), "command": "warn"}
    told = (await guildbase_api.get(f"{path}/explain", params=wanted)).json()
    assert (told["outcome"], told["decided_by"], told["rule_number"]) == ("allowed", "rule", 1)
    assert (told["meets_floor"], told["needs"], told["needs_level"]) == (False, str(1 << 40), 3)
    assert [(rule["subject_id"], rule["weight"]) for rule in told["rules"]] == [(str(member.id), "decides")]
    for change in ({"member": str(new_id())}, {"channel": str(new_id())}, {"command": "dance"}):
        refused = await guildbase_api.get(f"{path}/explain", params=wanted | change)
        assert refused.status_code == 404, refused.text
        assert "There is no" in refused.json()["detail"]
    elsewhere = await guildbase_api.get(f"/guilds/{new_id()}/permissions/explain", params=wanted)
    assert elsewhere.status_code == 404


async def test_checks_come_in_pages(guildbase_api: httpx.AsyncClient, path: str, member: Person) -> None:
    await guildbase_api.post(path, json=about(member))
    for _ in range(3):
        await member.slash("ping")
    first = (await guildbase_api.get(f"{path}/checks", params={"limit": 2})).json()
    rest = (await guildbase_api.get(f"{path}/checks", params={"after": first["next_after"]})).json()
    assert [len(first["checks"]), len(rest["checks"]), rest["next_after"]] == [2, 1, None]
    assert {(it["user_id"], it["outcome"], it["decided_by"]) for it in first["checks"]} == {
        (str(member.id), "refused", "rule")
    }
    others = await guildbase_api.get(f"{path}/checks", params={"member": str(new_id())})
    assert others.json()["checks"] == []


WRONG: tuple[dict[str, Any], ...] = (
    {"subject_id": "7"},
    {"subject_id": None},
    {"subject": "friend"},
    {"scope": "module", "target": "dancing"},
    {"scope": "everything"},
    {"target": ""},
    {"target": "x" * 101},
    {"target": "a\x00b"},
    {"reason": "a\x00b"},
    {"reason": "x" * 501},
    {"expires_at": "2020-01-01T00:00:00Z"},
    {"expires_at": "2099-01-01T00:00:00"},
    {"only": True},
    {"extra": 1},
    {"access": "maybe"},
)


async def test_what_is_wrong_is_refused_and_nothing_is_written(guildbase_api: httpx.AsyncClient, path: str) -> None:
    for change in WRONG:
        refused = await guildbase_api.post(path, json=about(new_id()) | change)
        assert refused.status_code == 422, change
        assert refused.json()["problems"], change
    assert (await guildbase_api.get(path)).json()["rules"] == []


async def test_an_unknown_server_and_a_missing_key_are_refused(guildbase_api: httpx.AsyncClient, path: str) -> None:
    assert (await guildbase_api.post(f"/guilds/{new_id()}/permissions", json=about(new_id()))).status_code == 404
    assert (await guildbase_api.get(path, headers={"X-API-Key": "wrong"})).status_code == 401
