"""Promised effects: rows written in the transaction that promises them, run later by an executor.

An effect runs at least once. A worker claims it for the length of a lease; if the worker dies, the
lease runs out and another one claims it. So an effect must bear being run twice, for which its number
goes into Discord's message nonce; Discord remembers nonces for a few minutes.

The database's clock alone decides what is due and whose lease is over.
"""

from guildbase.services.outbox.claiming import Shards, Wanted
from guildbase.services.outbox.models import ClaimedEffect, EffectState, OutboxEffect, Priority
from guildbase.services.outbox.outbox import LEASE, Outbox

__all__ = ["LEASE", "ClaimedEffect", "EffectState", "Outbox", "OutboxEffect", "Priority", "Shards", "Wanted"]
