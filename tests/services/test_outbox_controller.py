"""Operators see what became of promised effects, and have those that failed tried again."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select
from sqlmodel import col

from guildbase.core.errors import Conflict, NotFound, PermissionDenied
from guildbase.core.ports import SYSTEM
from guildbase.database.manager import DatabaseManager
from guildbase.platform.telemetry.models import AuditEntry
from guildbase.services.container import BotServices
from guildbase.services.outbox import EffectState, Outbox
from guildbase.services.outbox.controller import RETRIED, OutboxController
from tests.factories import moderator, new_id


@pytest.fixture
def controller(services: BotServices) -> OutboxController:
    return services.get(OutboxController)


async def _failed(services: BotServices, kind: str = "test.kind", guild_id: int | None = None) -> int:
    outbox = services.get(Outbox)
    async with services.get(DatabaseManager).transaction() as work:
        effect_id = await outbox.promise(work, kind, {}, guild_id=guild_id)
    [effect] = await outbox.claim("w")
    await outbox.failed(effect, "Missing Access")
    return effect_id


async def test_effects_are_listed_by_state_and_kind_the_latest_first(
    services: BotServices, controller: OutboxController
) -> None:
    first, second, third = [await _failed(services, kind) for kind in ("test.one", "test.two", "test.two")]
    async with services.get(DatabaseManager).transaction() as work:
        waiting = await services.get(Outbox).promise(work, "test.two", {}, guild_id=None)
    listed = controller.effects
    assert [it.effect_id for it in await listed(SYSTEM)] == [waiting, third, second, first]
    assert [it.effect_id for it in await listed(SYSTEM, state=EffectState.FAILED, limit=2)] == [third, second]
    assert [it.effect_id for it in await listed(SYSTEM, kind="test.one")] == [first]
    assert [it.error for it in await listed(SYSTEM, kind="test.one")] == ["Missing Access"]


async def test_a_failed_effect_is_tried_again_at_once_and_the_audit_says_so(
    services: BotServices, controller: OutboxController
) -> None:
    outbox, guild_id, wake = services.get(Outbox), new_id(), asyncio.Event()
    effect_id = await _failed(services, guild_id=guild_id)
    outbox.wake_on_promise(wake)
    await controller.retry(SYSTEM, effect_id)
    assert wake.is_set()
    [again] = await outbox.claim("w")
    assert (again.id, again.attempts) == (effect_id, 1)
    async with services.get(DatabaseManager).read_session() as session:
        entries = select(AuditEntry).where(col(AuditEntry.action) == RETRIED)
        [entry] = (await session.execute(entries)).scalars().all()
    assert (entry.guild_id, entry.details) == (guild_id, {"effect": effect_id})


async def test_only_what_failed_can_be_tried_again(services: BotServices, controller: OutboxController) -> None:
    effect_id = await _failed(services)
    await controller.retry(SYSTEM, effect_id)
    with pytest.raises(Conflict, match="has not failed: it is pending"):
        await controller.retry(SYSTEM, effect_id)
    with pytest.raises(NotFound, match="There is no effect 12345"):
        await controller.retry(SYSTEM, 12345)


async def test_only_the_operator_may(services: BotServices, controller: OutboxController) -> None:
    effect_id, caller = await _failed(services), moderator(new_id())
    with pytest.raises(PermissionDenied):
        await controller.effects(caller)
    with pytest.raises(PermissionDenied):
        await controller.retry(caller, effect_id)
    assert await services.get(Outbox).state(effect_id) is EffectState.FAILED
