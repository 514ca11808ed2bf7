"""How a ticket's conversation is shown to people (HTML, text) and to programs (JSON); pure, from plain records."""

from guildbase.features.tickets.transcripts.document import to_json
from guildbase.features.tickets.transcripts.page import CONTENT_SECURITY_POLICY, to_html
from guildbase.features.tickets.transcripts.records import Attached, Conversation, Quoted, Said
from guildbase.features.tickets.transcripts.text import to_text

__all__ = ["CONTENT_SECURITY_POLICY", "Attached", "Conversation", "Quoted", "Said", "to_html", "to_json", "to_text"]
