"""Every command that acts: done, refused, and met by Discord's bad days. One bot serves all commands of a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from guildbase.bot import executor
from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM
from guildbase.features.moderation.controller import ModerationController
from guildbase.features.moderation.kinds import CaseState
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.services.outbox import outbox
from guildbase.simulator import NotAllowed, Person, Reply, ScriptedGuild, Simulator
from guildbase.simulator.world.entities import ChannelType
from tests.waiting import until

MEMBER = "* /guilds/*/members/*"
BANS = "* /guilds/*/bans/*"


@dataclass(frozen=True)
class Command:
    """One command, what proves that it was done, and the route of Discord that it takes."""

    name: str
    is_done: Callable[[ScriptedGuild, Person], bool]
    route: str = MEMBER
    options: dict[str, Any] = field(default_factory=dict)
    before: str = ""
    """The command that makes it possible."""
    on_member: bool = True


def _holds(role: str) -> Callable[[ScriptedGuild, Person], bool]:
    return lambda _guild, person: role in person.roles


def _is_banned(guild: ScriptedGuild, person: Person) -> bool:
    return person.id in guild.guild.bans


def _is_gone(_guild: ScriptedGuild, person: Person) -> bool:
    return person.membership is None


def _is_timed_out(_guild: ScriptedGuild, person: Person) -> bool:
    return person.membership is not None and person.membership.timed_out_until is not None


def _is_heard(_guild: ScriptedGuild, person: Person) -> bool:
    return person.membership is not None and not person.membership.mute


def _hears(_guild: ScriptedGuild, person: Person) -> bool:
    return person.membership is not None and not person.membership.deaf


def _not(check: Callable[[ScriptedGuild, Person], bool]) -> Callable[[ScriptedGuild, Person], bool]:
    return lambda guild, person: not check(guild, person)


COMMANDS = [
    Command("ban", _is_banned, BANS, on_member=False),
    Command("tempban", _is_banned, BANS, {"duration": "2 days 3 hours"}, on_member=False),
    Command("hackban", _is_banned, BANS, on_member=False),
    Command("unban", _not(_is_banned), BANS, before="ban", on_member=False),
    Command("softban", lambda guild, it: _is_gone(guild, it) and not _is_banned(guild, it), BANS),
    Command("kick", _is_gone),
    Command("timeout", _is_timed_out, options={"duration": "1h"}),
    Command("untimeout", _not(_is_timed_out), before="timeout"),
    Command("mute", _holds("Muted"), options={"duration": "until tomorrow 18:00"}),
    Command("unmute", _not(_holds("Muted")), before="mute"),
    Command("jail", _holds("Jailed")),
    Command("unjail", _not(_holds("Jailed")), before="jail"),
    Command("nick", lambda _guild, it: it.membership is not None and it.membership.nick == "quiet",
            options={"nickname": "quiet"}),
    Command("voice mute", _not(_is_heard)),
    Command("voice unmute", _is_heard, before="voice mute"),
    Command("voice deafen", _not(_hears)),
    Command("voice undeafen", _hears, before="voice deafen"),
    Command("voice kick", lambda guild, it: it.id not in guild.guild.voice_states),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "FIRST_RETRY", timedelta(milliseconds=1))
    monkeypatch.setattr(executor, "POLL", 0.02)


@pytest.fixture
async def ready(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> GuildbaseBot:
    """A bot in a server that has set the roles of the muted and the jailed, below the bot's own."""
    roles = {"mute_role": str(guild.role("Muted").id), "jail_role": str(guild.role("Jailed").id)}
    await guildbase_bot.services.get(ConfigurationController).change(SYSTEM, guild.id, "moderation", roles)
    await guild.owner.creates_channel("voice", ChannelType.VOICE)
    return guildbase_bot


async def _use(command: Command, guild: ScriptedGuild, number: int, **options: Any) -> tuple[Reply, Person]:
    """Use the command on somebody new, by a moderator of its own, since each has their turns."""
    moderator = guild.member(f"mod{number}", roles=["Moderator"])
    person = guild.member(f"person{number}")
    if command.name.startswith("voice"):
        await person.joins_voice("voice")
    if command.before:
        before = next(it for it in COMMANDS if it.name == command.before)
        reply = await moderator.slash(before.name, user=person, reason="first", **before.options)
        await _settled(reply)
    return await moderator.slash(command.name, user=person, reason="because", **command.options, **options), person


async def _settled(reply: Reply) -> None:
    """Wait until the answer says what became of it."""
    under_way = ("yet to confirm", "is being told")
    await until(lambda: not any(it in reply.text for it in under_way))


async def test_every_command_does_what_it_says(ready: GuildbaseBot, guild: ScriptedGuild) -> None:
    for number, command in enumerate(COMMANDS):
        reply, person = await _use(command, guild, number)
        await _settled(reply)
        assert command.is_done(guild, person), f"{command.name}: {reply.text}"
        assert reply.ephemeral
        assert "Case #" in reply.text
        assert person.mention in reply.text
        assert "yet to confirm" not in reply.text


async def test_who_may_not_is_refused_and_nothing_is_done(ready: GuildbaseBot, guild: ScriptedGuild) -> None:
    for number, command in enumerate(COMMANDS):
        stranger, person = guild.member(f"stranger{number}"), guild.member(f"person{number}")
        with pytest.raises(NotAllowed):
            await stranger.slash(command.name, user=person, reason="x", **command.options)
        told = await stranger.slash(command.name, user=person, reason="x", force=True, **command.options)
        assert told.text.startswith(f"`/{command.name}` takes "), told.text
    assert await _cases(ready, guild) == []


async def test_who_stands_as_high_is_spared_and_nothing_is_done(ready: GuildbaseBot, guild: ScriptedGuild) -> None:
    equal, bot = guild.member("equal", roles=["Moderator"]), ready.user
    assert bot is not None
    for number, command in enumerate(COMMANDS):
        moderator = guild.member(f"mod{number}", roles=["Moderator"])
        for person, why in (
            (equal, "equal has a role as high as yours or higher."),
            (guild.owner, "The owner of the server cannot be moderated."),
            (moderator, "You cannot moderate yourself."),
            (bot, ("I cannot moderate myself.", "Bots cannot be timed out.")),
        ):
            told = await moderator.slash(command.name, user=person, reason="x", **command.options)
            assert told.text.startswith(why), command.name
    assert await _cases(ready, guild) == []


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        (403, 50013, "failed: Discord does not let the bot do this"),
        (404, 10004, "failed: Discord does not find them"),
    ],
)
async def test_what_discord_refuses_is_told_with_the_reason_and_kept(
    ready: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, status: int, code: int, told: str
) -> None:
    for number, command in enumerate(it for it in COMMANDS if not it.before):
        with discord.faults.rest(command.route, status=status, code=code):
            reply, person = await _use(command, guild, number)
            await _settled(reply)
        assert told in reply.text, f"{command.name}: {reply.text}"
        assert "Nothing was done" in reply.text
        assert not command.is_done(guild, person) or command.name in ("voice mute", "voice deafen"), command.name
        assert (await _cases(ready, guild))[0].state is CaseState.FAILED


async def test_a_limit_of_discord_delays_every_command_and_loses_none(
    ready: GuildbaseBot, discord: Simulator, guild: ScriptedGuild
) -> None:
    for number, command in enumerate(it for it in COMMANDS if not it.before):
        with discord.faults.rest(command.route, status=429, retry_after=0.01, times=1):
            reply, person = await _use(command, guild, number)
            await _settled(reply)
        assert command.is_done(guild, person), f"{command.name}: {reply.text}"


async def _cases(bot: GuildbaseBot, guild: ScriptedGuild) -> list[Any]:
    """Return all cases, newest first."""
    return await bot.services.get(ModerationController).list_cases(SYSTEM, guild.id, limit=100)
