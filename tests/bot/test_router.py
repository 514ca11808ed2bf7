"""Every message of a person passes the handlers in order, until one deals with it; no handler harms another."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import event
from structlog.typing import EventDict

from guildbase.bot.client import GuildbaseBot
from guildbase.bot.router import HandleMessage, IncomingMessage
from guildbase.core.ports import GuildSnapshot
from guildbase.database.manager import DatabaseManager
from guildbase.services.cache import CacheService
from guildbase.simulator import Person, ScriptedGuild, Simulator
from guildbase.simulator.payloads import message_event
from guildbase.simulator.world.state import Event
from tests.factories import set_general


class Seen:
    """What handlers saw, in order."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[tuple[str, IncomingMessage]] = asyncio.Queue()

    def handler(self, name: str, *, handles: bool = False) -> HandleMessage:
        async def handle(incoming: IncomingMessage) -> bool:
            self.queue.put_nowait((name, incoming))
            return handles

        return handle

    async def next(self) -> tuple[str, IncomingMessage]:
        return await asyncio.wait_for(self.queue.get(), 5)

    async def names(self, count: int) -> list[str]:
        return [(await self.next())[0] for _ in range(count)]


@pytest.fixture
def seen() -> Seen:
    return Seen()


async def test_handlers_run_in_their_order_and_text_commands_after_them(
    guildbase_bot: GuildbaseBot, member: Person, seen: Seen
) -> None:
    router = guildbase_bot.router
    router.add("last", seen.handler("last"), order=950)
    router.add("second", seen.handler("second"), order=20)
    router.add("first", seen.handler("first"), order=10)
    await member.says("good morning")
    assert await seen.names(3) == ["first", "second", "last"]
    ours = ("first", "second", "commands", "last")
    assert tuple(route.name for route in router.routes if route.name in ours) == ours


async def test_a_handler_that_deals_with_the_message_stops_the_rest(
    guildbase_bot: GuildbaseBot, member: Person, seen: Seen
) -> None:
    guildbase_bot.router.add("filter", seen.handler("filter", handles=True), order=10)
    guildbase_bot.router.add("later", seen.handler("later"), order=20)
    await member.says("!ping")
    await member.says("second")
    assert await seen.names(2) == ["filter", "filter"]
    assert seen.queue.empty()
    commands = next(route for route in guildbase_bot.router.routes if route.name == "commands")
    assert commands.calls == 0


async def test_a_handler_of_the_same_name_is_replaced_and_a_removed_one_is_gone(
    guildbase_bot: GuildbaseBot, member: Person, seen: Seen
) -> None:
    router = guildbase_bot.router
    router.add("one", seen.handler("old"), order=10)
    router.add("one", seen.handler("new"), order=10)
    router.add("two", seen.handler("two"), order=20)
    router.remove("two")
    await member.says("hello")
    await member.says("hello again")
    assert await seen.names(2) == ["new", "new"]


async def test_a_failing_handler_is_logged_and_the_others_still_run(
    guildbase_bot: GuildbaseBot, member: Person, seen: Seen, logs: list[EventDict]
) -> None:
    async def broken(_incoming: IncomingMessage) -> bool:
        raise RuntimeError("a bug in a handler")

    guildbase_bot.router.add("broken", broken, order=10)
    guildbase_bot.router.add("fine", seen.handler("fine"), order=20)
    message = await member.says("hello")
    assert await seen.names(1) == ["fine"]
    failure = next(line for line in logs if line["event"] == "message_handler_failed")
    assert (failure["handler"], failure["message_id"]) == ("broken", message.id)
    route = guildbase_bot.router.routes[0]
    assert (route.name, route.calls, route.errors) == ("broken", 1, 1)
    assert route.seconds > 0


async def test_edits_reach_only_the_handlers_that_want_them(
    guildbase_bot: GuildbaseBot, member: Person, seen: Seen
) -> None:
    guildbase_bot.router.add("plain", seen.handler("plain"), order=10)
    guildbase_bot.router.add("edits", seen.handler("edits"), order=20, edits=True)
    message = await member.says("helo")
    assert await seen.names(2) == ["plain", "edits"]
    await member.edits(message, "hello")
    name, incoming = await seen.next()
    assert (name, incoming.is_edit, incoming.content) == ("edits", True, "hello")
    assert seen.queue.empty()


async def test_an_edited_command_does_not_run_again(guildbase_bot: GuildbaseBot, member: Person, seen: Seen) -> None:
    message = await member.says("!ping")
    assert (await member.hears()).text.startswith("Pong!")
    guildbase_bot.router.add("edits", seen.handler("edits"), order=950, edits=True)
    await member.edits(message, "!ping ")
    assert await seen.names(1) == ["edits"]
    commands = next(route for route in guildbase_bot.router.routes if route.name == "commands")
    assert commands.calls == 1


async def test_bots_and_webhooks_are_ignored(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, member: Person, seen: Seen
) -> None:
    guildbase_bot.router.add("all", seen.handler("all"), order=10)
    other_bot = guild.member("other_bot")
    other_bot.user.bot = True
    await other_bot.says("beep")
    channel = guild.find_channel("general")
    own = guildbase_bot.get_partial_messageable(channel.id)
    await own.send("a message of our own")
    await member.says("a person")
    _, incoming = await seen.next()
    assert incoming.content == "a person"
    # The same message once more, but from a webhook, which has no other mark than this id.
    payload = message_event(discord.world, discord.world.message(channel.id, incoming.message.id))
    from_webhook = payload | {"content": "news", "webhook_id": payload["author"]["id"]}
    discord.world.emit(Event("MESSAGE_CREATE", from_webhook, guild.id, channel.id))
    await member.says("a person again")
    _, incoming = await seen.next()
    assert incoming.content == "a person again"
    assert seen.queue.empty()


async def test_a_direct_message_has_no_guild_and_knows_the_default_prefix(
    guildbase_bot: GuildbaseBot, member: Person, seen: Seen
) -> None:
    guildbase_bot.router.add("all", seen.handler("all"), order=10)
    await member.sends_dm("!ping")
    _, incoming = await seen.next()
    assert incoming.guild is None
    assert (await member.receives_dm()).text.startswith("Pong!")


async def test_the_guild_comes_with_the_message_and_is_read_from_the_database_once(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person, seen: Seen
) -> None:
    reads: list[str] = []
    engine = guildbase_bot.services.get(DatabaseManager).engine.sync_engine

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT") and "FROM guild_config" in statement:
            reads.append(statement)

    guildbase_bot.router.add("all", seen.handler("all"), order=10)
    event.listen(engine, "before_cursor_execute", count)
    # Its start warmed the cache, which is dropped here.
    await guildbase_bot.services.get(CacheService).invalidate(f"guild:{guild.id}")
    for number in range(10):
        await member.says(f"message {number}")
    incoming = [(await seen.next())[1] for _ in range(10)]
    event.remove(engine, "before_cursor_execute", count)
    assert {one.guild.guild_id for one in incoming if one.guild} == {guild.id}
    assert {one.content for one in incoming} == {f"message {number}" for number in range(10)}
    assert len(reads) == 1


async def test_a_changed_prefix_is_used_at_once_and_a_mention_always_works(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person, discord: Simulator
) -> None:
    await member.says("!ping")
    assert (await member.hears()).text.startswith("Pong!")
    await set_general(guildbase_bot.services, guild.id, prefix="?")
    await member.says("!ping")
    asked = await member.says("?ping")
    await member.hears()
    await member.says(f"<@{discord.bot_user_id}> ping")
    assert (await member.hears()).text.startswith("Pong!")
    after = [message for message in guild.messages() if message.id > asked.id and message.text.startswith("Pong!")]
    assert len(after) == 2


async def test_what_only_looks_like_a_command_goes_on_to_the_other_handlers(
    guildbase_bot: GuildbaseBot, member: Person, seen: Seen
) -> None:
    guildbase_bot.router.add("late", seen.handler("late"), order=950)
    await member.says("!!! wow")
    await member.says("!nosuchcommand")
    assert await seen.names(2) == ["late", "late"]


async def test_a_handler_is_asked_once_whether_a_server_has_use_for_it(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    asked: list[int] = []
    heard: list[str] = []

    def applies(snapshot: GuildSnapshot) -> bool:
        asked.append(snapshot.version)
        return snapshot.prefix == "?"

    async def handle(incoming: IncomingMessage) -> bool:
        heard.append(incoming.content)
        return False

    router = guildbase_bot.router
    router.add("choosy", handle, order=1, applies=applies)
    for text in ("one", "two"):
        await member.says(text)
        await member.says("!ping")
        await member.hears()
    await member.sends_dm("three")
    await set_general(guildbase_bot.services, guild.id, prefix="?")
    await member.says("four")
    await member.says("?ping")
    await member.hears()
    assert heard == ["four", "?ping"]
    assert len(asked) == 2
    router.remove("choosy")
