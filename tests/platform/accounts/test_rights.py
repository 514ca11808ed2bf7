"""What people may do in a server: at once what they are there, and no longer than they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from guildbase.core.ports import SYSTEM, Caller, Callers
from guildbase.core.rights import Right
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.platform.access.controller import AccessController
from guildbase.platform.access.grants import Holder
from guildbase.platform.access.models import HolderKind
from guildbase.platform.accounts.controller import CallerController, ServerController
from guildbase.platform.accounts.permission_bits import BITS
from guildbase.platform.standing.controller import StandingController
from guildbase.platform.standing.models import StandingStatus
from guildbase.platform.standing.rules import Decision, Subject
from guildbase.services.container import BotServices
from guildbase.simulator import Person, ScriptedGuild, Simulator
from tests.api.signing_in import sign_in, visitor
from tests.factories import set_general
from tests.waiting import until

STAFF = Right.MODERATE | Right.VIEW_CASES | Right.VIEW_AUDIT
"""What the role Moderator of a new server is worth."""


@pytest.fixture
async def browser(running: BotServices) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in front of a running bot."""
    async with visitor(running) as client:
        yield client


async def rights(services: BotServices, guild: ScriptedGuild, person: Person) -> Right:
    """Return what the person may do there now."""
    return (await services.get(CallerController).find(Caller(person.id), guild.id, is_unsafe=True)).rights


async def test_the_servers_of_a_person(
    browser: httpx.AsyncClient, running: BotServices, discord: Simulator, guild: ScriptedGuild, member: Person
) -> None:
    away = discord.guild("Away")
    away.member("member", roles=["Admin"])
    await away.remove_bot()
    guild.member("member")
    await sign_in(browser, discord, "member")

    async def names() -> dict[str, Any]:
        return {it["name"]: it for it in (await browser.get("/guilds")).json()["guilds"]}

    # In the first they have no rights, and the other is without the bot.
    await until(lambda: _is_gone(running, away.id))
    assert list(await names()) == ["Away"]
    assert ((await names())["Away"]["is_bot_here"], (await names())["Away"]["rights"]) == (False, [])
    await running.get(AccessController).grant(SYSTEM, guild.id, Holder(HolderKind.USER, member.id), Right.EDIT_SETTINGS)
    assert list(await names()) == ["Test Guild", "Away"]
    assert (await names())["Test Guild"]["rights"] == ["edit_settings", "view_settings"]
    # Without the token of Discord those with access are shown all the same.
    async with running.get(DatabaseManager).transaction() as work:
        await work.session.execute(text("DELETE FROM discord_token"))
    await running.get(ServerController).forget(member.id)
    listed = (await browser.get("/guilds")).json()
    assert ([it["id"] for it in listed["guilds"]], listed["is_complete"]) == ([str(guild.id)], False)


async def test_a_new_server_is_listed_once_the_bot_comes_or_its_owner_signs_in_again(
    browser: httpx.AsyncClient, running: BotServices, discord: Simulator, guild: ScriptedGuild
) -> None:
    async def names() -> list[str]:
        return [it["name"] for it in (await browser.get("/guilds")).json()["guilds"]]

    async def has_new() -> bool:
        return "New" in await names()

    await sign_in(browser, discord, guild.owner.name)
    assert await names() == ["Test Guild"]
    discord.guild("New")
    await until(has_new)
    discord.guild("Newer", bot_permissions=None)
    assert await names() == ["New", "Test Guild"]
    await sign_in(browser, discord, guild.owner.name)
    assert await names() == ["New", "Test Guild", "Newer"]


async def _is_gone(services: BotServices, guild_id: int) -> bool:
    async with services.get(DatabaseManager).read_session() as session:
        found = text("SELECT left_at IS NOT NULL FROM guild WHERE guild_id = :id")
        return bool((await session.execute(found, {"id": guild_id})).scalar())


async def test_a_stranger_learns_nothing_and_leaves_a_security_event(
    browser: httpx.AsyncClient, running: BotServices, discord: Simulator, guild: ScriptedGuild, member: Person
) -> None:
    other = discord.guild("Other")
    other.member("stranger")
    await sign_in(browser, discord, "stranger")
    for path in (f"/guilds/{guild.id}/live", "/guilds/1128754567890123457/live", f"/guilds/{guild.id}/keys"):
        answer = await browser.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "guild_not_found")
    async with running.get(DatabaseManager).read_session() as session:
        found = text("SELECT route, guild_id, address FROM security_event WHERE kind = 'access.refused'")
        rows = (await session.execute(found)).all()
    assert [tuple(row) for row in rows] == [
        ("GET /guilds/{guild_id}/live", guild.id, "127.0.0.1"),
        ("GET /guilds/{guild_id}/live", 1128754567890123457, "127.0.0.1"),
        ("GET /guilds/{guild_id}/keys", guild.id, "127.0.0.1"),
    ]


async def test_rights_end_with_the_next_request(
    browser: httpx.AsyncClient, running: BotServices, discord: Simulator, guild: ScriptedGuild, member: Person
) -> None:
    access, holder = running.get(AccessController), Holder(HolderKind.USER, member.id)
    await sign_in(browser, discord, "member")
    path = f"/guilds/{guild.id}/config/guilds"

    async def change(prefix: str) -> int:
        before = await browser.get(path)
        version = before.json().get("version", 0)
        return (await browser.patch(path, json={"changes": {"prefix": prefix}, "version": version})).status_code

    assert await change("?") == 404
    grant = await access.grant(SYSTEM, guild.id, holder, Right.OWNER)
    assert await rights(running, guild, member) == Right.OWNER | Right.MANAGE_ACCESS | Right.EDIT_SETTINGS | (
        Right.VIEW_SETTINGS | Right.MODERATE | Right.VIEW_CASES | Right.VIEW_AUDIT
    )
    assert await change("?") == 200
    assert (await browser.get(f"/guilds/{guild.id}/keys")).status_code == 200
    await access.revoke(SYSTEM, guild.id, grant.number)
    assert await change("!") == 404
    # With less than is needed they are told what is missing.
    await access.grant(SYSTEM, guild.id, holder, Right.VIEW_CASES)
    refused = await browser.patch(path, json={"changes": {"prefix": "!"}})
    assert refused.status_code == 403
    assert "edit_settings" in refused.json()["hint"]
    # Whoever leaves has nothing, and whoever comes back has it again.
    await member.leaves()
    await until(lambda: _has(running, guild, member, Right.NONE))
    assert (await browser.get(f"/guilds/{guild.id}/live")).status_code == 404
    await member.joins()
    await until(lambda: _has(running, guild, member, Right.VIEW_CASES))


async def _has(services: BotServices, guild: ScriptedGuild, person: Person, wanted: Right) -> bool:
    return await rights(services, guild, person) == wanted


async def test_discords_own_permissions_count_while_they_last(
    running: BotServices, guild: ScriptedGuild, member: Person, moderator: Person
) -> None:
    admin = guild.member("admin", roles=["Admin"])
    assert Right.EDIT_SETTINGS in await rights(running, guild, admin)
    assert Right.MANAGE_ACCESS not in await rights(running, guild, admin)
    assert await rights(running, guild, moderator) == STAFF
    assert await rights(running, guild, member) == Right.NONE
    assert Right.OWNER in await rights(running, guild, guild.owner)
    await guild.owner.takes_role(moderator, "Moderator")
    await until(lambda: _has(running, guild, moderator, Right.NONE))
    await guild.owner.gives_role(member, "Moderator")
    await until(lambda: _has(running, guild, member, STAFF))
    await guild.owner.changes_role("Moderator", permissions="0")
    await until(lambda: _has(running, guild, member, Right.NONE))
    await guild.owner.deletes_role("Admin")
    await until(lambda: _has(running, guild, admin, Right.NONE))
    await guild.owner.changes_server(owner_id=str(member.id))
    await until(lambda: _has_owner(running, guild, member))


async def test_a_time_out_ends_all_rights_but_the_administrators(
    browser: httpx.AsyncClient, running: BotServices, discord: Simulator, guild: ScriptedGuild, moderator: Person
) -> None:
    guild.member("admin", roles=["Admin"])
    await running.get(AccessController).grant(
        SYSTEM, guild.id, Holder(HolderKind.USER, moderator.id), Right.EDIT_SETTINGS
    )
    await set_general(running, guild.id, level_5_role=guild.role("Moderator").id)
    await sign_in(browser, discord, "moderator")
    path = f"/guilds/{guild.id}/config/guilds"
    assert (await browser.get(path)).status_code == 200

    async def answer(wanted: int) -> bool:
        return (await browser.get(path)).status_code == wanted

    await guild.owner.times_out(moderator, 3600)
    await until(lambda: answer(403))
    assert (await browser.get(path)).json()["detail"] == "You are timed out in this server."
    assert (await browser.get("/guilds")).json()["guilds"] == []
    await guild.owner.gives_role(moderator, "Admin")
    await until(lambda: answer(200))
    await guild.owner.takes_role(moderator, "Admin")
    await until(lambda: answer(403))
    await guild.owner.times_out(moderator, None)
    await until(lambda: answer(200))


async def _has_owner(services: BotServices, guild: ScriptedGuild, person: Person) -> bool:
    return Right.OWNER in await rights(services, guild, person)


async def test_whoever_is_blocked_in_a_server_is_told_so_there(
    browser: httpx.AsyncClient, running: BotServices, discord: Simulator, guild: ScriptedGuild, moderator: Person
) -> None:
    await sign_in(browser, discord, "moderator")
    assert (await browser.get(f"/guilds/{guild.id}/live")).status_code == 200
    await running.get(StandingController).decide(
        SYSTEM, guild.id, Subject(moderator.id), Decision(StandingStatus.BLOCKED, "asleep")
    )
    answer = await browser.get(f"/guilds/{guild.id}/live")
    assert (answer.status_code, "asleep" in answer.text) == (403, True)
    assert (await browser.get("/guilds")).json()["guilds"] == []


async def test_the_developer_team_sees_the_operators_pages_and_no_server(
    browser: httpx.AsyncClient, running: BotServices, discord: Simulator, guild: ScriptedGuild, member: Person
) -> None:
    await sign_in(browser, discord, "member")
    assert (await browser.get("/security-events")).status_code == 404
    object.__setattr__(running.get(Settings), "owner_ids", frozenset({member.id}))
    assert (await browser.get("/auth/me")).json()["is_operator"]
    assert (await browser.get("/security-events")).status_code == 200
    assert (await browser.get(f"/guilds/{guild.id}/live")).status_code == 404


async def test_rights_stand_for_permissions_within_guildbase_alone(
    running: BotServices, guild: ScriptedGuild, member: Person
) -> None:
    holder = Holder(HolderKind.USER, member.id)
    await running.get(AccessController).grant(SYSTEM, guild.id, holder, Right.EDIT_SETTINGS | Right.MODERATE)
    caller = await running.get(Callers).in_guild(Caller(member.id), guild.id, Right.MODERATE, is_unsafe=True)
    assert caller.may(guild.id, permissions=1 << BITS["manage_guild"], level=8)
    assert caller.may(guild.id, permissions=1 << BITS["ban_members"], level=8)
    assert not caller.own_permissions & (1 << BITS["manage_guild"] | 1 << BITS["ban_members"])


def test_the_permissions_have_the_names_and_bits_that_discord_py_gives_them() -> None:
    import discord as library

    assert {name: 1 << bit for name, bit in BITS.items()} == dict(library.Permissions.VALID_FLAGS)
