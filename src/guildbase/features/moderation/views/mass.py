"""Asks before many people are met, shows how far it is, and tells who was not and why."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from typing import Any

import discord

from guildbase.bot.views import Confirmation, Interaction, replace
from guildbase.core.errors import GuildbaseError
from guildbase.core.i18n import _, marked, plural, translated
from guildbase.core.ports import SYSTEM
from guildbase.features.moderation.controller.actions import ActionController
from guildbase.features.moderation.controller.cases import ModerationController, OpenedCase
from guildbase.features.moderation.kinds import CaseState, CaseType
from guildbase.features.moderation.rules import NewAction
from guildbase.services.outbox import Outbox

AT_ONCE = 10
"""People between two looks at how far it is."""
OUTCOME_WAIT = 60.0  # seconds for each of them; Discord's limits make the last of many wait
NAMED = 10
"""People who are named in a message; a file has them all."""
QUESTIONS = {
    CaseType.BAN: marked("Ban them"),
    CaseType.MUTE: marked("Mute them"),
    CaseType.KICK: marked("Kick them"),
}
COMMANDS = {CaseType.BAN: "mass ban", CaseType.MUTE: "mass mute", CaseType.KICK: "mass kick"}


class MassQuestion(Confirmation):
    """The question, and all that follows."""

    def __init__(self, asker_id: int, guild_id: int, case_type: CaseType, news: Sequence[NewAction]) -> None:
        self.news, self._guild_id = news, guild_id
        label = translated(QUESTIONS[case_type])
        super().__init__(asker_id, command=COMMANDS[case_type], label=label, confirmed=self._confirmed)

    def text(self) -> str:
        """Return the question."""
        people = ", ".join(f"<@{it.target.user_id}>" for it in self.news[:NAMED])
        more = len(self.news) - NAMED
        if more > 0:
            people += plural(" and one more", " and {count} more", more)
        strangers = sum(not it.target.is_member for it in self.news)
        first = plural("This is about one person: {people}.", "This is about {count} people: {people}.",
                       len(self.news), people=people)  # fmt: skip
        if strangers:
            first += " " + plural("One is not here.", "{count} are not here.", strangers)
        reason = discord.utils.escape_markdown(self.news[0].reason[:300])
        return first + "\n" + _("Reason: {reason}", reason=reason)

    async def _confirmed(self, interaction: Interaction) -> None:
        # The rights of this moment count, not those of when it was asked.
        caller, guild_id = await self.caller(interaction), self._guild_id
        await replace(interaction, content=self._progress(0), view=None)
        results: list[OpenedCase | GuildbaseError] = []
        for first in range(0, len(self.news), AT_ONCE):
            some = self.news[first : first + AT_ONCE]
            results += await self.services(interaction).get(ActionController).act_on_many(caller, guild_id, some)
            await self._settle(interaction, results[first:])
            await interaction.edit_original_response(content=self._progress(len(results)))
        failures = await self._failures(interaction, results)
        await interaction.edit_original_response(**self._summary(failures))

    def _progress(self, done: int) -> str:
        return _("{done} of {count} …", done=done, count=len(self.news))

    async def _settle(self, interaction: Interaction, results: Sequence[OpenedCase | GuildbaseError]) -> None:
        outbox = self.services(interaction).get(Outbox)
        for it in results:
            if isinstance(it, OpenedCase) and it.effect_id is not None:
                await outbox.outcome(it.effect_id, timeout=OUTCOME_WAIT)

    async def _failures(
        self, interaction: Interaction, results: Sequence[OpenedCase | GuildbaseError]
    ) -> list[tuple[int, str]]:
        """Return who was not met, and why."""
        controller, failures = self.services(interaction).get(ModerationController), []
        for new, it in zip(self.news, results, strict=True):
            if isinstance(it, GuildbaseError):
                failures.append((new.target.user_id, it.text))
                continue
            case = await controller.get_case(SYSTEM, self._guild_id, it.case.number)
            if case.state is CaseState.FAILED:
                failures.append((new.target.user_id, case.failure or _("Discord refused it.")))
            elif case.state is CaseState.OPEN:
                told = _("Discord has yet to confirm it; `/case view {number}` shows it.", number=case.number)
                failures.append((new.target.user_id, told))
        return failures

    def _summary(self, failures: list[tuple[int, str]]) -> dict[str, Any]:
        done = len(self.news) - len(failures)
        text = _("Done: {done} of {count}.", done=done, count=len(self.news))
        if not failures:
            return {"content": f"{text} {_('`/cases` lists them.')}"}
        if len(failures) <= NAMED:
            lines = [f"<@{user_id}>: {why}" for user_id, why in failures]
            return {"content": "\n".join([f"{text} {_('These were not:')}", *lines])[:2000]}
        reasons = Counter(why for _user_id, why in failures).most_common(5)
        lines = [f"{count}: {why}" for why, count in reasons]
        told = "\n".join(f"{user_id}\t{why}" for user_id, why in failures)
        file = discord.File(io.BytesIO(told.encode()), filename="not-done.txt")
        content = "\n".join([f"{text} {_('The file has those who were not, and why.')}", *lines])[:2000]
        return {"content": content, "attachments": [file]}
