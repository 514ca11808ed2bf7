"""Random lives of a server's access: people give, take, leave, return and pass the ownership on; time goes by."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from guildbase.core.ports import Caller
from guildbase.core.rights import ALL, NAMES, Right, closure
from guildbase.platform.access import rules
from guildbase.platform.access.grants import Grant, GuildAccess, Holder
from guildbase.platform.access.models import GrantSource, HolderKind

GUILD = 1 << 30
PEOPLE = list(range(GUILD + 1, GUILD + 8))
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
person, right = st.sampled_from(PEOPLE), st.sampled_from(list(NAMES.values()))


class Life(RuleBasedStateMachine):
    """The model keeps, apart from the rules, who is there, who owns the server and which grants were ended."""

    @initialize(installer=person, owner=person)
    def join(self, installer: int, owner: int) -> None:
        self.now, self.owner, self.here, self.ended = BEGIN, owner, set(PEOPLE), set[int]()
        self.count = 1
        source = GrantSource.OWNER if installer == owner else GrantSource.INSTALLER
        self.access = GuildAccess(GUILD, [Grant(1, Holder(HolderKind.USER, installer), Right.OWNER, source=source)])

    def caller(self, user: int) -> Caller:
        guild_id = GUILD if user in self.here else None
        return Caller(user_id=user, guild_id=guild_id, is_guild_owner=user == self.owner)

    def rights(self, user: int) -> Right:
        return rules.rights_of(self.access, self.caller(user), self.now)

    @rule(giver=person, to=person, what=right, hours=st.none() | st.integers(1, 20))
    def give(self, giver: int, to: int, what: Right, hours: int | None) -> None:
        end = None if hours is None else self.now + timedelta(hours=hours)
        held = self.rights(giver)
        new = rules.NewGrant(self.caller(giver), self.access, Holder(HolderKind.USER, to), what, end, "", self.now)
        if any(check(new) for check in rules.NEW_GRANT):
            return
        # Whoever may give holds it, and the right to give, at this moment.
        assert closure(what | Right.MANAGE_ACCESS) & ~held == Right.NONE
        if (old := new.existing) is not None:
            made = replace(old, rights=what, expires_at=end)
        else:
            self.count += 1
            made = Grant(self.count, new.holder, what, new.parent.number if new.parent else None, end)
        self.access = GuildAccess(GUILD, (self.access.grants | {made.number: made}).values())

    @rule(taker=person, data=st.data())
    def take(self, taker: int, data: st.DataObject) -> None:
        if not self.access.grants:
            return
        grant = self.access.grants[data.draw(st.sampled_from(list(self.access.grants)))]
        if not rules.may_revoke(self.access, self.caller(taker), grant, self.now):
            return
        assert taker in self.here
        after = self.access.without(grant)
        if taker != self.owner and rules.loses_last_owner(self.access, after, self.now):
            return
        below = {it.number for it in self.access.grants.values() if grant in self.access.line(it)}
        assert set(after.grants) == set(self.access.grants) - below
        self.ended |= below
        self.access = after

    @rule(who=person)
    def leave(self, who: int) -> None:
        if who != self.owner:
            self.here.discard(who)
            self._note(who, is_away=True)

    @rule(who=person)
    def return_(self, who: int) -> None:
        self.here.add(who)
        self._note(who, is_away=False)

    def _note(self, who: int, *, is_away: bool) -> None:
        grants = self.access.grants.values()
        self.access = GuildAccess(GUILD, (replace(it, is_away=is_away) if it.holder.id == who else it for it in grants))

    @rule(to=person)
    def transfer(self, to: int) -> None:
        if to in self.here:
            grants = self.access.grants.values()
            moved = Holder(HolderKind.USER, to)
            self.owner = to
            self.access = GuildAccess(
                GUILD, (replace(it, holder=moved) if it.source is GrantSource.OWNER else it for it in grants)
            )

    @rule(hours=st.integers(1, 12))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @invariant()
    def nobody_holds_more_than_their_giver(self) -> None:
        for grant in self.access.grants.values():
            worth = self.access.effective(grant, self.now)
            assert not worth & ~closure(grant.rights)
            if grant.parent is not None:
                assert not worth & ~self.access.effective(self.access.grants[grant.parent], self.now)

    @invariant()
    def nothing_that_ended_is_worth_anything(self) -> None:
        assert not self.ended & set(self.access.grants)
        for user in PEOPLE:
            reachable = rules.explain(self.access, self.caller(user), self.now).grants
            assert not self.ended & {grant.number for grant, _, _ in reachable}
            if user not in self.here:
                assert self.rights(user) == Right.NONE

    @invariant()
    def somebody_may_always_do_everything(self) -> None:
        assert self.rights(self.owner) == ALL

    @invariant()
    def no_line_is_too_long(self) -> None:
        assert all(len(self.access.line(grant)) <= rules.MAX_DEPTH for grant in self.access.grants.values())


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
