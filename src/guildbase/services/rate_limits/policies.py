"""What may be done how often. The policies of the platform are all here; a feature may declare its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from guildbase.core.settings import Settings

FREE, PREMIUM = "free", "premium"
"""Tiers of guilds. One that a policy does not name has the limit of `free`."""
LONGEST_WINDOW = 7 * 86_400
"""Seconds that the database keeps what it counted."""


class Where(StrEnum):
    """Who counts, which decides what an outage of Redis or a second process does to the limit."""

    PROCESS = "process"
    """This process alone: for what one process has to itself, such as the commands of a guild."""
    SHARED = "shared"
    """Redis for all processes, if there is one; while it is away, or where there is none, each process alone."""
    DATABASE = "database"
    """The database, for what must never be without its limit: logins, money and language models."""


@dataclass(frozen=True, slots=True, eq=False)  # Compared by identity, so that it is looked up at once.
class Policy:
    """So many in any stretch of time of one window's length; a sliding window, not one that begins anew."""

    name: str
    """At most 40 characters; no two policies share one."""
    limits: Mapping[str, str | int]
    """How many by tier: a number, or the name of the setting that holds it. There must be one for `free`."""
    window: str | float
    """Seconds, or the name of the setting that holds them."""
    where: Where

    def numbers(self, settings: Settings) -> dict[str, int]:
        """Return how many each tier may; ValueError if one may nothing at all."""
        numbers = {tier: int(_value(limit, settings)) for tier, limit in self.limits.items()}
        if FREE not in numbers or min(numbers.values()) < 1:
            raise ValueError(f"The policy {self.name} needs a limit of at least 1 for each tier, and one for {FREE}.")
        return numbers

    def seconds(self, settings: Settings) -> float:
        """Return the length of the window; ValueError if it is not within a week."""
        window = float(_value(self.window, settings))
        if not 0 < window <= LONGEST_WINDOW:
            raise ValueError(f"The window of {self.name} must be longer than 0 s and at most a week.")
        return window


def _value(given: str | float, settings: Settings) -> float:
    return float(getattr(settings, given)) if isinstance(given, str) else given


COMMANDS = Policy(
    "commands",
    {FREE: "command_rate_limit", PREMIUM: "command_rate_limit_premium"},
    "command_rate_window",
    Where.PROCESS,
)
"""Commands of a person in a server: slash commands, context menus and text commands together."""
STAFF_COMMANDS = Policy("staff-commands", {FREE: 120}, 60, Where.PROCESS)
"""Commands of a moderator in a server: whoever ends a raid by hand is in a hurry."""
COMMAND_REFUSALS = Policy("command-refusals", {FREE: 1}, "command_rate_window", Where.PROCESS)
"""Answers to text commands that came too often: if each got one, they would be a flood of our own."""
PRESSES = Policy("presses", {FREE: 60}, 60, Where.PROCESS)
"""Presses of a person in a server: buttons, menus and forms together."""
API = Policy("api", {FREE: "api_rate_limit"}, 60, Where.SHARED)
"""Requests with one API key."""
API_ADDRESSES = Policy("api-addresses", {FREE: "api_address_limit"}, 60, Where.PROCESS)
"""Requests from one address, whoever sends them."""
API_GUESSES = Policy("api-guesses", {FREE: "api_guess_limit"}, 60, Where.PROCESS)
"""Requests from one address with a key that is missing or wrong."""
STRANGERS_EVENTS = Policy("strangers-events", {FREE: "api_guess_limit"}, 60, Where.PROCESS)
"""Security events that an address leaves without being signed in: if each were stored, they would fill the table."""
LOGIN = Policy("login", {FREE: "login_rate_limit"}, 900, Where.DATABASE)
"""Attempts to log in, by address or account; count them outside of the transaction that may fail."""
MONEY = Policy("money", {FREE: "money_rate_limit"}, 60, Where.DATABASE)
"""Transfers of a person in a server; count them in the transaction that moves the money."""
LLM = Policy("llm", {FREE: "llm_rate_limit", PREMIUM: "llm_rate_limit_premium"}, 3600, Where.DATABASE)
"""Questions of a person in a server to a language model."""
