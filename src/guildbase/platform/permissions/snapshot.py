"""The rules of a guild, as part of its snapshot."""

from __future__ import annotations

from typing import Any

from guildbase.platform.guilds.parts import Rows, SnapshotPart, moment
from guildbase.platform.permissions.models import Access, GuildPermission, Scope, Subject
from guildbase.platform.permissions.rules import PermissionRules, Rule


def _make(_kind: type[Any], _guild_id: int, rows: Rows) -> PermissionRules:
    return PermissionRules(
        Rule(
            number,
            Subject(subject),
            subject_id,
            (Scope(scope), target),
            Access(access),
            moment(until),
        )
        for number, subject, subject_id, scope, target, access, until in rows
    )


PERMISSION_RULES = SnapshotPart(
    PermissionRules,
    GuildPermission.__table__,
    ("number", "subject_kind", "subject_id", "scope", "target", "access", "expires_at"),
    _make,
)
