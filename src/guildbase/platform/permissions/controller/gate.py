"""The gate of all commands: blocks first, then what is switched off, then the rules."""

from __future__ import annotations

from guildbase.core.i18n import _
from guildbase.core.ports import CommandUse, Decider, GuildSnapshot, Outcome, Standings, Verdict
from guildbase.platform.permissions.models import MAX_COMMAND, PermissionCheck
from guildbase.platform.permissions.rules import ALLOWED, Explanation, PermissionRules, decide, explained
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.write_behind.service import WriteBehind


class PermissionGate(BaseController):
    """Judges every use of a command, without waiting."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        # The start of a process needs none of these models; the first command does.
        from guildbase.platform.configuration.schemas import ToggleSettings, off_reason
        from guildbase.platform.permissions.schemas import PermissionSettings

        self._standings = services.get(Standings)
        self._gathered = services.get(WriteBehind)
        self._toggles, self._off_reason, self._settings = ToggleSettings, off_reason, PermissionSettings

    def judge(self, use: CommandUse, guild: GuildSnapshot | None) -> Verdict:
        """Return what becomes of the use in the guild (None: in a direct message)."""
        blocked = self._standings.refusal(
            use.user_id, guild, permissions=use.permissions, is_guild_owner=use.is_guild_owner
        )
        if blocked is not None:
            outcome = Outcome.IGNORED if blocked.is_silent else Outcome.REFUSED
            return Verdict(outcome, Decider.BLOCK, reason=blocked.text)
        if guild is None:
            return ALLOWED
        reason = self._off_reason(guild.get(self._toggles), use.feature, use.command)
        if reason is not None:
            return Verdict(Outcome.REFUSED, Decider.SWITCH, reason=_switched_off(use.command, reason))
        return decide(guild.get(PermissionRules), use)

    def explain(self, use: CommandUse, guild: GuildSnapshot) -> Explanation:
        """Return the verdict with every rule about the use, and what each of them counts."""
        return explained(guild.get(PermissionRules), use, self.judge(use, guild))

    def checked(self, use: CommandUse, guild: GuildSnapshot, verdict: Verdict) -> None:
        """Write the check down, a moment later, if the guild wants that."""
        wanted = guild.get(self._settings).permission_audit
        if wanted == "off" or (verdict.is_allowed and wanted != "all"):
            return
        self._gathered.append(
            PermissionCheck,
            guild_id=guild.guild_id,
            user_id=use.user_id,
            channel_id=use.channel_ids[0] if use.channel_ids else None,
            command=use.command[:MAX_COMMAND],
            outcome=verdict.outcome.value,
            decider=verdict.by.value,
            rule_number=verdict.rule_number,
        )


def _switched_off(command: str, reason: str) -> str:
    if reason:
        return _("`/{command}` is switched off in this server: {reason}", command=command, reason=reason)
    return _("`/{command}` is switched off in this server. Its admins can switch it on again.", command=command)
