"""The application, what it sells, and who has what of it."""

from __future__ import annotations

from guildbase.simulator.errors import Json
from guildbase.simulator.payloads.moments import moment
from guildbase.simulator.payloads.users import user
from guildbase.simulator.world.entities import Activity, Entitlement, Sku, Subscription
from guildbase.simulator.world.state import World


def partial_application(world: World) -> Json:
    """Return the application as everyone sees it."""
    one = world.application
    payload: Json = {
        "id": str(one.id),
        "name": one.name,
        "icon": one.icon,
        "description": one.description,
        "type": None,
        "bot": user(world.bot),
        "bot_public": one.bot_public,
        "bot_require_code_grant": False,
        "verify_key": f"{one.id:064x}",
        "flags": int(one.flags),
        "flags_new": str(int(one.flags)),
        "tags": one.tags,
        "integration_types_config": one.integration_types_config,
    }
    for name in ("cover_image", "custom_install_url", "install_params"):
        if (value := getattr(one, name)) is not None:
            payload[name] = value
    return payload


def application(world: World) -> Json:
    """Return the application as its developers see it."""
    one = world.application
    return partial_application(world) | {
        "owner": user(world.user(one.owner_id)),
        "team": None,
        "redirect_uris": one.redirect_uris,
        "interactions_endpoint_url": one.interactions_endpoint_url,
        "role_connections_verification_url": one.role_connections_verification_url,
        "event_webhooks_url": one.event_webhooks_url,
        "event_webhooks_status": one.event_webhooks_status,
        "event_webhooks_types": one.event_webhooks_types,
        "approximate_guild_count": len(world.guilds),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": len(world.oauth.grants),
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": [],
    }


def sku(world: World, one: Sku) -> Json:
    """Return something that the application sells."""
    return {
        "id": str(one.id),
        "type": int(one.type),
        "application_id": str(world.application.id),
        "name": one.name,
        "slug": one.name.lower().replace(" ", "-"),
        "flags": one.flags,
    }


def entitlement(world: World, one: Entitlement) -> Json:
    """Return what a user or a guild has."""
    payload: Json = {
        "id": str(one.id),
        "sku_id": str(one.sku_id),
        "application_id": str(world.application.id),
        "user_id": str(one.user_id or world.application.owner_id),
        "type": one.type,
        "deleted": False,
        "consumed": one.consumed,
        "starts_at": moment(one.starts_at),
        "ends_at": moment(one.ends_at),
    }
    return payload if one.guild_id is None else payload | {"guild_id": str(one.guild_id)}


def subscription(one: Subscription) -> Json:
    """Return a running payment."""
    return {
        "id": str(one.id),
        "user_id": str(one.user_id),
        "sku_ids": [str(one.sku_id)],
        "renewal_sku_ids": None,
        "entitlement_ids": [str(one.entitlement_id)],
        "current_period_start": moment(one.starts_at),
        "current_period_end": moment(one.ends_at),
        "status": one.status,
        "canceled_at": moment(one.canceled_at),
    }


def activity_instance(world: World, instance_id: str, one: Activity) -> Json:
    """Return a launched activity and where it runs."""
    place: Json = {"id": f"pc-{one.channel_id}", "kind": "pc", "channel_id": str(one.channel_id)}
    if one.guild_id is not None:
        place = {
            "id": f"gc-{one.guild_id}-{one.channel_id}",
            "kind": "gc",
            "channel_id": str(one.channel_id),
            "guild_id": str(one.guild_id),
        }
    return {
        "application_id": str(world.application.id),
        "instance_id": instance_id,
        "launch_id": str(one.launch_id),
        "location": place,
        "users": [str(it) for it in one.user_ids],
    }
