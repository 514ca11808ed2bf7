"""Pictures and sounds in request bodies: data URIs, checked by what the bytes really are."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from guildbase.simulator.world.entities import Image

_URI = re.compile(r"data:([\w/.+-]+);base64,(.*)", re.DOTALL)
_KIB = 1024
_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"OggS": "audio/ogg",
    b"ID3": "audio/mpeg",
    b"\xff\xfb": "audio/mpeg",
    b"\xff\xf3": "audio/mpeg",
    b"\xff\xf2": "audio/mpeg",
}


def content_type(data: bytes) -> str | None:
    """Return what kind of file the bytes are by their first ones; None if it is no kind that Discord takes."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _SIGNATURES.items() if data.startswith(start)), None)


def _reader(family: str, largest: int) -> Callable[[object], Image | None]:
    def read(value: object) -> Image | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise PydanticCustomError("STRING_TYPE_CONVERT", "Could not interpret value as string.")
        found = _URI.fullmatch(value)
        try:
            data = b"" if found is None else base64.b64decode(found[2], validate=True)
        except binascii.Error:
            data = b""
        kind = content_type(data)
        if kind is None or not kind.startswith(family):
            raise PydanticCustomError("IMAGE_INVALID", "Invalid image data")
        if len(data) > largest:
            text = f"File cannot be larger than {largest / _KIB:.1f} kb."
            raise PydanticCustomError("BINARY_TYPE_MAX_SIZE", "{text}", {"text": text})
        return Image(kind, data)

    return read


Picture = Annotated[Image, BeforeValidator(_reader("image/", 10_240 * _KIB))]
SmallPicture = Annotated[Image, BeforeValidator(_reader("image/", 256 * _KIB))]
SoundFile = Annotated[Image, BeforeValidator(_reader("audio/", 512 * _KIB))]
