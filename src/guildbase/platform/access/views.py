"""How access looks in Discord."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from guildbase.core.clock import utcnow
from guildbase.core.i18n import _, marked, plural, translated
from guildbase.core.rights import Right, heads
from guildbase.core.snowflake import is_pseudonym
from guildbase.platform.access.grants import Grant, GuildAccess, Holder, Loss
from guildbase.platform.access.models import AccessGrant, GrantSource, HolderKind
from guildbase.platform.access.queries import grant_of
from guildbase.platform.access.rules import Explained

COLOUR = discord.Colour.blurple()
PAGE = 20
"""Grants on one page."""
LABELS = {
    Right.OWNER: marked("own the dashboard"),
    Right.MANAGE_ACCESS: marked("manage access and settings"),
    Right.EDIT_SETTINGS: marked("edit settings"),
    Right.VIEW_SETTINGS: marked("view settings"),
    Right.MODERATE: marked("moderate"),
    Right.VIEW_CASES: marked("view cases"),
    Right.VIEW_AUDIT: marked("view the audit"),
}
LOSSES = {Loss.RAN_OUT: marked("has run out"), Loss.AWAY: marked("is for now without effect: its holder left")}
SOURCES = {
    GrantSource.INSTALLER: marked("brought the bot here"),
    GrantSource.OWNER: marked("owns the server"),
    GrantSource.OPERATOR: marked("by the operator"),
}


def mention(holder: Holder) -> str:
    """Return what shows the holder; it alerts nobody."""
    return f"<@&{holder.id}>" if holder.kind is HolderKind.ROLE else f"<@{holder.id}>"


def rights_text(rights: Right) -> str:
    """Return the rights for people, without those that others include."""
    return ", ".join(translated(LABELS[right]) for right in reversed(heads(rights)))


def granted_text(grant: Grant) -> str:
    """Return the answer to whoever gave access."""
    values = {"holder": mention(grant.holder), "rights": rights_text(grant.rights), "number": grant.number}
    if grant.expires_at is None:
        return _("{holder} may now {rights}. `/access revoke {number}` takes it back.", **values)
    until = discord.utils.format_dt(grant.expires_at)
    return _("{holder} may now {rights} until {until}. `/access revoke {number}` takes it back.", until=until, **values)


def revoked_text(ended: Sequence[Grant]) -> str:
    """Return the answer to whoever took access back."""
    first, *below = ended
    told = _("{holder} may no longer {rights}.", holder=mention(first.holder), rights=rights_text(first.rights))
    if below:
        more = plural(
            "What they had handed on ended with it: {count} grant.",
            "What they had handed on ended with it: {count} grants.",
            len(below),
        )
        told = f"{told} {more}"
    return told


def list_embed(access: GuildAccess, rows: Sequence[AccessGrant], page: int) -> discord.Embed:
    """Return one page of the grants, each below the one that it hangs on."""
    by_number = {row.number: row for row in rows}
    grants = [grant for grant in _in_order(access) if grant.number in by_number]
    pages = max(1, -(-len(grants) // PAGE))
    shown = grants[(min(page, pages) - 1) * PAGE :][:PAGE]
    lines = [_line(access, grant, by_number[grant.number]) for grant in shown]
    text = "\n".join(lines) or _("Nobody yet. `/access grant` gives somebody access.")
    embed = discord.Embed(title=_("Access to the dashboard"), description=text, colour=COLOUR)
    note = _("The owner of the server may do everything; administrators everything but manage access.")
    footer = _("Page {page} of {pages}.", page=min(page, pages), pages=pages) if pages > 1 else ""
    return embed.set_footer(text=f"{note} {footer}".strip())


def access_of(guild_id: int, rows: Sequence[AccessGrant]) -> GuildAccess:
    """Return the grants that the rows hold."""
    return GuildAccess(guild_id, map(grant_of, rows))


def choice_text(grant: Grant, name: str) -> str:
    """Return the grant in one line, as autocompletion offers it."""
    return f"#{grant.number} {name}: {rights_text(grant.rights)}"


def explain_embed(about: Holder, explained: Explained, *, is_developer: bool) -> discord.Embed:
    """Return what somebody may do, and by what."""
    may = rights_text(explained.rights) or _("nothing in the dashboard")
    lines = [_("{holder} may {rights}.", holder=mention(about), rights=f"**{may}**")]
    if explained.by_discord:
        by = rights_text(explained.by_discord)
        lines.append(_("- By Discord's permissions, the permission level or the ownership: {rights}", rights=by))
    lines += [_grant_text(*it) for it in explained.grants]
    if is_developer:
        lines.append(_("- They belong to the developer team of the bot, which gives no rights here by itself."))
    if explained.is_timed_out:
        lines.append(_("- They are timed out on Discord. Until that is over no access counts, and no level."))
    elif not explained.rights:
        lines.append(_("Whoever manages access can change that with `/access grant`."))
    return discord.Embed(title=_("Access to the dashboard"), description="\n".join(lines), colour=COLOUR)


def _grant_text(grant: Grant, worth: Right, lost: tuple[Grant, Loss] | None) -> str:
    through = mention(grant.holder)
    if lost is not None:
        step, loss = lost
        return _("- #{number} for {holder}: nothing, because #{lost} {why}", number=grant.number, holder=through,
                 lost=step.number, why=translated(LOSSES[loss]))  # fmt: skip
    rights = rights_text(worth) or _("nothing, because whoever gave it has lost that right")
    return _("- #{number} for {holder}: {rights}", number=grant.number, holder=through, rights=rights)


def _in_order(access: GuildAccess) -> list[Grant]:
    """Return the grants so that each stands below the one that it hangs on."""
    found: list[Grant] = []

    def add(parent: int | None) -> None:
        for grant in access.grants.values():
            if grant.parent == parent:
                found.append(grant)
                add(grant.number)

    add(None)
    return found


def _line(access: GuildAccess, grant: Grant, row: AccessGrant) -> str:
    parts = [f"{'  ' * (len(access.line(grant)) - 1)}- **#{grant.number}** {mention(grant.holder)}: "]
    parts.append(rights_text(grant.rights))
    if grant.expires_at is not None:
        parts.append(f" ({discord.utils.format_dt(grant.expires_at, 'R')})")
    if grant.source in SOURCES:
        parts.append(f", {translated(SOURCES[grant.source])}")
    elif row.given_by_id is not None and not is_pseudonym(row.given_by_id):
        parts.append(_(", by {giver}", giver=f"<@{row.given_by_id}>"))
    lost = next((loss for step in access.line(grant) if (loss := step.loss(utcnow()))), None)
    if lost is not None:
        parts.append(f" **{translated(LOSSES[lost])}**")
    if row.reason:
        parts.append(f" · {discord.utils.escape_markdown(' '.join(row.reason.split())[:60])}")
    return "".join(parts)
