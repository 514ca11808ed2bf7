"""API keys: shown once, bound to a server and to whoever made them, and dead at once when they are revoked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput, PermissionDenied
from guildbase.core.ports import SYSTEM, Caller
from guildbase.core.rights import Right
from guildbase.core.settings import DEFAULT_API_KEY, Settings
from guildbase.database.manager import DatabaseManager
from guildbase.platform.access.controller import AccessController
from guildbase.platform.access.grants import Holder
from guildbase.platform.access.models import HolderKind
from guildbase.platform.accounts.controller import KeyController
from guildbase.platform.accounts.controller import keys as keys_module
from guildbase.platform.accounts.controller.keys import KeyNotFound, NewKey
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices
from guildbase.simulator import Person, ScriptedGuild, Simulator
from tests.api.signing_in import sign_in, visitor
from tests.factories import new_id

OPERATOR = {"X-API-Key": DEFAULT_API_KEY}


@pytest.fixture
async def program(api: BotServices) -> AsyncIterator[httpx.AsyncClient]:
    """A program that uses the API alone, without a bot."""
    async with visitor(api) as client:
        yield client


async def test_a_key_is_shown_once_and_stored_nowhere(program: httpx.AsyncClient, api: BotServices) -> None:
    headers = OPERATOR | {"Idempotency-Key": "make-one"}
    made = (await program.post("/operator/keys", json={"name": "Backup"}, headers=headers)).json()
    assert made["secret"].startswith(made["key"]["prefix"])
    assert len(made["secret"]) == 46
    again = await program.post("/operator/keys", json={"name": "Backup"}, headers=headers)
    assert (again.status_code, again.json()["secret"]) == (201, None)
    assert again.json()["key"]["number"] == made["key"]["number"]
    async with api.get(DatabaseManager).read_session() as session:
        answers = (await session.execute(text("SELECT CAST(answer AS text) FROM idempotent_answer"))).scalars().all()
        row = (await session.execute(text("SELECT prefix, digest, name FROM api_key"))).one()
    assert made["secret"] not in f"{answers} {row}"
    assert (await program.get("/shards", headers={"X-API-Key": made["secret"]})).status_code == 200
    listed = (await program.get("/operator/keys", headers=OPERATOR)).json()["keys"]
    assert [it["name"] for it in listed] == ["Backup"]
    assert listed[0]["last_used_at"] is not None
    assert "secret" not in listed[0]


async def test_a_revoked_expired_or_guessed_key_opens_nothing(
    program: httpx.AsyncClient, api: BotServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def status(key: str) -> int:
        return (await program.get("/shards", headers={"X-API-Key": key})).status_code

    ends = (utcnow() + timedelta(hours=1)).isoformat()
    body = {"name": "Short", "expires_at": ends}
    made = (await program.post("/operator/keys", json=body, headers=OPERATOR)).json()
    secret = made["secret"]
    assert await status(secret) == 200
    for guess in (secret[:-1], secret + "A", secret[:11] + "A" * 35, "gb_" + "A" * 43, "", "gb_", "\t", secret.upper()):
        assert await status(guess) == 401, guess
    with monkeypatch.context() as later:
        later.setattr("guildbase.core.clock.ahead", timedelta(hours=2))
        assert await status(secret) == 401
    assert await status(secret) == 200
    path = f"/operator/keys/{made['key']['number']}"
    assert (await program.delete(path, headers=OPERATOR)).json()["is_active"] is False
    assert await status(secret) == 401
    assert (await program.delete("/operator/keys/999", headers=OPERATOR)).status_code == 404
    rotated = await program.post(f"{path}/rotation", json={}, headers=OPERATOR)
    assert rotated.status_code == 404


async def test_after_so_many_guesses_an_address_has_to_wait(program: httpx.AsyncClient) -> None:
    answers = [(await program.get("/shards", headers={"X-API-Key": f"guess {it}"})).status_code for it in range(25)]
    assert answers == [401] * 20 + [429] * 5
    assert (await program.get("/shards")).status_code == 401


async def test_a_rotated_key_works_for_the_overlap(program: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    made = (await program.post("/operator/keys", json={"name": "Cron"}, headers=OPERATOR)).json()
    path = f"/operator/keys/{made['key']['number']}/rotation"
    new = (await program.post(path, json={"overlap_hours": 1}, headers=OPERATOR)).json()
    assert new["key"]["name"] == "Cron"

    async def works() -> list[bool]:
        both = (made["secret"], new["secret"])
        return [(await program.get("/shards", headers={"X-API-Key": it})).status_code == 200 for it in both]

    assert await works() == [True, True]
    assert (await program.post(path, json={}, headers=OPERATOR)).status_code == 404
    monkeypatch.setattr("guildbase.core.clock.ahead", timedelta(hours=1, seconds=1))
    assert await works() == [False, True]


async def test_a_key_of_a_server_opens_that_server_alone(program: httpx.AsyncClient, api: BotServices) -> None:
    here, there = new_id(), new_id()
    await api.get(GuildController).join(here)
    await api.get(GuildController).join(there)
    new = NewKey("Stats", [Right.VIEW_CASES], here)
    row, secret = await api.get(KeyController).create(SYSTEM, new)
    key = {"X-API-Key": secret or ""}
    assert (await program.get(f"/guilds/{here}/cases", headers=key)).status_code == 200
    assert (await program.get(f"/guilds/{there}/cases", headers=key)).status_code == 404
    assert (await program.patch(f"/guilds/{here}/config/guilds", json={}, headers=key)).status_code == 403
    for path in (f"/guilds/{here}/keys", "/operator/keys", "/security-events", "/auth/me", "/guilds"):
        assert (await program.get(path, headers=key)).status_code in (403, 404), path
    # Neither by another server's path, nor by that of the installation, can it be ended.
    for path in (f"/guilds/{there}/keys/{row.number}", f"/operator/keys/{row.number}"):
        assert (await program.delete(path, headers=OPERATOR)).status_code == 404
    await api.get(KeyController).revoke(SYSTEM, here, row.number or 0)
    assert (await program.get(f"/guilds/{here}/cases", headers=key)).status_code == 401


async def test_what_does_not_fit_is_refused(api: BotServices, monkeypatch: pytest.MonkeyPatch) -> None:
    keys, guild_id = api.get(KeyController), new_id()
    await api.get(GuildController).join(guild_id)
    for wrong in (
        NewKey(" ", [Right.OWNER], guild_id),
        NewKey("a\nb", [Right.OWNER], guild_id),
        NewKey("x", [], guild_id),
        NewKey("x", [Right.OWNER], guild_id, utcnow()),
    ):
        with pytest.raises(InvalidInput):
            await keys.create(SYSTEM, wrong)
    manager = Caller(1 << 30, guild_id, rights=Right.MANAGE_ACCESS)
    owner = Caller(1 << 30, guild_id, rights=Right.OWNER)
    by_key = Caller(None, guild_id, rights=Right.OWNER, key_id=1)
    for caller in (manager, by_key):
        with pytest.raises(PermissionDenied):
            await keys.of_guild(caller, guild_id)
    with pytest.raises(PermissionDenied):
        await keys.create(owner, NewKey("x", [Right.MODERATE], guild_id))
    monkeypatch.setattr(keys_module, "MOST_KEYS", 1)
    await keys.create(SYSTEM, NewKey("x", [Right.VIEW_CASES], guild_id))
    with pytest.raises(InvalidInput):
        await keys.create(SYSTEM, NewKey("y", [Right.VIEW_CASES], guild_id))
    with pytest.raises(KeyNotFound):
        await keys.revoke(SYSTEM, guild_id, 999)
    assert await keys.get(999) is None


async def test_a_key_may_no_more_than_its_maker_and_ends_with_them(
    running: BotServices, discord: Simulator, guild: ScriptedGuild, member: Person
) -> None:
    access, holder = running.get(AccessController), Holder(HolderKind.USER, member.id)
    path = f"/guilds/{guild.id}/keys"
    async with visitor(running) as browser, visitor(running) as program:
        await sign_in(browser, discord, "member")
        await access.grant(SYSTEM, guild.id, holder, Right.MANAGE_ACCESS)
        assert (await browser.post(path, json={"name": "x", "scopes": ["owner"]})).status_code == 403
        grant = await access.grant(SYSTEM, guild.id, holder, Right.OWNER)
        made = await browser.post(path, json={"name": "Sheets", "scopes": ["edit_settings"]})
        assert (made.status_code, made.json()["key"]["created_by"]) == (201, str(member.id))
        program.headers["X-API-Key"] = made.json()["secret"]
        config = f"/guilds/{guild.id}/config/guilds"
        assert (await program.get(config)).status_code == 200
        assert (await program.get(f"/guilds/{guild.id}/cases")).status_code == 403
        await access.revoke(SYSTEM, guild.id, grant.number)
        assert (await program.get(config)).status_code == 404
        await access.grant(SYSTEM, guild.id, holder, Right.VIEW_SETTINGS)
        assert (await program.get(config)).status_code == 200
        assert (await program.patch(config, json={})).status_code == 403
        deactivated = await program.patch(
            f"/operator/web-users/{member.id}", json={"is_active": False}, headers=OPERATOR
        )
        assert deactivated.json() == {"ended": 1}
        assert (await program.get(config)).status_code == 404


async def test_a_developers_key_ends_with_their_place_in_the_team(
    discord: Simulator, api: BotServices, program: httpx.AsyncClient
) -> None:
    developer = discord.guild("Home").member("dev").id
    keys = api.get(KeyController)
    async with visitor(api) as browser:
        await sign_in(browser, discord, "dev")
    _row, secret = await keys.create(Caller(developer, name="dev", is_bot_owner=True), NewKey("Mine"))
    header = {"X-API-Key": secret or ""}
    assert (await program.get("/security-events", headers=header)).status_code == 401
    object.__setattr__(api.get(Settings), "owner_ids", frozenset({developer}))
    assert (await program.get("/security-events", headers=header)).status_code == 200
    # It looks after the installation, and opens no server.
    guild_id = new_id()
    await api.get(GuildController).join(guild_id)
    assert (await program.get(f"/guilds/{guild_id}/cases", headers=header)).status_code == 404
    assert (await program.get("/operator/keys", headers=header)).status_code == 403
