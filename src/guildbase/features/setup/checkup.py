"""What stands in the bot's way in a server, as the bot process that has the server finds it."""

from __future__ import annotations

from dataclasses import dataclass

from guildbase.services.pubsub.requests import Question


@dataclass(frozen=True, slots=True)
class AskCheckup:
    """Is all well in this server? Answered in the language of the locale."""

    guild_id: int
    locale: str


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that is not as it should be."""

    is_broken: bool
    """Whether something does not work; else it could be better."""
    problem: str
    """Markdown as Discord shows it."""
    cure: str
    fix: str
    """One of `kinds.Fix`, or empty."""


@dataclass(frozen=True, slots=True)
class Checkup:
    """How the server looks to the bot."""

    findings: tuple[Found, ...]
    invite_url: str
    """Where Discord asks for the permissions that are missing."""


CHECKUP = Question("setup.checkup", AskCheckup, Checkup)
