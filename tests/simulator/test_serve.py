from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from guildbase.simulator import CannotListen, PortTaken, Simulator, SimulatorError
from guildbase.simulator.__main__ import main
from guildbase.simulator.control.describe import summary
from guildbase.simulator.seed import seed
from guildbase.simulator.serve import describe, serve


async def test_json_is_one_line_and_sigterm_is_clean() -> None:
    command = [sys.executable, "-m", "guildbase.simulator", "--port", "0", "--json", "--members", "6"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    told = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
    headers = {"Authorization": f"Bot {told['token']}"}
    async with aiohttp.ClientSession() as session:
        async with session.get(told["rest_url"] + "/users/@me", headers=headers) as answer:
            assert (await answer.json())["id"] == told["bot_user_id"]
        async with session.get(told["control_url"] + "/world") as answer:
            assert await answer.json() == told
    guild = told["guilds"][0]
    assert set(guild) >= {"id", "name", "shard", "channels", "roles", "members"}
    assert told["application_id"]
    assert told["gateway_url"].startswith("ws://")
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 10) == 0
    assert await process.stdout.read() == b""


_READ = """
import sys
from urllib.request import Request, urlopen

url, authorization = sys.argv[1:]
print(urlopen(Request(url, headers={"Authorization": authorization})).read())
"""


async def test_tls_for_a_program_that_trusts_the_file(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "guildbase.simulator", "--port", "0", "--shards", "3", "--tls-dir", str(tmp_path)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    told = [(await asyncio.wait_for(process.stdout.readline(), 20)).decode().split() for _ in range(9)]
    places = {it[0]: it[1] for it in told}
    assert {"page", "API", "gateway", "control", "token", "client"} <= set(places)
    assert ["CA", "file", str(tmp_path / "ca.pem")] in told
    client = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _READ,
        f"{places['API']}/gateway/bot",
        f"Bot {places['token']}",
        env=os.environ | {"SSL_CERT_FILE": str(tmp_path / "ca.pem")},
        stdout=asyncio.subprocess.PIPE,
    )
    answer, _ = await asyncio.wait_for(client.communicate(), 20)
    assert b'"url":"wss://127.0.0.1:' in answer
    assert b'"shards":3' in answer
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_the_text_tells_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    task = asyncio.create_task(serve(host="127.0.0.1", port=0, guilds=1, members=2, json=False))
    text = ""
    for _ in range(500):
        await asyncio.sleep(0.01)
        text += capsys.readouterr().out
        if "Harbour Café" in text:
            break
    assert "token" in text
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_taken_port_is_explained() -> None:
    async with Simulator() as first:
        with pytest.raises(PortTaken, match=r"port \d+ is taken: use another one") as error:
            await Simulator(port=first.port).start()
        assert isinstance(error.value, OSError)
        with pytest.raises(CannotListen, match=r"cannot listen on 192\.0\.2\.1:0: .+") as other:
            await Simulator(host="192.0.2.1").start()
        assert not isinstance(other.value, PortTaken)


@pytest.mark.parametrize(
    ("wishes", "told"),
    [
        ({"host": "nowhere.invalid"}, r"cannot listen on nowhere\.invalid:0: .+"),
        ({"tls_dir": Path(__file__) / "in a file"}, r"cannot write .+/in a file/ca\.pem: .+"),
        (
            {"world": Path("no", "such", "folder", "world.json")},
            r"cannot save the world to no/such/folder/world\.json: .+",
        ),
        ({"redirect_uris": ["localhost:8000/back"]}, r"localhost:8000/back is no redirect URI: .+"),
        ({"redirect_uris": ["javascript://a.example/%0aalert(1)"]}, r".+ is no redirect URI: .+"),
    ],
)
async def test_what_cannot_be_done_is_said_at_the_start(wishes: dict[str, Any], told: str) -> None:
    wanted: dict[str, Any] = {"host": "127.0.0.1", "port": 0, "guilds": 1, "members": 1, "json": True} | wishes
    with pytest.raises(SimulatorError, match=f"^{told}"):
        await serve(**wanted)


def test_the_program_reports_a_taken_port(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def taken(**_: Any) -> None:
        raise PortTaken(99)

    monkeypatch.setattr("guildbase.simulator.__main__.serve", taken)
    monkeypatch.setattr("sys.argv", ["simulator", "--port", "99"])
    assert main() == 1
    assert "port 99 is taken" in capsys.readouterr().err

    async def fine(**wanted: Any) -> None:
        expected = {"host": "127.0.0.1", "port": 99, "guilds": 2, "members": 8, "json": False, "world": None}
        expected |= {"shards": 2, "tls": False, "tls_dir": None, "redirect_uris": []}
        assert wanted == expected

    monkeypatch.setattr("guildbase.simulator.__main__.serve", fine)
    assert main() == 0


async def test_the_seed_is_the_same_every_time() -> None:
    worlds = []
    for _ in range(2):
        async with Simulator(shards=2) as sim:
            seed(sim)
            worlds.append([it.model_dump() for it in _guilds(sim)])
            assert [len(sim.guild("Harbour Café").messages(it)) for it in ("general", "random", "mod-log")] == [3, 2, 0]
            assert not sim.guild("Harbour Café").member("aiko").user.dms_open
            assert sim.guild("Harbour Café").member("jonas").roles == ["Member", "Moderator"]
    assert worlds[0] == worlds[1]
    assert [it["shard"] for it in worlds[0]] == [0, 1]


async def test_a_larger_seed_has_unique_names() -> None:
    async with Simulator(shards=2) as sim:
        seed(sim, guilds=8, members=15)
        world = describe(sim)
        assert len({it["name"] for it in world["guilds"]}) == 8
        assert len(world["guilds"][0]["members"]) == 16


def _guilds(sim: Simulator) -> Any:
    return summary(sim).guilds
