"""Giving access and taking it back, on both databases."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, InvalidInput, PermissionDenied
from guildbase.core.ports import ADMINISTRATOR, SYSTEM, Caller
from guildbase.core.registry import FeatureRegistry
from guildbase.core.rights import ALL, Right, closure
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.platform.access.controller import FIND_INSTALLER, AccessController, GrantNotFound
from guildbase.platform.access.grants import Grant, Holder
from guildbase.platform.access.models import AccessGrant, GrantSource, HolderKind
from guildbase.platform.guilds.controller import GuildController, GuildNotFound
from guildbase.platform.guilds.events import GuildJoined
from guildbase.platform.privacy.controller import PrivacyController
from guildbase.platform.privacy.models import ErasureScope
from guildbase.platform.telemetry.controller import AuditController
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.outbox import Outbox
from guildbase.services.pubsub import PubSub
from tests.factories import member, new_id
from tests.waiting import until

GUIDE = Path(__file__).parents[3] / "docs/guides/access.md"


@pytest.fixture
def access(services: BotServices) -> AccessController:
    return services.get(AccessController)


@pytest.fixture
async def guild_id(services: BotServices) -> int:
    made = new_id()
    await services.get(GuildController).join(made)
    return made


def owner_of(guild_id: int) -> Caller:
    return member(guild_id, is_guild_owner=True)


def person(of: Caller) -> Holder:
    assert of.user_id is not None
    return Holder(HolderKind.USER, of.user_id)


async def handed_down(
    access: AccessController, guild_id: int, *people: Caller, right: Right = Right.OWNER
) -> list[Grant]:
    """Let the owner give the first one access, the first one the second, and so on."""
    givers = (owner_of(guild_id), *people)
    return [await access.grant(giver, guild_id, person(to), right) for giver, to in zip(givers, people, strict=False)]


async def test_what_was_given_counts_at_once_and_is_kept_with_giver_and_reason(
    access: AccessController, guild_id: int, services: BotServices
) -> None:
    ada, owner = member(guild_id), owner_of(guild_id)
    assert await access.rights_of(ada, guild_id) == Right.NONE
    given = await access.grant(owner, guild_id, person(ada), Right.MODERATE, reason=" helps ")
    assert await access.rights_of(ada, guild_id) == closure(Right.MODERATE)
    [row] = await access.rows(owner, guild_id)
    assert (row.number, row.given_by_id, row.reason, row.source) == (given.number, owner.user_id, "helps", "given")
    [entry, *_] = await services.get(AuditController).entries(SYSTEM, guild_id)
    assert (entry.action, entry.actor_id, entry.target_id) == ("access.grant", owner.user_id, ada.user_id)
    assert entry.details["rights"] == ["moderate"]


async def test_the_same_giver_changes_what_they_gave(access: AccessController, guild_id: int) -> None:
    ada, owner, soon = member(guild_id), owner_of(guild_id), utcnow() + timedelta(hours=1)
    first = await access.grant(owner, guild_id, person(ada), Right.MODERATE, expires_at=soon)
    more = await access.grant(owner, guild_id, person(ada), Right.VIEW_AUDIT, adds=True)
    assert (more.number, more.rights, more.expires_at) == (first.number, Right.MODERATE | Right.VIEW_AUDIT, soon)
    less = await access.grant(owner, guild_id, person(ada), Right.VIEW_CASES)
    assert (less.number, less.rights, less.expires_at) == (first.number, Right.VIEW_CASES, None)
    assert await access.rights_of(ada, guild_id) == Right.VIEW_CASES
    assert len(await access.rows(owner, guild_id)) == 1


async def test_what_hangs_on_a_grant_ends_with_it(
    access: AccessController, guild_id: int, services: BotServices, database_url: str
) -> None:
    people = [member(guild_id) for _ in range(3)]
    grants = await handed_down(access, guild_id, *people)
    assert [grant.parent for grant in grants] == [None, *(grant.number for grant in grants[:2])]
    assert [await access.rights_of(one, guild_id) for one in people] == [ALL] * 3
    ended = await access.revoke(owner_of(guild_id), guild_id, grants[1].number, reason="moved on")
    assert [grant.number for grant in ended] == [grants[1].number, grants[2].number]
    assert [await access.rights_of(one, guild_id) for one in people] == [ALL, Right.NONE, Right.NONE]
    entries = await services.get(AuditController).entries(SYSTEM, guild_id)
    revoked = [entry for entry in entries if entry.action == "access.revoke"]
    assert {entry.target_id for entry in revoked} == {one.user_id for one in people[1:]}
    assert {entry.reason for entry in revoked} == {"moved on"}


async def test_regression_numbers_are_not_given_out_again(access: AccessController, guild_id: int) -> None:
    [first] = await handed_down(access, guild_id, member(guild_id))
    await access.revoke(owner_of(guild_id), guild_id, first.number)
    [second] = await handed_down(access, guild_id, member(guild_id))
    assert second.number == first.number + 1


async def test_what_may_not_be_given_changes_nothing(access: AccessController, guild_id: int) -> None:
    ada, bob = member(guild_id), member(guild_id)
    await handed_down(access, guild_id, ada, right=Right.MANAGE_ACCESS)
    before = await access.rows(SYSTEM, guild_id)
    with pytest.raises(PermissionDenied, match="only hand on what you hold"):
        await access.grant(ada, guild_id, person(bob), Right.MODERATE)
    with pytest.raises(PermissionDenied, match="may not give"):
        await access.grant(member(guild_id, permissions=ADMINISTRATOR), guild_id, person(bob), Right.VIEW_CASES)
    with pytest.raises(InvalidInput) as refused:
        too_late = utcnow() - timedelta(seconds=1)
        await access.grant(
            ada, guild_id, Holder(HolderKind.ROLE, guild_id), Right.EDIT_SETTINGS, expires_at=too_late, reason="x" * 301
        )
    assert set(refused.value.problems) == {"holder", "expires_at", "reason"}
    assert await access.rows(SYSTEM, guild_id) == before


async def test_nothing_is_given_where_the_bot_never_was(access: AccessController) -> None:
    with pytest.raises(GuildNotFound):
        await access.grant(SYSTEM, new_id(), person(member(1)), Right.MODERATE)


async def test_a_grant_of_another_server_is_not_found(
    access: AccessController, guild_id: int, services: BotServices
) -> None:
    ada, elsewhere = member(guild_id), new_id()
    await services.get(GuildController).join(elsewhere)
    await handed_down(access, guild_id, member(guild_id), ada)
    [grant] = await handed_down(access, elsewhere, member(elsewhere))
    await access.revoke(owner_of(elsewhere), elsewhere, grant.number)
    for taken in (access.revoke(SYSTEM, elsewhere, 2), access.revoke_holder(SYSTEM, elsewhere, ada.user_id or 0)):
        with pytest.raises(GrantNotFound):
            await taken
    assert len(await access.rows(SYSTEM, guild_id)) == 2


async def test_somebody_elses_access_is_not_taken_back(access: AccessController, guild_id: int) -> None:
    ada, bob, eve = (member(guild_id) for _ in range(3))
    grants = await handed_down(access, guild_id, ada, bob, right=Right.MANAGE_ACCESS)
    for caller, grant in ((eve, grants[0]), (bob, grants[0])):
        with pytest.raises(PermissionDenied):
            await access.revoke(caller, guild_id, grant.number)
    with pytest.raises(PermissionDenied):
        await access.revoke_holder(bob, guild_id, ada.user_id or 0)
    await access.revoke(bob, guild_id, grants[1].number)
    assert await access.rights_of(bob, guild_id) == Right.NONE


async def test_all_access_of_somebody_ends_at_once(access: AccessController, guild_id: int) -> None:
    ada, bob = member(guild_id), member(guild_id)
    await handed_down(access, guild_id, ada, bob)
    await access.grant(owner_of(guild_id), guild_id, person(bob), Right.MODERATE)
    ended = await access.revoke_holder(ada, guild_id, bob.user_id or 0)
    assert [grant.holder for grant in ended] == [person(bob)] * 2
    assert await access.rights_of(bob, guild_id) == Right.NONE


async def test_the_last_owner_stays_but_for_the_owner_of_the_server(access: AccessController, guild_id: int) -> None:
    ada = member(guild_id)
    assert await access.grant_installer(guild_id, ada.user_id or 0, GrantSource.INSTALLER)
    for caller in (ada, SYSTEM):
        with pytest.raises(Conflict, match="last one"):
            await access.revoke(caller, guild_id, 1)
    with pytest.raises(InvalidInput, match="last one"):
        await access.grant(SYSTEM, guild_id, person(ada), Right.MODERATE)
    await access.revoke(owner_of(guild_id), guild_id, 1)
    assert await access.rows(SYSTEM, guild_id) == []


async def test_the_installer_owns_the_dashboard_unless_somebody_does_already(
    access: AccessController, guild_id: int
) -> None:
    ada, bob = member(guild_id), member(guild_id)
    assert await access.grant_installer(guild_id, ada.user_id or 0, GrantSource.INSTALLER)
    assert not await access.grant_installer(guild_id, ada.user_id or 0, GrantSource.INSTALLER)
    assert not await access.grant_installer(guild_id, bob.user_id or 0, GrantSource.OWNER)
    [row] = await access.rows(SYSTEM, guild_id)
    assert (row.holder_id, row.source, row.given_by_id) == (ada.user_id, GrantSource.INSTALLER, None)


async def test_two_at_once_are_one_installer(access: AccessController, guild_id: int) -> None:
    made = await asyncio.gather(*(access.grant_installer(guild_id, new_id(), GrantSource.INSTALLER) for _ in range(8)))
    assert sum(made) == 1
    assert len(await access.rows(SYSTEM, guild_id)) == 1


async def test_the_installer_is_promised_with_the_first_row_of_the_guild_or_not_at_all(
    access: AccessController, services: BotServices
) -> None:
    guilds, database = services.get(GuildController), services.get(DatabaseManager)

    async def promised() -> list[tuple[int | None, dict[str, Any]]]:
        claimed = await services.get(Outbox).claim("test")
        return [(it.guild_id, it.payload) for it in claimed if it.kind == FIND_INSTALLER]

    stop = database.events.inside(GuildJoined, access.promise_installer)
    first, second = new_id(), new_id()
    await guilds.join(first)
    assert await promised() == [(first, {"is_recent": True})]

    async def fails(_event: GuildJoined, _work: Any) -> None:
        raise RuntimeError("the process dies")

    stop_failing = database.events.inside(GuildJoined, fails)
    with pytest.raises(RuntimeError):
        await guilds.join(second)
    assert await promised() == []
    stop_failing()
    await guilds.join(second)
    assert await promised() == [(second, {"is_recent": True})]
    stop()
    await guilds.join(new_id())
    assert await promised() == []


async def test_the_owners_access_goes_with_the_ownership(access: AccessController, guild_id: int) -> None:
    old, new, helper = (member(guild_id) for _ in range(3))
    await access.grant_installer(guild_id, old.user_id or 0, GrantSource.OWNER)
    await access.grant(old, guild_id, person(helper), Right.MODERATE)
    assert await access.to_look_at([guild_id]) == [(guild_id, old.user_id, True)]
    await access.ownership_moved(guild_id, new.user_id or 0)
    assert await access.to_look_at([guild_id]) == [(guild_id, new.user_id, True)]
    rights = [await access.rights_of(one, guild_id) for one in (old, new, helper)]
    assert rights == [Right.NONE, ALL, closure(Right.MODERATE)]


async def test_what_hangs_on_somebody_has_no_effect_while_they_are_away(
    access: AccessController, guild_id: int, services: BotServices
) -> None:
    ada, bob = member(guild_id), member(guild_id)
    await handed_down(access, guild_id, ada, bob)
    entries = services.get(AuditController).entries
    before = len(await entries(SYSTEM, guild_id))
    await access.member_moved(guild_id, new_id(), is_away=True)  # Somebody who holds nothing.
    await access.member_moved(guild_id, ada.user_id or 0, is_away=False)  # Was never away.
    assert len(await entries(SYSTEM, guild_id)) == before
    await access.member_moved(guild_id, ada.user_id or 0, is_away=True)
    assert await access.rights_of(bob, guild_id) == Right.NONE
    assert await access.to_look_at([guild_id]) == [(guild_id, ada.user_id, False)]
    assert await access.to_look_at([new_id()]) == []
    await access.member_moved(guild_id, ada.user_id or 0, is_away=False)
    assert await access.rights_of(bob, guild_id) == ALL
    assert [it.action for it in (await entries(SYSTEM, guild_id))[:2]] == ["access.member_back", "access.member_left"]


async def test_the_guides_example_tells_who_may_see_cases(
    access: AccessController, guild_id: int, services: BotServices
) -> None:
    [example] = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    names: dict[str, Any] = {"BotServices": BotServices, "Caller": Caller}
    exec(example, names)  # noqa: S102 - it is our own page.
    ada = member(guild_id)
    assert not await names["may_see_cases"](services, ada, guild_id)
    await access.grant(owner_of(guild_id), guild_id, person(ada), Right.MODERATE)
    assert await names["may_see_cases"](services, ada, guild_id)
    assert not await names["may_see_cases"](services, Caller(user_id=ada.user_id), guild_id)


async def test_who_may_see_and_explain_whose_access(access: AccessController, guild_id: int) -> None:
    ada, bob = member(guild_id), member(guild_id)
    await handed_down(access, guild_id, ada)
    for denied in (access.rows(bob, guild_id), access.explain(bob, guild_id, ada), access.seen_by(bob, guild_id)):
        with pytest.raises(PermissionDenied):
            await denied
    assert (await access.explain(bob, guild_id, bob)).rights == Right.NONE
    assert (await access.explain(ada, guild_id, bob)).rights == Right.NONE
    assert (await access.explain(SYSTEM, guild_id, ada)).rights == ALL


async def test_erasing_a_person_ends_what_they_held_and_gave(
    access: AccessController, guild_id: int, services: BotServices
) -> None:
    ada, bob, cal = (member(guild_id) for _ in range(3))
    await handed_down(access, guild_id, ada, bob, cal)
    await access.access(guild_id)
    privacy = services.get(PrivacyController)
    await privacy.finish(await privacy.request_erasure(SYSTEM, ErasureScope.USER, bob.user_id or 0))
    async with services.get(DatabaseManager).read_session() as session:
        rows = await AccessGrant.get_multi(session)
    assert [(row.holder_id, row.given_by_id == ada.user_id) for row in rows] == [(ada.user_id, False)]


async def test_what_is_taken_back_in_one_process_is_gone_in_another(
    redis_settings: dict[str, Any], database_url: str, registry: FeatureRegistry
) -> None:
    settings = Settings(database_url=database_url, database_pool_timeout=30, **redis_settings)
    one, two = assemble(settings, registry), assemble(settings, registry)
    try:
        for process in (one, two):
            await process.start()
            await until(lambda process=process: process.get(PubSub).is_live)  # type: ignore[misc]
        guild_id = new_id()
        ada = member(guild_id)
        await one.get(GuildController).join(guild_id)
        [grant] = await handed_down(one.get(AccessController), guild_id, ada)
        assert await two.get(AccessController).rights_of(ada, guild_id) == ALL
        await one.get(AccessController).revoke(owner_of(guild_id), guild_id, grant.number)

        async def is_gone() -> bool:
            return await two.get(AccessController).rights_of(ada, guild_id) == Right.NONE

        await until(is_gone)
    finally:
        await one.close()
        await two.close()
