"""A user's cases are kept for the next look, and every way to change one is seen by that look."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from guildbase.core.errors import PermissionDenied
from guildbase.core.events import EventBus
from guildbase.core.ports import SYSTEM, Caller
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.core.targets import Target
from guildbase.features.moderation.controller import ModerationController
from guildbase.features.moderation.events import CaseOpened
from guildbase.features.moderation.kinds import NoticeState
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.privacy.controller import PrivacyController
from guildbase.platform.privacy.models import ErasureScope
from guildbase.services.assembly import assemble
from guildbase.services.cache import CacheService
from guildbase.services.container import BotServices
from guildbase.services.pubsub import PubSub
from tests.factories import moderator, new_id
from tests.waiting import until


@pytest.fixture
async def running(backing: dict[str, Any], settings: Settings, registry: FeatureRegistry) -> AsyncIterator[BotServices]:
    """Services that hear of changes, in both forms of the cache."""
    services = assemble(settings, registry)
    await services.start()
    await until(lambda: services.get(PubSub).is_live)
    yield services
    await services.close()


@pytest.fixture
def moderation(running: BotServices) -> ModerationController:
    return running.get(ModerationController)


async def warn(moderation: ModerationController, by: Caller, guild_id: int, user_id: int, reason: str) -> int:
    target = Target(user_id, "fern", 0, False, False)
    return (await moderation.open_case(by, guild_id, target, reason)).case.number


async def reasons(moderation: ModerationController, guild_id: int, user_id: int) -> list[str]:
    return [case.reason for case in await moderation.cases_of(SYSTEM, guild_id, user_id)]


async def test_the_second_look_reads_no_database_and_a_new_case_is_in_the_third(
    running: BotServices, moderation: ModerationController
) -> None:
    guild_id, user_id, cache = new_id(), new_id(), running.get(CacheService)
    await running.get(GuildController).join(guild_id)
    by = moderator(guild_id)
    assert await reasons(moderation, guild_id, user_id) == []
    await warn(moderation, by, guild_id, user_id, "Spam")
    first = await moderation.cases_of(by, guild_id, user_id)
    misses = cache.stats().misses
    assert await moderation.cases_of(by, guild_id, user_id) is first
    assert cache.stats().misses == misses
    await warn(moderation, by, guild_id, user_id, "Scam")
    assert await reasons(moderation, guild_id, user_id) == ["Scam", "Spam"]
    assert await reasons(moderation, guild_id, new_id()) == []


async def test_a_case_that_is_opened_in_steps_is_seen_too(
    running: BotServices, moderation: ModerationController
) -> None:
    guild_id, user_id = new_id(), new_id()
    await running.get(GuildController).join(guild_id)

    async def overhear(_event: CaseOpened, _work: object) -> None:
        return

    running.get(EventBus).inside(CaseOpened, overhear)
    assert await reasons(moderation, guild_id, user_id) == []
    await warn(moderation, moderator(guild_id), guild_id, user_id, "Spam")
    assert await reasons(moderation, guild_id, user_id) == ["Spam"]


async def test_what_became_of_the_notice_is_seen(running: BotServices, moderation: ModerationController) -> None:
    guild_id, user_id = new_id(), new_id()
    await running.get(GuildController).join(guild_id)
    number = await warn(moderation, moderator(guild_id), guild_id, user_id, "Spam")
    [case] = await moderation.cases_of(SYSTEM, guild_id, user_id)
    assert case.notice is NoticeState.PENDING
    await moderation.confirm_case(SYSTEM, guild_id, number, NoticeState.DELIVERED)
    [case] = await moderation.cases_of(SYSTEM, guild_id, user_id)
    assert case.notice is NoticeState.DELIVERED


async def test_rights_are_judged_before_the_cache(running: BotServices, moderation: ModerationController) -> None:
    guild_id, user_id = new_id(), new_id()
    await running.get(GuildController).join(guild_id)
    await moderation.cases_of(SYSTEM, guild_id, user_id)
    with pytest.raises(PermissionDenied):
        await moderation.cases_of(Caller(user_id, guild_id), guild_id, user_id)
    with pytest.raises(PermissionDenied):
        await moderation.cases_of(moderator(new_id()), guild_id, user_id)


@pytest.mark.parametrize("scope", [ErasureScope.USER, ErasureScope.GUILD])
async def test_after_an_erasure_nothing_is_left_in_the_cache(
    running: BotServices, moderation: ModerationController, scope: ErasureScope
) -> None:
    guild_id, user_id = new_id(), new_id()
    await running.get(GuildController).join(guild_id)
    await warn(moderation, moderator(guild_id), guild_id, user_id, "Canary")
    assert await reasons(moderation, guild_id, user_id) == ["Canary"]
    privacy = running.get(PrivacyController)
    await erase(privacy, scope, user_id if scope is ErasureScope.USER else guild_id)
    assert await reasons(moderation, guild_id, user_id) == []


async def erase(privacy: PrivacyController, scope: ErasureScope, subject_id: int) -> None:
    key = await privacy.request_erasure(SYSTEM, scope, subject_id)
    await privacy.finish(key)
