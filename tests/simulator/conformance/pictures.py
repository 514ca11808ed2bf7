"""Small files for the walks."""

from __future__ import annotations

import base64

from guildbase.simulator import cdn

PNG = cdn.drawn(0).data
GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
OGG = b"OggS\x00\x02" + bytes(22)
MP3 = b"ID3\x04" + bytes(28)


def uri(data: bytes, kind: str = "image/png") -> str:
    """Return the data URI of a file."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
