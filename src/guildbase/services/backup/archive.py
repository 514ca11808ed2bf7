"""The file of a backup: magic, manifest, then the payload in frames of at most 1 MiB, each sealed with AES-256-GCM.

    file   := magic | length (4) | manifest | frame ... | last frame
    frame  := kind (1) | length (4) | body

A frame's number is its nonce, and the hash of the head and the frame's kind are authenticated with it. So frames
cannot be changed, dropped, repeated, reordered or taken from another backup. The last frame has the payload's
length and SHA-256, which is all that protects a backup that is not encrypted. Memory is bounded by the frame.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Protocol

import orjson

from guildbase.core.crypto import Keyring
from guildbase.core.errors import ConfigurationError, GuildbaseError
from guildbase.services.backup.manifest import BackupDamaged, Manifest

MAGIC = b"GUILDBASE BACKUP\n"
FRAME = 1024 * 1024
MAX_MANIFEST = 16 * FRAME
_LENGTH = struct.Struct(">I")
_FRAME = struct.Struct(">BI")
_DATA, _LAST = 0, 1
_TAG = 16


class _Box(Protocol):
    """Seals and opens frames."""

    def seal(self, number: int, kind: int, body: bytes) -> bytes: ...

    def open(self, number: int, kind: int, body: bytes) -> bytes: ...


class _Plain:
    """Leaves frames as they are."""

    def seal(self, _number: int, _kind: int, body: bytes) -> bytes:
        return body

    open = seal


class _Sealed:
    def __init__(self, key: bytes, head: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher = AESGCM(key)
        self._context = hashlib.sha256(head).digest()

    def seal(self, number: int, kind: int, body: bytes) -> bytes:
        return self._cipher.encrypt(number.to_bytes(12, "big"), body, self._context + bytes([kind]))

    def open(self, number: int, kind: int, body: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag

        try:
            return self._cipher.decrypt(number.to_bytes(12, "big"), body, self._context + bytes([kind]))
        except InvalidTag:
            raise _damaged(f"part {number + 1} was changed") from None


def write_archive(file: BinaryIO, manifest: Manifest, payload: Iterator[bytes], keyring: Keyring | None) -> None:
    """Write the whole backup; without a keyring it is not encrypted."""
    if keyring is not None:
        salt, key_id = os.urandom(32), keyring.primary
        check = _key_check(keyring, key_id, salt)
        manifest = replace(manifest, key_id=key_id, salt=salt.hex(), key_check=check)
    text = manifest.to_bytes()
    head = MAGIC + _LENGTH.pack(len(text)) + text
    box = _box(manifest, head, keyring)
    file.write(head)
    digest, size, number = hashlib.sha256(head), 0, 0
    for number, body in enumerate(_frames(payload)):
        digest.update(body)
        size += len(body)
        _write_frame(file, _DATA, box.seal(number, _DATA, body))
    number = number + 1 if size else 0
    end = orjson.dumps({"bytes": size, "sha256": digest.hexdigest()})
    _write_frame(file, _LAST, box.seal(number, _LAST, end))


def read_manifest(path: Path) -> Manifest:
    """Return what the backup says of itself, not yet authenticated; raise BackupDamaged if it is none."""
    with _opened(path) as file:
        return _head(file, path)[0]


def read_payload(path: Path, keyring: Keyring) -> Iterator[bytes]:
    """Yield the payload; each piece is authentic, and at the end it is certain that nothing is missing.

    Raises:
        BackupDamaged: it was changed or cut off.
        ConfigurationError: its key is not here, or the key with its number is another one.
    """
    with _opened(path) as file:
        manifest, head = _head(file, path)
        _require_key(manifest, keyring, path)
        box = _box(manifest, head, keyring)
        digest, size, number = hashlib.sha256(head), 0, 0
        while True:
            kind, body = _read_frame(file)
            body = box.open(number, kind, body)
            if kind == _LAST:
                break
            digest.update(body)
            size += len(body)
            number += 1
            yield body
        if body != orjson.dumps({"bytes": size, "sha256": digest.hexdigest()}):
            raise _damaged("its checksum is wrong")
        if file.read(1):
            raise _damaged("something follows its end")


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise GuildbaseError(
            f"{path} cannot be read: {error.strerror}.", hint="Check whose it is, and the disk."
        ) from error


def _frames(payload: Iterator[bytes]) -> Iterator[bytes]:
    """Yield pieces of exactly one frame's size, the last one shorter."""
    buffer = bytearray()
    for piece in payload:
        buffer += piece
        while len(buffer) >= FRAME:
            yield bytes(buffer[:FRAME])
            del buffer[:FRAME]
    if buffer:
        yield bytes(buffer)


def _head(file: BinaryIO, path: Path) -> tuple[Manifest, bytes]:
    start = file.read(len(MAGIC) + _LENGTH.size)
    if not start.startswith(MAGIC) or len(start) < len(MAGIC) + _LENGTH.size:
        raise BackupDamaged(f"{path.name} is no backup of Guildbase.", hint="`guildbase backup list` shows those.")
    (length,) = _LENGTH.unpack(start[len(MAGIC) :])
    text = file.read(length) if length <= MAX_MANIFEST else b""
    return Manifest.from_bytes(text), start + text


def _box(manifest: Manifest, head: bytes, keyring: Keyring | None) -> _Box:
    if manifest.key_id is None or keyring is None:
        return _Plain()
    return _Sealed(keyring.derive(manifest.key_id, b"backup", bytes.fromhex(manifest.salt)), head)


def _require_key(manifest: Manifest, keyring: Keyring, path: Path) -> None:
    if manifest.key_id is None:
        return
    try:
        salt = bytes.fromhex(manifest.salt)
    except ValueError:
        raise _damaged("its manifest was changed") from None
    if _key_check(keyring, manifest.key_id, salt) != manifest.key_check:
        raise ConfigurationError(
            f"Key {manifest.key_id} is not the key that {path.name} was encrypted with, or its head was changed.",
            hint="Put the key of that time into GUILDBASE_ENCRYPTION_KEYS.",
        )


def _key_check(keyring: Keyring, key_id: int, salt: bytes) -> str:
    return keyring.derive(key_id, b"backup check", salt)[:8].hex()


def _write_frame(file: BinaryIO, kind: int, body: bytes) -> None:
    file.write(_FRAME.pack(kind, len(body)))
    file.write(body)


def _read_frame(file: BinaryIO) -> tuple[int, bytes]:
    start = file.read(_FRAME.size)
    if len(start) < _FRAME.size:
        raise _damaged("its end is missing")
    kind, length = _FRAME.unpack(start)
    if kind not in (_DATA, _LAST) or length > FRAME + _TAG:
        raise _damaged("a part has an impossible length")
    body = file.read(length)
    if len(body) < length:
        raise _damaged("its end is missing")
    return kind, body


def _damaged(reason: str) -> BackupDamaged:
    return BackupDamaged(f"The backup is damaged: {reason}.", hint="Use another one, and find out what changed it.")
