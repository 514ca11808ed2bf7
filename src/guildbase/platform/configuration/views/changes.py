"""What changed, would change or has changed over time, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import discord

from guildbase.core.i18n import _
from guildbase.platform.configuration.controller import Changed, HistoryPage
from guildbase.platform.configuration.fields import SettingField, fields_of
from guildbase.platform.configuration.models import ChangeKind, ConfigurationHistory
from guildbase.platform.configuration.rules import Difference, of_changes
from guildbase.platform.configuration.values import code, plain, shown
from guildbase.platform.configuration.views.sheets import COLOUR, PAGE, pages

Fields = Mapping[str, SettingField]


def changed_text(changed: Changed) -> str:
    """Return the answer to who made the change."""
    if not changed.is_changed:
        return _("It is so already: nothing was changed.")
    lines = "\n".join(difference_lines(changed.differences, fields_of(type(changed.settings))))
    undo = _(
        "To take it back: `/config rollback {feature} {version}`.", feature=changed.feature, version=changed.version - 1
    )
    told = _("Saved as version {version} of {feature}.", version=changed.version, feature=changed.feature)
    return f"{told}\n{lines[:1500]}\n{undo}"


def difference_embeds(title: str, differences: Sequence[Difference], fields: Fields) -> list[discord.Embed]:
    """Return the differences, or that there are none, on as many pages as they need."""
    return pages(title, difference_lines(differences, fields) if differences else [_("There is no difference.")])


def difference_lines(differences: Iterable[Difference], fields: Fields) -> Iterator[str]:
    """Yield a line for each difference: `key: before → after`; what is not set is the default."""
    for it in differences:
        field = fields.get(it.key)
        before = _("default") if it.kind == "added" else shown(field, it.before)
        after = _("default") if it.kind == "removed" else shown(field, it.after)
        yield f"{code(it.key)}: {before} → {after}"


def history_embed(feature: str, page: HistoryPage, fields: Fields) -> discord.Embed:
    """Return a page of changes: when, who, why, and what."""
    text = "\n".join(_entry(entry, fields, PAGE // max(len(page.entries), 1)) for entry in page.entries)
    nothing = _("Nothing of it was ever changed here. `/config edit` does it.")
    return discord.Embed(
        title=_("History of {feature}", feature=feature), description=text or nothing, colour=COLOUR
    ).set_footer(text=_("Newest first"))


def _entry(entry: ConfigurationHistory, fields: Fields, longest: int) -> str:
    when = discord.utils.format_dt(entry.created_at, "R")
    who = plain(entry.author_name) if entry.author_name else _("somebody")
    why = f": {plain(entry.reason, 200)}" if entry.reason else ""
    head = f"**#{entry.version}** {_how(entry.kind)}, {when}, {who}{why}"
    text = "\n".join([head, *(f"-# {line}" for line in difference_lines(of_changes(entry.changes), fields))])
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _how(kind: str) -> str:
    """Return in a word how a change came about."""
    return {
        ChangeKind.SET: _("set"),
        ChangeKind.RESET: _("reset"),
        ChangeKind.ROLLBACK: _("rollback"),
        ChangeKind.IMPORT: _("import"),
        ChangeKind.SETUP: _("setup"),
        ChangeKind.REPAIR: _("repair"),
    }[ChangeKind(kind)]
