"""The scripted story of `guildbase demo --headless --check`: each step is a promise that is put to the test."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import func, select
from sqlmodel import col

from guildbase.cli.demo.dashboard import DashboardWork
from guildbase.cli.demo.example import FIRST_WORDS, rewrite_view
from guildbase.cli.demo.process import API_KEY
from guildbase.cli.demo.staff import StaffWork
from guildbase.cli.demo.steps import MOMENT, StepFailed, eventually, expect
from guildbase.database.manager import DatabaseManager
from guildbase.services.outbox import EffectState, OutboxEffect
from guildbase.simulator import Limit, Person, RateLimits, SimulatorError

if TYPE_CHECKING:
    from guildbase.cli.demo.run import Demo

WARNINGS = 20
ANSWERS_BEFORE_KILL = 5
PATIENCE = 40.0  # seconds for everything that was promised to be done after the restart


@dataclass(frozen=True, slots=True)
class Step:
    """One step as it went."""

    name: str
    is_ok: bool
    seconds: float
    told: str


async def play(started: Demo, console: Console, *, as_json: bool) -> int:
    """Play the story, print a table of its steps and return 0 if all went well, else 1."""
    story = Story(started)
    steps = [Step("start", True, started.seconds, "both shards are connected")]
    try:
        for name, act in story.acts():
            with console.status(f"{name} …"):
                steps.append(await _take(name, act))
            if as_json:  # For a program that waits, each step is told as it ends.
                console.print(f"{name}: {'ok' if steps[-1].is_ok else 'failed'}", markup=False)
            if not steps[-1].is_ok:
                break
    finally:
        await story.close()
    if as_json:
        print(orjson.dumps([asdict(step) for step in steps]).decode())
    else:
        console.print(_table(steps))
    return 0 if all(step.is_ok for step in steps) else 1


async def _take(name: str, act: Callable[[], Awaitable[str]]) -> Step:
    began = time.perf_counter()
    try:
        told, is_ok = await act(), True
    except (StepFailed, SimulatorError, aiohttp.ClientError, TimeoutError) as error:
        told, is_ok = f"{type(error).__name__}: {error}", False
    return Step(name, is_ok, time.perf_counter() - began, told)


def _table(steps: list[Step]) -> Table:
    table = Table(title="The story", title_justify="left")
    for column in ("step", "result", "seconds", "what was seen"):
        table.add_column(column, justify="right" if column == "seconds" else "left", overflow="fold")
    for step in steps:
        result = "[green]ok[/green]" if step.is_ok else "[red]failed[/red]"
        table.add_row(step.name, result, f"{step.seconds:.2f}", escape(step.told))
    return table


class Story:
    """What happens, in order."""

    def __init__(self, started: Demo) -> None:
        self._discord, self._bot = started.discord, started.bot
        self._features_dir = started.features_dir or Path()
        self._http = aiohttp.ClientSession(headers={"X-API-Key": API_KEY})
        self._guild = self._discord.guild("Corner Shop", shard=1, bot_permissions=None)
        self._moderator = self._guild.member("jonas", roles=["Moderator"])
        self._member = self._guild.member("priya")
        self._staff = StaffWork(
            self._guild, self._moderator, f"{self._bot.api_url}/guilds/{self._guild.id}", self._http
        )

        self._dashboard = DashboardWork(self._guild, self._member, self._bot.api_url, self._bot.servers)

    def acts(self) -> list[tuple[str, Callable[[], Awaitable[str]]]]:
        """Return the steps by name."""
        return [
            ("join", self.join),
            ("/status", self.status),
            ("/warn", self.warn),
            ("closed DMs", self.closed_dms),
            ("cases over HTTP", self.cases_over_http),
            ("/tempban", self._staff.temporary_ban),
            ("automod", self._staff.automod),
            ("ticket", self._staff.ticket),
            ("/config", self.settings),
            ("sign-in", self._dashboard.sign_in),
            ("dashboard", self._dashboard.change_setting),
            ("forged request", self._dashboard.forged),
            ("cog reload", self.reload),
            ("resume", self.resume),
            ("SIGKILL", self.kill_in_the_middle),
            ("stop", self.stop),
        ]

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.close()
        await self._dashboard.close()

    async def join(self) -> str:
        """The bot is invited to a server; the server's rows are there soon after."""
        await self._guild.add_bot()
        url = f"{self._bot.api_url}/guilds/{self._guild.id}/cases"
        await eventually(lambda: self._answers(url, 200), "the API does not know the server")
        return f"{self._guild.name} has its rows"

    async def status(self) -> str:
        """`/status` answers its asker alone and counts both shards as ready."""
        reply = await self._moderator.slash("status")
        expect(reply.ephemeral, "the answer is public")
        kind = "postgresql" if self._bot.servers.is_postgresql else "sqlite"
        expect("2 of 2 ready" in reply.text and kind in reply.text, reply.text)
        return f"ephemeral embed with 2 shards and {kind}"

    async def warn(self) -> str:
        """A warning becomes case #1, a direct message, and an answer that tells both."""
        reply = await self._moderator.slash("warn", user=self._member, reason="spam in #general")
        expect(reply.ephemeral and "Case #1" in reply.text, reply.text)
        notice = await self._member.receives_dm()
        expect("spam in #general" in notice.text, notice.text)
        if "was told" not in reply.text:
            await reply.edited(matching="was told")
        return reply.text

    async def closed_dms(self) -> str:
        """A member who takes no direct messages is warned all the same, and the moderator learns it."""
        shy = self._guild.member("aiko")
        shy.closes_dms()
        reply = await self._moderator.slash("warn", user=shy, reason="caps")
        if "takes no direct messages" not in reply.text:
            await reply.edited(matching="takes no direct messages")
        return reply.text

    async def cases_over_http(self) -> str:
        """The API lists the same cases, with ids as text."""
        cases = await self._cases()
        expect([case["number"] for case in cases] == [2, 1], f"cases {cases}")
        expect(cases[1]["target_id"] == str(self._member.id), f"target {cases[1]['target_id']}")
        expect([case["notice"] for case in cases] == ["refused", "delivered"], f"cases {cases}")
        return "2 cases, newest first"

    async def settings(self) -> str:
        """A new prefix holds at once, a member reads German, and a rollback takes the prefix back."""
        owner = self._guild.owner
        saved = await owner.slash("config set", feature="guilds", setting="prefix", value="?", reason="as next door")
        expect("Saved as version 1 of guilds" in saved.text, saved.text)
        await self._member.slash("preferences language", language="Deutsch")
        await self._member.says("?ping")
        await self._member.hears(matching="Pong! Verzögerung zu Discord", timeout=MOMENT)
        question = await owner.slash("config rollback", feature="guilds", version=0)
        back = await question.click("Roll back")
        expect("Saved as version 2 of guilds" in back.text, back.text)
        await self._member.says("!ping")
        await self._member.hears(matching="Pong", timeout=MOMENT)
        return "a new prefix held at once, was answered in German, and is the old one again"

    async def reload(self) -> str:
        """A feature's file is edited and swapped in the running bot."""
        before = await self._member.slash("today")
        rewrite_view(self._features_dir, "new words, longer than before")
        owner = self._guild.member("mara", roles=["Admin"])
        told = await owner.slash("cog reload", feature="daily_note")
        expect("Reloaded daily_note" in told.text, told.text)
        after = await self._member.slash("today")
        expect((before.text, after.text) == (FIRST_WORDS, "new words, longer than before"), after.text)
        return "an edited view answers without a restart"

    async def resume(self) -> str:
        """The socket is cut; what was said meanwhile is heard after the resume."""
        resumes = self._discord.stats.resumes
        await self._discord.drop_gateway()
        await self._member.says("!ping", at_once=True)
        expect(self._discord.stats.resumes == resumes, "the bot was back before the message was written")
        await self._member.hears(matching="Pong", timeout=MOMENT)
        expect(self._discord.stats.resumes > resumes, "the bot came back without a resume")
        return "a message written while the bot was away was answered after its resume"

    async def kill_in_the_middle(self) -> str:
        """The bot is killed while it warns 20 members; what it acknowledged is there, and nobody is told twice."""
        people = [self._guild.member(f"visitor_{number:02}") for number in range(WARNINGS)]
        # A slow Discord lets the promises pile up, so that the kill hits work that is under way.
        self._discord.limiter.set(RateLimits(everywhere=Limit(2, 1.0)))
        acknowledged = await self._warn_until_killed(people)
        open_promises = await self._promises()
        expect(open_promises > 0, "nothing was under way when the bot was killed")
        self._discord.limiter.set(RateLimits())
        await self._bot.start()
        await eventually(self._all_told, "some members were never told", within=PATIENCE)
        cases = {case["number"]: case for case in await self._cases()}
        lost = [number for number in acknowledged if number not in cases]
        expect(not lost, f"acknowledged but lost: {lost}")
        expect(sorted(cases) == list(range(1, len(cases) + 1)), f"numbers are not dense: {sorted(cases)}")
        told = {person.id: len(person.dms) for person in people}
        due = {int(case["target_id"]) for case in cases.values()}
        wrong = {person.name: told[person.id] for person in people if told[person.id] != (person.id in due)}
        expect(not wrong, f"told not exactly once: {wrong}")
        return (
            f"{len(acknowledged)} acknowledged, 0 lost; {open_promises} notices were under way, "
            f"each of {len(due & told.keys())} members was told exactly once"
        )

    async def stop(self) -> str:
        """The bot stops cleanly."""
        code = await self._bot.stop()
        expect(code == 0, f"exit code {code}; see {self._bot.log_path}")
        return "exit code 0"

    async def _warn_until_killed(self, people: list[Person]) -> list[int]:
        """Warn all at once, kill the bot after a few answers, and return the case numbers that were answered."""
        answered: list[int] = []
        enough = asyncio.Event()

        async def warn(person: Person) -> None:
            reply = await self._moderator.slash("warn", user=person, reason=f"raid {person.name}", within=4)
            answered.append(int(reply.text.split("#")[1].split(":")[0]))
            if len(answered) >= ANSWERS_BEFORE_KILL:
                enough.set()

        tasks = [asyncio.create_task(warn(person)) for person in people]
        await asyncio.wait_for(enough.wait(), 20)
        await self._bot.kill()
        # Those that were still unanswered hear nothing; Discord tells the moderator so.
        await asyncio.gather(*tasks, return_exceptions=True)
        return answered

    async def _promises(self) -> int:
        """Count what the killed bot still owed."""
        database = DatabaseManager(self._bot.servers.database_url)
        is_open = col(OutboxEffect.state).in_([EffectState.PENDING, EffectState.RUNNING])
        try:
            async with database.read_session() as session:
                return (await session.execute(select(func.count()).where(is_open))).scalar_one()
        finally:
            await database.close()

    async def _all_told(self) -> bool:
        return all(case["notice"] != "pending" for case in await self._cases())

    async def _cases(self) -> list[dict[str, Any]]:
        url = f"{self._bot.api_url}/guilds/{self._guild.id}/cases?limit=100"
        async with self._http.get(url) as response:
            response.raise_for_status()
            cases: list[dict[str, Any]] = (await response.json())["cases"]
            return cases

    async def _answers(self, url: str, status: int) -> bool:
        async with self._http.get(url) as response:
            return response.status == status
