"""The routes of how the bot fares in a server, and of what vanished."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from guildbase.api.dependencies import GuildId, GuildVisitor, ServicesDep, SettingsViewer
from guildbase.core.guild_sections import Refers
from guildbase.features.setup.checkup import Found
from guildbase.features.setup.controller import Overview, OverviewController, ReconciliationController
from guildbase.features.setup.models import GuildReconciliation, ReconciliationState
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.shards import ShardState

router = APIRouter(tags=["guilds"])


class VanishedOut(BaseModel):
    """Something that settings or rules speak of, and that is gone."""

    kind: Refers
    id: str = Field(examples=["1128754567890123457"])
    where: str


class ReconciliationOut(BaseModel):
    """What the last check of the server found."""

    found_at: datetime | None = Field(description="When it was found; null if nothing ever vanished.")
    state: ReconciliationState
    vanished: list[VanishedOut]

    @classmethod
    def of(cls, report: GuildReconciliation | None) -> ReconciliationOut:
        """Return the shape of the report."""
        if report is None:
            return cls(found_at=None, state=ReconciliationState.SETTLED, vanished=[])
        found = [VanishedOut.model_validate(row) for row in report.things]
        return cls(found_at=report.found_at, state=report.state, vanished=found)


@router.get("/guilds/{guild_id}/reconciliation", operation_id="get_reconciliation")
async def get_reconciliation(guild_id: GuildId, services: ServicesDep, caller: SettingsViewer) -> ReconciliationOut:
    """Return which roles, channels and members the server's data speaks of though they are gone."""
    await services.get(GuildController).require(guild_id)
    return ReconciliationOut.of(await services.get(ReconciliationController).report(caller, guild_id))


class FindingOut(BaseModel):
    """One thing that is not as it should be."""

    is_broken: bool = Field(description="Whether something does not work; else it could be better.")
    problem: str = Field(description="Markdown as Discord shows it.")
    cure: str = Field(description="Markdown as Discord shows it.")
    fix: str = Field(description="What can be done at once: `invite`, `logs`, `staff`, `repair`, `let_in` or nothing.")

    @classmethod
    def of(cls, found: Found) -> FindingOut:
        """Return the shape of the finding."""
        return cls(is_broken=found.is_broken, problem=found.problem, cure=found.cure, fix=found.fix)


class GuildShardOut(BaseModel):
    """The shard that the server is on."""

    number: int
    state: str = Field(description="`ready`, `connecting`, `reconnecting`, `unknown` (no report) or `gone`.")
    is_stale: bool = Field(description="Whether its process has not reported for several seconds; it may hang.")
    latency: float | None = Field(description="Seconds of the last heartbeat's round trip.")
    latency_history: list[float] = Field(description="Those of the last heartbeats, oldest first.")

    @classmethod
    def of(cls, shard: ShardState) -> GuildShardOut:
        """Return the shape of the shard."""
        report = shard.report
        return cls(
            number=shard.shard_id,
            state=shard.state,
            is_stale=shard.is_stale,
            latency=report.latency if report else None,
            latency_history=list(report.latency_history) if report else [],
        )


class OverviewOut(BaseModel):
    """A server and how the bot fares there."""

    id: str = Field(examples=["1128754567890123457"])
    name: str | None = Field(description="Null if no bot process shows the server now.")
    icon_url: str | None
    member_count: int | None
    joined_at: datetime = Field(description="When the bot came.")
    prefix: str
    locale: str
    shard: GuildShardOut | None
    findings: list[FindingOut] | None = Field(
        description="What stands in the bot's way, the worst first; null without the right to see it, or an answer."
    )
    invite_url: str | None = Field(description="Where Discord asks for the permissions that are missing.")

    @classmethod
    def of(cls, seen: Overview) -> OverviewOut:
        """Return the shape of the overview."""
        live, checkup = seen.live, seen.checkup
        return cls(
            id=str(seen.guild_id),
            name=live.name if live else None,
            icon_url=live.icon_url if live else None,
            member_count=live.member_count if live else None,
            joined_at=seen.joined_at,
            prefix=seen.prefix,
            locale=seen.locale,
            shard=GuildShardOut.of(seen.shard) if seen.shard else None,
            findings=[FindingOut.of(found) for found in checkup.findings] if checkup else None,
            invite_url=checkup.invite_url if checkup else None,
        )


@router.get("/guilds/{guild_id}/overview", operation_id="get_overview")
async def get_overview(guild_id: GuildId, services: ServicesDep, caller: GuildVisitor) -> OverviewOut:
    """Return the server, its shard and what stands in the bot's way there; what does not answer is null."""
    return OverviewOut.of(await services.get(OverviewController).overview(caller, guild_id))
