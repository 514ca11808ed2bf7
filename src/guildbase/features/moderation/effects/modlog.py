"""Shows cases in the mod-log."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import discord

from guildbase.bot.effects import EffectRun, effect
from guildbase.core.ports import SYSTEM
from guildbase.features.moderation.kinds import LOG_CASE, CaseState

if TYPE_CHECKING:
    from guildbase.features.moderation.controller.modlog import LogPlace
    from guildbase.features.moderation.models import CaseEvidence, ModerationCase

TURNS = 5
"""How often it is looked again whether the case has changed while it was shown."""


@effect(LOG_CASE)
async def log_case(run: EffectRun) -> None:
    """Show the case as it is now: as a new message once, later by changing that; hidden cases are taken down."""
    from guildbase.features.moderation.controller import ModerationController
    from guildbase.features.moderation.controller.evidence import EvidenceController
    from guildbase.features.moderation.controller.modlog import ModLogController
    from guildbase.features.moderation.views.modlog import log_embed

    number, log = run.payload["number"], run.controller(ModLogController)
    evidence = run.controller(EvidenceController)
    place, shown = await log.place_of(run.guild_id, number), None
    for _turn in range(TURNS):
        case = await run.controller(ModerationController).get_case(SYSTEM, run.guild_id, number)
        files = await evidence.of(SYSTEM, run.guild_id, number)
        if case.is_hidden:
            await _take_down(run, number, place)
            return
        embed = log_embed(case, files)
        if embed.to_dict() == shown:
            return
        new = await _copies(run, number, [it for it in files if it.message_id is None])
        if place is None:
            place = await _post(run, case, embed, new)
        elif not await _change(run, place, embed, new):
            return
        if place is None:
            return
        if new:
            await evidence.copied(run.guild_id, number, [*new], place)
        shown = embed.to_dict()


async def _post(run: EffectRun, case: ModerationCase, embed: discord.Embed, new: dict[int, Any]) -> LogPlace | None:
    """Post the case and return where, or None if there is nothing to post or no place for it."""
    from guildbase.features.moderation.controller.modlog import LogPlace, ModLogController

    log = run.controller(ModLogController)
    channel_id = await log.channel_of(run.guild_id)
    # A case that is open is shown when it is settled, and one that was never carried out is not.
    if channel_id is None or case.state in (CaseState.OPEN, CaseState.VOID):
        return None
    channel = run.bot.get_partial_messageable(channel_id, guild_id=run.guild_id)
    # By the case, not by this promise of it: two that run at the same time post one message.
    nonce = f"{case.number:x}l{case.guild_id:x}"
    message = await channel.send(embed=embed, files=[*new.values()], nonce=nonce)
    return await log.shown(run.guild_id, case.number, LogPlace(channel_id, message.id))


async def _change(run: EffectRun, place: LogPlace, embed: discord.Embed, new: dict[int, Any]) -> bool:
    """Show the case anew where it is shown already; False if somebody took the message away, which is theirs to do."""
    channel = run.bot.get_partial_messageable(place.channel_id, guild_id=run.guild_id)
    message = channel.get_partial_message(place.message_id)
    try:
        if not new:
            await message.edit(embed=embed)
            return True
        kept = (await message.fetch()).attachments
        await message.edit(embed=embed, attachments=[*kept, *new.values()])
    except discord.NotFound:
        return False
    return True


async def _take_down(run: EffectRun, number: int, place: LogPlace | None) -> None:
    from guildbase.features.moderation.controller.modlog import ModLogController

    if place is None:
        return
    channel = run.bot.get_partial_messageable(place.channel_id, guild_id=run.guild_id)
    with contextlib.suppress(discord.NotFound):  # Somebody was faster.
        await channel.get_partial_message(place.message_id).delete()
    await run.controller(ModLogController).taken_down(run.guild_id, number)


async def _copies(run: EffectRun, number: int, wanted: Sequence[CaseEvidence]) -> dict[int, discord.File]:
    """Return the files to upload, by position; what Discord does not have any more is left out."""
    from guildbase.features.moderation.records import copy_name

    copies = {}
    for row in wanted:
        try:
            data = await run.bot.http.get_from_cdn(row.url)
        except (discord.NotFound, discord.Forbidden):
            continue
        name = copy_name(number, row.position, row.filename)
        # What was reported may be nothing that one wants to see at once.
        copies[row.position] = discord.File(io.BytesIO(data), filename=name, spoiler=True)
    return copies
