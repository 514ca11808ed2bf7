"""Bots that are killed while they open and close tickets: what was made is found again, and a transcript is whole."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlmodel import col, select

from guildbase.core.ports import SYSTEM, Caller
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.features.tickets.controller import CategoryController, NewTicket, OpeningController, TicketController
from guildbase.features.tickets.controller.transcripts import TranscriptController
from guildbase.features.tickets.kinds import Happening, TicketState
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.outbox import EffectState, Outbox, OutboxEffect
from guildbase.simulator import Person, ScriptedGuild, Simulator
from guildbase.testing.plugin import StartGuildbase
from tests.factories import new_id
from tests.waiting import until

log = logging.getLogger(__name__)
TICKETS, MESSAGES, PAGE, KILLS = 2, 25, 5, 3
READ = "GET /channels/{channel_id}/messages"
# It tells the number of each life.
NURSERY = """
import asyncio, os, sys
from guildbase.bot.effects import effects_in
from guildbase.features.tickets import effects
from guildbase.features.tickets.effects import transcript
from tests.nursery import Nursery

async def live():
    await nursery.bot(*effects_in(effects), guild_id=guild_id)
    await asyncio.Event().wait()

*where, guild_id, page = sys.argv[1:]
nursery, transcript.PAGE = Nursery(*where), int(page)
while True:
    child = nursery.bear(live)
    print(child, flush=True)
    os.waitpid(child, 0)
"""


@asynccontextmanager
async def _bot_process(discord: Simulator, url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    own = {
        "GUILDBASE_DISCORD_TOKEN": discord.token,
        "GUILDBASE_DISCORD_API_URL": discord.base_url,
        "GUILDBASE_DISCORD_GATEWAY_URL": discord.gateway_url,
        "GUILDBASE_DATABASE_URL": url,
        "GUILDBASE_HEALTH_PORT": "0",
        "GUILDBASE_LEASE_TTL": "1",
    }
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "guildbase", "bot", env={**os.environ, **own}, stdout=quiet, stderr=quiet
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def test_a_bot_that_is_killed_while_it_opens_makes_no_second_channel_or_thread(
    discord: Simulator,
    guild: ScriptedGuild,
    guildbase_sqlite_url: str,
    start_guildbase: StartGuildbase,
    member: Person,
) -> None:
    parent = str(guild.channel("desk").id)
    services = assemble(Settings(database_url=guildbase_sqlite_url), FeatureRegistry.discover())
    categories, caller = services.get(CategoryController), Caller(user_id=member.id, guild_id=guild.id, name="member")
    for values in ({"name": "Room"}, {"name": "Talk", "kind": "thread", "parent_id": parent}):
        made = await categories.create(SYSTEM, guild.id, values)
        await services.get(OpeningController).open(caller, guild.id, NewTicket(made.number))
    await services.close()

    def rooms() -> list[str]:
        here = (it for it in discord.world.channels.values() if it.guild_id == guild.id)
        return sorted(it.name for it in here if it.name in ("room-0001", "talk-0002"))

    slow = discord.faults.rest("GET /channels/*/messages", latency=60)
    async with _bot_process(discord, guildbase_sqlite_url):
        await until(lambda: len(rooms()) == 2, timeout=30)
    slow.lift()
    running = await start_guildbase(lease_ttl=1)
    tickets = running.services.get(TicketController)

    async def are_open() -> bool:
        found = [(await tickets.get(SYSTEM, guild.id, number)).ticket.state for number in (1, 2)]
        return found == [TicketState.OPEN] * 2

    await until(are_open, timeout=30)
    assert rooms() == ["room-0001", "talk-0002"]
    for name in rooms():
        assert sum(bool(message.components) for message in guild.messages(name)) == 1


async def _closed_tickets(services: BotServices, guild: ScriptedGuild, member: Person) -> dict[int, list[int]]:
    """Close tickets in whose channels something was written; return their messages, by number."""
    caller = Caller(user_id=member.id, guild_id=guild.id, name="member")
    tickets, openings, outbox = services.get(TicketController), services.get(OpeningController), services.get(Outbox)
    await services.get(CategoryController).create(SYSTEM, guild.id, {"name": "Room", "open_limit": TICKETS})
    log_channel = {"log_channel": str(guild.find_channel("mod-log").id)}
    await services.get(ConfigurationController).change(SYSTEM, guild.id, "tickets", log_channel)
    written = {}
    for number in range(1, TICKETS + 1):
        channel = guild.channel(f"room-{number:04}")
        await openings.open(caller, guild.id, NewTicket(1))
        await openings.placed(guild.id, number, channel.id, new_id())
        posted: list[Any] = [
            await guild.owner.does("POST", f"/channels/{channel.id}/messages", {"content": f"line {line}"})
            for line in range(MESSAGES)
        ]
        written[number] = [int(message["id"]) for message in posted]
    for effect in await outbox.claim("the bot that opened them"):
        await outbox.done(effect)
    for number in written:
        await tickets.close(SYSTEM, guild.id, number)
    return written


@pytest.mark.timeout(120)
async def test_bots_killed_while_they_close_tickets_keep_every_message_and_send_each_transcript_once(
    discord: Simulator, guild: ScriptedGuild, guildbase_sqlite_url: str, member: Person, guildbase_seed: int
) -> None:
    services = assemble(Settings(database_url=guildbase_sqlite_url), FeatureRegistry.discover())
    tickets, keeper = services.get(TicketController), services.get(TranscriptController)
    written = await _closed_tickets(services, guild, member)

    async def is_whole_if_made(number: int) -> bool:
        """A transcript has all that was written, or is still to be made."""
        ticket = (await tickets.get(SYSTEM, guild.id, number)).ticket
        kept = (await keeper.conversation(SYSTEM, guild.id, number)).messages
        is_whole = set(written[number]) <= {message.message_id for message in kept}
        assert is_whole or ticket.transcript_at is None
        return ticket.transcript_at is not None

    async def is_over() -> bool:
        async with services.get(DatabaseManager).read_session(fresh=True) as session:
            waits = select(OutboxEffect.effect_id).where(col(OutboxEffect.state) != EffectState.DONE)
            return (await session.execute(waits.limit(1))).first() is None

    dice, progress = random.Random(guildbase_seed), []  # noqa: S311 - it decides nothing that is secret.
    given = (guildbase_sqlite_url, discord.base_url, discord.token, str(guild.id), str(PAGE))
    nursery = await asyncio.create_subprocess_exec(sys.executable, "-c", NURSERY, *given, stdout=-1)
    assert nursery.stdout is not None
    try:
        for _ in range(KILLS):
            bot, wanted = int(await nursery.stdout.readline()), discord.stats.requests[READ] + dice.randint(1, 3)
            await until(lambda wanted=wanted: discord.stats.requests[READ] >= wanted, timeout=30)  # type: ignore[misc]
            os.kill(bot, signal.SIGKILL)
            progress.append([await is_whole_if_made(number) for number in written])
        await until(is_over, timeout=30)
    finally:
        nursery.kill()
        await nursery.communicate()
    log.info("%d kills; which transcripts were made by then: %s", KILLS, progress)
    for number in written:
        assert await is_whole_if_made(number)
        happened = [event.happening for event in await tickets.events(SYSTEM, guild.id, number)]
        assert happened.count(Happening.TRANSCRIPT_MADE) == 1
        told = [it for it in guild.messages(f"room-{number:04}") if "closed" in it.text]
        assert len(told) == 1
    assert len(guild.messages("mod-log")) == len(member.dms) == TICKETS
    await services.close()
