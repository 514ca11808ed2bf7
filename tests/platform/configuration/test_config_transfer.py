"""A server's configuration leaves as a file and comes in again, after a look at what that changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.simulator import Person, ScriptedGuild, Simulator
from guildbase.testing.plugin import StartGuildbase
from tests.factories import new_id
from tests.strange_feature import write_strange

pytestmark = pytest.mark.usefixtures("unhurried")


@pytest.fixture
async def strange_bot(start_guildbase: StartGuildbase, tmp_path: Path) -> GuildbaseBot:
    return (await start_guildbase(features_dir=write_strange(tmp_path / "features"))).bot


@pytest.fixture
def admin(guild: ScriptedGuild, strange_bot: GuildbaseBot) -> Person:
    return guild.member("ada", roles=["Admin"])


async def exported(admin: Person) -> dict[str, Any]:
    reply = await admin.slash("config export")
    assert reply.ephemeral
    document: dict[str, Any] = json.loads(reply.shown.attachments[0].data)
    return document


def as_file(document: object) -> tuple[str, bytes]:
    return "export.json", json.dumps(document).encode()


async def stored(bot: GuildbaseBot, guild: ScriptedGuild) -> dict[str, object]:
    return dict((await bot.services.get(ConfigurationController).current(guild.id, "strange")).document)


async def test_export_reset_and_import_give_the_same_server(
    strange_bot: GuildbaseBot, guild: ScriptedGuild, admin: Person
) -> None:
    guild.role("Greeters")
    for key, value in (("limit", "9"), ("role", "Greeters"), ("greeting", "*Hi*")):
        await admin.slash("config set", feature="strange", setting=key, value=value)
    await admin.slash("config set", feature="guilds", setting="prefix", value="?")
    before, file = await stored(strange_bot, guild), await exported(admin)
    for feature in ("strange", "guilds"):
        await (await admin.slash("config reset", feature=feature)).click("Reset")
    plan = await admin.slash("config import", file=as_file(file), reason="undo")
    assert "`settings.strange.limit`: default → 9" in plan.text
    assert await stored(strange_bot, guild) == {}
    assert "Imported: 4 things were changed." in (await plan.click("Import")).text
    assert await stored(strange_bot, guild) == before
    assert (await exported(admin))["sections"] == file["sections"]
    assert "import" in (await admin.slash("config history", feature="strange")).text
    again = await admin.slash("config import", file=as_file(file))
    assert "there is nothing to import" in again.text


async def test_an_import_may_leave_out_what_is_not_here_or_be_cancelled(
    strange_bot: GuildbaseBot, guild: ScriptedGuild, admin: Person
) -> None:
    role = guild.role("Greeters")
    for key, value in (("limit", "9"), ("role", "Greeters")):
        await admin.slash("config set", feature="strange", setting=key, value=value)
    file = await exported(admin)
    await guild.owner.deletes_role(role)
    await (await admin.slash("config reset", feature="strange")).click("Reset")
    refused = await admin.slash("config import", file=as_file(file))
    assert "As it is, this cannot be imported." in refused.text
    assert "⛔" in refused.text
    await (await admin.slash("config import", file=as_file(file))).click("Cancel")
    assert await stored(strange_bot, guild) == {}
    rest = await refused.click("Leave out what cannot be")
    assert "⚠" in rest.text
    await rest.click("Import")
    after = await stored(strange_bot, guild)
    assert after["limit"] == 9
    assert after.get("role") is None


async def test_roles_of_another_server_are_found_by_their_names(
    strange_bot: GuildbaseBot, guild: ScriptedGuild, admin: Person
) -> None:
    role, elsewhere = guild.role("Greeters"), new_id()
    await admin.slash("config set", feature="strange", setting="role", value="Greeters")
    file = json.loads(json.dumps(await exported(admin)).replace(str(role.id), str(elsewhere)))
    file["guild_id"] = str(new_id())
    await (await admin.slash("config reset", feature="strange")).click("Reset")
    plan = await admin.slash("config import", file=as_file(file))
    assert f"↪ Greeters is `{role.id}` here" in plan.text
    await plan.click("Import")
    assert await stored(strange_bot, guild) == {"role": str(role.id)}


async def test_an_import_does_what_was_shown_or_nothing(
    strange_bot: GuildbaseBot, guild: ScriptedGuild, admin: Person
) -> None:
    await admin.slash("config set", feature="strange", setting="limit", value="9")
    file = await exported(admin)
    await admin.slash("config set", feature="strange", setting="limit", value="8")
    plan = await admin.slash("config import", file=as_file(file))
    await admin.slash("config set", feature="strange", setting="is_on", value="off")
    assert "changed since you looked" in (await plan.click("Import")).text
    assert await stored(strange_bot, guild) == {"limit": 8, "is_on": False}


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"[]", b"{}", b"\x00\xff", b"[" * 100_000, b'{"format": "guildbase"}', b" " * 1_100_000],
    ids=["empty", "text", "list", "object", "binary", "deep", "half", "large"],
)
async def test_what_is_no_export_is_refused(
    strange_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, admin: Person, data: bytes
) -> None:
    refused = await admin.slash("config import", file=("export.json", data))
    assert refused.ephemeral
    assert refused.components == []
    assert "operator" not in refused.text
    assert await stored(strange_bot, guild) == {}


async def test_a_large_plan_has_pages_and_what_stands_in_it_is_plain(strange_bot: GuildbaseBot, admin: Person) -> None:
    file = await exported(admin)
    file["sections"]["settings.strange"]["data"] = {"limit": 5, "words": ["@everyone", "<@1>"]}
    for number in range(60):
        file["sections"][f"`**{'x' * 100}**` {number}"] = {"version": 1, "data": {}}
    refused = await admin.slash("config import", file=as_file(file))
    plan = await refused.click("Leave out what cannot be")
    first = plan.text
    assert "2 things would change." in first
    later = (await plan.click("Next page")).text + (await plan.click("Next page")).text
    assert later != first
    assert r"\<\@1\>" in later or r"\<\@1>" in later
    assert "Imported: 2 things were changed." in (await plan.click("Import")).text
