"""The statements of a change of settings: what holds is read with one, and on PostgreSQL written with one.

The write goes by the version of the guild's snapshot, which rises with each change of whatever is read here. Whoever
read an older one writes nothing. A test compares its rows with those of the steps.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import CTE, BigInteger, Select, String, Text, and_, bindparam, cast, func, select, update

from guildbase.database.connections.prebuilt import Prebuilt, PrebuiltRead
from guildbase.database.rows.insert_from import insert_from
from guildbase.platform.configuration.models import ConfigurationHistory, GuildSettings
from guildbase.platform.guilds.models import CONFIG_COLUMNS, GuildConfig
from guildbase.platform.telemetry.queries import audited

_config, _settings = GuildConfig.__table__, GuildSettings.__table__
_history = ConfigurationHistory.__table__.c
_guild_id: Any = bindparam("guild_id", type_=BigInteger)
_feature: Any = bindparam("feature", type_=String)
_now: Any = bindparam("now", type_=_config.c.updated_at.type)
_actor: Any = bindparam("actor_id", type_=BigInteger)


def _seen() -> Select[Any]:
    of_feature = and_(_settings.c.guild_id == _config.c.guild_id, _settings.c.feature == _feature)
    last = select(func.max(_history.version)).where(_history.guild_id == _guild_id, _history.feature == _feature)
    return (
        select(
            _config.c.version.label("guild_version"),
            last.scalar_subquery().label("last"),
            _settings.c.version,
            _settings.c.shape,
            # As text: one way of reading decodes JSON by itself, the other does not.
            cast(_settings.c.document, Text).label("document"),
            *(_config.c[name] for name in CONFIG_COLUMNS),
        )
        .select_from(_config.outerjoin(_settings, of_feature))
        .where(_config.c.guild_id == _guild_id)
    )


SEEN = _seen()
"""What the guild `guild_id` has set of the `feature`, the number of its last change, and the snapshot's version."""
PREBUILT_SEEN = PrebuiltRead(SEEN)


@cache
def change(*, is_general: bool) -> Prebuilt:
    """Return what writes a change of settings, and gives one row unless the snapshot is of another version by now.

    The basic settings, which are `is_general`, go to the columns of the guild's configuration.
    """
    held = _held({name: bindparam(name) for name in CONFIG_COLUMNS} if is_general else {})
    written = [_recorded(held), _audited(held), *([] if is_general else [_stored(held)])]
    return Prebuilt(select(held.c.guild_id).add_cte(*written))


def _held(columns: dict[str, Any]) -> CTE:
    """Return the part that raises the snapshot's version; all others go by its row."""
    config = _config.c
    raised = update(_config).where(config.guild_id == _guild_id, config.version == bindparam("guild_version"))
    by = {"updated_at": _now, "updated_by": func.coalesce(_actor, config.updated_by)}
    return raised.values(version=config.version + 1, **by, **columns).returning(config.guild_id).cte("held")


def _recorded(held: CTE) -> CTE:
    """Return the part that adds to the history."""
    names = ("feature", "version", "kind", "shape", "document", "changes", "author_name", "reason")
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    by = {"author_id": _actor, "created_at": _now}
    return insert_from(ConfigurationHistory, held, guild_id=held.c.guild_id, **values, **by).cte("recorded")


def _audited(held: CTE) -> CTE:
    by: dict[str, Any] = {"actor_id": _actor, "actor_name": bindparam("author_name"), "created_at": _now}
    about: dict[str, Any] = {"target_type": "", "target_id": None, "details": bindparam("details")}
    return audited(held, guild_id=held.c.guild_id, **by, **about, reason=bindparam("reason"))


def _stored(held: CTE) -> CTE:
    """Return the part that stores the document."""
    values: dict[str, Any] = {name: bindparam(name) for name in ("feature", "version", "shape", "document")}
    by = {"created_by": _actor, "updated_by": _actor, "created_at": _now, "updated_at": _now}
    new = insert_from(GuildSettings, held, guild_id=held.c.guild_id, **values, **by)
    given = new.excluded
    changes: dict[str, Any] = {name: given[name] for name in ("version", "shape", "document", "updated_at")}
    changes["updated_by"] = func.coalesce(given.updated_by, _settings.c.updated_by)
    return new.on_conflict_do_update(index_elements=["guild_id", "feature"], set_=changes).cte("stored")
