"""The routes of permissions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, WithJsonSchema

from guildbase.api.dependencies import GuildId, ServicesDep, SettingsEditor, SettingsViewer
from guildbase.api.pages import AfterId, AfterNumber, Limit
from guildbase.core.validators import ChannelId, Cursor, UserId
from guildbase.database.types import Snowflake
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.permissions.controller import PermissionController
from guildbase.platform.permissions.explaining import AskExplanation, Explained, ExplanationController
from guildbase.platform.permissions.models import (
    MAX_COMMAND,
    MAX_REASON,
    Access,
    GuildPermission,
    PermissionCheck,
    Scope,
    Subject,
)
from guildbase.platform.permissions.rules import NewRule, normal

router = APIRouter(tags=["permissions"])
SubjectId = Annotated[Snowflake, WithJsonSchema({"type": "string", "examples": ["1128754567890123457"]})]


class RuleIn(BaseModel):
    """A rule that is wanted. One about the same subject and target is replaced."""

    model_config = ConfigDict(extra="forbid")

    subject: Subject
    subject_id: SubjectId | None = Field(None, description="Left out for the whole server.")
    scope: Scope
    target: str = Field("", max_length=MAX_COMMAND, description="Name of the command or feature; empty for everything.")
    access: Access
    expires_at: AwareDatetime | None = None
    reason: str = Field("", max_length=MAX_REASON)
    only: bool = Field(False, description="Deny the same to everybody else in the server, too.")


class RuleOut(BaseModel):
    """A rule."""

    number: int
    subject: Subject
    subject_id: str = Field(examples=["1128754567890123457"])
    scope: Scope
    target: str
    access: Access
    expires_at: datetime | None
    reason: str
    created_at: datetime
    created_by: str | None
    created_by_name: str

    @classmethod
    def of(cls, row: GuildPermission) -> RuleOut:
        """Return the shape of the rule."""
        return cls(
            number=row.number,
            subject=row.subject_kind,
            subject_id=str(row.subject_id),
            scope=row.scope,
            target=row.target,
            access=row.access,
            expires_at=row.expires_at,
            reason=row.reason,
            created_at=row.created_at,
            created_by=None if row.created_by is None else str(row.created_by),
            created_by_name=row.created_by_name,
        )


class RulePage(BaseModel):
    """Rules, lowest number first."""

    rules: list[RuleOut]
    next_after: Cursor | None


class SetRulesOut(BaseModel):
    """What was written."""

    rule: RuleOut
    is_new: bool
    for_all_others: RuleOut | None


class ExplainedRuleOut(BaseModel):
    """A rule about the use, and what it counts there."""

    number: int
    subject: str
    subject_id: str
    scope: str
    target: str
    access: str
    weight: str = Field(description="`decides`, `overruled`, `ran_out` or `opens_nothing`.")


class ExplanationOut(BaseModel):
    """Why a member may use a command, or not."""

    command: str
    feature: str
    member_id: str
    channel_id: str | None
    outcome: str = Field(description="`allowed`, `refused` or `ignored`.")
    decided_by: str = Field(description="`block`, `switch`, `owner`, `rule` or `discord`.")
    rule_number: int | None
    reason: str
    needs: str = Field(description="Permission bits that the command asks for.")
    needs_level: int | None
    level: int
    meets_floor: bool
    rules: list[ExplainedRuleOut]

    @classmethod
    def of(cls, found: Explained) -> ExplanationOut:
        """Return the shape of the explanation."""
        return cls(
            command=found.command,
            feature=found.feature,
            member_id=str(found.member_id),
            channel_id=None if found.channel_id is None else str(found.channel_id),
            outcome=found.outcome,
            decided_by=found.decided_by,
            rule_number=found.rule_number,
            reason=found.reason,
            needs=str(found.needs),
            needs_level=found.needs_level,
            level=found.level,
            meets_floor=found.meets_floor,
            rules=[
                ExplainedRuleOut(
                    number=rule.number,
                    subject=rule.subject,
                    subject_id=str(rule.subject_id),
                    scope=rule.scope,
                    target=rule.target,
                    access=rule.access,
                    weight=rule.weight,
                )
                for rule in found.rules
            ],
        )


class CheckOut(BaseModel):
    """A check that was written down."""

    id: UUID
    user_id: str
    channel_id: str | None
    command: str
    outcome: str
    decided_by: str
    rule_number: int | None
    created_at: datetime

    @classmethod
    def of(cls, row: PermissionCheck) -> CheckOut:
        """Return the shape of the check."""
        return cls(
            id=row.check_id,
            user_id=str(row.user_id),
            channel_id=None if row.channel_id is None else str(row.channel_id),
            command=row.command,
            outcome=row.outcome,
            decided_by=row.decider,
            rule_number=row.rule_number,
            created_at=row.created_at,
        )


class CheckPage(BaseModel):
    """Checks, newest first."""

    checks: list[CheckOut]
    next_after: Cursor | None


@router.get("/guilds/{guild_id}/permissions", operation_id="list_permissions")
async def list_permissions(
    guild_id: GuildId, services: ServicesDep, caller: SettingsViewer, after: AfterNumber = None, limit: Limit = 50
) -> RulePage:
    """Return a server's rules, also those that ran out lately."""
    await services.get(GuildController).require(guild_id)
    found = await services.get(PermissionController).list_rules(caller, guild_id, after=after or 0, limit=limit + 1)
    page = found[:limit]
    next_after = page[-1].number if len(found) > limit else None
    return RulePage(rules=[RuleOut.of(row) for row in page], next_after=next_after)


@router.post("/guilds/{guild_id}/permissions", operation_id="set_permission")
async def set_permission(
    guild_id: GuildId, wanted: RuleIn, services: ServicesDep, caller: SettingsEditor
) -> SetRulesOut:
    """Make a rule, or replace the one about the same; sent again it changes nothing more."""
    new = NewRule(
        wanted.subject,
        guild_id if wanted.subject_id is None else wanted.subject_id,
        wanted.scope,
        wanted.target,
        wanted.access,
        wanted.expires_at,
        wanted.reason,
    )
    new = await services.get(ExplanationController).with_facts(caller, guild_id, normal(new, guild_id))
    done = await services.get(PermissionController).set(caller, guild_id, new, only=wanted.only)
    others = None if done.for_all_others is None else RuleOut.of(done.for_all_others)
    return SetRulesOut(rule=RuleOut.of(done.rule), is_new=done.is_new, for_all_others=others)


@router.delete("/guilds/{guild_id}/permissions/{number}", operation_id="remove_permission")
async def remove_permission(guild_id: GuildId, number: int, services: ServicesDep, caller: SettingsEditor) -> RuleOut:
    """Remove a rule and return what it was."""
    return RuleOut.of(await services.get(PermissionController).remove(caller, guild_id, number))


@router.get("/guilds/{guild_id}/permissions/explain", operation_id="explain_permission")
async def explain_permission(
    guild_id: GuildId,
    services: ServicesDep,
    caller: SettingsViewer,
    member: UserId,
    command: Annotated[str, Query(min_length=1, max_length=MAX_COMMAND)],
    channel: ChannelId | None = None,
) -> ExplanationOut:
    """Return why a member may use a command in a channel, or not, as the bot sees it now; 503 if no bot answers."""
    asked = AskExplanation(guild_id, member, channel, command)
    return ExplanationOut.of(await services.get(ExplanationController).ask(caller, asked))


@router.get("/guilds/{guild_id}/permissions/checks", operation_id="list_permission_checks")
async def list_permission_checks(
    guild_id: GuildId,
    services: ServicesDep,
    caller: SettingsViewer,
    member: UserId | None = None,
    after: AfterId = None,
    limit: Limit = 50,
) -> CheckPage:
    """Return the checks that the server has written down, newest first."""
    await services.get(GuildController).require(guild_id)
    controller = services.get(PermissionController)
    found = await controller.checks(caller, guild_id, user_id=member, before=after, limit=limit + 1)
    page = found[:limit]
    return CheckPage(
        checks=[CheckOut.of(row) for row in page], next_after=page[-1].check_id if len(found) > limit else None
    )
