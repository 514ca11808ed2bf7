"""What open pages are told: that something of a server changed, and never what it is now.

Whatever leaves an audit row or is announced is told by itself, after the commit. A page then asks for what it shows.
"""

from __future__ import annotations

from dataclasses import dataclass

from guildbase.core.events import Event
from guildbase.core.ports import AuditRecord
from guildbase.services.pubsub import PubSub, Topic

NOWHERE = 0
"""Stands for the guild in what belongs to none, which only the operator's pages hear."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Something of this feature changed in this guild."""

    guild_id: int
    feature: str


CHANGED = Topic("changed", Changed)


def tell_of_audit(pubsub: PubSub, record: AuditRecord) -> None:
    """Tell of what an audit row was written for."""
    pubsub.publish(CHANGED, Changed(record.guild_id or NOWHERE, record.action.partition(".")[0]))


async def tell_of_event(pubsub: PubSub, event: Event) -> None:
    """Tell of what a feature announced, if it names a guild."""
    if (guild_id := getattr(event, "guild_id", None)) is not None:
        pubsub.publish(CHANGED, Changed(guild_id, type(event).__module__.split(".")[-2]))
