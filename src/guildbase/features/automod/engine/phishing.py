"""Domains that steal accounts: patterns of such names, and a few of each kind.

The list is our own. It holds the shapes that thieves use, a well-known name with a letter changed or a word such as
`gift` beside it, and no site of anybody else; a server adds what it meets with a list.
"""

from __future__ import annotations

import re

from guildbase.features.automod.engine.text import folded, parents

_REAL = frozenset({
    "discord.com", "discord.gg", "discordapp.com", "discordapp.net", "discord.media", "discord.dev", "discord.gift",
    "discord.gifts", "discord.new", "discord.store", "discordstatus.com", "steamcommunity.com", "steampowered.com",
    "steamstatic.com", "steam-chat.com", "steamgames.com", "nitrotype.com",
})  # fmt: skip
_BAIT = re.compile(
    r"(?:d[il]sc?or?c?d|steam|nitro).{0,12}(?:gift|free|nitro|promo|airdrop|claim|boost|bonus|drop|trade|skin)"
    r"|(?:gift|free|promo|airdrop|claim).{0,12}(?:d[il]scord|steam|nitro)"
)
_TYPOS = re.compile(
    r"^(?:d[il]{2}scord|dlscord|d[il]sc[o0]{2,}rd|discorcl|d[il]csord|d[il]scrod|d[il]scor|d[il]sord|discordd|discords"
    r"|stea[nr]community|steamcomm?un[il]ty|steamcommun[il]{2}ty|steamcomunn?[il]ty|steamcornmunity|staemcommunity)$"
)
_NAMES = frozenset({"discord", "steamcommunity", "discordapp"})


def is_phishing(host: str) -> bool:
    """Tell whether the domain looks like one that steals accounts."""
    if not _REAL.isdisjoint(parents(host)):
        return False
    labels = host.split(".")
    name = labels[-2] if len(labels) > 1 else host
    alike = folded(name)
    if _BAIT.search(folded(host)) or (alike not in _NAMES and _TYPOS.match(alike)):
        return True
    # The real name, written with other letters, is as bad as one with a slip in it.
    return alike in _NAMES and alike != name
