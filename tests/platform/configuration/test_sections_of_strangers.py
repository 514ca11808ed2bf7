"""A feature adds a section of its own to the export; one that gives rights is only for those who have all."""

from __future__ import annotations

from pathlib import Path

import pytest

from guildbase.core.errors import InvalidInput
from guildbase.core.ports import ADMINISTRATOR, SYSTEM
from guildbase.core.registry import FeatureRegistry
from guildbase.platform.configuration.controller.transfer import TransferController
from guildbase.platform.guilds.rules import MANAGE_GUILD
from guildbase.platform.telemetry.controller import AuditController
from guildbase.services.container import BotServices
from tests.factories import member, new_id
from tests.local_features import LocalFeatures

SECTION = """
from guildbase.core.errors import InvalidInput
from guildbase.core.guild_sections import Reference, Refers
from guildbase.core.ports import AuditRecord
from guildbase.services.controller import BaseController

class KeysController(BaseController):
    def __init__(self, services):
        super().__init__(services)
        self.keys = {}

class KeysSection:
    name, version, gives_rights = "keys", 2, True

    def __init__(self, services):
        self._controller = services.get(KeysController)

    async def kept_of(self, session, guild_ids):
        return {guild_id for guild_id in guild_ids if self._controller.keys.get(guild_id)}

    async def read(self, session, guild_id):
        return dict(self._controller.keys.get(guild_id, {}))

    def check(self, data, version):
        if version == 1:
            data = {role: "front" for role in data}
        if not isinstance(data, dict):
            raise InvalidInput("No keys.")
        return data

    def references(self, data):
        for role in data:
            yield Reference(Refers.ROLE, int(role), "keys")

    def mapped(self, data, ids):
        wanted = {role: ids.get(int(role), int(role)) for role in data}
        return {str(wanted[role]): door for role, door in data.items() if wanted[role] is not None}

    async def write(self, transaction, guild_id, data, reason):
        await self._controller.audit(transaction, AuditRecord("keys.import", guild_id, reason=reason))
        transaction.after_commit(lambda: self._controller.keys.update({guild_id: data}))
        if "broken" in data.values():
            raise InvalidInput("The door is broken.")
"""


@pytest.fixture
def registry(tmp_path: Path) -> FeatureRegistry:
    features = LocalFeatures(tmp_path / "features")
    features.write("doors", "sections=('controller:KeysSection',)", controller=SECTION)
    return FeatureRegistry.discover(features.folder)


async def test_a_strangers_section_is_exported_upgraded_and_imported(services: BotServices, guild_id: int) -> None:
    transfer, role = services.get(TransferController), new_id()
    document = await transfer.export(SYSTEM, guild_id)
    assert document["sections"]["keys"] == {"version": 2, "data": {}}
    document["sections"] = {"keys": {"version": 1, "data": [str(role)]}}
    done = await transfer.apply(SYSTEM, guild_id, document, reason="Keys for all")
    assert done.changes == 1
    assert (await transfer.export(SYSTEM, guild_id))["sections"]["keys"]["data"] == {str(role): "front"}


async def test_what_gives_rights_is_imported_only_by_who_has_them_all(services: BotServices, guild_id: int) -> None:
    transfer, role = services.get(TransferController), str(new_id())
    document = await transfer.export(SYSTEM, guild_id)
    document["sections"] = {
        "keys": {"version": 2, "data": {role: "back"}},
        "settings.guilds": {"version": 1, "data": {"prefix": "?"}},
    }
    for manager in (member(guild_id, permissions=MANAGE_GUILD), member(guild_id, level=7)):
        plan = await transfer.plan(manager, guild_id, document)
        assert plan.obstacles == {"keys": "only the server's owner and administrators may import it"}
        with pytest.raises(InvalidInput, match="owner and administrators"):
            await transfer.apply(manager, guild_id, document)
    # What is so already gives nobody anything.
    same = {**document, "sections": {"keys": {"version": 2, "data": {}}}}
    assert not (await transfer.plan(member(guild_id, permissions=MANAGE_GUILD), guild_id, same)).obstacles
    manager = member(guild_id, permissions=MANAGE_GUILD)
    done = await transfer.apply(manager, guild_id, document, leave_out=True)
    assert (done.changes, set(done.left_out)) == (1, {"keys"})
    assert (await transfer.export(SYSTEM, guild_id))["sections"]["keys"]["data"] == {}
    for chief in (member(guild_id, is_guild_owner=True), member(guild_id, permissions=ADMINISTRATOR)):
        assert not (await transfer.plan(chief, guild_id, document)).obstacles
    await transfer.apply(member(guild_id, is_guild_owner=True), guild_id, document)
    assert (await transfer.export(SYSTEM, guild_id))["sections"]["keys"]["data"] == {role: "back"}


async def test_a_section_that_refuses_at_the_last_moment_leaves_everything_as_it_was(
    services: BotServices, guild_id: int
) -> None:
    transfer = services.get(TransferController)
    before = await transfer.export(SYSTEM, guild_id)
    sections = {
        "settings.guilds": {"version": 1, "data": {"prefix": "?"}},
        "custom_settings": {"version": 1, "data": {"theme": {"schema": {}, "value": 1}}},
        "keys": {"version": 2, "data": {str(new_id()): "broken"}},
    }
    with pytest.raises(InvalidInput, match="door is broken"):
        await transfer.apply(SYSTEM, guild_id, {**before, "sections": sections})
    assert (await transfer.export(SYSTEM, guild_id))["sections"] == before["sections"]
    actions = {entry.action for entry in await services.get(AuditController).entries(SYSTEM, guild_id)}
    assert not actions & {"keys.import", "configuration.import"}
