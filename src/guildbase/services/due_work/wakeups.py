"""The message that wakes workers; one that is lost costs two seconds at most."""

from __future__ import annotations

from dataclasses import dataclass

from guildbase.services.pubsub import Topic


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Something will be due before workers would look by themselves."""


SCHEDULED = Topic("due_work", Scheduled)
