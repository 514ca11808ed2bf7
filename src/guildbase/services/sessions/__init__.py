"""Logins on the web: the fast copy, and the port to the rows that are the truth."""

from guildbase.services.sessions.store import SessionStore
from guildbase.services.sessions.truth import Reading, SessionTruth, WebSession

__all__ = ["Reading", "SessionStore", "SessionTruth", "WebSession"]
