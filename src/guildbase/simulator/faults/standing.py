"""The faults in force, and the ways to put one in force."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from aiohttp import web

from guildbase.simulator.faults.fault import Fault, When
from guildbase.simulator.faults.gateway import Effect, GatewayFault, GatewayFaults
from guildbase.simulator.faults.rest import Cut, Garble, RestEffect, RestFault, cut, refusal, spoil
from guildbase.simulator.stats import Stats
from guildbase.simulator.world.state import World

Handle: TypeAlias = Callable[[], Awaitable[web.Response]]
Names: TypeAlias = Callable[[], tuple[str, ...]]


class Faults:
    """`with discord.faults.rest("POST /channels/*", status=500, times=2): ...`, or without `with` until lifted."""

    def __init__(self, world: World, stats: Stats) -> None:
        self._world = world
        self._stats = stats
        self._rest: list[RestFault] = []
        self.at_gateway = GatewayFaults()

    def rest(
        self,
        route: str = "*",
        *,
        status: int | None = None,
        code: int | None = None,
        retry_after: float = 1.0,
        firewall: bool = False,
        latency: float | tuple[float, float] = 0.0,
        cut: Cut | None = None,
        garble: Garble | None = None,
        times: int | None = None,
        seconds: float | None = None,
        chance: float = 1.0,
        seed: int | None = None,
    ) -> RestFault:
        """Spoil requests to routes like "POST /channels/{channel_id}/messages" ("*" stands for anything).

        They get an error `status` (a 429 with `retry_after`, or from the `firewall` like a ban of the address),
        take longer (`latency` in seconds, or a range), lose their connection `cut` "before" or "after" the change
        was made, or get an answer with a garbled body. Raise ImpossibleFault.
        """
        span = latency if isinstance(latency, tuple) else (latency, latency)
        effect = RestEffect(status, code, retry_after, firewall, span, cut, garble)
        fault = RestFault(route, effect, When(times, seconds, chance, seed), self._world.clock, self._count)
        self._rest.append(fault)
        return fault

    def gateway(
        self,
        effect: Effect,
        event: str = "*",
        *,
        late: float = 0.0,
        shard: int | None = None,
        times: int | None = None,
        seconds: float | None = None,
        chance: float = 1.0,
        seed: int | None = None,
    ) -> GatewayFault:
        """Spoil events by name ("*" stands for anything): "lose", "duplicate", "reorder", or "delay" by `late` seconds.

        "slow acks" acknowledges heartbeats so late, "refuse" turns away clients that connect. Raise ImpossibleFault.
        """
        when = When(times, seconds, chance, seed)
        fault = GatewayFault(effect, event, late, shard, when, self._world.clock, self._count)
        self.at_gateway.standing.append(fault)
        return fault

    def standing(self) -> list[Fault]:
        """Return the faults that may still strike, and forget the others."""
        self._rest = [it for it in self._rest if not it.finished]
        self.at_gateway.forget_finished()
        return [*self._rest, *self.at_gateway.standing]

    def lift_all(self) -> None:
        """End every fault."""
        for fault in self.standing():
            fault.lift()

    def _count(self, name: str) -> None:
        self._stats.faults[name] += 1
        self._world.watch.changed()

    async def around(self, request: web.Request, names: Names, handle: Handle) -> web.StreamResponse:
        """Answer the request by `handle`, unless a fault strikes it; `names` tells how its route is called."""
        if not self._rest:
            return await handle()
        known_as = names()
        struck = [it for it in self._rest if it.concerns(*known_as) and it.strikes()]
        await asyncio.sleep(sum(it.pause() for it in struck))
        effect = next((it.effect for it in struck if it.effect.describe() != "latency"), None)
        self.standing()
        return await (handle() if effect is None else _spoilt(request, effect, handle))


async def _spoilt(request: web.Request, effect: RestEffect, handle: Handle) -> web.StreamResponse:
    if effect.status is not None:
        return refusal(effect)
    if effect.cut == "before":
        cut(request)
        return web.Response(status=500)
    answer = await handle()
    if effect.garble is not None:
        return await spoil(request, answer, effect.garble)
    cut(request)
    return answer
