"""/guilds/{guild.id}/audit-logs: what was done in a guild, with the objects it was done to."""

from __future__ import annotations

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import integrations
from guildbase.simulator.world.entities import Guild

routes = RouteTable()


@routes.route("GET", "/guilds/{guild_id}/audit-logs")
def get_audit_log(call: Call) -> Json:
    """Return a page of entries, newest first; with `after`, oldest first."""
    guild = call.guild(Permission.VIEW_AUDIT_LOG)
    limit = call.number("limit", 50, low=1, high=100)
    before, after = call.snowflake_in_query("before"), call.snowflake_in_query("after")
    wanted = {name: call.query[name] for name in ("user_id", "target_id", "action_type") if name in call.query}
    found = [
        it
        for it in guild.audit_log
        if (before is None or int(it["id"]) < before)
        and (after is None or int(it["id"]) > after)
        and all(str(it[name]) == value for name, value in wanted.items())
    ]
    entries = found[:limit] if after is None else found[::-1][:limit]
    ids = {int(it[name]) for it in entries for name in ("user_id", "target_id") if it[name] is not None}
    return {"audit_log_entries": entries, **_mentioned(call, guild, ids)}


def _mentioned(call: Call, guild: Guild, ids: set[int]) -> Json:
    """Return the objects that the entries are about, as far as they still exist."""
    world = call.world
    users = (world.users.get(it) for it in sorted(ids))
    commands = [it for known in (None, guild.id) for it in world.commands.get(known, {}).values() if it.id in ids]
    return {
        "users": [payloads.user(it) for it in users if it is not None],
        "application_commands": [payloads.command(world, it) for it in commands],
        "auto_moderation_rules": [payloads.automod_rule(it) for it in guild.automod_rules.values() if it.id in ids],
        "guild_scheduled_events": [
            payloads.scheduled_event(world, it) for it in guild.scheduled_events.values() if it.id in ids
        ],
        "integrations": [
            payloads.partial_integration(it)
            for it in integrations.of_guild(world, guild)
            if it.id in ids or it.application_id in ids
        ],
        "threads": [
            payloads.channel(world, it)
            for it in guild.threads.values()
            if it.id in ids and world.can_view(it, call.bot.id)
        ],
        "webhooks": [_without_token(payloads.webhook(world, it)) for it in world.webhooks.values() if it.id in ids],
    }


def _without_token(webhook: Json) -> Json:
    """Return the webhook as those see it who may not write by it."""
    return {name: it for name, it in webhook.items() if name not in ("token", "url")}
