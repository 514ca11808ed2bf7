"""How frames travel: as text, or through one compression stream a connection (zlib-stream, zstd-stream)."""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable
from typing import Protocol

Compress = Callable[[bytes], bytes]


class _ZstdObject(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self, mode: int, /) -> bytes: ...


def compressor(kind: str | None) -> Compress | None:
    """Return the compression a client asked for; None means plain text frames, also if zstd is not installed."""
    if kind == "zlib-stream":
        return _zlib()
    if kind == "zstd-stream":
        return _zstd()
    return None


def _zlib() -> Compress:
    stream = zlib.compressobj()

    def compress(frame: bytes) -> bytes:
        return stream.compress(frame) + stream.flush(zlib.Z_SYNC_FLUSH)

    return compress


def _zstd() -> Compress | None:
    try:
        zstandard = importlib.import_module("zstandard")
    except ImportError:
        return None
    stream: _ZstdObject = zstandard.ZstdCompressor().compressobj()
    flush_block: int = zstandard.COMPRESSOBJ_FLUSH_BLOCK

    def compress(frame: bytes) -> bytes:
        return stream.compress(frame) + stream.flush(flush_block)

    return compress
