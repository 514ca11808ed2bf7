"""/guilds/{guild.id}/prune: removing members who have not been seen for some days and have no roles."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from guildbase.core.snowflake import snowflake_time
from guildbase.simulator.errors import Json, missing_permissions
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call, snowflake
from guildbase.simulator.rest.forms import Form, read_form
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import members
from guildbase.simulator.world.audit import Action, record
from guildbase.simulator.world.entities import Guild

routes = RouteTable()


class _PruneForm(Form):
    days: Annotated[int, Field(ge=1, le=30)] = 7
    compute_prune_count: bool = True
    include_roles: list[int] | str | None = None

    def roles(self) -> set[int]:
        """Return the ids of the roles whose members may go too; a query has them as one text."""
        if isinstance(self.include_roles, str):
            listed = [it.strip() for it in self.include_roles.split(",") if it.strip()]
            return {snowflake("include_roles", it) for it in listed}
        return set(self.include_roles or ())


@routes.route("GET", "/guilds/{guild_id}/prune")
def count_prune(call: Call) -> Json:
    """Return how many members would be removed."""
    guild = call.guild(Permission.KICK_MEMBERS, Permission.MANAGE_GUILD)
    return {"pruned": len(_inactive(call, guild, read_form(_PruneForm, dict(call.query))))}


@routes.route("POST", "/guilds/{guild_id}/prune")
def begin_prune(call: Call) -> Json:
    """Remove the members, each with an event of its own, and all in one entry of the audit log."""
    guild = call.guild(Permission.KICK_MEMBERS, Permission.MANAGE_GUILD)
    form = read_form(_PruneForm, call.body or dict(call.query))
    rank = call.world.rank(guild, call.bot.id)
    if any(it in guild.roles and guild.roles[it].position >= rank for it in form.roles()):
        raise missing_permissions()
    gone = _inactive(call, guild, form)
    for user_id in gone:
        members.remove(call.world, guild, user_id)
    options = {"delete_member_days": str(form.days), "members_removed": str(len(gone))}
    record(call.world, guild, Action.MEMBER_PRUNE, None, call.reason, options=options)
    return {"pruned": len(gone) if form.compute_prune_count else None}


def _inactive(call: Call, guild: Guild, form: _PruneForm) -> list[int]:
    """Return who joined before that time and has written nothing since."""
    since = call.world.clock.now() - timedelta(days=form.days)
    active = {
        message.author_id
        for channel_id in (*guild.channels, *guild.threads)
        for message in call.world.messages.get(channel_id, {}).values()
        if snowflake_time(message.id) >= since
    }
    spared = active | {guild.owner_id, call.bot.id}
    allowed = form.roles()
    return [
        it.user_id
        for it in guild.members.values()
        if it.joined_at < since and it.user_id not in spared and allowed.issuperset(it.roles)
    ]
