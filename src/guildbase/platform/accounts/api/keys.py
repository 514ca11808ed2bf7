"""The routes of API keys: those of a server, and those of the whole installation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path

from guildbase.api.dependencies import GuildId, GuildOwner, IdempotencyKeyDep, OperatorDep, ServicesDep
from guildbase.core.rights import NAMES, Right
from guildbase.platform.accounts.controller import KeyController
from guildbase.platform.accounts.controller.keys import NewKey
from guildbase.platform.accounts.models import ApiKey
from guildbase.platform.accounts.schemas import KeyIn, KeyList, KeyOut, KeyRotation, NewKeyOut, OperatorKeyIn
from guildbase.platform.guilds.controller import GuildController

router = APIRouter()
KeyNumber = Annotated[int, Path(ge=1, le=2**31 - 1, description="The key's number.", examples=[1])]


@router.get("/guilds/{guild_id}/keys", operation_id="list_keys")
async def list_keys(guild_id: GuildId, services: ServicesDep, caller: GuildOwner) -> KeyList:
    """Return the server's API keys, without the keys themselves."""
    return _list(await services.get(KeyController).of_guild(caller, guild_id))


@router.post("/guilds/{guild_id}/keys", operation_id="create_key", status_code=201)
async def create_key(
    guild_id: GuildId, body: KeyIn, services: ServicesDep, caller: GuildOwner, key: IdempotencyKeyDep
) -> NewKeyOut:
    """Make an API key for the server. It is shown this once, and not again when the request is repeated."""
    await services.get(GuildController).require(guild_id)
    new = NewKey(body.name, [NAMES[name] for name in body.scopes], guild_id, body.expires_at)
    return _made(*await services.get(KeyController).create(caller, new, key))


@router.post("/guilds/{guild_id}/keys/{number}/rotation", operation_id="rotate_key", status_code=201)
async def rotate_key(
    guild_id: GuildId, number: KeyNumber, body: KeyRotation, services: ServicesDep, caller: GuildOwner
) -> NewKeyOut:
    """Put a new key in the place of this one, which goes on working for the overlap."""
    overlap = timedelta(hours=body.overlap_hours)
    return _made(*await services.get(KeyController).rotate(caller, guild_id, number, overlap=overlap))


@router.delete("/guilds/{guild_id}/keys/{number}", operation_id="revoke_key")
async def revoke_key(guild_id: GuildId, number: KeyNumber, services: ServicesDep, caller: GuildOwner) -> KeyOut:
    """End the key; it works no longer when this answers."""
    return _out(await services.get(KeyController).revoke(caller, guild_id, number))


@router.get("/operator/keys", operation_id="list_operator_keys")
async def list_operator_keys(services: ServicesDep, caller: OperatorDep) -> KeyList:
    """Return the API keys of the whole installation."""
    return _list(await services.get(KeyController).of_guild(caller, None))


@router.post("/operator/keys", operation_id="create_operator_key", status_code=201)
async def create_operator_key(
    body: OperatorKeyIn, services: ServicesDep, caller: OperatorDep, key: IdempotencyKeyDep
) -> NewKeyOut:
    """Make an API key for the operator's pages; one that GUILDBASE_API_KEY makes may do all but manage keys."""
    return _made(*await services.get(KeyController).create(caller, NewKey(body.name, expires_at=body.expires_at), key))


@router.post("/operator/keys/{number}/rotation", operation_id="rotate_operator_key", status_code=201)
async def rotate_operator_key(
    number: KeyNumber, body: KeyRotation, services: ServicesDep, caller: OperatorDep
) -> NewKeyOut:
    """Put a new key in the place of this one, which goes on working for the overlap."""
    overlap = timedelta(hours=body.overlap_hours)
    return _made(*await services.get(KeyController).rotate(caller, None, number, overlap=overlap))


@router.delete("/operator/keys/{number}", operation_id="revoke_operator_key")
async def revoke_operator_key(number: KeyNumber, services: ServicesDep, caller: OperatorDep) -> KeyOut:
    """End the key; it works no longer when this answers."""
    return _out(await services.get(KeyController).revoke(caller, None, number))


def _list(rows: Sequence[ApiKey]) -> KeyList:
    return KeyList(keys=[_out(row) for row in rows])


def _made(row: ApiKey, secret: str | None) -> NewKeyOut:
    return NewKeyOut(key=_out(row), secret=secret)


def _out(row: ApiKey) -> KeyOut:
    return KeyOut(
        number=row.number or 0,
        name=row.name,
        prefix=row.prefix,
        scopes=[name for name, right in NAMES.items() if right in Right(row.scopes)],
        guild_id=None if row.guild_id is None else str(row.guild_id),
        is_active=row.is_active,
        created_by=None if row.created_by is None else str(row.created_by),
        created_by_name=row.created_by_name,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        replaced_by=row.replaced_by,
    )
