"""Categories, panels and kept answers in a server's export: read, checked however hostile, mapped and written back."""

from __future__ import annotations

from typing import Any

import pytest

from guildbase.core.errors import InvalidInput
from guildbase.core.guild_sections import Refers
from guildbase.core.ports import SYSTEM
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.tickets.controller import (
    CategoryController,
    PanelController,
    TicketsSection,
)
from guildbase.features.tickets.controller.replies import ReplyController
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.telemetry.controller import AuditController
from guildbase.services.container import BotServices
from tests.factories import new_id


async def _read(services: BotServices, guild_id: int) -> Any:
    async with services.get(DatabaseManager).read_session() as session:
        return await TicketsSection(services).read(session, guild_id)


async def _write(services: BotServices, guild_id: int, data: Any) -> None:
    async def action(work: UnitOfWork) -> None:
        await TicketsSection(services).write(work, guild_id, data, "import")

    await services.get(GuildController).change(SYSTEM, guild_id, action)


async def _set_up(services: BotServices) -> tuple[int, int, int, int]:
    guild_id, role_id, parent_id, channel_id = (new_id() for _turn in range(4))
    await services.get(GuildController).join(guild_id)
    values = {"name": "Help", "staff_roles": [str(role_id)], "parent_id": str(parent_id), "emoji": "🎉"}
    categories = services.get(CategoryController)
    await categories.create(SYSTEM, guild_id, {**values, "questions": [{"label": "What"}]})
    await categories.create(SYSTEM, guild_id, {"name": "Old"})
    panel = {"channel_id": str(channel_id), "title": "Desk", "categories": ["Old", "Help"]}
    await services.get(PanelController).create(SYSTEM, guild_id, panel)
    for name, content in (("hello", "Hello {user}!"), ("bye", "Good bye.")):
        await services.get(ReplyController).add(SYSTEM, guild_id, name, content)
    return guild_id, role_id, parent_id, channel_id


async def test_what_was_read_is_written_back_and_only_changes_leave_traces(services: BotServices) -> None:
    guild_id, *_ids = await _set_up(services)
    section = TicketsSection(services)
    data = section.check(await _read(services, guild_id), 1)
    assert list(data["categories"]) == ["Help", "Old"]
    assert data["panels"]["Desk"]["categories"] == ["Old", "Help"]
    traces = len(await services.get(AuditController).entries(SYSTEM, guild_id))
    await _write(services, guild_id, data)
    assert len(await services.get(AuditController).entries(SYSTEM, guild_id)) == traces
    changed = {
        "categories": {"Help": {**data["categories"]["Help"], "open_limit": 3}, "New": {**data["categories"]["Old"]}},
        "panels": {
            "Desk": {**data["panels"]["Desk"], "categories": ["New"]},
            "Second": {**data["panels"]["Desk"], "categories": ["Help"]},
        },
        "replies": {"hello": "Hi.", "new": "New."},
    }
    await _write(services, guild_id, changed)
    assert await _read(services, guild_id) == changed
    empty: dict[str, Any] = {"categories": {}, "panels": {}, "replies": {}}
    await _write(services, guild_id, empty)
    assert await _read(services, guild_id) == empty
    other = new_id()
    await services.get(GuildController).join(other)
    await _write(services, other, data)
    assert await _read(services, other) == data
    async with services.get(DatabaseManager).read_session() as session:
        assert await section.kept_of(session, [guild_id, other]) == {other}
    await _write(services, guild_id, empty | {"replies": data["replies"]})
    async with services.get(DatabaseManager).read_session() as session:
        assert await section.kept_of(session, [guild_id, other]) == {guild_id, other}


async def test_roles_and_channels_are_told_of_and_replaced(services: BotServices) -> None:
    guild_id, role_id, parent_id, channel_id = await _set_up(services)
    section, data = TicketsSection(services), await _read(services, guild_id)
    found = {(it.refers, it.id) for it in section.references(data)}
    assert found == {(Refers.ROLE, role_id), (Refers.CHANNEL, parent_id), (Refers.CHANNEL, channel_id)}
    there = new_id()
    mapped = section.mapped(data, {role_id: None, parent_id: None, channel_id: there})
    assert mapped["categories"]["Help"]["staff_roles"] == []
    assert mapped["categories"]["Help"]["parent_id"] is None
    assert mapped["panels"]["Desk"]["channel_id"] == str(there)
    assert section.mapped(data, {channel_id: None})["panels"] == {}


PANEL = {"channel_id": "1128754567890123457", "categories": ["A"]}


HOSTILE: list[Any] = [
    [],
    {"categories": {}},
    {"categories": [], "panels": {}, "replies": {}},
    {"categories": {"A": []}, "panels": {}, "replies": {}},
    {"categories": {"A": {"name": "B"}}, "panels": {}, "replies": {}},
    {"categories": {"A": {"open_limit": 0}}, "panels": {}, "replies": {}},
    {"categories": {"A": {"strange": 1}}, "panels": {}, "replies": {}},
    {"categories": {}, "panels": {"P": PANEL}, "replies": {}},
    {"categories": {"A": {}}, "panels": {"P": {**PANEL, "categories": []}}, "replies": {}},
    {"categories": {}, "panels": {}, "replies": []},
    {"categories": {}, "panels": {}, "replies": {"hello": 1}},
    {"categories": {}, "panels": {}, "replies": {"hello": " "}},
    {"categories": {}, "panels": {}, "replies": {"no name": "x"}},
    {"categories": {}, "panels": {}, "replies": {f"n{number}": "x" for number in range(101)}},
]


async def test_what_is_no_set_up_is_refused(services: BotServices) -> None:
    for data in HOSTILE:
        with pytest.raises(InvalidInput):
            TicketsSection(services).check(data, 1)
