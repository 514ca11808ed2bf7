"""Locked channels and the gate over HTTP, with the bot that does it on a working Discord."""

from __future__ import annotations

import httpx
import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM
from guildbase.database.manager import DatabaseManager
from guildbase.features.channels.controller.gate import GateController
from guildbase.features.channels.kinds import LockState, NewcomerState
from guildbase.features.channels.models import ChannelLock
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices
from guildbase.simulator import NotAllowed, Person, ScriptedGuild
from guildbase.testing.running import api_client
from tests.factories import new_id
from tests.waiting import until


async def test_a_channel_is_locked_and_given_back(
    guildbase_api: httpx.AsyncClient, guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    lockdown, general = f"/guilds/{guild.id}/lockdown", str(guild.find_channel("general").id)
    channels = f"{lockdown}/channels"
    assert (await guildbase_api.get(channels)).json() == {"channels": [], "next_after": None}
    body = {"channels": [general], "reason": "calm down", "duration": "2h"}
    locking = await guildbase_api.post(lockdown, json=body)
    assert (locking.status_code, locking.json()["is_server_locked"]) == (202, False)

    async def is_settled() -> bool:
        return not (await guildbase_api.get(lockdown)).json()["pending"]

    await until(is_settled)
    [lock] = (await guildbase_api.get(channels)).json()["channels"]
    assert (lock["channel_id"], lock["state"], lock["reason"], lock["is_of_server"]) == (
        general, "done", "calm down", False,
    )  # fmt: skip
    assert lock["expires_at"] is not None
    with pytest.raises(NotAllowed):
        await member.says("hello", channel="general")
    assert (await guildbase_api.post(f"{lockdown}/unlock", json={"channels": [general]})).status_code == 202
    await until(is_settled)
    await member.says("hello", channel="general")
    assert (await guildbase_api.post(f"{lockdown}/unlock", json={})).status_code == 404
    wrongs: list[dict[str, object]] = [{"channels": []}, {"channels": ["x"]}, {"duration": "soon"}, {"what": 1}]
    for wrong in [*wrongs, {"reason": "x" * 401}]:
        assert (await guildbase_api.post(lockdown, json=wrong)).status_code == 422, wrong


@pytest.mark.databases("sqlite")
async def test_locked_channels_come_in_pages(services: BotServices) -> None:
    guild_id, ids = new_id(), sorted(new_id() for _ in range(250))
    await services.get(GuildController).join(guild_id)
    async with services.get(DatabaseManager).transaction() as work:
        for place, channel_id in enumerate(ids):
            state = LockState.FAILED if place == 7 else LockState.DONE
            lock = {"guild_id": guild_id, "channel_id": channel_id, "state": state, "is_of_server": place < 240}
            await ChannelLock.create(work.session, **lock)
    path = f"/guilds/{guild_id}/lockdown"
    async with api_client(services) as client:
        figures = (await client.get(path)).json()
        assert figures == {"is_server_locked": False, "locked": 249, "pending": 0, "failed": 1}
        seen: list[str] = []
        after: str | None = "0"
        for _ in range(3):
            page = (await client.get(f"{path}/channels", params={"limit": 100, "after": after})).json()
            seen += [it["channel_id"] for it in page["channels"]]
            after = page["next_after"]
        assert (seen, after) == ([str(channel_id) for channel_id in ids], None)
        alone = (await client.get(f"{path}/channels", params={"with_server": False})).json()
        assert [it["channel_id"] for it in alone["channels"]] == [str(it) for it in (ids[7], *ids[240:])]
        assert (await client.get(f"{path}/channels", params={"after": "x"})).status_code == 422
        assert (await client.get(f"/guilds/{new_id()}/lockdown/channels")).status_code == 404


async def test_who_waits_at_the_gate_is_counted_and_let_in(
    guildbase_api: httpx.AsyncClient, guildbase_bot: GuildbaseBot, guild: ScriptedGuild
) -> None:
    services, gate = guildbase_bot.services, f"/guilds/{guild.id}/gate"
    assert (await guildbase_api.get(gate)).json() == {
        "is_on": False, "mode": "button", "role_id": None, "waiting": 0,
    }  # fmt: skip
    role = guild.role("Verified")
    await services.get(ConfigurationController).change(SYSTEM, guild.id, "channels", {"gate_role": str(role.id)})
    newcomer = guild.member("newcomer")
    controller = services.get(GateController)

    async def is_waiting() -> bool:
        return bool((await guildbase_api.get(gate)).json()["waiting"])

    await until(is_waiting)
    admitted = await guildbase_api.post(f"{gate}/admit", json={"user_id": str(newcomer.id)})
    assert (admitted.status_code, await controller.state(guild.id, newcomer.id)) == (202, NewcomerState.ADMITTED)
    assert (await guildbase_api.get(gate)).json()["waiting"] == 0
    assert (await guildbase_api.get(f"/guilds/{new_id()}/gate")).status_code == 404
