"""The part of the control API that disturbs the bot: faults of the API and of the gateway, and zombies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from guildbase.simulator.control.models import Done, GuildRef, Model, Nothing
from guildbase.simulator.faults import Fault
from guildbase.simulator.people.errors import NotFound
from guildbase.simulator.rest.rate_limits import Limit, RateLimits

if TYPE_CHECKING:
    from guildbase.simulator.server import Simulator

_Span = Annotated[float, Field(ge=0, le=31_536_000)]


class Bounds(Model):
    """How often, how long (by the simulator's clock) and how likely a fault strikes; without bounds until lifted."""

    times: int | None = None
    seconds: _Span | None = None
    chance: float = 1.0
    seed: int | None = None


class RestFaultWish(Bounds):
    """A fault of the API: one of `status`, `cut` and `garble`, or only `latency` in seconds (a number or a range)."""

    route: Annotated[str, Field(description='Like "POST /channels/{channel_id}/messages"; * stands for anything.')] = (
        "*"
    )
    status: int | None = None
    code: int | None = None
    retry_after: _Span = 1.0
    firewall: bool = False
    latency: _Span | tuple[_Span, _Span] = 0.0
    cut: Literal["before", "after"] | None = None
    garble: Literal["truncate", "scramble"] | None = None


class GatewayFaultWish(Bounds):
    """A fault of the gateway; `late` is in seconds."""

    effect: Literal["lose", "duplicate", "reorder", "delay", "slow acks", "refuse"]
    event: Annotated[str, Field(description="Name of the events; * stands for anything.")] = "*"
    late: _Span = 0.0
    shard: int | None = None


class FaultShown(Model):
    """A fault in force, and how often it struck."""

    id: int
    name: str
    hits: int


class FaultList(Model):
    """Faults in the order in which they were put in force."""

    faults: list[FaultShown]


class LiftFault(Model):
    """Which fault to end; all of them without an id."""

    id: int | None = None


class OfShard(Model):
    """One shard, or all of them."""

    shard: int | None = None


class DropGateway(Model):
    """Sockets to break off: without a code as a lost network does, with one by closing."""

    shard: int | None = None
    code: Annotated[int, Field(ge=1000, le=4999)] | None = None


class Invalidate(Model):
    """Sessions to declare invalid (op 9)."""

    shard: int | None = None
    resumable: bool = False


class Sockets(Model):
    """How many sockets it concerned."""

    sockets: int


class OneLimit(Model):
    """So many requests in so many seconds."""

    requests: Annotated[int, Field(ge=1)]
    seconds: Annotated[float, Field(gt=0)]


class SetLimits(Model):
    """Rate limits to put in force; routes go by names like "POST /channels/{channel_id}/messages"."""

    default: OneLimit = OneLimit(requests=10_000, seconds=1.0)
    routes: dict[str, OneLimit] = Field(default_factory=dict)
    everywhere: OneLimit | None = None


class Outage(Model):
    """Whether a guild is unavailable."""

    guild: GuildRef
    unavailable: bool


async def rest_fault(sim: Simulator, wish: RestFaultWish) -> FaultShown:
    """Spoil requests to the API."""
    return _shown(sim.faults.rest(**dict(wish)))


async def gateway_fault(sim: Simulator, wish: GatewayFaultWish) -> FaultShown:
    """Spoil events, heartbeats or new connections."""
    return _shown(sim.faults.gateway(**dict(wish)))


async def faults(sim: Simulator, _: Nothing) -> FaultList:
    """Return the faults in force."""
    return FaultList(faults=[_shown(it) for it in sim.faults.standing()])


async def lift_faults(sim: Simulator, wish: LiftFault) -> Done:
    """End one fault or all."""
    if wish.id is None:
        sim.faults.lift_all()
        return Done()
    found = next((it for it in sim.faults.standing() if it.id == wish.id), None)
    if found is None:
        raise NotFound(f"no fault {wish.id} is in force")
    found.lift()
    return Done()


async def drop_gateway(sim: Simulator, wish: DropGateway) -> Sockets:
    """Break gateway sockets off."""
    return Sockets(sockets=await sim.drop_gateway(wish.shard, code=wish.code))


async def reconnect(sim: Simulator, wish: OfShard) -> Sockets:
    """Ask sessions to reconnect (op 7)."""
    return Sockets(sockets=await sim.reconnect(wish.shard))


async def invalidate(sim: Simulator, wish: Invalidate) -> Sockets:
    """Declare sessions invalid (op 9)."""
    return Sockets(sockets=await sim.invalidate(resumable=wish.resumable, shard=wish.shard))


async def silence(sim: Simulator, wish: OfShard) -> Sockets:
    """Make zombies of gateway sockets: they stay open, but nothing comes any more."""
    return Sockets(sockets=sim.silence_gateway(wish.shard))


async def request_heartbeats(sim: Simulator, wish: OfShard) -> Sockets:
    """Ask clients for a heartbeat at once (op 1)."""
    return Sockets(sockets=sim.request_heartbeats(wish.shard))


async def set_limits(sim: Simulator, wish: SetLimits) -> Done:
    """Put rate limits in force."""
    sim.limiter.set(
        RateLimits(
            default=_limit(wish.default),
            routes={name: _limit(it) for name, it in wish.routes.items()},
            everywhere=None if wish.everywhere is None else _limit(wish.everywhere),
        )
    )
    return Done()


def _shown(fault: Fault) -> FaultShown:
    return FaultShown(id=fault.id, name=fault.name, hits=fault.hits)


def _limit(one: OneLimit) -> Limit:
    return Limit(one.requests, one.seconds)
