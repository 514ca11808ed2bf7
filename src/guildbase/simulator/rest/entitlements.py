"""/applications/{application.id}/entitlements and /skus: who has what, and what there is to have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, unknown
from guildbase.simulator.rest.applications import own_application
from guildbase.simulator.rest.call import Call, snowflake
from guildbase.simulator.rest.components import Snowflake
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import entitlements
from guildbase.simulator.world.entities import Entitlement, SkuType

routes = RouteTable()
_ENTITLEMENTS = "/applications/{application_id}/entitlements"
_GUILD, _USER = 1, 2


class _NewEntitlement(Form):
    sku_id: Snowflake
    owner_id: Snowflake
    owner_type: Literal[1, 2]


@routes.route("GET", "/applications/{application_id}/skus")
def list_skus(call: Call) -> list[Json]:
    """Return what the application sells."""
    return [payloads.sku(call.world, it) for it in own_application(call).skus.values()]


@routes.route("GET", _ENTITLEMENTS)
def list_entitlements(call: Call) -> list[Json]:
    """Return a page of entitlements, filtered by user, guild, SKUs and whether they are still good."""
    limit = call.number("limit", 100, low=1, high=100)
    before, after = call.snowflake_in_query("before"), call.snowflake_in_query("after")
    found = sorted(_filtered(call, own_application(call).entitlements.values()), key=lambda it: it.id)
    if after is not None:
        page = [it for it in found if it.id > after][:limit]
    else:
        page = [it for it in found if before is None or it.id < before][-limit:]
    return [payloads.entitlement(call.world, it) for it in page]


@routes.route("POST", _ENTITLEMENTS)
def create_test_entitlement(call: Call) -> Json:
    """Give a user or a guild a SKU for trying it out; it has no end."""
    application, form = own_application(call), call.form(_NewEntitlement)
    if form.sku_id not in application.skus:
        raise unknown("SKU")
    if form.owner_type == _GUILD:
        owner = {"guild_id": call.world.guild(form.owner_id).id}
    else:
        owner = {"user_id": call.world.user(form.owner_id).id}
    return payloads.entitlement(call.world, entitlements.grant(call.world, form.sku_id, **owner))


@routes.route("GET", _ENTITLEMENTS + "/{entitlement_id}")
def get_entitlement(call: Call) -> Json:
    """Return one entitlement."""
    return payloads.entitlement(call.world, _entitlement(call))


@routes.route("DELETE", _ENTITLEMENTS + "/{entitlement_id}")
def delete_test_entitlement(call: Call) -> None:
    """Take back what was given for trying out."""
    entitlements.delete(call.world, _entitlement(call))


@routes.route("POST", _ENTITLEMENTS + "/{entitlement_id}/consume")
def consume_entitlement(call: Call) -> None:
    """Use up what can be used once."""
    one = _entitlement(call)
    sku = call.world.application.skus.get(one.sku_id)
    if sku is None or sku.type != SkuType.CONSUMABLE:
        raise DiscordError(400, 50035, "Only consumable SKUs can be consumed")
    if one.consumed:
        raise DiscordError(400, 40018, "This entitlement has already been consumed")
    entitlements.consume(call.world, one)


@routes.route(
    "GET", "/users/@me/applications/{application_id}/entitlements", scope="applications.entitlements", for_bots=False
)
def list_own_entitlements(call: Call) -> list[Json]:
    """Return what the person who allowed it has of the application."""
    held = entitlements.held(call.world, call.bot.id, None)
    wanted = _sku_ids(call)
    shown = [it for it in held if (not wanted or it.sku_id in wanted) and not _left_out(call, it)]
    return [payloads.entitlement(call.world, it) for it in shown]


@routes.route("GET", "/skus/{sku_id}/subscriptions")
def list_subscriptions(call: Call) -> list[Json]:
    """Return a page of the payments for a SKU."""
    application, sku_id = call.world.application, call.id("sku_id")
    if sku_id not in application.skus:
        raise unknown("SKU")
    user_id, limit = call.snowflake_in_query("user_id"), call.number("limit", 50, low=1, high=100)
    before, after = call.snowflake_in_query("before"), call.snowflake_in_query("after") or 0
    found = [it for it in application.subscriptions.values() if it.sku_id == sku_id and it.id > after]
    found = [it for it in found if (before is None or it.id < before) and user_id in (None, it.user_id)]
    return [payloads.subscription(it) for it in found[:limit]]


@routes.route("GET", "/skus/{sku_id}/subscriptions/{subscription_id}")
def get_subscription(call: Call) -> Json:
    """Return one payment for a SKU."""
    found = call.world.application.subscriptions.get(call.id("subscription_id"))
    if found is None or found.sku_id != call.id("sku_id"):
        raise unknown("Subscription")
    return payloads.subscription(found)


def _entitlement(call: Call) -> Entitlement:
    found = own_application(call).entitlements.get(call.id("entitlement_id"))
    if found is None:
        raise unknown("Entitlement")
    return found


def _filtered(call: Call, kept: Iterable[Entitlement]) -> list[Entitlement]:
    user_id, guild_id = call.snowflake_in_query("user_id"), call.snowflake_in_query("guild_id")
    skus = _sku_ids(call)
    drop_ended = call.flag("exclude_ended") or call.flag("only_active")
    return [
        it
        for it in kept
        if user_id in (None, it.user_id)
        and guild_id in (None, it.guild_id)
        and (not skus or it.sku_id in skus)
        and not (drop_ended and entitlements.has_ended(call.world, it))
    ]


def _sku_ids(call: Call) -> list[int]:
    """Return the SKUs asked for, written in one parameter with commas or in several."""
    listed = [part for text in call.query.getall("sku_ids", []) for part in text.split(",") if part]
    return [snowflake("sku_ids", it) for it in listed]


def _left_out(call: Call, one: Entitlement) -> bool:
    return one.consumed and call.flag("exclude_consumed")
