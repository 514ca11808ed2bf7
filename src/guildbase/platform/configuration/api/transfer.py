"""The routes of export and import."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from guildbase.api.dependencies import GuildId, IdempotencyKeyDep, ServicesDep, SettingsEditor
from guildbase.platform.configuration.controller.transfer import Imported, TransferController
from guildbase.platform.configuration.export_document import export_text, read_export
from guildbase.platform.configuration.import_plan import Change, ImportPlan, Replaced
from guildbase.platform.configuration.models import MAX_REASON

router = APIRouter()

MOST_CHANGES = 1_000
"""Differences that one answer shows."""
Sections = Annotated[
    list[Annotated[str, Field(max_length=100)]] | None,
    Query(max_length=200, description="Only these sections of the export.", examples=[["settings.guilds"]]),
]
_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
}


class ChangeOut(BaseModel):
    """One difference that an import makes."""

    path: str = Field(examples=["settings.guilds.prefix"])
    kind: Literal["added", "changed", "removed"]
    before: Any = None
    after: Any = None

    @classmethod
    def of(cls, change: Change) -> ChangeOut:
        """Return the shape of the difference."""
        return cls(path=change.path, kind=change.kind, before=change.before, after=change.after)


class ReplacedOut(BaseModel):
    """A role or channel of the other server, and the one of the same name here."""

    kind: str = Field(examples=["role"])
    name: str
    old_id: str = Field(examples=["1128754567890123457"])
    new_id: str = Field(examples=["1128754567890123458"])

    @classmethod
    def of(cls, replaced: Replaced) -> ReplacedOut:
        """Return the shape of the pair."""
        return cls(kind=replaced.refers, name=replaced.named.name, old_id=str(replaced.old), new_id=str(replaced.new))


class SectionOut(BaseModel):
    """How much an import changes in one section."""

    name: str = Field(examples=["settings.guilds"])
    change_count: int


class ImportOut(BaseModel):
    """What an import does, or would do."""

    is_done: bool
    change_count: int
    left_out: dict[str, str] = Field(description="What cannot be taken in, by place, each with the reason.")
    is_refused: bool = Field(default=False, description="Whether nothing would be done, unless `leave_out` is given.")
    fingerprint: str = Field(default="", description="Give it with the import, so that it does this and nothing else.")
    sections: list[SectionOut] = Field(default=[], description="What is in the export; only of a dry run.")
    changes: list[ChangeOut] = Field(default=[], description=f"The first {MOST_CHANGES}; only of a dry run.")
    replaced: list[ReplacedOut] = Field(default=[], description="Ids that have others here; only of a dry run.")

    @classmethod
    def planned(cls, plan: ImportPlan) -> ImportOut:
        """Return the shape of a plan."""
        return cls(
            is_done=False,
            change_count=len(plan.changes),
            left_out=dict(plan.obstacles),
            is_refused=plan.is_refused,
            fingerprint=plan.fingerprint,
            sections=[SectionOut(name=it.name, change_count=len(it.changes)) for it in plan.sections],
            changes=[ChangeOut.of(change) for change in plan.changes[:MOST_CHANGES]],
            replaced=[ReplacedOut.of(replaced) for replaced in plan.replaced],
        )

    @classmethod
    def done(cls, imported: Imported) -> ImportOut:
        """Return the shape of an import that is done."""
        return cls(is_done=True, change_count=imported.changes, left_out=imported.left_out)


@router.get("/guilds/{guild_id}/export", operation_id="export_guild")
async def export_guild(guild_id: GuildId, services: ServicesDep, caller: SettingsEditor) -> Response:
    """Return all that is configured in a server as one document, which an import takes."""
    transfer = services.get(TransferController)
    document = await transfer.export(caller, guild_id, await transfer.directory(caller, guild_id))
    headers = {"Content-Disposition": f'attachment; filename="guildbase-{guild_id}.json"'}
    return Response(export_text(document), media_type="application/json", headers=headers)


@router.post("/guilds/{guild_id}/import", operation_id="import_guild", openapi_extra=_BODY)
async def import_guild(
    request: Request,
    guild_id: GuildId,
    services: ServicesDep,
    caller: SettingsEditor,
    key: IdempotencyKeyDep,
    dry_run: Annotated[bool, Query(description="Only tell what would be done.")] = False,
    leave_out: Annotated[bool, Query(description="Leave out what cannot be taken in, and import the rest.")] = False,
    fingerprint: Annotated[str | None, Query(max_length=64, description="That of the dry run.")] = None,
    sections: Sections = None,
    reason: Annotated[str, Query(max_length=MAX_REASON)] = "",
) -> ImportOut:
    """Make the server's configuration what the export in the body says: all of it, or nothing; 409 if it changed."""
    document, transfer = read_export(await request.body()), services.get(TransferController)
    directory = await transfer.directory(caller, guild_id)
    if dry_run:
        plan = await transfer.plan(caller, guild_id, document, directory, leave_out=leave_out, only=sections)
        return ImportOut.planned(plan)
    imported = await transfer.apply(
        caller, guild_id, document, directory,
        leave_out=leave_out, only=sections, fingerprint=fingerprint, reason=reason, key=key,
    )  # fmt: skip
    return ImportOut.done(imported)
