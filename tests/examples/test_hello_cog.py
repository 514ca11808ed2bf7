"""The example works as strangers use it: from a local folder, and installed as a package."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from guildbase.core.errors import ConfigurationError
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import DEFAULT_API_KEY
from guildbase.simulator import ScriptedGuild, Simulator

EXAMPLE = Path(__file__).parents[2] / "examples" / "hello-cog"
SOURCE = EXAMPLE / "src" / "hello_cog"
GUIDE = EXAMPLE.parents[1] / "docs" / "guides" / "your-first-feature.md"
DISCOVER = """
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import load_settings
registry = FeatureRegistry.discover(load_settings().features_dir)
assert not registry.broken, registry.broken
print(registry.features["hello"].package)
"""


@dataclass(frozen=True)
class Way:
    """One way to give the feature to the bot."""

    variables: dict[str, str]
    package: str


@pytest.fixture
def local_folder(tmp_path: Path) -> Path:
    """A features folder with a copy of the example in it."""
    folder = tmp_path / "features"
    shutil.copytree(SOURCE, folder / "hello_cog", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="session")
def site_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the example is installed: a wheel of plain Python is installed by unpacking it."""
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist"), cwd=EXAMPLE)
    (wheel,) = (folder / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site-packages")
    return folder / "site-packages"


@pytest.fixture(params=["local", "installed"])
def way(request: pytest.FixtureRequest) -> Way:
    """Both ways; the test runs once with each."""
    if request.param == "local":
        folder: Path = request.getfixturevalue("local_folder")
        return Way({"GUILDBASE_FEATURES_DIR": str(folder)}, "guildbase_local.hello_cog")
    return Way({"PYTHONPATH": str(request.getfixturevalue("site_packages"))}, "hello_cog")


def run(*command: str, cwd: Path, **variables: str) -> str:
    """Run a program to its end and return what it printed; its failure fails the test."""
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass(frozen=True)
class Running:
    """A bot in a process of its own, on a simulated Discord."""

    guild: ScriptedGuild
    api: httpx.AsyncClient


@asynccontextmanager
async def guildbase_up(database: str, folder: Path, variables: dict[str, str]) -> AsyncIterator[Running]:
    """Run `guildbase up` until the block ends."""
    async with Simulator(port=0) as discord:
        guild = discord.guild("Test Guild")
        settings = {
            "GUILDBASE_DATABASE_URL": database,
            "GUILDBASE_DISCORD_TOKEN": discord.token,
            "GUILDBASE_DISCORD_API_URL": discord.base_url,
            "GUILDBASE_DISCORD_GATEWAY_URL": discord.gateway_url,
            "GUILDBASE_API_PORT": "0",
            "GUILDBASE_HEALTH_PORT": "0",
        }
        output = folder / "output.txt"
        with output.open("wb") as sink:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "guildbase", "up"),
                env={**os.environ, **settings, **variables},
                cwd=folder,
                stdout=sink,
                stderr=sink,
            )
        try:
            await discord.until_connected(timeout=30)
            address = re.search(r"http://127\.0\.0\.1:\d+/api/v1", output.read_text())
            assert address is not None, output.read_text()
            key = {"X-API-Key": DEFAULT_API_KEY}
            async with httpx.AsyncClient(base_url=address[0], headers=key, trust_env=False) as api:
                yield Running(guild, api)
        finally:
            process.terminate()
            await process.wait()


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_both_ways_lead_through_the_same_door(way: Way, tmp_path: Path) -> None:
    assert run(sys.executable, "-c", DISCOVER, cwd=tmp_path, **way.variables).strip() == way.package


def test_naming_the_feature_instead_of_its_folder_is_explained() -> None:
    with pytest.raises(ConfigurationError, match="is a feature itself") as raised:
        FeatureRegistry.discover(SOURCE)
    assert raised.value.hint.startswith("Name the folder around it")


def test_the_authors_own_tests_pass_on_the_installed_package(site_packages: Path, tmp_path: Path) -> None:
    author = tmp_path / "author"
    shutil.copytree(EXAMPLE / "tests", author / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(EXAMPLE / "pyproject.toml", author)
    run(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", cwd=author, PYTHONPATH=str(site_packages))


async def test_the_bot_runs_it(way: Way, sqlite_url: str, tmp_path: Path) -> None:
    async with guildbase_up(sqlite_url, tmp_path, way.variables) as running:
        ada = running.guild.member("ada")
        reply = await ada.slash("hello")
        assert (reply.text, reply.ephemeral) == ("Hello, Ada!", True)

        await ada.says("hello")
        assert (await ada.hears()).text == "Hello, Ada!"

        answer = await running.api.get(f"/guilds/{running.guild.id}/hello")
        assert (answer.status_code, answer.json()) == (200, {"count": 2})


async def test_a_reload_shows_the_edited_text(local_folder: Path, sqlite_url: str, tmp_path: Path) -> None:
    feature = local_folder / "hello_cog"
    async with guildbase_up(sqlite_url, tmp_path, {"GUILDBASE_FEATURES_DIR": str(local_folder)}) as running:
        # The simulated application belongs to this account, so it may use the owners' commands.
        owner = running.guild.member("developer", roles=["Admin"])
        replace(feature / "views.py", "{word}, ", "{word}, dear ")
        assert (await owner.slash("cog reload", feature="hello")).text == "Reloaded hello."
        assert (await owner.slash("hello", name="Ada")).text == "Hello, dear Ada!"

        replace(feature / "rules.py", '"hey"', '"hey", "moin"')
        replace(feature / "api.py", "The routes.", "The routes, edited.")
        told = (await owner.slash("cog reload", feature="hello")).text
        assert told == "Reloaded hello. Changes in api.py need a restart of the bot."
        await owner.says("moin")
        assert (await owner.hears()).text == "Hello, dear developer!"


def test_the_guide_quotes_the_example() -> None:
    files = [*SOURCE.glob("*.py"), *(EXAMPLE / "tests").glob("*.py")]
    code = {line for file in files for line in file.read_text().splitlines()}
    quoted = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert quoted
    assert [line for block in quoted for line in block.splitlines() if line not in code] == []
