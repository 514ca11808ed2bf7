"""Access in a server's export: read, checked, mapped to another server and written back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, InvalidInput, PermissionDenied
from guildbase.core.guild_sections import Reference, Refers
from guildbase.core.ports import SYSTEM, Caller
from guildbase.core.rights import Right, closure
from guildbase.database.manager import DatabaseManager
from guildbase.platform.access.controller import AccessController, AccessSection
from guildbase.platform.access.grants import Holder
from guildbase.platform.access.models import GrantSource, HolderKind
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices
from tests.factories import member, new_id

ADA, BOB, ROLE = (f"{10**17 + number}" for number in range(3))
Write = Callable[..., Awaitable[None]]


@pytest.fixture
async def guild_id(services: BotServices) -> int:
    made = new_id()
    await services.get(GuildController).join(made)
    return made


@pytest.fixture
def section(services: BotServices) -> AccessSection:
    return AccessSection(services)


async def read(services: BotServices, guild_id: int) -> Any:
    async with services.get(DatabaseManager).read_session() as session:
        return await AccessSection(services).read(session, guild_id)


async def write(services: BotServices, guild_id: int, data: Any, caller: Caller = SYSTEM) -> None:
    section = AccessSection(services)
    checked = section.check(data, 1)
    await services.get(GuildController).change(
        caller, guild_id, lambda work: section.write(work, guild_id, checked, "import")
    )


def entry(*rights: str, **more: Any) -> dict[str, Any]:
    return {"rights": list(rights), "expires_at": None, "reason": "", "source": "given"} | more


def example() -> dict[str, Any]:
    return {
        f"user:{ADA}": entry("owner", source="installer"),
        f"user:{ADA}/user:{BOB}": entry("manage_access", reason="helps", expires_at="2099-01-01T00:00:00+00:00"),
        f"user:{ADA}/user:{BOB}/role:{ROLE}": entry("edit_settings"),
        f"role:{ROLE}": entry("moderate", "view_audit"),
    }


async def test_what_is_written_is_what_is_read(services: BotServices, guild_id: int) -> None:
    await write(services, guild_id, example())
    assert await read(services, guild_id) == example()
    bob = Caller(user_id=int(BOB), guild_id=guild_id, role_ids=frozenset({int(ROLE)}))
    rights = await services.get(AccessController).rights_of(bob, guild_id)
    assert rights == closure(Right.MANAGE_ACCESS | Right.MODERATE | Right.VIEW_AUDIT)


async def test_what_is_so_already_stays_untouched(services: BotServices, guild_id: int) -> None:
    await write(services, guild_id, example())
    before = await services.get(AccessController).rows(SYSTEM, guild_id)
    await write(services, guild_id, example(), member(guild_id))  # Nothing changes, so nobody is refused.
    assert await services.get(AccessController).rows(SYSTEM, guild_id) == before


async def test_differences_are_added_changed_and_ended(services: BotServices, guild_id: int) -> None:
    await write(services, guild_id, example())
    other = example()
    del other[f"user:{ADA}/user:{BOB}"], other[f"user:{ADA}/user:{BOB}/role:{ROLE}"]
    other[f"role:{ROLE}"] = entry("view_cases")
    other[f"user:{ADA}/role:{ROLE}"] = entry("edit_settings")
    await write(services, guild_id, other)
    assert await read(services, guild_id) == other


async def test_two_grants_on_one_way_are_told_apart(services: BotServices, guild_id: int) -> None:
    access = services.get(AccessController)
    await access.grant_installer(guild_id, int(ADA), GrantSource.OWNER)
    await access.grant(SYSTEM, guild_id, Holder(HolderKind.USER, int(BOB)), Right.MODERATE)
    await access.ownership_moved(guild_id, int(BOB))
    found = await read(services, guild_id)
    assert set(found) == {f"user:{BOB}", f"user:{BOB}#2"}
    elsewhere = new_id()
    await services.get(GuildController).join(elsewhere)
    await write(services, elsewhere, found)
    assert await read(services, elsewhere) == found


async def test_only_who_owns_the_dashboard_imports_rights(services: BotServices, guild_id: int) -> None:
    access, admin, ada = services.get(AccessController), member(guild_id, permissions=8), Caller(int(ADA), guild_id)
    with pytest.raises(PermissionDenied, match="owns the dashboard"):
        await write(services, guild_id, example(), admin)
    assert await read(services, guild_id) == {}
    await access.grant_installer(guild_id, int(ADA), GrantSource.INSTALLER)
    await write(services, guild_id, example(), ada)
    less = {key: it for key, it in example().items() if not key.startswith("role")}
    with pytest.raises(PermissionDenied, match="owns the dashboard"):
        await write(services, guild_id, less, admin)
    await write(services, guild_id, less, ada)
    assert await read(services, guild_id) == less
    with pytest.raises(Conflict, match="last one"):
        await write(services, guild_id, {}, ada)
    assert await read(services, guild_id) == less
    await write(services, guild_id, {}, member(guild_id, is_guild_owner=True))
    assert await read(services, guild_id) == {}


@pytest.mark.parametrize("expires_at", [None, utcnow() + timedelta(days=1)])
async def test_regression_an_import_frees_no_owner_from_whoever_made_them_one(
    services: BotServices, guild_id: int, expires_at: Any
) -> None:
    access, ada, bob = services.get(AccessController), Caller(int(ADA), guild_id), Caller(int(BOB), guild_id)
    await access.grant_installer(guild_id, int(ADA), GrantSource.INSTALLER)
    giver = ada if expires_at is None else SYSTEM  # One hangs on Ada's, the other one ends.
    await access.grant(giver, guild_id, Holder(HolderKind.USER, int(BOB)), Right.OWNER, expires_at=expires_at)
    before = await read(services, guild_id)
    for wanted in ({f"user:{BOB}": entry("owner")}, before | {f"user:{ROLE}": entry("owner")}):
        with pytest.raises(PermissionDenied, match="owns the dashboard"):
            await write(services, guild_id, wanted, bob)
    assert await read(services, guild_id) == before


def test_ids_are_named_and_replaced_and_what_has_nobody_is_left_out(section: AccessSection) -> None:
    assert set(section.references(example())) == {
        Reference(Refers.MEMBER, int(ADA), "access to the dashboard"),
        Reference(Refers.MEMBER, int(BOB), "access to the dashboard"),
        Reference(Refers.ROLE, int(ROLE), "access to the dashboard"),
    }
    assert section.mapped(example(), {}) == example()
    assert set(section.mapped(example(), {int(BOB): None})) == {f"user:{ADA}", f"role:{ROLE}"}
    assert set(section.mapped(example(), {int(ADA): None, int(ROLE): 10**17 + 9})) == {f"role:{10**17 + 9}"}
    assert set(section.mapped({f"user:{ADA}#2": entry("owner")}, {})) == {f"user:{ADA}#2"}


@pytest.mark.parametrize(
    ("key", "content", "told"),
    [
        ("", entry("owner"), "no way"),
        ("user:1", entry("owner"), "no way"),
        (f"guild:{ADA}", entry("owner"), "no way"),
        (f"user:{'9' * 20}", entry("owner"), "no way"),
        (f"role:{ROLE}/user:{ADA}", entry("owner"), "hangs on a role"),
        ("/".join([f"user:{ADA}"] * 6), entry("owner"), "too deep"),
        (f"user:{BOB}/user:{ADA}", entry("owner"), "not there"),
        (f"user:{ADA}", None, "other fields"),
        (f"user:{ADA}", entry("owner") | {"more": 1}, "other fields"),
        (f"user:{ADA}", entry(), "unknown rights"),
        (f"user:{ADA}", entry("root"), "unknown rights"),
        (f"user:{ADA}", entry("owner") | {"rights": "owner"}, "unknown rights"),
        (f"user:{ADA}", entry("owner") | {"rights": [["owner"]]}, "unknown rights"),
        (f"role:{ROLE}", entry("manage_access"), "only people"),
        (f"user:{ADA}", entry("owner", source="me"), "unknown source"),
        (f"user:{ADA}", entry("owner", source=[]), "unknown source"),
        (f"user:{ADA}", entry("owner", reason=1), "reason"),
        (f"user:{ADA}", entry("owner", reason="x" * 301), "reason"),
        (f"user:{ADA}", entry("owner", expires_at="soon"), "no moment"),
        (f"user:{ADA}", entry("owner", expires_at="2026-01-01T00:00:00"), "no moment"),
        (f"user:{ADA}", entry("owner", expires_at=5), "no moment"),
        (f"user:{ADA}", entry("owner", expires_at="0001-01-01T00:00:00+14:00"), "no moment"),
        ("user:" + "\u0663" * 18, entry("owner"), "no way"),
    ],
)
def test_what_no_export_holds_is_refused_with_the_place(
    section: AccessSection, key: str, content: Any, told: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        section.check({f"user:{10**17 + 8}": entry("owner"), key: content}, 1)
    assert set(refused.value.problems) == {key}
    assert told in refused.value.problems[key]


def test_another_version_no_object_and_too_many_are_refused(section: AccessSection) -> None:
    for data, version in (({}, 2), ([], 1), (None, 1)):
        with pytest.raises(InvalidInput):
            section.check(data, version)
    many = {f"user:{10**17 + number}": entry("moderate") for number in range(101)}
    with pytest.raises(InvalidInput) as refused:
        section.check(many, 1)
    assert set(refused.value.problems) == {"access"}


def test_a_moment_is_written_in_one_way_and_a_right_once(section: AccessSection) -> None:
    given = {f"user:{ADA}": entry("view_settings", "owner", expires_at="2099-01-01T02:00:00+02:00")}
    assert section.check(given, 1) == {f"user:{ADA}": entry("owner", expires_at="2099-01-01T00:00:00+00:00")}


async def test_an_end_in_the_past_comes_back_as_such(services: BotServices, guild_id: int) -> None:
    over = {f"user:{ADA}": entry("moderate", expires_at=(utcnow() - timedelta(days=1)).isoformat())}
    await write(services, guild_id, over)
    assert await read(services, guild_id) == over
    ada = Caller(user_id=int(ADA), guild_id=guild_id)
    assert await services.get(AccessController).rights_of(ada, guild_id) == Right.NONE
