"""The rules in a server's export: the same rules give the same data, and data from outside is read with care."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, InvalidInput
from guildbase.core.guild_sections import Refers
from guildbase.core.ports import SYSTEM, Caller
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.permissions.controller import PermissionController, PermissionsSection
from guildbase.platform.permissions.models import Access, Scope, Subject
from guildbase.platform.permissions.rules import NewRule
from guildbase.platform.telemetry.controller import AuditController
from guildbase.services.container import BotServices
from tests.factories import new_id
from tests.statements import heard

RULE = {"access": "deny", "expires_at": None, "reason": ""}


@pytest.fixture
async def guild_id(services: BotServices) -> int:
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    return guild_id


@pytest.fixture
def section(services: BotServices) -> PermissionsSection:
    return PermissionsSection(services)


async def read(services: BotServices, section: PermissionsSection, guild_id: int) -> dict[str, Any]:
    async with services.get(DatabaseManager).read_session() as session:
        return await section.read(session, guild_id)


async def write(
    services: BotServices, section: PermissionsSection, guild_id: int, data: Any, caller: Caller = SYSTEM
) -> None:
    async def action(work: UnitOfWork) -> None:
        await section.write(work, guild_id, section.check(data, 1), "import")

    await services.get(GuildController).change(caller, guild_id, action)


async def test_regression_many_rules_are_written_with_few_statements(
    services: BotServices, section: PermissionsSection, guild_id: int
) -> None:
    keys = [f"member:{new_id()}|command:warn" for _ in range(100)]
    with heard(services.get(DatabaseManager)) as statements:
        await write(services, section, guild_id, dict.fromkeys(keys, RULE))
        other = {**RULE, "access": "allow"}
        await write(services, section, guild_id, dict.fromkeys(keys[:50], RULE) | dict.fromkeys(keys[50:90], other))
    assert len(statements) < 40
    listed = await services.get(PermissionController).list_rules(SYSTEM, guild_id, limit=200)
    assert [(it.number, it.access) for it in listed] == [
        *((number, Access.DENY) for number in range(1, 51)), *((number, Access.ALLOW) for number in range(51, 91))
    ]  # fmt: skip
    actions = [it.action for it in await services.get(AuditController).entries(SYSTEM, guild_id, limit=200)]
    assert [actions.count(f"permissions.{verb}") for verb in ("deny", "allow", "remove")] == [100, 40, 10]


async def test_what_was_read_makes_the_same_rules_elsewhere(
    services: BotServices, section: PermissionsSection, guild_id: int
) -> None:
    member, role, channel, category = (new_id() for _ in range(4))
    until = utcnow() + timedelta(days=1)
    controller = services.get(PermissionController)
    for new in (
        NewRule(Subject.MEMBER, member, Scope.COMMAND, "case view", Access.ALLOW, until, "helps"),
        NewRule(Subject.ROLE, role, Scope.MODULE, "moderation", Access.DENY),
        NewRule(Subject.CHANNEL, channel, Scope.EVERYTHING, "", Access.IGNORE),
        NewRule(Subject.CATEGORY, category, Scope.COMMAND, "ping", Access.DENY),
        NewRule(Subject.GUILD, guild_id, Scope.COMMAND, "ping", Access.DENY),
    ):
        await controller.set(SYSTEM, guild_id, new)
    data = await read(services, section, guild_id)
    assert data[f"member:{member}|command:case view"] == {
        "access": "allow",
        "expires_at": until.isoformat(),
        "reason": "helps",
    }
    assert [(it.refers, it.id) for it in section.references(data)] == [
        (Refers.CHANNEL, category),
        (Refers.CHANNEL, channel),
        (Refers.MEMBER, member),
        (Refers.ROLE, role),
    ]
    other, other_role = new_id(), new_id()
    await services.get(GuildController).join(other)
    mapped = section.mapped(data, {role: other_role, channel: None})
    await write(services, section, other, mapped)
    assert await read(services, section, other) == dict(sorted(mapped.items()))
    assert f"role:{other_role}|module:moderation" in mapped
    assert len(mapped) == 4
    await write(services, section, guild_id, data)
    assert await read(services, section, guild_id) == data


async def test_only_what_differs_is_written(services: BotServices, section: PermissionsSection, guild_id: int) -> None:
    one, two, three = (f"member:{new_id()}|command:ping" for _ in range(3))
    await write(services, section, guild_id, {one: RULE, two: RULE})
    await write(services, section, guild_id, {two: RULE, three: RULE | {"access": "allow"}})
    entries = await services.get(AuditController).entries(SYSTEM, guild_id)
    actions = [it.action for it in reversed(entries) if it.action.startswith("permissions.")]
    assert actions == ["permissions.deny"] * 2 + ["permissions.remove", "permissions.allow"]
    assert list(await read(services, section, guild_id)) == sorted([two, three])


async def test_nobody_imports_what_locks_them_out(
    services: BotServices, section: PermissionsSection, guild_id: int
) -> None:
    admin = Caller(new_id(), guild_id, "admin", 1 << 3)
    with pytest.raises(Conflict):
        await write(services, section, guild_id, {"guild|everything": RULE}, admin)
    assert await read(services, section, guild_id) == {}


async def test_regression_no_import_opens_commands_to_everyone(
    services: BotServices, section: PermissionsSection, guild_id: int
) -> None:
    """As a rule about the role @everyone it would, though one about the whole guild opens nothing."""
    with pytest.raises(InvalidInput, match="begin with `guild`"):
        await write(services, section, guild_id, {f"role:{guild_id}|command:ban": RULE | {"access": "allow"}})
    assert await read(services, section, guild_id) == {}


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"": RULE},
        {"member:7|command:ping": RULE},
        {"member:abc|command:ping": RULE},
        {"friend:1128754567890123457|command:ping": RULE},
        {"member:1128754567890123457|command:": RULE},
        {"member:1128754567890123457|dance:ping": RULE},
        {"guild:1128754567890123457|command:ping": RULE},
        {"guild|everything:x": RULE},
        {"guild|everything": None},
        {"guild|everything": {"access": "deny"}},
        {"guild|everything": RULE | {"more": 1}},
        {"guild|everything": RULE | {"access": "maybe"}},
        {"guild|everything": RULE | {"access": []}},
        {"guild|everything": RULE | {"reason": 7}},
        {"guild|everything": RULE | {"reason": "x" * 501}},
        {"guild|everything": RULE | {"expires_at": "soon"}},
        {"guild|everything": RULE | {"expires_at": 7}},
        {"guild|everything": RULE | {"expires_at": "2099-01-01T00:00:00"}},
        {"guild|everything": RULE | {"expires_at": "9999-12-31T23:59:59-14:00"}},
        {f"member:{1128754567890123457 + number}|command:ping": RULE for number in range(2001)},
    ],
    ids=range(22),
)
def test_what_this_section_would_not_write_is_refused(data: Any) -> None:
    section = PermissionsSection.__new__(PermissionsSection)
    with pytest.raises(InvalidInput):
        section.check(data, 1)
