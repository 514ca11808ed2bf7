"""Bot and API of the demo, in processes of their own, of which the story may kill the bot and start it again."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path

import orjson

from guildbase.cli.demo.servers import Servers
from guildbase.core.crypto import new_key
from guildbase.core.errors import GuildbaseError
from guildbase.core.settings import ENV_PREFIX
from guildbase.simulator import Simulator, SimulatorError

START_LIMIT = 60.0  # seconds
STOP_LIMIT = 15.0
SHORTEST_LIFE = 10.0
API_KEY = "demo-key"
LEASE_TTL = "3"
"""Seconds that what a killed bot held waits for the next one; the story should not have to wait for long."""


class BotDidNotStart(GuildbaseError):
    """The second process ended or stayed silent."""

    code = "bot_did_not_start"


class BotProcess:
    """Bot and API as operators run them: one process on SQLite, two on PostgreSQL."""

    def __init__(
        self, discord: Simulator, folder: Path, servers: Servers, *, owner_id: int, features_dir: Path | None
    ) -> None:
        self.servers = servers
        self.log_path = folder / "bot.log"
        self._api_port = _free_port()
        self.public_url = f"http://127.0.0.1:{self._api_port}"
        self.api_url = f"{self.public_url}/api/v1"
        self.health_url = f"http://127.0.0.1:{(health_port := _free_port())}"
        self._discord = discord
        self._folder = folder
        self._parts = ("bot", "api") if servers.is_postgresql else ("up",)
        self._running: dict[str, asyncio.subprocess.Process] = {}
        discord.world.application.redirect_uris = [f"{self.api_url}/auth/callback"]
        self._settings = {
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.base_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
            "OWNER_IDS": orjson.dumps([owner_id]).decode(),
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
            "REDIS_NAMESPACE": servers.redis_namespace,
            "LEASE_TTL": LEASE_TTL,
            "API_PORT": str(self._api_port),
            "API_KEY": API_KEY,
            "PUBLIC_URL": self.public_url,
            "ENCRYPTION_KEYS": f"1:{new_key()}",
            "OAUTH_CLIENT_ID": str(discord.application_id),
            "OAUTH_CLIENT_SECRET": discord.client_secret,
            "HEALTH_PORT": str(health_port),
            "FEATURES_DIR": str(features_dir.resolve()) if features_dir else "",
            "LOG_FORMAT": "json",
        }

    async def start(self) -> None:
        """Start what does not run and return once every shard is ready and the API answers.

        Raises:
            BotDidNotStart: with the last lines of its log.
        """
        for part in self._parts:
            if not self._runs(part):
                self._running[part] = await self._start(part)
        ready = asyncio.create_task(self._until_ready())
        ended = asyncio.create_task(self._until_one_ends())
        await asyncio.wait([ready, ended], return_when=asyncio.FIRST_COMPLETED)
        for task in (ready, ended):
            task.cancel()
        results = await asyncio.gather(ready, ended, return_exceptions=True)
        if not all(map(self._runs, self._parts)) or isinstance(results[0], SimulatorError | TimeoutError):
            await self._kill(self._parts)
            raise BotDidNotStart(f"The bot did not start. The end of its log:\n{self._last_lines()}")

    async def keep_running(self, tell: Callable[[str], None]) -> None:
        """Start what ends unasked again, and tell of it; what ends at once again stays down."""
        began = -SHORTEST_LIFE
        while self._running:
            code = await self._until_one_ends()
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
        """End the bot at once, as a power cut would."""
        await self._kill(self._parts[:1])

    async def stop(self) -> int:
        """Ask the processes to end and return the first exit code that is not 0; after 15 s they are killed."""
        for process in self._running.values():
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_LIMIT):
                for process in self._running.values():
                    await process.wait()
        except TimeoutError:
            await self._kill(self._parts)
        return next((code for process in self._running.values() if (code := process.returncode)), 0)

    async def _start(self, part: str) -> asyncio.subprocess.Process:
        others = {name: value for name, value in os.environ.items() if not name.startswith(ENV_PREFIX)}
        ours = {f"{ENV_PREFIX}{name}": value for name, value in self._settings.items()}
        with self.log_path.open("ab") as log:
            # In its own folder no .env of the user's takes part; in its own session Ctrl-C reaches us alone.
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "guildbase", part, "--until-stdin-closes",
                cwd=self._folder, env=others | ours, start_new_session=True,
                stdin=asyncio.subprocess.PIPE, stdout=log, stderr=log,
            )  # fmt: skip

    async def _until_ready(self) -> None:
        async with asyncio.timeout(START_LIMIT):
            await self._discord.until_connected(timeout=START_LIMIT)
            for url in (f"{self.health_url}/readyz", f"{self.api_url}/openapi.json"):
                await asyncio.to_thread(_until_answered, url, STOP_LIMIT)

    def _runs(self, part: str) -> bool:
        process = self._running.get(part)
        return process is not None and process.returncode is None

    async def _until_one_ends(self) -> int:
        """Return the exit code of the first process that ends."""
        ends = [asyncio.create_task(process.wait()) for process in self._running.values()]
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
        return done.pop().result()

    async def _kill(self, parts: Iterable[str]) -> None:
        for process in (self._running[part] for part in parts if self._runs(part)):
            process.kill()
            await process.wait()

    def _last_lines(self, count: int = 15) -> str:
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-count:])


def _until_answered(url: str, limit: float) -> None:
    """Wait until there is an answer that is no error; the bot knows all its servers then."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - it is our own process.
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(url)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
