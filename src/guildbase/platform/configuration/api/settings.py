"""The routes of settings."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path

from guildbase.api.dependencies import (
    CallerDep,
    GuildId,
    IdempotencyKeyDep,
    ServicesDep,
    SettingsEditor,
    SettingsViewer,
)
from guildbase.api.pages import AfterNumber, Limit
from guildbase.platform.configuration.controller import ConfigurationController, Current
from guildbase.platform.configuration.models import MAX_FEATURE
from guildbase.platform.configuration.schemas import schema_of
from guildbase.platform.configuration.schemas.shapes import (
    ChangedOut,
    ChangesIn,
    HistoryEntryOut,
    HistoryOut,
    ResetIn,
    RollbackIn,
    SettingsList,
    SettingsOut,
)
from guildbase.platform.guilds.controller import GuildController

router = APIRouter()

FeatureName = Annotated[str, Path(max_length=MAX_FEATURE, description="Name of the feature.", examples=["guilds"])]


@router.get("/config/schema", operation_id="get_settings_schemas")
async def get_settings_schemas(services: ServicesDep, _caller: CallerDep) -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of each feature's settings."""
    models = services.get(ConfigurationController).models()
    return {feature: schema_of(model) for feature, model in models.items()}


@router.get("/guilds/{guild_id}/config", operation_id="list_settings")
async def list_settings(guild_id: GuildId, services: ServicesDep, caller: SettingsViewer) -> SettingsList:
    """Return what holds in a server of every feature."""
    await services.get(GuildController).require(guild_id)
    found = await services.get(ConfigurationController).view(caller, guild_id)
    return SettingsList(features=[_out(current) for current in found])


@router.get("/guilds/{guild_id}/config/{feature}", operation_id="get_settings")
async def get_settings(
    guild_id: GuildId, feature: FeatureName, services: ServicesDep, caller: SettingsViewer
) -> SettingsOut:
    """Return what holds in a server of one feature."""
    await services.get(GuildController).require(guild_id)
    [current] = await services.get(ConfigurationController).view(caller, guild_id, feature)
    return _out(current)


@router.get("/guilds/{guild_id}/config/{feature}/schema", operation_id="get_settings_schema")
async def get_settings_schema(
    guild_id: GuildId, feature: FeatureName, services: ServicesDep, _caller: SettingsViewer
) -> dict[str, Any]:
    """Return the JSON Schema of the feature's settings."""
    await services.get(GuildController).require(guild_id)
    return schema_of(services.get(ConfigurationController).model_of(feature))


@router.patch("/guilds/{guild_id}/config/{feature}", operation_id="change_settings")
async def change_settings(
    guild_id: GuildId, feature: FeatureName, body: ChangesIn, services: ServicesDep, caller: SettingsEditor
) -> ChangedOut:
    """Change the settings that the body names, and no others; all processes see it at once."""
    changed = await services.get(ConfigurationController).change(
        caller, guild_id, feature, body.changes, reason=body.reason, expected_version=body.version
    )
    return ChangedOut(feature=feature, version=changed.version, changed=changed.receipt.keys)


@router.delete("/guilds/{guild_id}/config/{feature}", operation_id="reset_settings")
async def reset_settings(
    guild_id: GuildId,
    feature: FeatureName,
    services: ServicesDep,
    caller: SettingsEditor,
    body: Annotated[ResetIn | None, Body()] = None,
) -> ChangedOut:
    """Give settings their defaults again: those that the body names, or all."""
    wanted = body or ResetIn()
    changed = await services.get(ConfigurationController).reset(
        caller, guild_id, feature, wanted.keys, reason=wanted.reason, expected_version=wanted.version
    )
    return ChangedOut(feature=feature, version=changed.version, changed=changed.receipt.keys)


@router.get("/guilds/{guild_id}/config/{feature}/history", operation_id="list_settings_history")
async def list_settings_history(
    guild_id: GuildId,
    feature: FeatureName,
    services: ServicesDep,
    caller: SettingsViewer,
    after: AfterNumber = None,
    limit: Limit = 20,
) -> HistoryOut:
    """Return the changes of a feature's settings, newest first."""
    await services.get(GuildController).require(guild_id)
    page = await services.get(ConfigurationController).history(caller, guild_id, feature, before=after, limit=limit)
    return HistoryOut(entries=[HistoryEntryOut.of(entry) for entry in page.entries], next_after=page.next_before)


@router.post("/guilds/{guild_id}/config/{feature}/rollback", operation_id="roll_settings_back")
async def roll_settings_back(
    guild_id: GuildId,
    feature: FeatureName,
    body: RollbackIn,
    services: ServicesDep,
    caller: SettingsEditor,
    key: IdempotencyKeyDep,
) -> ChangedOut:
    """Let hold again what was set after a version; this is a new change, and can be taken back itself."""
    receipt = await services.get(ConfigurationController).rollback_once(
        caller, key, guild_id, feature, body.to, reason=body.reason, expected_version=body.version
    )
    return ChangedOut(feature=feature, version=receipt.version, changed=receipt.keys)


def _out(current: Current) -> SettingsOut:
    return SettingsOut(
        feature=current.feature,
        version=current.version,
        values=current.settings.model_dump(mode="json"),
        is_set=sorted(current.is_set),
        ignored=dict(current.ignored),
        obstacle=current.obstacle,
    )
