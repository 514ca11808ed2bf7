from __future__ import annotations

from tests.simulator.reach.journey import Journey, scenario


@scenario
async def a_new_connection(it: Journey) -> None:
    _, shard_id = await it.hears("shard_resumed", it.sim.reconnect(it.guild.shard_id))
    assert shard_id == it.guild.shard_id


@scenario
async def voice_server(it: Journey) -> None:
    channel = await it.guild.create_voice_channel("voice")
    await it.told("VOICE_SERVER_UPDATE", it.guild.change_voice_state(channel=channel))
    await it.told("VOICE_STATE_UPDATE", it.guild.change_voice_state(channel=None))
