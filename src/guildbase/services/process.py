"""Which of the processes of an installation this one is."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """Names this process among all others, from its start to its end; another start has another id."""

    id: str = field(default_factory=lambda: secrets.token_hex(6))
