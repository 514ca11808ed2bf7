"""Who may do what in a dashboard, and who may give and take access. Pure decisions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from guildbase.core.i18n import _, marked, translated
from guildbase.core.ports import Caller
from guildbase.core.rights import ALL, FOR_PEOPLE, Right, closure
from guildbase.platform.access.grants import Grant, GuildAccess, Holder, Loss
from guildbase.platform.access.models import MAX_REASON, HolderKind
from guildbase.platform.guilds.rules import ADMIN_LEVEL, MANAGE_GUILD
from guildbase.services.validation import Violation

MODERATE_MEMBERS = 1 << 40
VIEW_AUDIT_LOG = 1 << 7
MODERATOR_LEVEL = 3
MAX_DEPTH = 5
"""Grants from the first to the last one that hangs on it."""
MAX_GRANTS = 100
"""Grants of one guild."""
LAST_OWNER = marked("This is the last one who owns the dashboard.")
LAST_OWNER_HINT = marked("Give somebody else the right `owner` first; the owner of the server may do this at once.")
FLOOR = (
    (Right.EDIT_SETTINGS, MANAGE_GUILD, ADMIN_LEVEL),
    (Right.MODERATE, MODERATE_MEMBERS, MODERATOR_LEVEL),
    (Right.VIEW_AUDIT, VIEW_AUDIT_LOG, ADMIN_LEVEL),
)
"""The rights that come with Discord's permission, or with the permission level, by themselves."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What somebody may do, and why."""

    rights: Right
    by_discord: Right
    """What comes with Discord's permissions, the permission level, or the ownership."""
    grants: tuple[tuple[Grant, Right, tuple[Grant, Loss] | None], ...] = ()
    """Each of their grants, what it is worth, and which grant of its line takes its effect for which reason."""
    is_timed_out: bool = False
    """Whether no grant counts because Discord keeps them from doing anything."""


def is_guild_owner(caller: Caller, guild_id: int) -> bool:
    """Tell whether the caller owns this very guild on Discord."""
    return caller.guild_id == guild_id and caller.is_guild_owner


def floor(caller: Caller, guild_id: int) -> Right:
    """Return what the caller may do without any grant; the owner of the guild may do everything, always."""
    if caller.is_system or is_guild_owner(caller, guild_id):
        return ALL
    found = Right.NONE
    for right, permission, level in FLOOR:
        if caller.may(guild_id, permissions=permission, level=level):
            found |= closure(right)
    return found


def explain(access: GuildAccess, caller: Caller, now: datetime) -> Explained:
    """Return what the caller may do, and by what; who is not in the guild may do nothing."""
    rights = by_discord = floor(caller, access.guild_id)
    if caller.guild_id != access.guild_id or caller.is_timed_out:
        return Explained(rights, by_discord, is_timed_out=caller.is_timed_out)
    found = []
    for grant in access.held_by(caller.user_id, caller.role_ids):
        worth = access.effective(grant, now, holder_is_here=True)
        lost = ((step, loss) for step in access.line(grant) if (loss := step.loss(now)))
        found.append((grant, worth, None if worth else next(lost, None)))
        rights |= worth
    return Explained(rights, by_discord, tuple(found))


def rights_of(access: GuildAccess, caller: Caller, now: datetime) -> Right:
    """Return what the caller may do in the guild's dashboard now."""
    return explain(access, caller, now).rights


def own_grants(access: GuildAccess, caller: Caller, wanted: Right, now: datetime) -> list[Grant]:
    """Return the caller's own grants that are worth these rights now, those that hang highest first."""
    if caller.guild_id != access.guild_id or caller.is_timed_out:
        return []
    held = access.held_by(caller.user_id, frozenset())
    found = [grant for grant in held if wanted in access.effective(grant, now, holder_is_here=True)]
    return sorted(found, key=lambda grant: (len(access.line(grant)), grant.number))


def may_revoke(access: GuildAccess, caller: Caller, grant: Grant, now: datetime) -> bool:
    """Tell whether the caller may end this grant.

    One's own always, and what one has given, near or far; owners also any other, but none that their own hangs on.
    """
    if floor(caller, access.guild_id) == ALL:
        return True
    if caller.guild_id != access.guild_id:
        return False
    if grant.holder == Holder(HolderKind.USER, caller.user_id or 0):
        return True
    if any(grant in access.below(own) for own in own_grants(access, caller, Right.MANAGE_ACCESS, now)):
        return True
    owned = own_grants(access, caller, Right.OWNER, now)
    return any(grant not in access.line(own) for own in owned)


def may_see(access: GuildAccess, caller: Caller, now: datetime) -> bool:
    """Tell whether the caller may see who holds which rights."""
    if floor(caller, access.guild_id) & Right.EDIT_SETTINGS or caller.holds(access.guild_id, Right.VIEW_SETTINGS):
        return True
    return bool(own_grants(access, caller, Right.VIEW_SETTINGS, now))


@dataclass(frozen=True, slots=True)
class NewGrant:
    """What is to become a grant, or to change the one that this holder has from the same giver."""

    caller: Caller
    access: GuildAccess
    holder: Holder
    rights: Right
    expires_at: datetime | None
    reason: str
    now: datetime
    is_bot: bool = False

    @property
    def parent(self) -> Grant | None:
        """The caller's own grant that it would hang on, if they have one that is worth it."""
        if is_root(self.caller, self.access.guild_id):
            return None
        wanted = Right.MANAGE_ACCESS | self.rights
        return next(iter(own_grants(self.access, self.caller, wanted, self.now)), None)

    @property
    def existing(self) -> Grant | None:
        """The grant that it would change."""
        number = self.parent.number if self.parent else None
        found = (it for it in self.access.grants.values() if it.holder == self.holder and it.parent == number)
        return next(found, None)


def is_root(caller: Caller, guild_id: int) -> bool:
    """Tell whether what the caller gives hangs on nobody: the owner gives in the guild's name."""
    return floor(caller, guild_id) == ALL


def may_change(access: GuildAccess, caller: Caller, grant: Grant, now: datetime) -> bool:
    """Tell whether what the caller gives to the same holder takes the place of this grant."""
    again = NewGrant(caller, access, grant.holder, grant.rights, None, "", now)
    return again.existing == grant and within_own_rights(again) is None


def givable(access: GuildAccess, caller: Caller, now: datetime) -> Right:
    """Return all that the caller may give to somebody."""
    if is_root(caller, access.guild_id):
        return ALL
    found = Right.NONE
    for own in own_grants(access, caller, Right.MANAGE_ACCESS, now):
        found |= access.effective(own, now, holder_is_here=True)
    return found


def within_own_rights(new: NewGrant) -> Violation | None:
    """Nobody gives what they do not hold, and nobody gives without the right to manage access."""
    if is_root(new.caller, new.access.guild_id) or new.parent:
        return None
    if not own_grants(new.access, new.caller, Right.MANAGE_ACCESS, new.now):
        hint = _("The owner of the server can give you the right to manage access.")
        return Violation("caller", _("You may not give others access."), hint, is_forbidden=True)
    hint = _("`/access explain` shows what you hold.")
    return Violation("rights", _("You can only hand on what you hold yourself."), hint, is_forbidden=True)


def to_a_fitting_holder(new: NewGrant) -> Violation | None:
    """People give to other people, and to roles that not everybody has."""
    if new.is_bot:
        return Violation("holder", _("Bots cannot use the dashboard."))
    if new.holder.kind is HolderKind.USER:
        if new.holder.id == new.caller.user_id:
            return Violation("holder", _("You cannot give yourself access."))
        return None
    if new.holder.id == new.access.guild_id:
        return Violation("holder", _("@everyone cannot have access."), _("Pick a role that only your team has."))
    if new.rights & FOR_PEOPLE:
        problem = _("Only people can manage access or own the dashboard, not roles.")
        return Violation("rights", problem, _("Give it to the person."))
    return None


def with_something_in_it(new: NewGrant) -> Violation | None:
    """It holds at least one right that is known."""
    return None if new.rights & ALL else Violation("rights", _("Say which rights."))


def not_too_deep(new: NewGrant) -> Violation | None:
    """Access is handed on a few times only, so that people can follow it."""
    if new.parent and len(new.access.line(new.parent)) >= MAX_DEPTH:
        hint = _("Ask whoever gave it to you to give it to them.")
        return Violation("caller", _("Your access was handed on too often to be handed on again."), hint)
    return None


def with_a_fitting_end(new: NewGrant) -> Violation | None:
    """It ends in the future, and not after what it hangs on."""
    if new.expires_at is None:
        return None
    if new.expires_at <= new.now:
        return Violation("expires_at", _("It would be over already."), _("Give a time that is still to come."))
    ends = new.access.ends(new.parent) if new.parent else None
    if ends is not None and new.expires_at > ends:
        hint = _("Leave the time out; it then ends together with yours.")
        return Violation("expires_at", _("It cannot last longer than your own access."), hint)
    return None


def with_a_storable_reason(new: NewGrant) -> Violation | None:
    """The reason is not too long, and storable."""
    if len(new.reason) > MAX_REASON:
        return Violation("reason", _("The reason is longer than {limit} characters.", limit=MAX_REASON))
    if "\x00" in new.reason:
        return Violation("reason", _("The reason holds a character that cannot be stored."))
    return None


def not_one_too_many(new: NewGrant) -> Violation | None:
    """A guild has only so many grants; all of them are in its snapshot."""
    if new.existing is None and len(new.access.grants) >= MAX_GRANTS:
        hint = _("Take back what is no longer needed, or give access to a role.")
        return Violation("holder", _("This server has {limit} grants already.", limit=MAX_GRANTS), hint)
    return None


def leaving_an_owner(new: NewGrant) -> Violation | None:
    """The last lasting owner does not become less by a change."""
    existing = new.existing
    if existing is None or is_guild_owner(new.caller, new.access.guild_id):
        return None
    after = [it for it in new.access.grants.values() if it is not existing]
    after.append(replace(existing, rights=new.rights, expires_at=new.expires_at))
    if loses_last_owner(new.access, GuildAccess(new.access.guild_id, after), new.now):
        return Violation("holder", translated(LAST_OWNER), translated(LAST_OWNER_HINT))
    return None


def loses_last_owner(before: GuildAccess, after: GuildAccess, now: datetime) -> bool:
    """Tell whether nobody would hold everything without an end any more."""
    return before.has_lasting_owner(now) and not after.has_lasting_owner(now)


NEW_GRANT = (
    within_own_rights, to_a_fitting_holder, with_something_in_it, not_too_deep, with_a_fitting_end,
    with_a_storable_reason, not_one_too_many, leaving_an_owner,
)  # fmt: skip
"""What every grant must meet."""
