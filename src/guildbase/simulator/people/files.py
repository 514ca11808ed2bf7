"""Files as scripts name them: a path, or a name with bytes."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import TypeAlias, TypeGuard

from guildbase.simulator.world.entities import Attachment
from guildbase.simulator.world.state import World

File: TypeAlias = Path | tuple[str, bytes]


def is_file(value: object) -> TypeGuard[File]:
    """Tell whether the value names a file."""
    if isinstance(value, Path):
        return True
    return isinstance(value, tuple) and [type(it) for it in value] == [str, bytes]


def attach(world: World, file: File) -> Attachment:
    """Return the file as it is uploaded; its type goes by the end of its name."""
    name, data = (file.name, file.read_bytes()) if isinstance(file, Path) else file
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Attachment(world.new_id(), name, kind, data)
