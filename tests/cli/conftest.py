"""The command line, run in this process where its text is what counts and in one of its own where the process is."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from guildbase.cli import main
from guildbase.core.settings import DEFAULT_API_KEY
from guildbase.simulator import GatewaySettings, Simulator
from guildbase.testing.target import restored_target
from tests.local_features import LocalFeatures


@dataclass(frozen=True)
class Ran:
    """What a finished command said."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line for the operator; anything else on standard error must be a log line that is no error."""
        lines = self.err.splitlines()
        complaints = [line for line in lines if not line.startswith("{")]
        assert len(complaints) == 1, self.err
        assert "Traceback" not in self.err
        assert not [line for line in lines if '"level":"error"' in line], self.err
        assert complaints[0].startswith("guildbase: ")
        return complaints[0].removeprefix("guildbase: ")


Command = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every command runs in an empty folder, and what it sets in this process is put back."""
    folder = tmp_path / "cwd"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in ("API_PORT", "HEALTH_PORT"):
        monkeypatch.setenv(f"GUILDBASE_{name}", "0")
    root, named = logging.getLogger(), [logging.getLogger(name) for name in ("discord", "alembic", "uvicorn")]
    handlers, levels = root.handlers[:], [logger.level for logger in (root, *named)]
    configured = structlog.get_config()
    with restored_target():
        yield
    root.handlers[:] = handlers
    for logger, level in zip((root, *named), levels, strict=True):
        logger.setLevel(level)
    structlog.configure(**configured)


@pytest.fixture
def features(tmp_path: Path) -> LocalFeatures:
    """An empty folder of local features."""
    return LocalFeatures(tmp_path / "features")


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command to its end in this process; variables are settings without their prefix."""

    def run_it(*arguments: str, **variables: str) -> Ran:
        for name, value in variables.items():
            monkeypatch.setenv(f"GUILDBASE_{name.upper()}", value)
        monkeypatch.setattr(sys, "argv", ["guildbase", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 0, *capfd.readouterr())

    return run_it


@pytest.fixture
def far_side() -> Iterator[Simulator]:
    """A local Discord in a thread of its own, for commands that keep this one."""
    loop, made = asyncio.new_event_loop(), Simulator(shards=2, gateway=GatewaySettings(identify_interval=0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(made.start(), loop).result(10)
    try:
        yield made
    finally:
        asyncio.run_coroutine_threadsafe(made.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def discord_settings(simulator: Simulator) -> dict[str, str]:
    """Return the settings that make a bot use this Discord."""
    return {
        "discord_token": simulator.token,
        "discord_api_url": simulator.base_url,
        "discord_gateway_url": simulator.gateway_url,
    }


def environment(variables: dict[str, str]) -> dict[str, str]:
    return {**os.environ, **{f"GUILDBASE_{name.upper()}": value for name, value in variables.items()}}


@pytest.fixture
def run_process(tmp_path: Path) -> Command:
    """Run a command to its end in a process of its own."""

    def run_it(*arguments: str, **variables: str) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "guildbase", *arguments],
            cwd=tmp_path / "cwd",
            env=environment(variables),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run_it


@dataclass
class Running:
    """A command that runs in a process of its own."""

    process: asyncio.subprocess.Process
    log: Path
    key: str = DEFAULT_API_KEY

    @property
    def said(self) -> str:
        """What it wrote so far."""
        return self.log.read_text()

    async def says(self, pattern: str, *, timeout: float = 60.0) -> re.Match[str]:
        """Wait until it has written something that matches."""
        async with asyncio.timeout(timeout):
            while (found := re.search(pattern, self.said)) is None:
                assert self.process.returncode is None, self.said
                await asyncio.sleep(0.02)
        return found

    async def api(self) -> httpx.AsyncClient:
        """Return a client of its API, once that listens."""
        address = await self.says(r"http://127\.0\.0\.1:\d+/api/v1")
        return httpx.AsyncClient(base_url=address[0], headers={"X-API-Key": self.key}, trust_env=False, timeout=30)

    async def ends(self, *, timeout: float = 30.0) -> int:
        """Wait for its end and return its exit code."""
        return await asyncio.wait_for(self.process.wait(), timeout)

    async def stops(self) -> int:
        """Ask it to stop, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await self.ends()


@dataclass
class Starter:
    """Starts commands in processes of their own, and ends them after the test."""

    folder: Path
    started: list[Running] = field(default_factory=list)

    async def __call__(self, *arguments: str, python: str = "", **variables: str) -> Running:
        log = self.folder / f"process-{len(self.started)}.log"
        with log.open("wb") as sink:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, *python.split(), "-m", "guildbase", *arguments),
                cwd=self.folder,
                env=environment(variables),
                stdout=sink,
                stderr=sink,
                stdin=asyncio.subprocess.PIPE,
            )
        running = Running(process, log)
        self.started.append(running)
        return running


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Starter]:
    """Start commands that run until they are stopped."""
    starter = Starter(tmp_path / "cwd")
    yield starter
    for running in starter.started:
        if running.process.returncode is None:
            running.process.kill()
            await running.process.wait()
        transport: Any = running.process._transport  # type: ignore[attr-defined]
        transport.close()
