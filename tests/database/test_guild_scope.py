"""One guild's statement never reaches another guild's rows, and a statement that could is noticed."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, delete, exists, func, select, update
from sqlalchemy.orm import aliased
from sqlmodel import col

import guildbase
from guildbase.database.guild_scope import for_guild, is_guild_scoped
from guildbase.database.manager import DatabaseManager
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.guilds.models import Guild
from guildbase.services.container import BotServices
from tests.database.zoo import Enclosure, EnclosureTag, Keeper, Tag
from tests.factories import new_id
from tests.guild_scope import ALLOWED, SOURCE, GuildWatch, unlimited_tables

Other = aliased(Enclosure)
SAME_TAG = (col(EnclosureTag.guild_id) == col(Tag.guild_id)) & (col(EnclosureTag.tag) == col(Tag.number))

COUNTS: dict[str, tuple[Select[Any], int]] = {
    "rows": (select(func.count()).select_from(Enclosure), 2),
    "columns": (select(func.count(col(Enclosure.beds))), 2),
    "alias": (select(func.count(col(Other.beds))), 2),
    "two tables": (select(func.count()).select_from(Enclosure).join(Other, col(Enclosure.beds) == col(Other.beds)), 4),
    "join": (select(func.count()).select_from(Tag).join(EnclosureTag, SAME_TAG), 2),
    "subquery": (select(func.count()).select_from(select(Enclosure).subquery()), 2),
    "exists": (select(func.count()).select_from(Tag).where(exists().where(col(Enclosure.beds) == 2)), 1),
    "in": (
        select(func.count())
        .select_from(Keeper)
        .where(col(Keeper.fed).in_(select(col(Enclosure.beds)).where(col(Enclosure.name) == "Only ours"))),
        0,
    ),
}


@pytest.fixture
async def guilds(zoo: DatabaseManager) -> tuple[int, int]:
    """Ours has two enclosures and one tag; theirs three enclosures and two tags."""
    ours, theirs = new_id(), new_id()
    async with zoo.transaction() as work:
        await Keeper.create(work.session, keeper_id=new_id(), name="Kim", fed=7)
        for guild_id, enclosures, tags in ((ours, 2, 1), (theirs, 3, 2)):
            for number in range(enclosures):
                await Enclosure.create(work.session, guild_id=guild_id, name=f"E{number}", beds=2)
            for number in range(1, tags + 1):
                await Tag.create(work.session, guild_id=guild_id, number=number, label=f"T{number}")
                for enclosure in ("E0", "E1"):
                    await EnclosureTag.create(work.session, guild_id=guild_id, enclosure=enclosure, tag=number)
        await Enclosure.create(work.session, guild_id=theirs, name="Only ours", beds=7)
    return ours, theirs


@pytest.mark.parametrize("form", COUNTS)
async def test_a_statement_for_one_guild_sees_that_guild_alone(
    zoo: DatabaseManager, guilds: tuple[int, int], form: str
) -> None:
    statement, expected = COUNTS[form]
    async with zoo.read_session() as session:
        assert (await session.execute(for_guild(statement, guilds[0]))).scalar_one() == expected
        # Another guild after it: the compiled statement is kept, the guild is not.
        assert (await session.execute(for_guild(statement, guilds[1]))).scalar_one() > expected
        assert (await session.execute(for_guild(statement, new_id()))).scalar_one() == 0


async def test_changes_and_deletions_keep_to_the_guild(zoo: DatabaseManager, guilds: tuple[int, int]) -> None:
    ours, theirs = guilds
    async with zoo.transaction() as work:
        await work.session.execute(for_guild(update(Enclosure).values(beds=9), ours))
        await work.session.execute(for_guild(delete(EnclosureTag), ours))
    async with zoo.read_session() as session:
        assert await Enclosure.count(session, beds=9) == 2
        assert await Enclosure.count(session, guild_id=ours, beds=9) == 2
        assert await EnclosureTag.count(session, guild_id=ours) == 0
        assert await EnclosureTag.count(session, guild_id=theirs) == 4


def test_a_statement_that_cannot_be_limited_is_refused() -> None:
    for statement in (select(Keeper), select(func.count()), select(Enclosure.__table__)):
        with pytest.raises(ValueError, match="no table of guilds"):
            for_guild(statement, new_id())
    with pytest.raises(ValueError, match="not a Discord id"):
        for_guild(select(Enclosure), 5)


def test_a_table_belongs_to_guilds_when_the_guild_leads_its_key() -> None:
    assert is_guild_scoped(Enclosure.__table__)
    assert is_guild_scoped(Guild.__table__)
    assert not is_guild_scoped(Keeper.__table__)


LIMITED = [
    "SELECT enclosure.beds FROM enclosure WHERE enclosure.guild_id = $1",
    "SELECT beds FROM enclosure WHERE name = ? AND guild_id = ?",
    "select beds from enclosure where guild_id in (?, ?)",
    "SELECT e.beds FROM enclosure AS e WHERE e.guild_id = ?",
    "SELECT 1 FROM tag JOIN enclosure_tag ON enclosure_tag.guild_id = tag.guild_id WHERE tag.guild_id = ?",
    "UPDATE enclosure SET beds=? WHERE enclosure.guild_id = ? AND enclosure.name = ?",
    "DELETE FROM enclosure WHERE (enclosure.guild_id, enclosure.name) IN ((?, ?))",
    "INSERT INTO enclosure (guild_id, beds) VALUES (?, ?)",
    "SELECT keeper.fed FROM keeper",
    "PRAGMA table_info(enclosure)",
]
UNLIMITED = [
    "SELECT enclosure.guild_id, enclosure.beds FROM enclosure",
    "SELECT enclosure.guild_id FROM enclosure WHERE enclosure.beds = ?",
    "SELECT e.beds FROM enclosure AS e WHERE e.name = ? ORDER BY e.guild_id",
    "SELECT 1 FROM tag JOIN enclosure_tag ON enclosure_tag.tag = tag.number WHERE enclosure_tag.guild_id = ?",
    "SELECT 1 FROM keeper, enclosure WHERE keeper.fed = ?",
    "UPDATE enclosure SET guild_id=? WHERE enclosure.name = ?",
    "DELETE FROM enclosure WHERE enclosure.name = ?",
    "WITH due AS (SELECT beds FROM enclosure LIMIT 1) SELECT * FROM due",
]


@pytest.mark.parametrize("sql", [*LIMITED, *UNLIMITED])
def test_the_watch_knows_a_limited_statement_from_others(sql: str) -> None:
    assert bool(unlimited_tables(sql, {"enclosure", "enclosure_tag", "tag"})) == (sql in UNLIMITED)


async def test_the_watch_bites_at_guildbases_own_statements_alone(
    services: BotServices, guild_watch: GuildWatch
) -> None:
    guilds = services.get(GuildController)
    careless = (
        "async def spy(guilds):\n    async with guilds.reading() as session:\n"
        "        return (await session.execute(select(Guild))).all()\n"
    )
    namespace: dict[str, Any] = {"select": select, "Guild": Guild}
    exec(compile(careless, str(SOURCE / "features" / "spy.py"), "exec"), namespace)  # noqa: S102
    await guilds.join(new_id())
    await guilds.load(new_id())
    await guilds.leave(new_id())
    await guilds.known_on(0, 1)
    async with services.get(DatabaseManager).read_session() as session:
        await Guild.count(session)
    assert guild_watch.found == []
    await namespace["spy"](guilds)
    assert len(guild_watch.found) == 1
    assert guild_watch.found[0].startswith("features/spy.py:spy reads or changes guild of all guilds: SELECT")
    guild_watch.found.clear()


def test_every_exception_names_a_place_that_is_there() -> None:
    source = Path(guildbase.__file__).parent
    for allowed, reason in ALLOWED.items():
        path, _, function = allowed.partition(":")
        assert (source / path).exists(), allowed
        assert reason
        if function:
            nodes = ast.walk(ast.parse((source / path).read_text()))
            assert function in {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert len(ALLOWED) <= 12
