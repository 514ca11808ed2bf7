"""What the application sells, and who has it."""

from __future__ import annotations

from datetime import timedelta

from guildbase.simulator import payloads
from guildbase.simulator.world.entities import Entitlement, Sku, SkuType, Subscription
from guildbase.simulator.world.state import Event, World

# Discord's document knows no other kind that a bot can be told of.
_APPLICATION_SUBSCRIPTION = 8
_MONTH = timedelta(days=30)


def offer(world: World, name: str, kind: SkuType = SkuType.DURABLE) -> Sku:
    """Put something on sale."""
    one = Sku(world.new_id(), name, kind)
    world.application.skus[one.id] = one
    return one


def grant(world: World, sku_id: int, *, user_id: int | None = None, guild_id: int | None = None) -> Entitlement:
    """Give a user or a guild what the SKU stands for, without an end."""
    return _add(world, Entitlement(world.new_id(), sku_id, _APPLICATION_SUBSCRIPTION, user_id, guild_id))


def subscribe(world: World, sku_id: int, user_id: int) -> Subscription:
    """Let a user pay for a month of the SKU."""
    now = world.clock.now()
    one = Entitlement(world.new_id(), sku_id, _APPLICATION_SUBSCRIPTION, user_id, starts_at=now, ends_at=now + _MONTH)
    _add(world, one)
    paid = Subscription(world.new_id(), user_id, sku_id, one.id, now, now + _MONTH)
    world.application.subscriptions[paid.id] = paid
    world.emit(Event("SUBSCRIPTION_CREATE", payloads.subscription(paid)))
    return paid


def consume(world: World, one: Entitlement) -> None:
    """Use up something that can be used once."""
    one.consumed = True
    world.emit(Event("ENTITLEMENT_UPDATE", payloads.entitlement(world, one)))


def delete(world: World, one: Entitlement) -> None:
    """Take back what was given."""
    del world.application.entitlements[one.id]
    world.emit(Event("ENTITLEMENT_DELETE", payloads.entitlement(world, one) | {"deleted": True}))


def held(world: World, user_id: int, guild_id: int | None) -> list[Entitlement]:
    """Return what the user and the guild have at the moment, for an interaction."""
    return [
        it
        for it in world.application.entitlements.values()
        if not has_ended(world, it) and (it.user_id == user_id or (it.guild_id is not None and it.guild_id == guild_id))
    ]


def has_ended(world: World, one: Entitlement) -> bool:
    """Tell whether its time is over."""
    return one.ends_at is not None and one.ends_at <= world.clock.now()


def _add(world: World, one: Entitlement) -> Entitlement:
    world.application.entitlements[one.id] = one
    world.emit(Event("ENTITLEMENT_CREATE", payloads.entitlement(world, one)))
    return one
