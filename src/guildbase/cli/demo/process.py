"""The second process of the demo: bot and API, which the story may kill and start again."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import orjson

from guildbase.core.errors import GuildbaseError
from guildbase.core.settings import ENV_PREFIX
from guildbase.simulator import Simulator, SimulatorError

START_LIMIT = 60.0  # seconds
STOP_LIMIT = 15.0
SHORTEST_LIFE = 10.0
API_KEY = "demo-key"


class BotDidNotStart(GuildbaseError):
    """The second process ended or stayed silent."""

    code = "bot_did_not_start"


class BotProcess:
    """Bot and API as `guildbase up` runs them, on a SQLite file of their own."""

    def __init__(self, discord: Simulator, folder: Path, *, owner_id: int, features_dir: Path | None) -> None:
        self.database_file = folder / "guildbase.db"
        self.database_url = f"sqlite:///{self.database_file}"
        self.log_path = folder / "bot.log"
        self.api_url = f"http://127.0.0.1:{(api_port := _free_port())}/api/v1"
        self.health_url = f"http://127.0.0.1:{(health_port := _free_port())}"
        self._discord = discord
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._settings = {
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.base_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
            "OWNER_IDS": orjson.dumps([owner_id]).decode(),
            "DATABASE_URL": self.database_url,
            "API_PORT": str(api_port),
            "API_KEY": API_KEY,
            "HEALTH_PORT": str(health_port),
            "FEATURES_DIR": str(features_dir.resolve()) if features_dir else "",
            "LOG_FORMAT": "json",
        }

    async def start(self) -> None:
        """Start and return once every shard is connected.

        Raises:
            BotDidNotStart: with the last lines of its log.
        """
        others = {name: value for name, value in os.environ.items() if not name.startswith(ENV_PREFIX)}
        ours = {f"{ENV_PREFIX}{name}": value for name, value in self._settings.items()}
        with self.log_path.open("ab") as log:
            # In its own folder no .env of the user's takes part; in its own session Ctrl-C reaches us alone.
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "guildbase", "up", "--until-stdin-closes",
                cwd=self._folder, env=others | ours, start_new_session=True,
                stdin=asyncio.subprocess.PIPE, stdout=log, stderr=log,
            )  # fmt: skip
        connected = asyncio.create_task(self._discord.until_connected(timeout=START_LIMIT))
        ended = asyncio.create_task(self._process.wait())
        await asyncio.wait([connected, ended], return_when=asyncio.FIRST_COMPLETED)
        for task in (connected, ended):
            task.cancel()
        results = await asyncio.gather(connected, ended, return_exceptions=True)
        if self._process.returncode is not None or isinstance(results[0], SimulatorError):
            await self.kill()
            raise BotDidNotStart(f"The bot did not start. The end of its log:\n{self._last_lines()}")

    async def keep_running(self, tell: Callable[[str], None]) -> None:
        """Start the process again whenever it ends unasked, and tell of it; one that ends at once again stays down."""
        began = -SHORTEST_LIFE
        while self._process is not None:
            code = await self._process.wait()
            tell(f"The bot has ended by itself (exit code {code}). The end of its log:\n{self._last_lines(3)}")
            if time.monotonic() - began < SHORTEST_LIFE:
                tell("It had only just started, so it stays down. Mend it and start the demo again.")
                return
            try:
                await self.start()
            except BotDidNotStart as error:
                tell(error.text)
                return
            began = time.monotonic()
            tell("It was started again.")

    async def kill(self) -> None:
        """End the process at once, as a power cut would."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> int:
        """Ask the process to end and return its exit code; one that does not within 15 s is killed."""
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), STOP_LIMIT)
            except TimeoutError:
                await self.kill()
        return int(self._process.returncode or 0)

    def _last_lines(self, count: int = 15) -> str:
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-count:])


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
