"""What it costs to judge whether somebody may use a command, against a bare dict and Red's Config; and 1,000 rules.

Ours is the gate's whole check: blocks here and everywhere, switched-off features and commands, and the guild's rules
in their order. The dict's is `documents[guild]["prefix"]`, one read that decides nothing. Red's is one read of its
Config, of which its checks take several; its own check of rules needs a whole bot around it and is not measured.

Guards: 64 uses by different people with five roles each, in different places, some refused, some ignored, some opened;
the verdicts of the guild of ten rules are compared with those of the guild of a thousand, which holds the same ten
and others about other people, roles, places and commands. No verdict is kept from one check to the next. Gate is CPU.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.benchmark import Benchmark
from benchmarks.database import DatabaseTemplate
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.hot_read import cost_of_one
from benchmarks.red import NoRed, red_reader
from benchmarks.verdicts import Comparison
from guildbase.core.ports import CommandGate, CommandUse, Outcome
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.permissions.models import Access, GuildPermission, Scope, Subject
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices

Measure = Callable[[], Awaitable[Sample]]

FEW, MANY = (1_000 << 42) + 1, (1_000 << 42) + 2
CHECKS = 100_000
DICT_READS = 500_000
RED_READS = 5_000
MODERATE = 1 << 40
PEOPLE, ROLES, CHANNELS = (range((place << 42) + 1, (place << 42) + 100) for place in (2_000, 3_000, 4_000))
OTHERS = 5_000 << 42  # whom only the other rules are about
USES = [
    CommandUse(
        command="case view" if number % 2 else "warn",
        feature="moderation",
        user_id=PEOPLE[number],
        role_ids=frozenset(ROLES[number % 50 + place] for place in range(5)),
        channel_ids=(CHANNELS[number % 8],),
        category_id=CHANNELS[90],
        permissions=MODERATE if number % 3 else 0,
        needs=MODERATE,
        needs_level=3,
    )
    for number in range(64)
]


def _own(guild_id: int) -> Iterator[tuple[Subject, int, Scope, str, Access]]:
    """Yield the ten rules that the uses meet."""
    yield Subject.MEMBER, PEOPLE[3], Scope.COMMAND, "warn", Access.DENY
    yield Subject.MEMBER, PEOPLE[6], Scope.MODULE, "moderation", Access.ALLOW
    yield Subject.ROLE, ROLES[10], Scope.COMMAND, "case", Access.ALLOW
    yield Subject.ROLE, ROLES[12], Scope.COMMAND, "case view", Access.DENY
    yield Subject.ROLE, ROLES[20], Scope.MODULE, "moderation", Access.IGNORE
    yield Subject.ROLE, ROLES[30], Scope.EVERYTHING, "", Access.ALLOW
    yield Subject.CHANNEL, CHANNELS[1], Scope.EVERYTHING, "", Access.IGNORE
    yield Subject.CHANNEL, CHANNELS[2], Scope.COMMAND, "warn", Access.DENY
    yield Subject.CATEGORY, CHANNELS[90], Scope.MODULE, "moderation", Access.ALLOW
    yield Subject.GUILD, guild_id, Scope.COMMAND, "warn", Access.ALLOW


def _others() -> Iterator[tuple[Subject, int, Scope, str, Access]]:
    """Yield the rules that make up the thousand."""
    subjects = (Subject.MEMBER, Subject.ROLE, Subject.CHANNEL, Subject.CATEGORY)
    for number in range(900):
        yield subjects[number % 4], OTHERS + number, Scope.COMMAND, "warn", Access.DENY
    for number in range(90):
        # The same people, roles and places, and commands that nobody here uses.
        whom = (PEOPLE, ROLES, CHANNELS)[number % 3][number // 3]
        yield subjects[number % 3], whom, Scope.COMMAND, f"other {number}", Access.DENY


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Store the rules, and load both guilds."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        services = await _services(stack, folder)
        _compare(services)
        documents: dict[int, Any] = {guild: {"prefix": f"p{guild}"} for guild in (FEW, MANY)}
        cases = [
            Case("10 rules", _check(services, FEW)),
            Case("1,000 rules", _check(services, MANY)),
            Case("dict", _dict(documents)),
        ]
        try:
            red = await stack.enter_async_context(red_reader(folder, documents))
        except NoRed as reason:
            sys.stderr.write(f"permission-check: not compared with Red: {reason}\n")
        else:
            cases.append(Case("Red", lambda: red.read(RED_READS)))
        yield cases


async def _services(stack: AsyncExitStack, folder: Path) -> BotServices:
    template = DatabaseTemplate(folder)
    await asyncio.to_thread(template.migrate)
    services = assemble(Settings(database_url=template.copy()), FeatureRegistry.discover())
    stack.push_async_callback(services.close)
    guilds = services.get(GuildController)
    await guilds.reconcile({FEW, MANY}, gone=set())
    rules = {FEW: list(_own(FEW)), MANY: [*_own(MANY), *_others()]}
    names = ("subject_kind", "subject_id", "scope", "target", "access")
    rows = [
        {"guild_id": guild, "number": number, **dict(zip(names, rule, strict=True))}
        for guild, of_guild in rules.items()
        for number, rule in enumerate(of_guild, 1)
    ]
    if (len(rules[FEW]), len(rules[MANY])) != (10, 1_000):
        raise AssertionError("These are not ten rules and a thousand.")
    async with services.get(DatabaseManager).transaction() as work:
        await GuildPermission.insert_many(work.session, rows)
    await guilds.warm({FEW, MANY})
    return services


def _compare(services: BotServices) -> None:
    """Check that both guilds judge alike, and that the uses meet every kind of outcome."""
    few, many = (_verdicts(services, guild) for guild in (FEW, MANY))
    if few != many or {verdict.outcome for verdict in few} != set(Outcome):
        raise AssertionError("The guilds do not judge alike, or an outcome is missing.")


def _verdicts(services: BotServices, guild: int) -> list[Any]:
    gate, snapshot = services.get(CommandGate), services.get(GuildController).peek(guild)
    return [gate.judge(replace(use, guild_id=guild), snapshot) for use in USES]


def _check(services: BotServices, guild: int) -> Measure:
    gate, peek = services.get(CommandGate), services.get(GuildController).peek
    uses = [replace(use, guild_id=guild) for use in USES]
    wanted = uses * (CHECKS // len(uses))
    expected = sum(verdict.is_allowed for verdict in _verdicts(services, guild)) * (CHECKS // len(uses))

    async def check() -> Sample:
        allowed = 0
        wall, cpu = time.perf_counter(), time.process_time()
        for use in wanted:
            allowed += gate.judge(use, peek(guild)).is_allowed
        sample = cost_of_one(wall, cpu, len(wanted))
        if allowed != expected:
            raise AssertionError("A verdict is another one than at first.")
        return sample

    return check


def _dict(documents: dict[int, Any]) -> Measure:
    wanted = [FEW, MANY] * (DICT_READS // 2)

    async def read() -> Sample:
        letters = 0
        wall, cpu = time.perf_counter(), time.process_time()
        for guild in wanted:
            letters += len(documents[guild]["prefix"])
        sample = cost_of_one(wall, cpu, DICT_READS)
        if letters != sum(len(documents[guild]["prefix"]) for guild in (FEW, MANY)) * (DICT_READS // 2):
            raise AssertionError("A prefix is not what was stored.")
        return sample

    return read


BENCHMARK = Benchmark(
    "permission-check",
    prepare,
    (
        Comparison("a check", "10 rules", "Red", Figure.CPU, Aim.SPEED, 5, 6),
        Comparison("a check", "10 rules", "dict", Figure.CPU, Aim.COST, 60, 45),
        Comparison("1,000 rules", "1,000 rules", "10 rules", Figure.CPU, Aim.COST, 1.15, 1.05),
    ),
    rounds=9,
)
