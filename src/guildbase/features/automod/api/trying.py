"""The route that tries the rules, without anything being done."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from guildbase.api.dependencies import GuildId, GuildVisitor, ServicesDep
from guildbase.core.clock import utcnow
from guildbase.core.i18n import _
from guildbase.core.ports import Caller, GuildSnapshots
from guildbase.features.automod.controller import EnforcementController
from guildbase.features.automod.engine.facts import Facts, Hit
from guildbase.features.automod.kinds import Punishing
from guildbase.features.automod.past import PastMessages
from guildbase.features.automod.plan import plan_of
from guildbase.features.automod.rules import require_reader
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices

router = APIRouter()


class AutomodTestIn(BaseModel):
    """A text, as a member without roles would write it, or a message that was written."""

    model_config = ConfigDict(extra="forbid")

    content: str | None = Field(None, min_length=1, max_length=4000)
    message: str | None = Field(None, max_length=200, description="The link of a message of this server.")

    @model_validator(mode="after")
    def _is_one(self) -> AutomodTestIn:
        if (self.content is None) == (self.message is None):
            raise ValueError(_("give either a text or the link of a message"))
        return self


class AutomodHitOut(BaseModel):
    """A rule that the text breaks."""

    number: int
    name: str
    matched: str
    is_dry_run: bool
    effects: list[str]


class AutomodTestOut(BaseModel):
    """What the rules say of a text; nothing was done."""

    content: str = Field(description="What was looked at.")
    user_id: str | None = Field(description="Who wrote it; null for a text that nobody wrote.")
    user_name: str
    broken: list[AutomodHitOut]
    spared: dict[str, str] = Field(description="Rules whose trigger found something, and why they do not count.")
    punishment: Punishing | None = Field(description="Of all punishments the strongest, which would be done.")
    points: int = Field(description="What the member would get.")


@router.post("/guilds/{guild_id}/automod/test", operation_id="test_automod")
async def test_rules(
    guild_id: GuildId, body: AutomodTestIn, services: ServicesDep, caller: GuildVisitor
) -> AutomodTestOut:
    """Tell which rules a text or a past message would break; nothing is done."""
    await services.get(GuildController).require(guild_id)
    require_reader(caller, guild_id)
    facts = await _facts(services, caller, guild_id, body)
    snapshot = await services.get(GuildSnapshots).load(guild_id)
    _engine, decision = await services.get(EnforcementController).explain(caller, snapshot, facts)
    plan = plan_of([hit for hit in decision.hits if not hit.rule.is_dry_run], facts)
    return AutomodTestOut(
        content=facts.content,
        user_id=str(facts.user_id) if facts.user_id else None,
        user_name=facts.user_name,
        broken=[_hit(hit) for hit in decision.hits],
        spared={str(number): why for number, why in decision.notes.items()},
        punishment=None if plan.punishment is None else plan.punishment.kind,
        points=plan.points,
    )


async def _facts(services: BotServices, caller: Caller, guild_id: int, body: AutomodTestIn) -> Facts:
    if body.message is None:
        return Facts(body.content or "", utcnow(), guild_id=guild_id)
    return Facts(**asdict(await services.get(PastMessages).read(caller, guild_id, body.message)))


def _hit(hit: Hit) -> AutomodHitOut:
    return AutomodHitOut(
        number=hit.rule.number,
        name=hit.rule.name,
        matched=hit.found.matched,
        is_dry_run=hit.rule.is_dry_run,
        effects=[effect.type for effect in hit.rule.document.effects],
    )
