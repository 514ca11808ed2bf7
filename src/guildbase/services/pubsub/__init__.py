"""Messages between the parts of a process and between processes, at most once each."""

from guildbase.services.documents import BadMessage
from guildbase.services.pubsub.listening import Messages
from guildbase.services.pubsub.service import PubSub
from guildbase.services.pubsub.topics import Topic

__all__ = ["BadMessage", "Messages", "PubSub", "Topic"]
