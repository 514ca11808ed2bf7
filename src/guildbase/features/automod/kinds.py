"""The words and limits of automod; cheap to import."""

from enum import StrEnum

MAX_NAME = 60
MAX_EXCERPT = 500
"""Longest part of a message that a violation keeps, in characters."""
MAX_LIST_TEXT = 200_000
"""Longest list, in characters, entries and line ends together."""
MAX_ENTRY = 200
MAX_PATTERN = 500
"""Longest pattern of RE2, in characters."""
MAX_NUMBER = 2**31 - 1
ALERT = "automod.alert"
"""The effect that tells the moderators; `effects.py` runs it."""
ENFORCE = "automod.enforce"
"""The effect that does on Discord what a rule says, but for punishments, which are moderation's."""
SYNC = "automod.sync"
"""The effect that brings one rule into Discord's own AutoMod, or takes it out."""
OURS = "Guildbase"
"""What the names of our rules in Discord's own AutoMod begin with."""


class ListKind(StrEnum):
    """What the entries of a list are."""

    WORDS = "words"
    DOMAINS = "domains"
    REGEX = "regex"


class Punishing(StrEnum):
    """What a rule may do to a member, from the mildest to the strongest; of several, one is done."""

    WARN = "warn"
    MUTE = "mute"
    TIMEOUT = "timeout"
    JAIL = "jail"
    KICK = "kick"
    BAN = "ban"


class Preset(StrEnum):
    """Rules that a server gets with one command."""

    SPAM = "spam"
    MENTIONS = "mentions"
    INVITES = "invites"
    LINKS = "links"
    WORDS = "words"
    CAPS = "caps"
    ATTACHMENTS = "attachments"
    NEW_ACCOUNTS = "new_accounts"
    PHISHING = "phishing"
    DUPLICATES = "duplicates"
    EMOJI = "emoji"
