"""Pictures and sounds that were uploaded as part of something else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, frozen=True)
class Image:
    """The bytes of a picture (or of a sound) and what kind they are."""

    content_type: str
    data: bytes
