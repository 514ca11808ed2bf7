"""The routes of the settings that servers define themselves."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from guildbase.api.dependencies import GuildId, ServicesDep, SettingsEditor, SettingsViewer
from guildbase.platform.configuration.controller.custom import CustomSettingController, chosen
from guildbase.platform.configuration.controller.results import Custom
from guildbase.platform.configuration.models import MAX_REASON

router = APIRouter()

Name = Annotated[str, Path(max_length=60, description="Name of the setting.", examples=["theme"])]


class CustomOut(BaseModel):
    """One setting of a server's own."""

    name: str
    version: int
    value_schema: dict[str, Any] = Field(description="The JSON Schema that values fit.")
    is_set: bool
    value: Any = None

    @classmethod
    def of(cls, custom: Custom) -> CustomOut:
        """Return the shape of the setting."""
        return cls(
            name=custom.name,
            version=custom.version,
            value_schema=dict(custom.schema),
            is_set=custom.is_set,
            value=custom.value,
        )


class CustomList(BaseModel):
    """All settings of a server's own."""

    settings: list[CustomOut]


class _Change(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = Field(default="", max_length=MAX_REASON)
    version: int | None = Field(default=None, ge=0, description="The version that you saw; 409 if it is another now.")


class DefineIn(_Change):
    """A setting's schema."""

    value_schema: dict[str, Any]


class ValueIn(_Change):
    """A setting's value, which must fit its schema."""

    value: Any


class CustomRollbackIn(BaseModel):
    """The version to go back to."""

    model_config = ConfigDict(extra="forbid")

    to: int = Field(ge=1, le=2**31 - 1)
    reason: str = Field(default="", max_length=MAX_REASON)


@router.get("/guilds/{guild_id}/custom-settings", operation_id="list_custom_settings")
async def list_custom_settings(guild_id: GuildId, services: ServicesDep, caller: SettingsViewer) -> CustomList:
    """Return the settings that a server has defined itself."""
    found = await services.get(CustomSettingController).view(caller, guild_id)
    return CustomList(settings=[CustomOut.of(custom) for custom in found.values()])


@router.get("/guilds/{guild_id}/custom-settings/{name}", operation_id="get_custom_setting")
async def get_custom_setting(guild_id: GuildId, name: Name, services: ServicesDep, caller: SettingsViewer) -> CustomOut:
    """Return one setting of a server's own."""
    return CustomOut.of(chosen(await services.get(CustomSettingController).view(caller, guild_id), name))


@router.put("/guilds/{guild_id}/custom-settings/{name}", operation_id="define_custom_setting")
async def define_custom_setting(
    guild_id: GuildId, name: Name, body: DefineIn, services: ServicesDep, caller: SettingsEditor
) -> CustomOut:
    """Define a setting, or give it another schema, which its value must fit."""
    custom = services.get(CustomSettingController)
    return CustomOut.of(
        await custom.define(
            caller, guild_id, name, body.value_schema, reason=body.reason, expected_version=body.version
        )
    )


@router.put("/guilds/{guild_id}/custom-settings/{name}/value", operation_id="set_custom_setting")
async def set_custom_setting(
    guild_id: GuildId, name: Name, body: ValueIn, services: ServicesDep, caller: SettingsEditor
) -> CustomOut:
    """Give a setting a value."""
    custom = services.get(CustomSettingController)
    return CustomOut.of(
        await custom.set(caller, guild_id, name, body.value, reason=body.reason, expected_version=body.version)
    )


@router.delete("/guilds/{guild_id}/custom-settings/{name}", operation_id="delete_custom_setting", status_code=204)
async def delete_custom_setting(guild_id: GuildId, name: Name, services: ServicesDep, caller: SettingsEditor) -> None:
    """Delete a setting with its value; a rollback brings both back."""
    await services.get(CustomSettingController).delete(caller, guild_id, name)


@router.post("/guilds/{guild_id}/custom-settings/{name}/rollback", operation_id="roll_custom_setting_back")
async def roll_custom_setting_back(
    guild_id: GuildId, name: Name, body: CustomRollbackIn, services: ServicesDep, caller: SettingsEditor
) -> CustomOut:
    """Make schema and value again what they were after a version; doing it twice is doing it once."""
    custom = services.get(CustomSettingController)
    return CustomOut.of(await custom.rollback(caller, guild_id, name, body.to, reason=body.reason))
