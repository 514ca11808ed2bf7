"""The manifest: one declarative object that tells the platform all about a feature folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from guildbase.core.errors import ConfigurationError

_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")

FEATURE_FILES = (
    "models", "rules", "schemas", "events", "queries", "controller", "views", "effects", "cog", "api", "jobs",
    "seeds",
)  # fmt: skip
"""Every file a feature may have besides its manifest, in the order in which they may build on each other."""


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
    message_handlers: tuple[MessageHandler, ...] = ()
    provides: Mapping[type[Any], str] = field(default_factory=dict)
    """Ports of `core/ports.py` that this feature implements, each with its class as `file:Class`."""
    package: str = field(default="")
    """Import path of the feature's folder; the registry fills it in."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ConfigurationError(
                f"{self.name!r} is no feature name.",
                hint="Use 2 to 40 lower-case letters, digits and underscores.",
            )
        for attribute in ("requires", "intents", "optional_intents", "message_handlers"):
            if not isinstance(getattr(self, attribute), tuple):
                raise ConfigurationError(
                    f"Feature {self.name}: {attribute} is no tuple.", hint="Write a comma after a single entry: (x,)."
                )
        if not self.summary.strip():
            raise ConfigurationError(f"Feature {self.name} has no summary.", hint="Say in one line what it is for.")
