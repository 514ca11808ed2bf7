"""A world in a file: everything is in it, comes back as it was, and nothing but a whole world is taken."""

from __future__ import annotations

import asyncio
import stat
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import fields
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import aiohttp
import orjson
import pytest

from guildbase.simulator import GatewaySettings, Simulator
from guildbase.simulator import world as kinds
from guildbase.simulator.seed import seed
from guildbase.simulator.world import members, snapshot
from guildbase.simulator.world.codec import NotReadable, Reader, Writer
from guildbase.simulator.world.contents import Contents
from guildbase.simulator.world.snapshot import WorldFileError
from tests.simulator.conformance import entries
from tests.simulator.conformance.walk import Entry, Walk

TRANSIENT = {
    "actor": "who makes the request at hand",
    "recommended_shards": "how this program is run",
    "answer_within": "how this program is run",
    "cdn_url": "where this program listens",
    "watch": "who waits in this program",
    "clock": "only how far it was put forward is kept",
    "new_id": "goes on after the last id that was made",
    "nonces": "kept for a few minutes only",
    "_listeners": "who listens in this program",
}


def contents(sim: Simulator) -> dict[str, Any]:
    return {one.name: getattr(sim.world, one.name) for one in fields(Contents)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "world.json"


@pytest.fixture
def lived_in(file: Path) -> Simulator:
    """A simulator whose world has a bit of everything, saved to the file."""
    sim = Simulator()
    seed(sim, guilds=3, members=40)
    world = sim.world
    guild = next(iter(world.guilds.values()))
    guest = guild.members[guild.members.crowd[3]]
    members.change(world, guild, guest, nick="Guest of honour", timed_out_until=world.clock.now() + timedelta(days=1))
    members.remove(world, guild, guild.members.crowd[4])
    members.ban(world, guild, world.users[guild.members.crowd[5]], "spam")
    sim.advance(timedelta(hours=3))
    sim.save(file)
    return sim


def loaded(file: Path) -> Simulator:
    sim = Simulator()
    sim.load(file)
    return sim


def test_every_attribute_of_a_world_is_saved_or_has_a_reason() -> None:
    attributes = set(vars(Simulator().world))
    saved = {one.name for one in fields(Contents)}
    assert attributes - saved == set(TRANSIENT)


def test_a_world_comes_back_as_it_was(lived_in: Simulator, file: Path) -> None:
    other = loaded(file)
    assert contents(other) == contents(lived_in)
    guild = next(iter(other.world.guilds.values()))
    assert len(guild.members) == 39
    assert guild.members[guild.members.crowd[3]].nick == "Guest of honour"
    assert guild.members.crowd[4] not in guild.members
    assert guild.audit_log.maxlen == 500


class SavedAtEachStep(Walk):
    """A walk after each step of which the world is written and read, and must be the same."""

    async def call(self, *arguments: Any, **options: Any) -> Any:
        answer = await super().call(*arguments, **options)
        written = orjson.loads(orjson.dumps(Writer().write(self.sim.world, "")))
        read: Contents = Reader().read(Contents, written, "")
        for one in fields(Contents):
            assert getattr(read, one.name) == getattr(self.sim.world, one.name), one.name
        return answer


@pytest.mark.parametrize("entry", entries(), ids=lambda it: it.name)
async def test_whatever_bots_make_is_saved(entry: Entry) -> None:
    async with Simulator() as sim, aiohttp.ClientSession() as session:
        await entry.scenario(SavedAtEachStep(sim, session))


def test_what_was_one_object_is_one_object_again(lived_in: Simulator, file: Path) -> None:
    world = loaded(file).world
    assert world.users[world.bot.id] is world.bot
    for guild in world.guilds.values():
        assert guild.channels
        assert all(world.channels[it.id] is it for it in guild.channels.values())


def test_saving_what_was_loaded_writes_the_same(lived_in: Simulator, file: Path) -> None:
    again = file.with_name("again.json")
    loaded(file).save(again)
    first, second = orjson.loads(file.read_bytes()), orjson.loads(again.read_bytes())
    assert first.pop("last_id") < second.pop("last_id")
    assert first.pop("clock_ahead") == pytest.approx(second.pop("clock_ahead"), abs=60)
    assert first == second


def test_time_and_ids_go_on(lived_in: Simulator, file: Path) -> None:
    world = loaded(file).world
    assert world.clock.now() >= lived_in.world.clock.now() - timedelta(seconds=1)
    assert world.new_id() > int(orjson.loads(file.read_bytes())["last_id"])


async def test_what_was_to_happen_still_does(file: Path) -> None:
    async with Simulator() as sim, aiohttp.ClientSession() as session:
        walk = Walk(sim, session)
        poll = {"question": {"text": "When?"}, "answers": [{"poll_media": {"text": "Now"}}], "duration": 1}
        sent = await walk.call("POST", "/channels/{channel_id}/messages", {"poll": poll})
        thread = {"name": "soon asleep", "type": 11, "auto_archive_duration": 60}
        made = await walk.call("POST", "/channels/{channel_id}/threads", thread)
        invite = await walk.call("POST", "/channels/{channel_id}/invites", {"max_age": 3600})
        sim.save(file)
    world = loaded(file).world
    message, channel = world.message(walk.channel_id, int(sent["id"])), world.channel(int(made["id"]))
    assert message.poll is not None
    assert channel.thread is not None
    assert (message.poll.is_finalized, channel.thread.archived) == (False, False)
    assert invite["code"] in world.invites
    world.clock.advance(timedelta(hours=2))
    assert (message.poll.is_finalized, channel.thread.archived) == (True, True)
    assert invite["code"] not in world.invites


def test_every_kind_with_things_due_is_scheduled_after_loading() -> None:
    modules = [import_module(f"{kinds.__name__}.{it.name}") for it in iter_modules(kinds.__path__)]
    assert {it for it in modules if hasattr(it, "schedule_all")} == set(snapshot.WITH_THINGS_DUE)


def test_ids_rise_even_if_the_file_was_written_in_the_future(lived_in: Simulator, file: Path) -> None:
    data = orjson.loads(file.read_bytes())
    data["last_id"] = str(int(data["last_id"]) + (int(timedelta(days=9).total_seconds() * 1000) << 22))
    file.write_bytes(orjson.dumps(data))
    assert loaded(file).world.new_id() > int(data["last_id"])


def test_only_the_owner_may_read_the_file_and_no_other_is_left(lived_in: Simulator, file: Path) -> None:
    lived_in.save(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_a_save_that_fails_leaves_the_old_file(lived_in: Simulator, file: Path) -> None:
    before = file.read_bytes()
    lived_in.world.channels[1] = object()  # type: ignore[assignment]
    with pytest.raises(TypeError, match="/channels/1: a object cannot be saved"):
        lived_in.save(file)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def _newer(data: dict[str, Any]) -> None:
    data["version"] = 2


def _foreign(data: dict[str, Any]) -> None:
    del data["format"]


def _half(data: dict[str, Any]) -> None:
    del data["world"]["application"]


def _strange(data: dict[str, Any]) -> None:
    data["world"]["bot"]["wings"] = 2


def _wrong(data: dict[str, Any]) -> None:
    data["world"]["bot"]["username"] = 5


def _misnumbered(data: dict[str, Any]) -> None:
    data["world"]["guilds"]["one"] = {}


def _dangling(data: dict[str, Any]) -> None:
    data["world"]["channels"]["1"] = {"same as": "/nowhere"}


def _misdirected(data: dict[str, Any]) -> None:
    data["world"]["channels"]["1"] = {"same as": "/bot"}


def _without_a_member(data: dict[str, Any]) -> None:
    users, guilds = data["world"]["users"]["stored"], data["world"]["guilds"]
    del users[next(iter(next(iter(guilds.values()))["members"]["stored"]))]


def _without_an_author(data: dict[str, Any]) -> None:
    message = next(it for all_of in data["world"]["messages"].values() for it in all_of.values() if "webhook" not in it)
    message["author_id"] = 5


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (_without_a_member, r"/guilds/\d+/members: there is no user \d+"),
        (_without_an_author, r"/messages/\d+/\d+: there is no user 5"),
        (_newer, "written as version 2; this Guildbase reads version 1"),
        (_foreign, "no world of the simulator"),
        (_half, "not whole, or written by another version of Guildbase"),
        (_strange, "/bot: a User has no wings"),
        (_wrong, "/bot/username: '5' is no str"),
        (_misnumbered, "/guilds: invalid literal for int"),
        (_dangling, "/channels/1: '/nowhere'"),
        (_misdirected, "/channels/1: /bot is no Channel"),
    ],
)
def test_a_broken_world_is_refused_and_changes_nothing(
    lived_in: Simulator, file: Path, spoil: Callable[[dict[str, Any]], None], problem: str
) -> None:
    data = orjson.loads(file.read_bytes())
    spoil(data)
    file.write_bytes(orjson.dumps(data))
    spoilt = file.read_bytes()
    sim = Simulator()
    before = contents(sim)
    with pytest.raises(WorldFileError, match=problem):
        sim.load(file)
    assert all(getattr(sim.world, name) is it for name, it in before.items())
    assert file.read_bytes() == spoilt


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\x00\xff", b'{"format": "guildbase world"}'])
def test_other_files_are_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(WorldFileError, match=r"world\.json: "):
        Simulator().load(file)
    file.unlink()
    with pytest.raises(WorldFileError, match="No such file"):
        Simulator().load(file)


async def test_connected_bots_meet_the_loaded_world(lived_in: Simulator, file: Path, run: Any) -> None:
    async with Simulator(gateway=GatewaySettings(identify_interval=0.0)) as sim:
        sim.guild("Of the old world")
        bot = run.Bot()
        async with run.connected(sim, bot):
            assert [it.name for it in bot.guilds] == ["Of the old world"]
            sim.load(file)
            await bot.until(lambda: {it.name for it in bot.guilds} >= {"Harbour Café", "Tidepool Games"})
            await sim.until_connected()
            assert sim.stats.identifies == 2
            await bot.until(lambda: bot.get_guild(sim.guild("Harbour Café").id))
            there = bot.get_guild(sim.guild("Harbour Café").id)
            sent = sim.guild("Harbour Café").member("mara")
            assert there is not None
            assert (await there.fetch_member(sent.id)).name == "mara"


async def test_other_processes_save_and_load_too(lived_in: Simulator) -> None:
    async with lived_in, Simulator() as other, aiohttp.ClientSession() as session:
        async with session.get(f"{lived_in.control_url}/world/file") as answer:
            saved = await answer.json()
        assert saved["world"]["bot"]["username"] == "guildbase"
        async with session.put(f"{other.control_url}/world/file", json=saved) as answer:
            assert await answer.json() == {"done": True}
        assert contents(other) == contents(lived_in)
        async with session.put(f"{other.control_url}/world/file", json=saved | {"version": 9}) as answer:
            assert (await answer.json())["error"] == "WorldFileError"
        assert contents(other) == contents(lived_in)


async def test_the_program_goes_on_where_it_was_stopped(file: Path) -> None:
    for number in range(3):
        async with _program("--world", str(file)) as (process, told):
            url = f"{told['rest_url']}/channels/{told['guilds'][0]['channels']['mod-log']}/messages"
            async with aiohttp.ClientSession(headers={"Authorization": f"Bot {told['token']}"}) as session:
                async with session.post(url, json={"content": f"Round {number}"}) as answer:
                    assert answer.status == 200
                async with session.get(url) as answer:
                    heard = [it["content"] for it in await answer.json()]
            assert heard == [f"Round {it}" for it in reversed(range(number + 1))]
            process.terminate()
            assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_the_program_does_not_touch_a_file_it_cannot_read(file: Path) -> None:
    file.write_text("{}")  # noqa: ASYNC240
    process = await _start("--world", str(file))
    _, complaint = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert complaint.decode() == f"{file}: no world of the simulator\n"
    assert file.read_text() == "{}"  # noqa: ASYNC240


@asynccontextmanager
async def _program(*arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, Any]]:
    process = await _start(*arguments)
    assert process.stdout is not None
    try:
        yield process, orjson.loads(await asyncio.wait_for(process.stdout.readline(), 20))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _start(*arguments: str) -> asyncio.subprocess.Process:
    command = [sys.executable, "-m", "guildbase.simulator", "--port", "0", "--json", *arguments]
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)


def test_values_of_every_kind_survive() -> None:
    values: list[tuple[Any, object]] = [
        (dict[tuple[int, str], int | None], {(1, "a"): None, (2, "b"): 3}),
        (dict[int | None, list[str]], {None: ["x"], 4: []}),
        (tuple[int, str], (1, "x")),
        (tuple[int, ...], (1, 2, 3)),
        (set[int], {3, 1}),
        (frozenset[int], frozenset({9})),
        (bytes | None, b"\x00\xff"),
        (str | int | None, 5),
        (float, 2.5),
        (range, range(1, 9, 4)),
    ]
    for kind, value in values:
        assert Reader().read(kind, orjson.loads(orjson.dumps(Writer().write(value, ""))), "") == value


@pytest.mark.parametrize(
    ("kind", "data"),
    [(int, True), (int, "1"), (bytes, "no base64!"), (str | None, 7), (list[int], [1, "2"]), (int, 1.5)],
)
def test_values_of_the_wrong_kind_do_not_pass(kind: Any, data: object) -> None:
    with pytest.raises(NotReadable):
        Reader().read(kind, data, "/x")
