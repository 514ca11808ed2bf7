"""Permission overwrites of channels as forms, and the rule that a bot grants only what it holds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from guildbase.simulator.errors import Json, missing_permissions
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.components import Snowflake
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.world.audit import Action, difference, record
from guildbase.simulator.world.entities import Channel, Guild, Overwrite

_Bits = Annotated[int, Field(ge=0, lt=1 << 63)]


class OverwriteBits(Form):
    """What PUT /channels/{channel.id}/permissions/{overwrite.id} takes."""

    type: Literal[0, 1]
    allow: _Bits | None = 0
    deny: _Bits | None = 0


class OverwriteForm(OverwriteBits):
    """An overwrite within a channel form."""

    id: Snowflake

    def overwrite(self) -> Overwrite:
        """Return it as the world keeps it."""
        return Overwrite(self.id, self.type, self.allow or 0, self.deny or 0)


def check_grants(call: Call, guild: Guild, channel: Channel | None, forms: list[OverwriteForm]) -> None:
    """Raise Missing Permissions if an overwrite allows or denies what the bot holds neither there nor in the guild."""
    held = call.world.permissions_of(guild, call.bot.id, channel) | call.world.permissions_of(guild, call.bot.id)
    changed = 0
    for form in forms:
        before = None if channel is None else channel.overwrites.get(form.id)
        old_allow, old_deny = (0, 0) if before is None else (before.allow, before.deny)
        changed |= ((form.allow or 0) ^ old_allow) | ((form.deny or 0) ^ old_deny)
    guild_wide = call.world.permissions_of(guild, call.bot.id)
    if changed & Permission.MANAGE_ROLES and not guild_wide & Permission.ADMINISTRATOR:
        raise missing_permissions()
    if changed & ~held:
        raise missing_permissions()


def record_overwrites(
    call: Call, guild: Guild, channel: Channel, before: dict[int, Overwrite], after: dict[int, Overwrite]
) -> None:
    """Write an entry into the audit log for every overwrite that was made, changed or removed."""
    for target_id in before | after:
        old, new = before.get(target_id), after.get(target_id)
        if old == new:
            continue
        action = Action.CHANNEL_OVERWRITE_UPDATE
        if old is None or new is None:
            action = Action.CHANNEL_OVERWRITE_CREATE if old is None else Action.CHANNEL_OVERWRITE_DELETE
        changes = difference(_shown(old), _shown(new), ("id", "type", "allow", "deny"))
        options = _target(guild, old or new)
        record(call.world, guild, action, channel.id, call.reason, changes=changes, options=options)


def _shown(one: Overwrite | None) -> Json | None:
    if one is None:
        return None
    return {"id": str(one.id), "type": one.type, "allow": str(one.allow), "deny": str(one.deny)}


def _target(guild: Guild, one: Overwrite | None) -> Json:
    if one is None:
        return {}
    options: Json = {"id": str(one.id), "type": str(one.type)}
    role = guild.roles.get(one.id)
    return options if role is None else options | {"role_name": role.name}
