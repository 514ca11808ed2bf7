"""What becomes of a message that arrives: its facts, the judgement, and the broken rules' consequences."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import discord
import structlog

from guildbase.bot.router import IncomingMessage
from guildbase.bot.targets import bot_standing, target_of
from guildbase.core.clock import utcnow
from guildbase.core.ports import Caller, GuildSnapshot, Standings
from guildbase.features.automod.controller import EnforcementController, RuleController
from guildbase.features.automod.controller.enforcement import Broken
from guildbase.features.automod.document import Alert, RuleDocument, WordsTrigger
from guildbase.features.automod.engine import text
from guildbase.features.automod.engine.facts import Facts, Found, Hit, Rule
from guildbase.features.automod.schemas import AutomodSettings
from guildbase.features.automod.snapshot import AutomodRules

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot

log = structlog.get_logger(__name__)

MOST_INVITES = 1_000
INVITES_KNOWN_FOR = timedelta(minutes=10)
_invites: OrderedDict[tuple[int, str], tuple[Any, bool]] = OrderedDict()
"""By guild and code: since when it is known whether the invite leads to the guild, and whether it does."""


async def judge(incoming: IncomingMessage) -> bool:
    """Judge a message and act; True if it is to be deleted, so that nothing else looks at it."""
    snapshot, message = incoming.guild, incoming.message
    if snapshot is None or not snapshot.get(AutomodRules) or not isinstance(message.author, discord.Member):
        return False
    if message.is_system():
        return False  # Nobody wrote it: somebody joined, boosted, or Discord tells what it kept back.
    settings = snapshot.get(AutomodSettings)
    if not settings.is_on:
        return False
    controller = incoming.controller(EnforcementController)
    engine = await controller.engine(snapshot)
    facts = facts_of(message, is_edit=incoming.is_edit)
    if settings.spares_trusted and _is_trusted(incoming.bot, facts.user_id, snapshot):
        return False
    if engine.wants_own_invites and (codes := text.invites_in(facts.content)):
        facts = replace(facts, own_invites=await own_invites(incoming.bot, message.author.guild, codes))
    decision = await controller.judge(engine, facts)
    if not decision.hits:
        return False
    guild = message.author.guild
    target = target_of(guild, message.author)
    broken = Broken(facts, decision.hits, target, bot_standing(guild), actor_in(incoming.bot, guild.id))
    await controller.enforce(broken)
    live = (hit.rule.document for hit in decision.hits if not hit.rule.is_dry_run)
    return any(effect.type == "delete" for document in live for effect in document.effects)


def actor_in(bot: GuildbaseBot, guild_id: int) -> Caller:
    """Return the bot as who acts for the server."""
    me = bot.user
    return Caller(user_id=me.id if me else bot.application_id, guild_id=guild_id, name=str(me), is_system=True)


def facts_of(message: discord.Message, *, is_edit: bool = False) -> Facts:
    """Return what is known of the message."""
    author, channel = message.author, message.channel
    member = author if isinstance(author, discord.Member) else None
    places = (channel.id, getattr(channel, "parent_id", None), getattr(channel, "category_id", None))
    return Facts(
        content=_text(message),
        now=utcnow(),
        guild_id=message.guild.id if message.guild else 0,
        message_id=message.id,
        channel_id=channel.id,
        channel_ids=frozenset(place for place in places if place),
        user_id=author.id,
        user_name=str(author),
        role_ids=frozenset(role.id for role in member.roles) if member else frozenset(),
        permissions=_permissions(member, channel),
        mentions=len({user.id for user in message.mentions} - {author.id}) + len(message.role_mentions),
        has_everyone=message.mention_everyone,
        files=tuple(file.filename for file in message.attachments),
        created_at=author.created_at,
        joined_at=member.joined_at if member else None,
        is_edit=is_edit,
    )


def _text(message: discord.Message) -> str:
    """Return what is written in the message, and in those that it forwards."""
    return "\n".join([message.content, *(it.content for it in message.message_snapshots)]).strip("\n")


def _permissions(member: discord.Member | None, channel: Any) -> int:
    if member is None:
        return 0
    # In the channel, because a rule spares those who may delete messages there.
    in_channel = getattr(channel, "permissions_for", None)
    return (in_channel(member) if in_channel else member.guild_permissions).value


def _is_trusted(bot: GuildbaseBot, user_id: int, snapshot: GuildSnapshot) -> bool:
    if not bot.services.has(Standings):
        return False
    standing = bot.services.get(Standings).of(user_id, snapshot)
    return standing is not None and standing.is_trusted


async def own_invites(bot: GuildbaseBot, guild: discord.Guild, codes: set[str]) -> frozenset[str]:
    """Return those of the codes that lead to the server; an invite that Discord does not know leads nowhere."""
    found = {code for code in list(codes)[:5] if code == guild.vanity_url_code or await _is_own(bot, guild.id, code)}
    return frozenset(found)


async def _is_own(bot: GuildbaseBot, guild_id: int, code: str) -> bool:
    known = _invites.get((guild_id, code))
    if known is not None and utcnow() - known[0] < INVITES_KNOWN_FOR:
        return known[1]
    try:
        invite = await bot.fetch_invite(code, with_counts=False, with_expiration=False)
    except discord.NotFound:
        is_own = False
    except discord.HTTPException as failure:
        # Discord does not tell now; a welcome invite is not worth a wrong punishment.
        log.warning("invite_not_looked_up", reason=str(failure))
        return True
    else:
        is_own = invite.guild is not None and invite.guild.id == guild_id
    _invites[guild_id, code] = (utcnow(), is_own)
    if len(_invites) > MOST_INVITES:
        _invites.popitem(last=False)
    return is_own


async def person_in(bot: GuildbaseBot, guild: discord.Guild, user_id: int) -> discord.Member | discord.User:
    """Return the member of the server, or the person if they are not in it."""
    if (member := guild.get_member(user_id)) is not None:
        return member
    try:
        return await guild.fetch_member(user_id)
    except discord.NotFound:
        return await bot.fetch_user(user_id)


async def blocked(bot: GuildbaseBot, execution: discord.AutoModAction) -> None:
    """Write down a message that Discord's own AutoMod kept back, and do the rest that our rule says, if it is ours."""
    guild, services = execution.guild, bot.services
    row = await services.get(RuleController).by_native(guild.id, execution.rule_id)
    person = await person_in(bot, guild, execution.user_id)
    if row is not None:
        rule = Rule(row.number, row.name, RuleDocument.model_validate(row.document))
    else:
        rule = Rule(0, "Discord AutoMod", RuleDocument(trigger=WordsTrigger(), effects=(Alert(),)))
    facts = Facts(
        content=execution.content,
        now=utcnow(),
        guild_id=guild.id,
        channel_id=execution.channel_id or 0,
        user_id=execution.user_id,
        user_name=str(person),
    )
    hit = Hit(rule, Found(execution.matched_content or execution.matched_keyword or ""))
    broken = Broken(facts, [hit], target_of(guild, person), bot_standing(guild), actor_in(bot, guild.id))
    await services.get(EnforcementController).enforce(broken)
