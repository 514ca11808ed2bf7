"""Prebuilt statements of the guilds' hot paths; they name columns, so that no row becomes an object."""

from __future__ import annotations

from sqlalchemy import BigInteger, bindparam, select

from guildbase.database.connections.prebuilt import PrebuiltRead
from guildbase.platform.guilds.models import LEVELS, GuildConfig

_config = GuildConfig.__table__.c
_roles = [_config[f"perm_level_{level}_role_id"] for level in LEVELS]
_of_guild = _config.guild_id == bindparam("guild_id", type_=BigInteger)

SNAPSHOT = PrebuiltRead(select(_config.prefix, _config.locale, *_roles).where(_of_guild))
"""Prefix, locale and the roles of the permission levels, lowest level first, of the guild `guild_id`."""
