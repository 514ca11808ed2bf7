"""The copy of what is written in a ticket: complete, resumable, for the right people, and emptied by an erasure."""

from __future__ import annotations

import pytest

from guildbase.core.clock import utcnow
from guildbase.core.errors import NotFound, PermissionDenied
from guildbase.core.ports import SYSTEM, Caller
from guildbase.features.tickets.controller import TicketController, transcripts
from guildbase.features.tickets.controller.transcripts import Copy, TranscriptController, Wanted
from guildbase.features.tickets.kinds import LOG_TRANSCRIPT, SEND_TRANSCRIPT, TRANSCRIBE
from guildbase.features.tickets.transcripts import Said
from guildbase.platform.privacy.controller import PrivacyController
from guildbase.platform.privacy.models import ErasureScope
from guildbase.services.container import BotServices
from tests.factories import member, new_id
from tests.features.tickets.desk import Desk


@pytest.fixture
async def desk(services: BotServices) -> Desk:
    return await Desk(services).begin()


def _copy(author: Caller, content: str, **more: object) -> Copy:
    return Copy(new_id(), author.user_id or 0, author.name, content, **more)  # type: ignore[arg-type]


async def _said(desk: Desk, number: int, caller: Caller = SYSTEM) -> list[Said]:
    found = await desk.services.get(TranscriptController).conversation(caller, desk.guild_id, number)
    return list(found.messages)


async def test_messages_are_kept_as_they_are_written_and_changed(desk: Desk) -> None:
    keeper, number = desk.services.get(TranscriptController), (await desk.ticket()).number
    first, second = _copy(desk.opener, "hello\0"), _copy(desk.staff, "hi")
    assert not await keeper.keep(desk.opener, desk.guild_id, number, first)
    assert await keeper.keep(desk.staff, desk.guild_id, number, second)
    # Discord sends it once more with the preview of its link, which is no word to the other side.
    assert not await keeper.keep(desk.staff, desk.guild_id, number, second, is_edit=True)
    changed = Copy(first.message_id, first.author_id, first.author_name, "hello!", edited_at=utcnow())
    assert not await keeper.keep(desk.opener, desk.guild_id, number, changed, is_edit=True)
    await keeper.keep(desk.opener, desk.guild_id, number, first)  # It comes after its own edit.
    await keeper.mark_deleted(desk.guild_id, number, [second.message_id])
    one, two = await _said(desk, number)
    assert (one.content, one.is_staff, one.edited_at is not None) == ("hello!", False, True)
    assert (two.content, two.is_staff, two.deleted_at is not None) == ("hi", True, True)


async def test_a_closed_ticket_waits_for_nobody(desk: Desk) -> None:
    keeper, number = desk.services.get(TranscriptController), (await desk.ticket()).number
    await desk.services.get(TicketController).close(SYSTEM, desk.guild_id, number)
    assert not await keeper.keep(desk.staff, desk.guild_id, number, _copy(desk.staff, "bye"))
    assert [said.content for said in await _said(desk, number)] == ["bye"]


async def test_closing_promises_the_transcript_and_the_transcript_its_delivery_once(desk: Desk) -> None:
    keeper, number = desk.services.get(TranscriptController), (await desk.ticket()).number
    heard, unheard, deleted = (_copy(desk.opener, text) for text in ("heard", "while away", "deleted"))
    later = _copy(desk.staff, "later")
    for copy in (heard, deleted, later):
        await keeper.keep(desk.opener, desk.guild_id, number, copy)
    await desk.services.get(TicketController).close(desk.staff, desk.guild_id, number)
    assert await desk.promised(TRANSCRIBE) == [{"number": number}]
    await keeper.keep_page(desk.guild_id, number, [heard, unheard], is_last=False)
    assert (await desk.now(number)).compared_id == unheard.message_id
    assert (await desk.now(number)).transcript_at is None
    for _again in range(2):
        await keeper.keep_page(desk.guild_id, number, [later], is_last=True)
    assert await desk.promised(LOG_TRANSCRIPT) == await desk.promised(SEND_TRANSCRIPT) == [{"number": number}]
    assert (await desk.log(number))[-1] == "transcript_made"
    shown = {said.content: said.deleted_at is not None for said in await _said(desk, number)}
    assert shown == {"heard": False, "while away": False, "deleted": True, "later": False}


async def test_a_ticket_without_a_channel_has_what_is_known_and_says_so(desk: Desk) -> None:
    keeper, ticket = desk.services.get(TranscriptController), await desk.ticket()
    number = ticket.number
    await keeper.keep(desk.opener, desk.guild_id, number, _copy(desk.opener, "hello"))
    await desk.services.get(TicketController).lost_place(desk.guild_id, number, ticket.channel_id or 0)
    await keeper.finish_without_channel(desk.guild_id, number)
    found = await keeper.conversation(desk.opener, desk.guild_id, number)
    assert [said.content for said in found.messages] == ["hello"]
    assert "deleted by hand" in found.note
    assert len(await desk.promised(SEND_TRANSCRIPT)) == 1


async def test_a_ticket_has_a_limit_and_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcripts, "MAX_MESSAGES", 3)
    keeper, number = desk.services.get(TranscriptController), (await desk.ticket()).number
    for text in "abc":
        await keeper.keep(desk.opener, desk.guild_id, number, _copy(desk.opener, text))
    await keeper.keep(desk.opener, desk.guild_id, number, _copy(desk.opener, "d"))
    await desk.services.get(TicketController).close(SYSTEM, desk.guild_id, number)
    assert not await keeper.keep_page(desk.guild_id, number, [_copy(desk.opener, "e")], is_last=False)
    found = await keeper.conversation(SYSTEM, desk.guild_id, number)
    assert [said.content for said in found.messages] == ["a", "b", "c"]
    assert "Only the first" in found.note


async def test_only_who_may_reads_it(desk: Desk) -> None:
    keeper, number = desk.services.get(TranscriptController), (await desk.ticket()).number
    helper = member(desk.guild_id)
    await desk.services.get(TicketController).add(desk.staff, desk.guild_id, number, helper.user_id or 0)
    for caller in (desk.opener, desk.staff, desk.admin):
        assert (await keeper.conversation(caller, desk.guild_id, number)).number == number
    with pytest.raises(NotFound):
        await keeper.conversation(desk.stranger, desk.guild_id, number)
    with pytest.raises(PermissionDenied):
        await keeper.conversation(helper, desk.guild_id, number)


def _with_files(author: Caller, *sizes: int) -> Copy:
    files = [
        {"id": str(new_id()), "name": "f", "size": size, "type": "image/png", "url": "https://x/f"} for size in sizes
    ]
    quote = {"title": "t", "text": "secret answer", "fields": [{"name": "n", "value": "v"}]}
    return _copy(author, "", details={"files": files, "embeds": [quote], "reply_to": str(new_id()), "stickers": ["s"]})


async def test_small_files_are_copied_up_to_a_limit(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcripts, "MAX_FILE", 10)
    monkeypatch.setattr(transcripts, "MAX_FILES", 15)
    keeper, number = desk.services.get(TranscriptController), (await desk.ticket()).number
    await keeper.keep(desk.opener, desk.guild_id, number, _with_files(desk.opener, 9, 11, 7, 5))
    wanted = await keeper.wanted_files(desk.guild_id, number)
    assert len(wanted) == 2
    await keeper.keep_file(desk.guild_id, number, wanted[0], b"123456789")
    await keeper.keep_file(desk.guild_id, number, wanted[1], b"more than it said")
    await keeper.keep_file(desk.guild_id, number, Wanted(new_id(), new_id(), ""), b"of no message")
    assert [it.file_id for it in await keeper.wanted_files(desk.guild_id, number)] == [wanted[1].file_id]
    (said,) = await _said(desk, number)
    assert [file.content for file in said.files] == [b"123456789", None, None, None]
    assert said.quotes[0].text == "secret answer"


async def test_an_erasure_empties_what_the_person_wrote_and_leaves_what_others_wrote(desk: Desk) -> None:
    keeper, ticket = desk.services.get(TranscriptController), await desk.ticket(answers={})
    number, opener_id = ticket.number, desk.opener.user_id or 0
    bot = member(desk.guild_id, name="bot")
    theirs, greeting, reply = _with_files(desk.opener, 3), _with_files(bot), _copy(desk.staff, f"Hello <@{opener_id}>")
    await keeper.keep(desk.opener, desk.guild_id, number, theirs)
    await keeper.keep(desk.staff, desk.guild_id, number, reply)
    greeting = Copy(greeting.message_id, greeting.author_id, "bot", "", is_bot=True, details=greeting.details)
    await keeper.keep_page(desk.guild_id, number, [greeting], is_last=False)
    (wanted,) = await keeper.wanted_files(desk.guild_id, number)
    await keeper.keep_file(desk.guild_id, number, wanted, b"png")
    privacy = desk.services.get(PrivacyController)
    await privacy.finish(await privacy.request_erasure(SYSTEM, ErasureScope.USER, opener_id))
    # The channel still has the message; it must not come back from there, nor its file.
    await keeper.keep_page(desk.guild_id, number, [theirs], is_last=True)
    await keeper.keep_file(desk.guild_id, number, wanted, b"png")
    found = await keeper.conversation(SYSTEM, desk.guild_id, number)
    said = {it.message_id: it for it in found.messages}
    assert said[theirs.message_id].is_erased
    assert (said[theirs.message_id].author_name, said[theirs.message_id].files) == ("", ())
    assert said[greeting.message_id].quotes == ()
    assert said[reply.message_id].author_name == desk.staff.name
    assert str(opener_id) not in repr(found)
    assert found.opener_name == ""
