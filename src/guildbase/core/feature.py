"""The manifest: one declarative object that tells the platform all about a feature folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from guildbase.core.errors import ConfigurationError

_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")

FEATURE_FILES = (
    "kinds", "models", "rules", "schemas", "events", "queries", "snapshot", "controller", "views", "effects", "cog",
    "api", "pages", "jobs", "seeds",
)  # fmt: skip
"""Every file that the platform looks for by its name, in the order in which they may build on each other.

A large feature has further ones under names of its own, which say what they hold; these files alone import them.
"""


@dataclass(frozen=True, slots=True)
class MessageHandler:
    """A function of the feature that sees messages: `async def handler(message: IncomingMessage) -> bool`.

    It answers True when the message is dealt with, which stops the handlers of a higher order.
    """

    target: str
    """Where the function is, as `file:function` inside the feature, for example `cog:greet`."""
    order: int = 500
    """Lower runs first; text commands run at 900."""
    edits: bool = False
    """Whether edited messages are wanted too."""
    sees_blocked: bool = False
    """Whether messages of people who are blocked from the bot are wanted too, as for moderation; answer none."""
    applies: str = ""
    """Where the function is that tells whether a server has any use for it: `def has_rules(guild) -> bool`.

    It is asked once for each version of the server's snapshot, which it is given. Where it says no, and in direct
    messages, no message is handed over, which costs nothing.
    """


@dataclass(frozen=True, slots=True)
class Feature:
    """What a feature is called, needs and offers. It lives in the package's `__init__` and is cheap to import."""

    name: str
    summary: str
    requires: tuple[str, ...] = ()
    """Names of the features that must be loaded before this one."""
    intents: tuple[str, ...] = ()
    """Gateway intents (discord.py's names) without which the feature cannot work."""
    optional_intents: tuple[str, ...] = ()
    """Privileged intents that are used where Discord grants them."""
    bot_permissions: Mapping[str, str] = field(default_factory=dict)
    """Discord's permissions (discord.py's names) that the bot needs for it in a server, each with what for."""
    message_handlers: tuple[MessageHandler, ...] = ()
    settings: str = ""
    """What a server may set: a `FeatureSettings` model as `file:Class`, for example `schemas:HelloSettings`."""
    snapshot_parts: tuple[str, ...] = ()
    """What it adds to a server's snapshot besides settings, each as `snapshot:NAME` of a `SnapshotPart`."""
    sections: tuple[str, ...] = ()
    """What it adds to a server's export, each as `file:Class` of a `GuildSection`, made of the services."""
    pages: tuple[str, ...] = ()
    """What it adds to each server's dashboard without a build, each as `pages:NAME` of a `Page` of `services.pages`."""
    provides: Mapping[type[Any], str] = field(default_factory=dict)
    """Ports of `core/ports.py` that this feature implements, each with its class as `file:Class`."""
    category: str = "Plugins"
    """What it is listed under in the dashboard."""
    package: str = field(default="")
    """Import path of the feature's folder; the registry fills it in."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ConfigurationError(
                f"{self.name!r} is no feature name.",
                hint="Use 2 to 40 lower-case letters, digits and underscores.",
            )
        for attribute in (
            "requires", "intents", "optional_intents", "message_handlers", "snapshot_parts", "sections", "pages",
        ):  # fmt: skip
            if not isinstance(getattr(self, attribute), tuple):
                raise ConfigurationError(
                    f"Feature {self.name}: {attribute} is no tuple.", hint="Write a comma after a single entry: (x,)."
                )
        if not self.summary.strip():
            raise ConfigurationError(f"Feature {self.name} has no summary.", hint="Say in one line what it is for.")
