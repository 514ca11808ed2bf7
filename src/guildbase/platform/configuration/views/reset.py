"""Asks before settings get their defaults again."""

from __future__ import annotations

from typing import Any

from guildbase.bot.views import Confirmation, Interaction
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.platform.configuration import rules
from guildbase.platform.configuration.controller import ConfigurationController, UnknownSetting
from guildbase.platform.configuration.fields import fields_of
from guildbase.platform.configuration.views.changes import changed_text, difference_embeds


async def reset_question(
    caller: Caller, controller: ConfigurationController, feature: str, setting: str, reason: str
) -> tuple[Confirmation, dict[str, Any]]:
    """Return the question whether to reset the setting (or all, if it is empty), and its message."""
    guild_id, asker_id = caller.guild_id or 0, caller.user_id or 0
    present = await controller.current(guild_id, feature)
    keys = [setting] if setting else None
    stored = {**present.document, **dict.fromkeys(present.ignored)}
    fields = fields_of(type(present.settings))
    if setting and setting not in fields and setting not in stored:
        raise UnknownSetting(feature, [setting], fields)

    async def confirmed(interaction: Interaction) -> None:
        changed = await controller.reset(
            await question.caller(interaction),
            guild_id,
            feature,
            keys,
            reason=reason,
            expected_version=present.version,
        )
        await question.close(interaction, content=changed_text(changed), embed=None)

    kept = {key: value for key, value in stored.items() if keys is not None and key not in keys}
    if kept == stored and not present.obstacle:
        raise InvalidInput(
            _("Nothing of that is set, so the defaults hold already."), hint=_("`/config show` lists what is set.")
        )
    question = Confirmation(asker_id, command="config reset", label=_("Reset"), confirmed=confirmed)
    title = _("Defaults for {feature}", feature=feature)
    embeds = difference_embeds(title, rules.diff(stored, kept), fields)
    return question, {"content": _("This would change:"), "embed": embeds[0]}
