"""How the bot's state and help look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import discord

from guildbase.core.clock import human_duration

GREEN = discord.Colour.green()
MAX_FIELD = 1024
MAX_FIELDS = 25
MAX_EMBED = 6000


@dataclass(frozen=True, slots=True)
class ShardLine:
    """One shard as shown to people."""

    shard_id: int
    state: str
    """`ready`, or what it is instead."""
    latency: float
    """Seconds; infinite before the first heartbeat."""
    guilds: int


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
    return f"{seconds * 1000:.0f} ms" if 0 <= seconds < 3600 else "not known yet"


def status_embed(report: Report) -> discord.Embed:
    """Return the bot's state."""
    ready = sum(shard.state == "ready" for shard in report.shards)
    embed = discord.Embed(title="Status", colour=GREEN if ready == len(report.shards) else discord.Colour.orange())
    embed.add_field(name="Uptime", value=human_duration(report.uptime))
    embed.add_field(name="Servers", value=str(report.guilds))
    embed.add_field(name="Shards", value=f"{ready} of {len(report.shards)} ready")
    lines = [
        f"#{shard.shard_id} {shard.state}, {milliseconds(shard.latency)}, {shard.guilds} "
        f"server{'' if shard.guilds == 1 else 's'}"
        for shard in report.shards
    ]
    embed.add_field(name="Latency", value=_fit(lines), inline=False)
    embed.add_field(name="Database", value=report.database)
    embed.add_field(name="Cache", value=report.cache)
    embed.add_field(name="Redis", value=report.redis.replace("_", " "))
    embed.set_footer(text=f"Guildbase {report.version}")
    return embed


def help_embed(groups: Mapping[str, Sequence[str]]) -> discord.Embed:
    """Return all commands by the part of the bot that they belong to."""
    embed = discord.Embed(title="Commands", description="`/help command:NAME` tells more of one.", colour=GREEN)
    for name, lines in list(groups.items())[:MAX_FIELDS]:
        value = _fit(lines)
        if len(embed) + len(name) + len(value) > MAX_EMBED:
            break
        embed.add_field(name=name, value=value, inline=False)
    return embed


def command_embed(usage: str, text: str) -> discord.Embed:
    """Return one command in full."""
    return discord.Embed(title=usage[:256], description=text[:4096], colour=GREEN)


def features_embed(rows: Sequence[tuple[str, str, str]]) -> discord.Embed:
    """Return all features as (name, state, summary)."""
    lines = [f"**{name}** ({state}): {summary}" for name, state, summary in rows]
    return discord.Embed(title="Features", description="\n".join(lines)[:4096], colour=GREEN)


def _fit(lines: Sequence[str]) -> str:
    """Join lines as far as a field has room for them."""
    text = "\n".join(lines)
    if len(text) <= MAX_FIELD:
        return text or "none"
    kept = text[: MAX_FIELD - 20].rsplit("\n", 1)[0]
    return f"{kept}\n… and more"
