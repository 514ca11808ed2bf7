"""How often something may be done, and who counts it."""

from guildbase.services.rate_limits.policies import (
    API,
    API_ADDRESSES,
    API_GUESSES,
    COMMAND_REFUSALS,
    COMMANDS,
    FREE,
    LLM,
    LOGIN,
    MONEY,
    PREMIUM,
    PRESSES,
    STAFF_COMMANDS,
    STRANGERS_EVENTS,
    Policy,
    Where,
)
from guildbase.services.rate_limits.service import RateLimits, fingerprint

__all__ = [
    "API",
    "API_ADDRESSES",
    "API_GUESSES",
    "COMMANDS",
    "COMMAND_REFUSALS",
    "FREE",
    "LLM",
    "LOGIN",
    "MONEY",
    "PREMIUM",
    "PRESSES",
    "STAFF_COMMANDS",
    "STRANGERS_EVENTS",
    "Policy",
    "RateLimits",
    "Where",
    "fingerprint",
]
