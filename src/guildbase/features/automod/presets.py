"""Rules that a server gets with one command, each with numbers that spare most people."""

from __future__ import annotations

from typing import Any

from guildbase.core.i18n import marked
from guildbase.features.automod.kinds import Preset

_DELETE, _ALERT, _WARN = {"type": "delete"}, {"type": "alert"}, {"type": "warn"}
_SHORT = {"type": "timeout", "duration": "10m"}
_PROGRAMS = ("exe", "scr", "bat", "cmd", "com", "msi", "vbs", "js", "jar", "ps1", "lnk", "hta", "apk")


def _points(amount: int) -> dict[str, Any]:
    return {"type": "points", "amount": amount}


TOLD = {
    Preset.SPAM: marked("6 messages in 5 seconds: deleted, and a timeout of 10 minutes"),
    Preset.MENTIONS: marked("more than 5 mentions, or @everyone: deleted, and a timeout of 10 minutes"),
    Preset.INVITES: marked("invites to other servers: deleted"),
    Preset.LINKS: marked("links of members who joined less than a day ago: deleted"),
    Preset.WORDS: marked("words of the list `words`, however they are written: deleted"),
    Preset.CAPS: marked("messages mostly in capitals: deleted"),
    Preset.ATTACHMENTS: marked("files that are programs: deleted, and a warning"),
    Preset.NEW_ACCOUNTS: marked("messages of accounts younger than a day: told to the moderators"),
    Preset.PHISHING: marked("links that steal accounts: deleted, and a ban that removes their messages of a day"),
    Preset.DUPLICATES: marked("the same message 3 times in a minute: deleted"),
    Preset.EMOJI: marked("more than 10 emojis: deleted"),
}
"""What each does, for people."""

_DOCUMENTS: dict[Preset, dict[str, Any]] = {
    Preset.SPAM: {"trigger": {"type": "spam"}, "effects": [_DELETE, _SHORT, _points(3), _ALERT]},
    Preset.MENTIONS: {
        "trigger": {"type": "mentions", "most": 5, "everyone": True},
        "effects": [_DELETE, _SHORT, _points(3), _ALERT],
    },
    Preset.INVITES: {"trigger": {"type": "invites"}, "effects": [_DELETE, _points(2), _ALERT]},
    Preset.LINKS: {
        "trigger": {"type": "links"},
        "conditions": [{"type": "member_age", "below": "1d"}],
        "effects": [_DELETE, _points(1)],
    },
    Preset.WORDS: {
        "trigger": {"type": "words", "list": "words", "lookalikes": True},
        "effects": [_DELETE, _points(2), _ALERT],
    },
    Preset.CAPS: {"trigger": {"type": "caps"}, "effects": [_DELETE, _points(1)]},
    Preset.ATTACHMENTS: {
        "trigger": {"type": "attachments", "types": _PROGRAMS},
        "effects": [_DELETE, _WARN, _points(3), _ALERT],
    },
    Preset.NEW_ACCOUNTS: {"trigger": {"type": "new_account", "age": "1d"}, "effects": [_ALERT]},
    Preset.PHISHING: {
        "trigger": {"type": "phishing"},
        "effects": [_DELETE, {"type": "ban", "delete_seconds": 86_400}, _ALERT],
        "stop": True,
    },
    Preset.DUPLICATES: {"trigger": {"type": "duplicates"}, "effects": [_DELETE, _points(1)]},
    Preset.EMOJI: {"trigger": {"type": "emoji"}, "effects": [_DELETE, _points(1)]},
}


def preset_rule(preset: Preset) -> dict[str, Any]:
    """Return the rule of the preset, as `RuleController.create` takes it."""
    # What is most dangerous is looked at first.
    priority = 10 if preset is Preset.PHISHING else 100
    return {"name": preset.value.replace("_", " "), "priority": priority, "document": _DOCUMENTS[preset]}
