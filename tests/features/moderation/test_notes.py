"""Notes on people: numbered, for moderators, and kept by the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from guildbase.core.errors import InvalidInput, PermissionDenied
from guildbase.core.ports import SYSTEM
from guildbase.features.moderation.controller.notes import NoteController, NoteNotFound
from guildbase.features.moderation.kinds import MAX_NUMBER
from guildbase.features.moderation.rules.ranks import BAN_MEMBERS, MODERATE_MEMBERS
from guildbase.platform.telemetry.controller import AuditController
from guildbase.platform.telemetry.queries import AuditFilter
from guildbase.services.container import BotServices
from guildbase.services.idempotency import IdempotencyKey
from tests.factories import member, moderator, new_id

GUILD = new_id()
MOD, OTHER = moderator(GUILD), moderator(GUILD)
SENIOR = moderator(GUILD, permissions=BAN_MEMBERS | MODERATE_MEMBERS)


@pytest.fixture
def notes(services: BotServices) -> NoteController:
    return services.get(NoteController)


async def test_notes_are_numbered_and_listed_newest_first(notes: NoteController) -> None:
    whom, someone = new_id(), new_id()
    await asyncio.gather(*(notes.add(MOD, GUILD, whom, "Terry", f"Note {each}") for each in range(3)))
    assert (await notes.add(OTHER, GUILD, someone, "Sam", " elsewhere ")).number == 4
    found = await notes.list_notes(OTHER, GUILD, whom)
    assert [it.number for it in found] == [3, 2, 1]
    assert {(it.moderator_name, it.target_name) for it in found} == {("Mo Moderator", "Terry")}
    assert [it.number for it in await notes.list_notes(OTHER, GUILD, whom, before=3, limit=1)] == [2]
    assert (await notes.get(MOD, GUILD, 4)).content == "elsewhere"


async def test_a_change_and_what_was_there_stand_in_the_audit_log(services: BotServices, notes: NoteController) -> None:
    whom = new_id()
    await notes.add(MOD, GUILD, whom, "Terry", "Asks for money")
    for _ in range(2):
        await notes.edit(MOD, GUILD, 1, "Asks for gifts")
    await notes.delete(SENIOR, GUILD, 1)
    assert await notes.list_notes(MOD, GUILD, whom) == []
    with pytest.raises(NoteNotFound):
        await notes.edit(MOD, GUILD, 1, "x")
    entries = await services.get(AuditController).entries(SYSTEM, GUILD, AuditFilter(target_id=whom))
    assert [(it.action, it.details["content"]) for it in entries] == [
        ("moderation.note_delete", "Asks for gifts"),
        ("moderation.note_edit", ["Asks for money", "Asks for gifts"]),
        ("moderation.note", "Asks for money"),
    ]
    assert (await notes.add(MOD, GUILD, whom, "Terry", "Again")).number == 2


async def test_others_notes_are_for_seniors_and_all_notes_for_moderators(notes: NoteController) -> None:
    await notes.add(MOD, GUILD, new_id(), "Terry", "x")
    for work in (notes.edit(OTHER, GUILD, 1, "y"), notes.delete(OTHER, GUILD, 1)):
        with pytest.raises(PermissionDenied, match="senior"):
            await work
    caller = member(GUILD)
    works: list[Awaitable[object]] = [
        notes.add(caller, GUILD, new_id(), "Terry", "x"),
        notes.list_notes(caller, GUILD, new_id()),
        notes.get(caller, GUILD, 1),
        notes.edit(caller, GUILD, 1, "y"),
    ]
    for refused in works:
        with pytest.raises(PermissionDenied):
            await refused


async def test_a_note_that_is_not_there_is_not_found(notes: NoteController) -> None:
    for number in (0, 9, MAX_NUMBER + 1):
        with pytest.raises(NoteNotFound):
            await notes.get(MOD, GUILD, number)


async def test_the_same_request_writes_one_note_and_a_wrong_one_none(notes: NoteController) -> None:
    key, whom = IdempotencyKey.of("k", b"note"), new_id()
    for _ in range(2):
        assert (await notes.add(SYSTEM, GUILD, whom, "Terry", "x", key=key)).number == 1
    with pytest.raises(InvalidInput):
        await notes.add(MOD, GUILD, whom, "Terry", "x" * 1001)
    [note] = await notes.list_notes(MOD, GUILD, whom)
    assert note.moderator_id is None
