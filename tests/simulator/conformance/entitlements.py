from __future__ import annotations

from typing import Any

from guildbase.simulator.world import entitlements as shop
from guildbase.simulator.world.entities import SkuType
from tests.simulator.conformance.applications import bearer
from tests.simulator.conformance.walk import Walk, answers

_ENTITLEMENTS = "/applications/{application_id}/entitlements"
_ONE = _ENTITLEMENTS + "/{entitlement_id}"


@answers("create_entitlement", "get_entitlements", "get_entitlement", "consume_entitlement", "delete_entitlement")
async def entitlements(walk: Walk) -> None:
    potion = shop.offer(walk.sim.world, "Potion", SkuType.CONSUMABLE)
    body = {"sku_id": str(potion.id), "owner_id": str(walk.member.id), "owner_type": 2}
    made = await walk.call("POST", _ENTITLEMENTS, body)
    query = {"user_id": str(walk.member.id)}
    assert await walk.call("GET", _ENTITLEMENTS, query=query) == [made]
    at: dict[str, Any] = {"entitlement_id": made["id"]}
    await walk.call("POST", _ONE + "/consume", **at)
    assert (await walk.call("GET", _ONE, **at))["consumed"] is True
    assert (await walk.call("POST", _ONE + "/consume", expect=400, **at))["code"] == 40018
    await walk.call("DELETE", _ONE, **at)
    assert (await walk.call("GET", _ONE, expect=404, **at))["code"] == 10029
    wrong = body | {"sku_id": "5"}
    assert (await walk.call("POST", _ENTITLEMENTS, wrong, expect=404))["code"] == 10027


@answers("get_current_user_application_entitlements")
async def what_a_person_holds(walk: Walk) -> None:
    sku = shop.offer(walk.sim.world, "Hat")
    held = shop.grant(walk.sim.world, sku.id, user_id=walk.member.id)
    path = "/users/@me/applications/{application_id}/entitlements"
    allowed = bearer(walk, "applications.entitlements")
    assert [it["id"] for it in await walk.call("GET", path, headers=allowed)] == [str(held.id)]


@answers("get_sku_subscriptions", "get_sku_subscription")
async def subscriptions(walk: Walk) -> None:
    sku = shop.offer(walk.sim.world, "Gold", SkuType.SUBSCRIPTION)
    paid = shop.subscribe(walk.sim.world, sku.id, walk.member.id)
    query = {"user_id": str(walk.member.id)}
    listed = await walk.call("GET", "/skus/{sku_id}/subscriptions", sku_id=sku.id, query=query)
    one: dict[str, Any] = {"sku_id": sku.id, "subscription_id": paid.id}
    assert listed == [await walk.call("GET", "/skus/{sku_id}/subscriptions/{subscription_id}", **one)]
