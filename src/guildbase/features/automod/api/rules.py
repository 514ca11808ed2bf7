"""The routes of rules, and of the presets that they are made of."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Path, status
from pydantic import BaseModel, ConfigDict, Field

from guildbase.api.dependencies import GuildId, GuildVisitor, IdempotencyKeyDep, ServicesDep, SettingsEditor
from guildbase.core.i18n import translated
from guildbase.features.automod.controller import RuleController
from guildbase.features.automod.document import RuleDocument, RuleInput
from guildbase.features.automod.kinds import MAX_NAME, Preset
from guildbase.features.automod.models import AutomodRule
from guildbase.features.automod.native import objection
from guildbase.features.automod.presets import TOLD, preset_rule
from guildbase.platform.guilds.controller import GuildController

router = APIRouter()
Number = Annotated[int, Path(ge=1, le=2**31 - 1, examples=[1])]


class AutomodRuleOut(BaseModel):
    """A rule."""

    number: int
    name: str
    priority: int
    is_active: bool
    is_dry_run: bool
    is_native: bool
    native_id: str | None = Field(description="The rule of Discord's own AutoMod that stands for it, once it is there.")
    native_objection: str | None = Field(description="Why Discord's own AutoMod cannot enforce it; null if it can.")
    document: RuleDocument
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: AutomodRule) -> AutomodRuleOut:
        """Return the shape of the rule."""
        document = RuleDocument.model_validate(row.document)
        return cls(
            number=row.number,
            name=row.name,
            priority=row.priority,
            is_active=row.is_active,
            is_dry_run=row.is_dry_run,
            is_native=row.is_native,
            native_id=None if row.native_id is None else str(row.native_id),
            native_objection=objection(document),
            document=document,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


class AutomodRuleList(BaseModel):
    """Rules in the order in which they are looked at."""

    rules: list[AutomodRuleOut]


class AutomodRuleChange(BaseModel):
    """What of a rule is to be another, besides what it says; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME)] | None = None
    priority: Annotated[int, Field(ge=0, le=10_000)] | None = None
    is_active: bool | None = None
    is_dry_run: bool | None = None
    is_native: bool | None = None


class PresetOut(BaseModel):
    """A rule that is ready to be added."""

    preset: Preset
    told: str = Field(description="What it does, for people.")
    rule: RuleInput


class PresetList(BaseModel):
    """All presets."""

    presets: list[PresetOut]


class PresetIn(BaseModel):
    """Which preset is to become a rule."""

    model_config = ConfigDict(extra="forbid")

    preset: Preset
    is_dry_run: bool = Field(False, description="Whether it only tells what it would do.")


@router.get("/guilds/{guild_id}/automod/rules", operation_id="list_automod_rules")
async def list_rules(guild_id: GuildId, services: ServicesDep, caller: GuildVisitor) -> AutomodRuleList:
    """Return a guild's rules."""
    await services.get(GuildController).require(guild_id)
    found = await services.get(RuleController).list(caller, guild_id)
    return AutomodRuleList(rules=[AutomodRuleOut.of(row) for row in found])


@router.get("/guilds/{guild_id}/automod/schema", operation_id="get_automod_schema")
async def get_schema(guild_id: GuildId, services: ServicesDep, _caller: GuildVisitor) -> dict[str, Any]:
    """Return the JSON Schema of a rule, which an editor can be made of."""
    await services.get(GuildController).require(guild_id)
    return _schema()


@router.get("/guilds/{guild_id}/automod/presets", operation_id="list_automod_presets")
async def list_presets(guild_id: GuildId, services: ServicesDep, _caller: GuildVisitor) -> PresetList:
    """Return the rules that are ready to be added."""
    await services.get(GuildController).require(guild_id)
    made = [(preset, RuleInput.model_validate(preset_rule(preset))) for preset in Preset]
    return PresetList(
        presets=[PresetOut(preset=preset, told=translated(TOLD[preset]), rule=rule) for preset, rule in made]
    )


@router.post(
    "/guilds/{guild_id}/automod/presets", operation_id="add_automod_preset", status_code=status.HTTP_201_CREATED
)
async def add_preset(
    guild_id: GuildId, body: PresetIn, services: ServicesDep, caller: SettingsEditor, key: IdempotencyKeyDep
) -> AutomodRuleOut:
    """Make the rule of a preset."""
    rules = services.get(RuleController)
    made = await rules.add_preset(caller, guild_id, body.preset, is_dry_run=body.is_dry_run, key=key)
    return AutomodRuleOut.of(made)


@router.get("/guilds/{guild_id}/automod/rules/{number}", operation_id="get_automod_rule")
async def get_rule(guild_id: GuildId, number: Number, services: ServicesDep, caller: GuildVisitor) -> AutomodRuleOut:
    """Return one rule."""
    return AutomodRuleOut.of(await services.get(RuleController).get(caller, guild_id, number))


@router.post(
    "/guilds/{guild_id}/automod/rules", operation_id="create_automod_rule", status_code=status.HTTP_201_CREATED
)
async def create_rule(
    guild_id: GuildId, body: RuleInput, services: ServicesDep, caller: SettingsEditor, key: IdempotencyKeyDep
) -> AutomodRuleOut:
    """Make a rule."""
    return AutomodRuleOut.of(await services.get(RuleController).create(caller, guild_id, _data(body), key=key))


@router.put("/guilds/{guild_id}/automod/rules/{number}", operation_id="replace_automod_rule")
async def replace_rule(
    guild_id: GuildId, number: Number, body: RuleInput, services: ServicesDep, caller: SettingsEditor
) -> AutomodRuleOut:
    """Make a rule what the body says."""
    return AutomodRuleOut.of(await services.get(RuleController).replace(caller, guild_id, number, _data(body)))


@router.patch("/guilds/{guild_id}/automod/rules/{number}", operation_id="change_automod_rule")
async def change_rule(
    guild_id: GuildId, number: Number, body: AutomodRuleChange, services: ServicesDep, caller: SettingsEditor
) -> AutomodRuleOut:
    """Switch a rule on or off, rename it, or give it another place in the order."""
    changes = body.model_dump(exclude_none=True)
    return AutomodRuleOut.of(await services.get(RuleController).change(caller, guild_id, number, changes))


@router.delete(
    "/guilds/{guild_id}/automod/rules/{number}",
    operation_id="delete_automod_rule",
    status_code=status.HTTP_204_NO_CONTENT,
)
async def delete_rule(guild_id: GuildId, number: Number, services: ServicesDep, caller: SettingsEditor) -> None:
    """Delete a rule; what was written down of it stays."""
    await services.get(RuleController).delete(caller, guild_id, number)


def _data(body: RuleInput) -> dict[str, Any]:
    return body.model_dump(mode="json")


@cache
def _schema() -> dict[str, Any]:
    return RuleInput.model_json_schema()
