"""Locked channels and the gate over HTTP, with the bot that does it on a working Discord."""

from __future__ import annotations

import httpx
import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM
from guildbase.features.channels.controller.gate import GateController
from guildbase.features.channels.kinds import NewcomerState
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.simulator import NotAllowed, Person, ScriptedGuild
from tests.factories import new_id
from tests.waiting import until


async def test_a_channel_is_locked_and_given_back(
    guildbase_api: httpx.AsyncClient, guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    lockdown, general = f"/guilds/{guild.id}/lockdown", str(guild.find_channel("general").id)
    assert (await guildbase_api.get(lockdown)).json()["channels"] == []
    body = {"channels": [general], "reason": "calm down", "duration": "2h"}
    locking = await guildbase_api.post(lockdown, json=body)
    assert (locking.status_code, locking.json()["is_server_locked"]) == (202, False)

    async def is_settled() -> bool:
        return not (await guildbase_api.get(lockdown)).json()["pending"]

    await until(is_settled)
    [lock] = (await guildbase_api.get(lockdown)).json()["channels"]
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
