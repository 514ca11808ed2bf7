"""Evidence and the mod-log's promises, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from guildbase.core.errors import InvalidInput, PermissionDenied
from guildbase.core.ports import SYSTEM, Caller
from guildbase.features.moderation.controller import ActionController, CaseNotFound
from guildbase.features.moderation.controller.evidence import MOST_FILES, EvidenceController, NewEvidence
from guildbase.features.moderation.controller.modlog import LogPlace, ModLogController
from guildbase.features.moderation.kinds import CaseType
from guildbase.features.moderation.rules import NewAction
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.telemetry.controller import AuditController
from guildbase.services.container import BotServices
from tests.factories import member, moderator, new_id, set_general, target

FILE = NewEvidence("proof.png", "https://cdn.example/proof.png")


@pytest.fixture
def evidence(services: BotServices) -> EvidenceController:
    return services.get(EvidenceController)


@pytest.fixture
def guild_id() -> int:
    return new_id()


def _warning(**changes: object) -> NewAction:
    return replace(NewAction(CaseType.WARN, target(name="Terry"), "spam", request_id=new_id()), **changes)  # type: ignore[arg-type]


async def test_a_case_and_its_files_are_written_together_and_once(
    services: BotServices, evidence: EvidenceController, guild_id: int
) -> None:
    caller, new = moderator(guild_id), _warning()
    opened = await evidence.act(caller, guild_id, new, [FILE])
    again = await evidence.act(caller, guild_id, new, [FILE, FILE])
    assert (opened.case.number, again.case.number, again.effect_id) == (1, 1, None)
    (row,) = await evidence.of(caller, guild_id, 1)
    assert (row.filename, row.url, row.position) == (FILE.filename, FILE.url, 1)
    assert (row.target_id, row.added_by) == (opened.case.target_id, caller.user_id)
    entries = await services.get(AuditController).entries(SYSTEM, guild_id)
    assert sorted(it.action for it in entries) == ["moderation.evidence", "moderation.warn"]
    with pytest.raises(InvalidInput):
        await evidence.act(caller, guild_id, _warning(), [replace(FILE, url=str(it)) for it in range(MOST_FILES + 1)])
    with pytest.raises(CaseNotFound):
        await evidence.of(caller, guild_id, 2)


async def test_many_who_add_files_at_once_all_find_a_place(evidence: EvidenceController, guild_id: int) -> None:
    caller = moderator(guild_id)
    await evidence.act(caller, guild_id, _warning())
    files = [replace(FILE, url=f"https://cdn.example/{number}") for number in range(5)]
    await asyncio.gather(*(evidence.add(caller, guild_id, 1, [it]) for it in files))
    rows = await evidence.of(caller, guild_id, 1)
    assert [it.position for it in rows] == [1, 2, 3, 4, 5]
    assert await evidence.add(caller, guild_id, 1, files) == rows
    with pytest.raises(InvalidInput, match="has 5 files already"):
        await evidence.add(caller, guild_id, 1, [replace(FILE, url=str(it)) for it in range(6)])


async def test_evidence_is_for_those_who_may_see_the_case(evidence: EvidenceController, guild_id: int) -> None:
    author, other = moderator(guild_id), replace(moderator(guild_id), user_id=new_id(), permissions=1 << 40)
    await evidence.act(author, guild_id, _warning(is_hidden=True), [FILE])
    with pytest.raises(CaseNotFound):
        await evidence.of(other, guild_id, 1)
    for caller in (member(guild_id), Caller(user_id=new_id())):
        with pytest.raises(PermissionDenied):
            await evidence.add(caller, guild_id, 1, [FILE])
        with pytest.raises(PermissionDenied):
            await evidence.of(caller, guild_id, 1)
    assert len(await evidence.of(author, guild_id, 1)) == 1


async def test_the_mod_log_remembers_the_first_place_of_a_case(
    services: BotServices, evidence: EvidenceController, guild_id: int
) -> None:
    log, caller = services.get(ModLogController), moderator(guild_id)
    await evidence.act(caller, guild_id, _warning(), [FILE])
    assert await log.channel_of(guild_id) is None
    channel_id, first, second = new_id(), new_id(), new_id()
    await set_general(services, guild_id, mod_log_channel=channel_id)
    assert await log.channel_of(guild_id) == channel_id
    place = LogPlace(channel_id, first)
    assert await log.shown(guild_id, 1, place) == place
    assert await log.shown(guild_id, 1, LogPlace(channel_id, second)) == place
    await evidence.copied(guild_id, 1, [1], place)
    (row,) = await evidence.of(caller, guild_id, 1)
    assert (row.channel_id, row.message_id) == (channel_id, first)
    await log.taken_down(guild_id, 1)
    assert await log.place_of(guild_id, 1) is None


async def test_members_of_immune_roles_are_spared_but_may_be_freed(services: BotServices, guild_id: int) -> None:
    actions, caller, role_id = services.get(ActionController), moderator(guild_id), new_id()
    someone = replace(target(name="Terry"), role_ids=frozenset((role_id,)))
    await actions.act(caller, guild_id, NewAction(CaseType.WARN, someone, "spam"))
    settings = services.get(ConfigurationController)
    await settings.change(SYSTEM, guild_id, "moderation", {"immune_roles": [str(role_id)]})
    for case_type in (CaseType.WARN, CaseType.VOICE_KICK):
        with pytest.raises(PermissionDenied, match="never punished"):
            await actions.act(caller, guild_id, NewAction(case_type, someone, "spam"))
    with pytest.raises(PermissionDenied, match="Only moderators"):
        await actions.act(member(guild_id), guild_id, NewAction(CaseType.WARN, someone, "spam"))
    freed = await actions.act(caller, guild_id, NewAction(CaseType.VOICE_UNMUTE, someone, "mercy"))
    assert freed.case.number == 2
