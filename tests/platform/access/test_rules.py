"""What a grant is worth, who may give and who may take: the tree of rights and the trees of givers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from guildbase.core.ports import ADMINISTRATOR, SYSTEM, Caller
from guildbase.core.rights import ALL, CHILDREN, NAMES, Right, closure, heads, names
from guildbase.features.moderation import rules as moderation
from guildbase.platform.access import rules
from guildbase.platform.access.grants import Grant, GuildAccess, Holder, Loss
from guildbase.platform.access.models import GrantSource, HolderKind
from guildbase.platform.guilds import rules as guilds

GUILD = 1 << 30
NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
ADA, BOB, CAL, DAN, EVE, FAY = range(GUILD + 1, GUILD + 7)
ROLE = GUILD + 10


def person(user_id: int) -> Holder:
    return Holder(HolderKind.USER, user_id)


def caller(user_id: int, **more: object) -> Caller:
    return replace(Caller(user_id=user_id, guild_id=GUILD), **more)  # type: ignore[arg-type]


def chain(*people: int, rights: Right = Right.OWNER) -> GuildAccess:
    """Return grants of which each hangs on the one before."""
    return GuildAccess(
        GUILD, (Grant(number, person(it), rights, number - 1 or None) for number, it in enumerate(people, 1))
    )


def changed(access: GuildAccess, number: int, **changes: object) -> GuildAccess:
    found = access.grants | {number: replace(access.grants[number], **changes)}  # type: ignore[arg-type]
    return GuildAccess(GUILD, found.values())


def new(
    access: GuildAccess, by: Caller, to: Holder, rights: Right = Right.VIEW_AUDIT, **more: object
) -> rules.NewGrant:
    plain = rules.NewGrant(by, access, to, rights, None, "", NOW)
    return replace(plain, **more)  # type: ignore[arg-type]


def refusals(wanted: rules.NewGrant) -> set[str]:
    return {violation.field for rule in rules.NEW_GRANT if (violation := rule(wanted))}


@pytest.mark.parametrize("right", list(Right), ids=str)
def test_a_right_includes_all_below_it_and_nothing_else(right: Right) -> None:
    below = [right]
    for step in below:
        below += list(CHILDREN.get(step, Right.NONE))
    assert closure(right) == sum(below, Right.NONE)
    assert heads(closure(right)) == [right]
    assert names(closure(right)) == [name for name, it in NAMES.items() if it is right]


def test_owning_includes_everything_that_has_a_name() -> None:
    assert sum(NAMES.values(), Right.NONE) == ALL == closure(Right.OWNER)
    assert len(NAMES) == len(Right)


def test_rights_of_a_newer_version_are_passed_over() -> None:
    assert names(Right(1 << 20) | Right.MODERATE) == ["moderate"]
    access = chain(ADA, rights=Right(1 << 20) | Right.MODERATE)
    assert rules.rights_of(access, caller(ADA), NOW) == closure(Right.MODERATE)


@pytest.mark.parametrize("level", range(8))
@pytest.mark.parametrize(
    "permissions", [0, guilds.MANAGE_GUILD, moderation.MODERATE_MEMBERS, rules.VIEW_AUDIT_LOG, ADMINISTRATOR]
)
def test_what_discord_gives_is_what_the_commands_go_by(permissions: int, level: int) -> None:
    asker = caller(ADA, permissions=permissions, level=level)
    found = rules.floor(asker, GUILD)
    assert (Right.EDIT_SETTINGS in found) is guilds.may_configure(asker, GUILD)
    assert (Right.MODERATE in found) is moderation.may_moderate(asker, GUILD)
    assert not found & (Right.OWNER | Right.MANAGE_ACCESS)
    assert rules.floor(asker, GUILD + 1) == Right.NONE


def test_the_owner_of_the_server_may_do_everything_there_and_nothing_elsewhere() -> None:
    owner = caller(ADA, is_guild_owner=True)
    assert rules.rights_of(GuildAccess(GUILD), owner, NOW) == ALL
    assert rules.rights_of(GuildAccess(GUILD + 1), owner, NOW) == Right.NONE
    assert rules.rights_of(GuildAccess(GUILD), SYSTEM, NOW) == ALL


def test_who_is_not_in_the_server_may_do_nothing() -> None:
    outside = Caller(user_id=ADA)
    assert rules.explain(chain(ADA), outside, NOW) == rules.Explained(Right.NONE, Right.NONE)
    assert rules.own_grants(chain(ADA), outside, Right.VIEW_AUDIT, NOW) == []
    assert not rules.may_revoke(chain(ADA), outside, chain(ADA).grants[1], NOW)


def test_no_access_counts_during_a_time_out() -> None:
    held = caller(ADA, is_timed_out=True)
    assert rules.explain(chain(ADA), held, NOW) == rules.Explained(Right.NONE, Right.NONE, is_timed_out=True)
    assert refusals(new(chain(ADA), held, person(BOB))) == {"caller"}
    assert not rules.may_see(chain(ADA), held, NOW)
    assert not rules.may_revoke(chain(ADA, BOB), held, chain(ADA, BOB).grants[2], NOW)


def test_a_role_gives_its_members_rights() -> None:
    access = GuildAccess(GUILD, [Grant(1, Holder(HolderKind.ROLE, ROLE), Right.MODERATE)])
    assert rules.rights_of(access, caller(ADA, role_ids=frozenset({ROLE})), NOW) == closure(Right.MODERATE)
    assert rules.rights_of(access, caller(ADA, role_ids=frozenset({ROLE + 1})), NOW) == Right.NONE
    # An id says nothing without its kind.
    assert rules.rights_of(access, caller(ROLE), NOW) == Right.NONE


@pytest.mark.parametrize(
    ("place", "mine", "theirs"), list(product(range(1, 4), *[[Right.OWNER, Right.EDIT_SETTINGS]] * 2))
)
def test_a_grant_is_worth_at_most_what_it_hangs_on(place: int, mine: Right, theirs: Right) -> None:
    access = changed(chain(ADA, BOB, CAL, rights=mine), place, rights=theirs)
    worth = rules.rights_of(access, caller(CAL), NOW)
    assert worth == closure(mine) & closure(theirs)


@pytest.mark.parametrize("place", range(1, 4))
def test_what_ends_or_is_away_takes_all_below_with_it_and_nothing_above(place: int) -> None:
    for loss, changes in ((Loss.RAN_OUT, {"expires_at": NOW}), (Loss.AWAY, {"is_away": True})):
        access = changed(chain(ADA, BOB, CAL), place, **changes)
        for number, user in enumerate((ADA, BOB, CAL), 1):
            explained = rules.explain(access, caller(user), NOW)
            # Who asks is here, whatever was noted.
            is_lost = number > place or (number == place and loss is Loss.RAN_OUT)
            assert explained.rights == (Right.NONE if is_lost else ALL)
            [(grant, worth, lost)] = explained.grants
            assert (grant.number, worth) == (number, explained.rights)
            assert lost == ((access.grants[place], loss) if is_lost else None)


def test_a_grant_counts_until_the_very_moment_of_its_end() -> None:
    access = changed(chain(ADA), 1, expires_at=NOW + timedelta(microseconds=1))
    assert rules.rights_of(access, caller(ADA), NOW) == ALL
    assert rules.rights_of(access, caller(ADA), NOW + timedelta(microseconds=1)) == Right.NONE


def test_rights_that_the_giver_lost_are_lost_without_anything_having_run_out() -> None:
    access = changed(chain(ADA, BOB, rights=Right.MODERATE), 1, rights=Right.VIEW_AUDIT)
    [(_, worth, lost)] = rules.explain(access, caller(BOB), NOW).grants
    assert (worth, lost) == (Right.NONE, None)


def test_the_owner_gives_in_the_name_of_the_server_and_others_by_their_own_grant() -> None:
    access = chain(ADA, BOB)
    assert new(access, caller(CAL, is_guild_owner=True), person(DAN)).parent is None
    assert new(access, SYSTEM, person(DAN)).parent is None
    parent = new(access, caller(BOB), person(DAN)).parent
    assert parent is access.grants[2]
    assert refusals(new(access, caller(BOB), person(DAN))) == set()


def test_of_several_own_grants_the_one_that_is_worth_it_and_hangs_highest_is_used() -> None:
    access = GuildAccess(
        GUILD,
        [
            Grant(1, person(ADA), Right.OWNER),
            Grant(2, person(BOB), Right.OWNER, 1),
            Grant(3, person(BOB), Right.MANAGE_ACCESS),
        ],
    )
    assert getattr(new(access, caller(BOB), person(CAL), Right.MODERATE).parent, "number", None) == 2
    assert getattr(new(access, caller(BOB), person(CAL), Right.EDIT_SETTINGS).parent, "number", None) == 3


def test_nobody_gives_what_they_do_not_hold() -> None:
    manager = chain(ADA, rights=Right.MANAGE_ACCESS)
    assert refusals(new(manager, caller(ADA), person(BOB), Right.EDIT_SETTINGS)) == set()
    assert refusals(new(manager, caller(ADA), person(BOB), Right.MODERATE)) == {"rights"}
    assert refusals(new(manager, caller(ADA), person(BOB), Right.OWNER)) == {"rights"}
    for nobody in (caller(BOB), caller(BOB, permissions=ADMINISTRATOR), caller(BOB, level=7)):
        assert refusals(new(manager, nobody, person(CAL))) == {"caller"}
    elsewhere = Caller(user_id=ADA, guild_id=GUILD + 1, is_guild_owner=True)
    assert refusals(new(manager, elsewhere, person(CAL))) == {"caller"}


def test_access_goes_to_people_and_roles_that_can_use_it() -> None:
    access, owner = chain(ADA), caller(ADA)
    everyone, role = Holder(HolderKind.ROLE, GUILD), Holder(HolderKind.ROLE, ROLE)
    assert refusals(new(access, owner, person(ADA))) == {"holder"}
    assert refusals(new(access, owner, person(BOB), is_bot=True)) == {"holder"}
    assert refusals(new(access, owner, everyone)) == {"holder"}
    assert refusals(new(access, owner, role, Right.MODERATE)) == set()
    assert refusals(new(access, owner, role, Right.MANAGE_ACCESS)) == {"rights"}
    assert refusals(new(access, owner, role, Right.OWNER)) == {"rights"}


def test_a_grant_holds_something_known_and_ends_in_time() -> None:
    access = changed(chain(ADA), 1, expires_at=NOW + HOUR)
    assert "rights" in refusals(new(access, caller(ADA), person(BOB), Right.NONE))
    for end, fits in ((NOW, False), (NOW + HOUR, True), (NOW + 2 * HOUR, False)):
        assert (not refusals(new(access, caller(ADA), person(BOB), expires_at=end))) is fits
    assert refusals(new(chain(ADA), caller(ADA), person(BOB), expires_at=NOW + 999 * HOUR)) == set()
    root = caller(CAL, is_guild_owner=True)
    assert refusals(new(access, root, person(BOB), expires_at=NOW + 2 * HOUR)) == set()


def test_access_is_handed_on_a_few_times_only() -> None:
    people = (ADA, BOB, CAL, DAN, EVE)
    for depth in range(1, 6):
        access = chain(*people[:depth])
        assert (not refusals(new(access, caller(people[depth - 1]), person(FAY)))) is (depth < rules.MAX_DEPTH)


def test_reasons_and_numbers_have_their_limits() -> None:
    access, owner = chain(ADA), caller(ADA)
    assert refusals(new(access, owner, person(BOB), reason="x" * 300)) == set()
    assert refusals(new(access, owner, person(BOB), reason="x" * 301)) == {"reason"}
    assert refusals(new(access, owner, person(BOB), reason="\x00")) == {"reason"}
    full = GuildAccess(
        GUILD,
        [Grant(1, person(ADA), Right.OWNER)]
        + [Grant(number, person(GUILD + 100 + number), Right.MODERATE, 1) for number in range(2, rules.MAX_GRANTS + 1)],
    )
    assert refusals(new(full, owner, person(BOB))) == {"holder"}
    assert refusals(new(full, owner, person(GUILD + 102))) == set()


def test_the_last_lasting_owner_does_not_become_less_but_by_the_owner_of_the_server() -> None:
    access = chain(ADA)
    for changes in ({"rights": Right.MODERATE}, {"rights": Right.OWNER, "expires_at": NOW + HOUR}):
        assert refusals(new(access, SYSTEM, person(ADA), **changes)) == {"holder"}
        assert refusals(new(access, caller(BOB, is_guild_owner=True), person(ADA), **changes)) == set()
    two = GuildAccess(GUILD, [*access.grants.values(), Grant(2, person(BOB), Right.OWNER)])
    assert refusals(new(two, SYSTEM, person(ADA), Right.MODERATE)) == set()
    assert refusals(new(access, SYSTEM, person(ADA), Right.OWNER)) == set()


def test_who_may_take_what_back() -> None:
    access = GuildAccess(
        GUILD,
        [
            Grant(1, person(ADA), Right.OWNER),
            Grant(2, person(BOB), Right.MANAGE_ACCESS, 1),
            Grant(3, person(CAL), Right.EDIT_SETTINGS, 2),
            Grant(4, person(DAN), Right.OWNER, 1),
            Grant(5, person(EVE), Right.OWNER, None, source=GrantSource.OPERATOR),
        ],
    )
    allowed = {
        (user, number)
        for user, number in product((ADA, BOB, CAL, DAN, EVE), access.grants)
        if rules.may_revoke(access, caller(user), access.grants[number], NOW)
    }
    assert allowed == {
        # The first owner takes everything back, and gives their own up.
        *((ADA, number) for number in range(1, 6)),
        # A manager: their own and what hangs on it. Without the right to manage, one's own alone.
        (BOB, 2), (BOB, 3), (CAL, 3),
        # An owner by another's grace: all but that other's.
        *((DAN, number) for number in range(2, 6)),
        *((EVE, number) for number in range(1, 6)),
    }  # fmt: skip
    for root in (SYSTEM, caller(FAY, is_guild_owner=True)):
        assert all(rules.may_revoke(access, root, grant, NOW) for grant in access.grants.values())
    assert not any(
        rules.may_revoke(access, caller(FAY, permissions=ADMINISTRATOR), it, NOW) for it in access.grants.values()
    )


def test_who_may_see_who_has_access() -> None:
    access = GuildAccess(GUILD, [Grant(1, person(ADA), Right.VIEW_SETTINGS), Grant(2, person(BOB), Right.MODERATE)])
    assert rules.may_see(access, caller(ADA), NOW)
    assert not rules.may_see(access, caller(BOB), NOW)
    assert rules.may_see(access, caller(CAL, permissions=guilds.MANAGE_GUILD), NOW)
    assert not rules.may_see(access, caller(CAL), NOW)


def test_taking_a_grant_away_takes_what_hangs_on_it() -> None:
    access = chain(ADA, BOB, CAL)
    assert set(access.without(access.grants[2]).grants) == {1}
    assert [grant.number for grant in access.below(access.grants[1])] == [2, 3]


def test_a_row_that_hangs_on_itself_ends_no_process() -> None:
    access = GuildAccess(GUILD, [Grant(1, person(ADA), Right.OWNER, 1)])
    assert rules.rights_of(access, caller(ADA), NOW) == ALL
