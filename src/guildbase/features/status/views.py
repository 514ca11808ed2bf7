"""How the bot's state and help look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import discord

from guildbase.core.clock import human_duration
from guildbase.core.i18n import _, marked, plural, translated

GREEN = discord.Colour.green()
MAX_FIELD = 1024
MAX_FIELDS = 25
MAX_EMBED = 6000
SHARD_STATES = {
    "ready": marked("ready"),
    "connecting": marked("connecting"),
    "silent": marked("silent"),
    "gone": marked("gone"),
    "unknown": marked("unknown"),
}
REDIS = {"ok": marked("ok"), "degraded": marked("degraded"), "not_used": marked("not used")}


@dataclass(frozen=True, slots=True)
class ShardLine:
    """One shard as shown to people."""

    shard_id: int
    state: str
    """`ready`, or what it is instead."""
    latency: float
    """Seconds; infinite before the first heartbeat."""
    guilds: int
    is_silent: bool = False
    """Whether its process has not been heard of lately."""


@dataclass(frozen=True, slots=True)
class Report:
    """What `/status` shows."""

    uptime: float
    guilds: int
    shards: Sequence[ShardLine]
    database: str
    cache: str
    redis: str
    """`ok`, `degraded` or `not_used`."""
    version: str


def milliseconds(seconds: float) -> str:
    """Return a latency for people; a shard without a heartbeat yet has none."""
    return f"{seconds * 1000:.0f} ms" if 0 <= seconds < 3600 else _("not known yet")


def status_embed(report: Report) -> discord.Embed:
    """Return the bot's state."""
    ready = sum(shard.state == "ready" for shard in report.shards)
    embed = discord.Embed(title=_("Status"), colour=GREEN if ready == len(report.shards) else discord.Colour.orange())
    embed.add_field(name=_("Uptime"), value=human_duration(report.uptime))
    embed.add_field(name=_("Servers"), value=str(report.guilds))
    embed.add_field(name=_("Shards"), value=_("{ready} of {all} ready", ready=ready, all=len(report.shards)))
    embed.add_field(name=_("Latency"), value=_fit([_shard(shard) for shard in report.shards]), inline=False)
    embed.add_field(name=_("Database"), value=report.database)
    embed.add_field(name=_("Cache"), value=report.cache)
    embed.add_field(name="Redis", value=translated(REDIS.get(report.redis, report.redis)))
    embed.set_footer(text=f"Guildbase {report.version}")
    return embed


def help_embed(groups: Mapping[str, Sequence[str]]) -> discord.Embed:
    """Return all commands by the part of the bot that they belong to."""
    embed = discord.Embed(
        title=_("Commands"),
        description=_("`/help command:NAME` tells more of one, and what is in a group (…)."),
        colour=GREEN,
    )
    fields = [field for name, lines in groups.items() for field in _fields(name, lines)]
    for name, value in fields[:MAX_FIELDS]:
        if len(embed) + len(name) + len(value) > MAX_EMBED:
            break
        embed.add_field(name=name, value=value, inline=False)
    return embed


def _fields(name: str, lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield as many fields as the lines need, the first of them with the name."""
    rest, number = list(lines), 1
    while rest:
        taken = 1
        while taken < len(rest) and len("\n".join(rest[: taken + 1])) <= MAX_FIELD:
            taken += 1
        yield (name if number == 1 else f"{name} ({number})"), "\n".join(rest[:taken])[:MAX_FIELD]
        rest, number = rest[taken:], number + 1


def command_embed(usage: str, text: str) -> discord.Embed:
    """Return one command in full."""
    return discord.Embed(title=usage[:256], description=text[:4096], colour=GREEN)


def group_embed(usage: str, text: str, lines: Sequence[str]) -> discord.Embed:
    """Return a group of commands with those in it."""
    return command_embed(usage, "\n".join((text, "", *lines)))


def features_embed(rows: Sequence[tuple[str, str, str]]) -> discord.Embed:
    """Return all features as (name, state, summary)."""
    lines = [f"**{name}** ({state}): {summary}" for name, state, summary in rows]
    return discord.Embed(title=_("Features"), description="\n".join(lines)[:4096], colour=GREEN)


def _shard(shard: ShardLine) -> str:
    state = translated(SHARD_STATES.get(shard.state, shard.state))
    if shard.is_silent:
        state = _("{state}, not heard of lately", state=state)
    guilds = plural("{count} server", "{count} servers", shard.guilds)
    return f"#{shard.shard_id} {state}, {milliseconds(shard.latency)}, {guilds}"


def _fit(lines: Sequence[str]) -> str:
    """Join lines as far as a field has room for them."""
    text = "\n".join(lines)
    if len(text) <= MAX_FIELD:
        return text or _("none")
    kept = text[: MAX_FIELD - 20].rsplit("\n", 1)[0]
    return f"{kept}\n" + _("… and more")
