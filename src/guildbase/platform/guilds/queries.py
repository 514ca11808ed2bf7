"""Prebuilt statements of the guilds' hot paths; they name columns, so that no row becomes an object."""

from __future__ import annotations

from sqlalchemy import BigInteger, bindparam, select

from guildbase.database.connections.prebuilt import PrebuiltRead
from guildbase.platform.guilds.models import LEVELS, GuildConfig

_config = GuildConfig.__table__.c
_roles = [_config[f"perm_level_{level}_role_id"] for level in LEVELS]
_of_guild = _config.guild_id == bindparam("guild_id", type_=BigInteger)

_columns = (_config.prefix, _config.locale, *_roles)

SNAPSHOT = PrebuiltRead(select(*_columns).where(_of_guild))
"""Prefix, locale and the roles of the permission levels, lowest level first, of the guild `guild_id`."""

_among = _config.guild_id.in_(bindparam("guild_ids", expanding=True))
SNAPSHOTS = select(_config.guild_id, *_columns).where(_among)
"""The same of many guilds, each with its id before it."""
