"""`guildbase guild`: a server's configuration as a file, shown before it is imported."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest

from guildbase.core.ports import SYSTEM
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.assembly import assemble
from guildbase.services.pubsub import PubSub
from guildbase.simulator import ScriptedGuild
from guildbase.testing.plugin import StartGuildbase
from tests.cli.conftest import Command
from tests.factories import new_id
from tests.local_features import LocalFeatures
from tests.waiting import until


@pytest.fixture
async def guild_id(database_url: str) -> int:
    """A server with a prefix of its own."""
    services, guild_id = assemble(Settings(database_url=database_url), FeatureRegistry.discover()), new_id()
    await services.get(GuildController).join(guild_id)
    await services.get(ConfigurationController).change(
        SYSTEM, guild_id, "guilds", {"prefix": "?", "mod_log_channel": 1128754567890123457}
    )
    await services.close()
    return guild_id


def exported(run: Command, guild_id: int, database_url: str) -> dict[str, object]:
    done = run("guild", "export", str(guild_id), database_url=database_url)
    assert done.code == 0, done.err
    document: dict[str, object] = json.loads(done.out)
    return document


def test_a_server_is_written_changed_and_read_again(
    run: Command, database_url: str, guild_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def guild(*arguments: str) -> str:
        done = run("guild", *arguments, database_url=database_url)
        assert done.code == 0, done.err
        return done.out

    assert guild("export", str(guild_id), "--out", "server.json").startswith("server.json: ")
    before = json.loads(Path("server.json").read_text())
    settings = before["sections"]["settings.guilds"]["data"]
    changed = {**before["sections"], "settings.guilds": {"version": 1, "data": {**settings, "prefix": "$"}}}
    del changed["settings.guilds"]["data"]["mod_log_channel"]
    Path("changed.json").write_text(json.dumps({**before, "sections": changed}))

    shown = guild("import", str(guild_id), "changed.json", "--dry-run")
    assert shown.splitlines() == [
        '- settings.guilds.mod_log_channel (was "1128754567890123457")',
        '~ settings.guilds.prefix: "?" -> "$"',
    ]
    planned = json.loads(guild("import", str(guild_id), "changed.json", "--dry-run", "--json"))
    assert (len(planned["changes"]), planned["is_refused"], planned["left_out"]) == (2, False, {})
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert run("guild", "import", str(guild_id), "changed.json", database_url=database_url).code == 1
    assert exported(run, guild_id, database_url)["sections"] == before["sections"]
    done = guild("import", str(guild_id), "changed.json", "--yes", "--reason", "Dollars")
    assert "Imported: 2 changes." in done
    assert guild("import", str(guild_id), "changed.json", "--dry-run") == "The server is so already.\n"
    back = json.loads(guild("import", str(guild_id), "server.json", "--json"))
    assert back == {"changes": 2, "left_out": {}}
    assert exported(run, guild_id, database_url)["sections"] == before["sections"]


def test_another_servers_ids_need_the_bot_or_are_left_out(run: Command, database_url: str, guild_id: int) -> None:
    document = exported(run, guild_id, database_url)
    Path("other.json").write_text(json.dumps({**document, "guild_id": str(new_id())}))
    place = "settings.guilds.mod_log_channel, channel 1128754567890123457"
    shown = run("guild", "import", str(guild_id), "other.json", "--dry-run", database_url=database_url)
    assert f"! {place}: without a running bot" in shown.out
    refused = run("guild", "import", str(guild_id), "other.json", "--yes", database_url=database_url)
    assert (refused.code, place in refused.err) == (1, True)
    done = run("guild", "import", str(guild_id), "other.json", "--yes", "--leave-out", database_url=database_url)
    assert "left out" in done.out
    assert "Imported: 1 changes" in done.out


@pytest.mark.databases("sqlite")
def test_files_that_are_not_there_or_no_export_are_told(run: Command, database_url: str, guild_id: int) -> None:
    missing = run("guild", "import", str(guild_id), "missing.json", database_url=database_url)
    assert (missing.code, missing.complaint) == (
        1, "missing.json cannot be read: No such file or directory. Name a file with an export."
    )  # fmt: skip
    Path("bad.json").write_text('{"format": 1, "format": 2}')
    assert "more than once" in run("guild", "import", str(guild_id), "bad.json", database_url=database_url).complaint
    Path("bad.json").write_text("{}")
    assert "no export" in run("guild", "import", str(guild_id), "bad.json", database_url=database_url).complaint
    unwritable = run("guild", "export", str(guild_id), "--out", "no/folder.json", database_url=database_url)
    assert "cannot be written" in unwritable.complaint
    unknown = run("guild", "export", str(new_id()), database_url=database_url)
    assert "There is no server" in unknown.complaint


def test_the_page_of_settings_tells_a_strangers_too(run: Command, features: LocalFeatures) -> None:
    model = """
    from typing import Literal
    from pydantic import Field
    from guildbase.core.feature_settings import FeatureSettings
    from guildbase.core.validators import ChannelId, Duration

    class LibrarySettings(FeatureSettings):
        rooms: tuple[ChannelId, ...] = Field((), max_length=5, description="Where | books are read.")
        term: Duration = Field("14d", description="How long a book is lent.")
        fee: int = Field(3, ge=1, description="What a day costs.")
        is_open: bool = Field(True, description="Whether it is open.")
        motto: str = Field("Read!", min_length=1, max_length=9, description="What is said.")
        order: Literal["title", "author"] = Field("title", description="How books stand.")
        keeper: ChannelId | None = Field(None, description="Who is told.")
    """
    features.write("library", "settings='schemas:LibrarySettings'", schemas=model)
    said = run("guild", "settings", features_dir=str(features.folder)).out
    assert (
        said.partition("## `library`")[2].partition("\n## ")[0]
        == """

For a test.

| setting | value | default | what it does |
|---|---|---|---|
| `rooms` | list of channel, at most 5 entries | nothing | Where \\| books are read. |
| `term` | duration, such as `1d 2h` | `14d` | How long a book is lent. |
| `fee` | whole number, at least 1 | `3` | What a day costs. |
| `is_open` | yes or no | yes | Whether it is open. |
| `motto` | text, 1 to 9 characters | `Read!` | What is said. |
| `order` | `title` or `author` | `title` | How books stand. |
| `keeper` | channel, or nothing | nothing | Who is told. |
"""
    )


@pytest.mark.timeout(120)
async def test_a_running_bot_tells_the_names_over_redis(
    run_process: Command, start_guildbase: StartGuildbase, redis_settings: dict[str, Any], guild: ScriptedGuild
) -> None:
    started = await start_guildbase(**redis_settings)
    services = started.bot.services
    url = services.get(Settings).database_url
    await services.start()
    await until(lambda: services.get(PubSub).is_live)
    seen = started.bot.get_guild(guild.id)
    assert seen is not None
    [log] = [channel for channel in seen.text_channels if channel.name == "mod-log"]
    await services.get(ConfigurationController).change(SYSTEM, guild.id, "guilds", {"mod_log_channel": log.id})
    done = await asyncio.to_thread(run_process, "guild", "export", str(guild.id), database_url=url, **redis_settings)
    assert done.code == 0, done.err
    assert json.loads(done.out)["channels"] == {str(log.id): {"name": "mod-log", "kind": "text"}}
