"""The routes of access."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import AfterValidator, BeforeValidator

from guildbase.api.dependencies import AccessManager, GuildId, GuildVisitor, ServicesDep, SettingsViewer
from guildbase.api.pages import AfterId, Limit
from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.core.rights import NAMES, Right, RightName
from guildbase.core.snowflake import check_snowflake
from guildbase.core.validators import check_user_id
from guildbase.platform.access import rules
from guildbase.platform.access.controller import AccessController
from guildbase.platform.access.grants import GuildAccess, Holder
from guildbase.platform.access.models import MAX_REASON, AccessGrant, HolderKind
from guildbase.platform.access.queries import grant_of
from guildbase.platform.access.schemas import (
    AccessChange,
    AccessHistory,
    AuthorizedList,
    AuthorizedOut,
    Ended,
    GrantIn,
    OwnAccess,
)
from guildbase.platform.guilds.controller import GuildController

router = APIRouter(tags=["access"])
HolderId = Annotated[
    int,
    BeforeValidator(check_user_id, json_schema_input_type=str),
    AfterValidator(check_snowflake),
    Path(description="The user's or the role's id.", examples=["1128754567890123457"]),
]
Reason = Annotated[str, Query(max_length=MAX_REASON, description="Why, for the audit log.")]
GrantNumber = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="Only this one of their grants.")]


@router.get("/guilds/{guild_id}/authorized-users", operation_id="list_authorized_users")
async def list_authorized_users(guild_id: GuildId, services: ServicesDep, caller: SettingsViewer) -> AuthorizedList:
    """Return who may use the dashboard, and for what."""
    await services.get(GuildController).require(guild_id)
    rows, now = await services.get(AccessController).rows(caller, guild_id), utcnow()
    access = GuildAccess(guild_id, map(grant_of, rows))
    return AuthorizedList(
        authorized=[_shown(row, access, caller, now) for row in rows],
        can_give=_all_of(rules.givable(access, caller, now)),
    )


@router.get("/guilds/{guild_id}/authorized-users/me", operation_id="get_own_access")
async def get_own_access(guild_id: GuildId, services: ServicesDep, caller: GuildVisitor) -> OwnAccess:
    """Return what you may do in the server's dashboard, and by what."""
    await services.get(GuildController).require(guild_id)
    # What access itself gave must not be told as if it came from Discord.
    asker = replace(caller, permissions=caller.own_permissions)
    explained = await services.get(AccessController).explain(caller, guild_id, asker)
    return OwnAccess.of(explained, is_guild_owner=rules.is_guild_owner(caller, guild_id))


@router.get("/guilds/{guild_id}/authorized-users/history", operation_id="list_access_history")
async def list_access_history(
    guild_id: GuildId, services: ServicesDep, caller: SettingsViewer, after: AfterId = None, limit: Limit = 50
) -> AccessHistory:
    """Return who gave, changed and ended which access, newest first."""
    await services.get(GuildController).require(guild_id)
    found = await services.get(AccessController).history(caller, guild_id, before=after, limit=limit + 1)
    page = found[:limit]
    next_after = page[-1].audit_id if len(found) > limit else None
    return AccessHistory(changes=[AccessChange.of(entry) for entry in page], next_after=next_after)


@router.post("/guilds/{guild_id}/authorized-users", operation_id="authorize_user", status_code=201)
async def authorize_user(
    guild_id: GuildId, body: GrantIn, services: ServicesDep, caller: AccessManager
) -> AuthorizedOut:
    """Give a user or a role rights, or change those that they have from the same giver."""
    controller, rights = services.get(AccessController), Right.NONE
    for name in body.rights:
        rights |= NAMES[name]
    grant = await controller.grant(
        caller, guild_id, _holder(body), rights, expires_at=body.expires_at, reason=body.reason
    )
    rows = await controller.rows(caller, guild_id)
    access = GuildAccess(guild_id, map(grant_of, rows))
    row = next(row for row in rows if row.number == grant.number)
    return _shown(row, access, caller, utcnow())


@router.delete("/guilds/{guild_id}/authorized-users/{user_id}", operation_id="revoke_authorized_user")
async def revoke_authorized_user(
    guild_id: GuildId,
    user_id: HolderId,
    services: ServicesDep,
    caller: GuildVisitor,
    grant: GrantNumber = None,
    reason: Reason = "",
) -> Ended:
    """End all access of a user or a role, or one of their grants, and what they have handed on with it."""
    controller = services.get(AccessController)
    ended = await controller.revoke_holder(caller, guild_id, user_id, only=grant, reason=reason)
    return Ended(ended=[it.number for it in ended])


def _shown(row: AccessGrant, access: GuildAccess, caller: Caller, now: datetime) -> AuthorizedOut:
    grant = access.grants[row.number]
    return AuthorizedOut.of(
        row,
        access.effective(grant, now),
        can_change=rules.may_change(access, caller, grant, now),
        can_revoke=rules.may_revoke(access, caller, grant, now),
    )


def _all_of(rights: Right) -> list[RightName]:
    return [name for name, right in NAMES.items() if right in rights]


def _holder(body: GrantIn) -> Holder:
    if body.user_id is not None and body.role_id is None:
        return Holder(HolderKind.USER, body.user_id)
    if body.role_id is not None and body.user_id is None:
        return Holder(HolderKind.ROLE, body.role_id)
    raise InvalidInput(
        _("Say either the user or the role."), hint=_("Send user_id or role_id."), problems={"user_id": "or role_id"}
    )
