"""Keys and what is done with them: encryption of values, blind indexes, keys of backups, hashes of tokens.

A sealed value is `version (1) | key id (4) | nonce (12) | AES-256-GCM`. Its context, such as the table, column and
row that it belongs to, is authenticated with it: bytes that were moved to another place do not open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import secrets
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from guildbase.core.errors import ConfigurationError, GuildbaseError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEYS_SETTING = "GUILDBASE_ENCRYPTION_KEYS"
KEY_BYTES = 32
NONCE_BYTES = 12
HIGHEST_KEY_ID = 2**32 - 1
VERSION = 1
_HEADER = struct.Struct(">BI")
HEADER_BYTES = _HEADER.size
_SHORTEST = HEADER_BYTES + NONCE_BYTES + 16  # An empty value still has the tag of 16 bytes.
_TOKEN_PREFIX = re.compile(r"[a-z][a-z0-9]{0,15}")


class MissingKey(ConfigurationError):
    """No key is set at all, or not the one that a value was encrypted with."""

    code = "encryption_key_missing"


class DecryptionFailed(GuildbaseError):
    """The bytes were changed, were moved from another place, or the key is not the one they were made with."""

    code = "decryption_failed"


class Keyring:
    """The keys of this process by their id; the first one encrypts, all of them decrypt.

    `encryption`, `blind index` and `backup` each get a key of their own, derived by HKDF, so that none weakens another.
    """

    def __init__(self, keys: Mapping[int, bytes] | None = None) -> None:
        self._keys = dict(keys or {})
        self._ciphers: dict[int, AESGCM] = {}
        self._index_keys: dict[int, bytes] = {}

    def __repr__(self) -> str:
        return f"Keyring(ids={self.ids})"

    @property
    def ids(self) -> list[int]:
        """The ids of all keys, the primary first."""
        return list(self._keys)

    @property
    def primary(self) -> int:
        """The id of the key that encrypts.

        Raises:
            MissingKey: there is none; the hint says how to make one.
        """
        if not self._keys:
            raise MissingKey(
                "There is no key to encrypt with.",
                hint=f"Run `guildbase keys new` and put what it prints into {KEYS_SETTING}.",
            )
        return next(iter(self._keys))

    def seal(self, plain: bytes, context: bytes) -> bytes:
        """Return the value encrypted with the primary key; no two results are the same."""
        header, nonce = self.header(self.primary), os.urandom(NONCE_BYTES)
        return header + nonce + self._cipher(self.primary).encrypt(nonce, plain, header + context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Return the value.

        Raises:
            MissingKey: its key is not here.
            DecryptionFailed: it was changed or moved, or the key with this id is another one.
        """
        key_id = key_of(sealed)
        from cryptography.exceptions import InvalidTag

        nonce, body = sealed[HEADER_BYTES : HEADER_BYTES + NONCE_BYTES], sealed[HEADER_BYTES + NONCE_BYTES :]
        try:
            return self._cipher(key_id).decrypt(nonce, body, sealed[:HEADER_BYTES] + context)
        except InvalidTag:
            raise DecryptionFailed(
                f"A value that key {key_id} encrypted cannot be decrypted.",
                hint=f"Either {KEYS_SETTING} has another key under this number, or the stored bytes were changed.",
            ) from None

    def blind_index(self, value: bytes, context: bytes, key_id: int | None = None) -> bytes:
        """Return 32 bytes that are equal for equal values of one context, and tell nothing else about them."""
        wanted = self.primary if key_id is None else key_id
        if wanted not in self._index_keys:
            self._index_keys[wanted] = self.derive(wanted, b"blind index")
        return hmac.digest(self._index_keys[wanted], context + b"\0" + value, "sha256")

    def derive(self, key_id: int, purpose: bytes, salt: bytes | None = None) -> bytes:
        """Return a key of 32 bytes for one purpose; raise MissingKey if the key is not here."""
        if key_id not in self._keys:
            raise MissingKey(
                f"Key {key_id} is not among the encryption keys.",
                hint=f"Put it back into {KEYS_SETTING}, after the first one; without it what it encrypted is lost.",
            )
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return HKDF(SHA256(), KEY_BYTES, salt, b"guildbase " + purpose).derive(self._keys[key_id])

    @staticmethod
    def header(key_id: int) -> bytes:
        """Return the bytes with which everything begins that this key encrypted."""
        return _HEADER.pack(VERSION, key_id)

    def _cipher(self, key_id: int) -> AESGCM:
        if key_id not in self._ciphers:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            self._ciphers[key_id] = AESGCM(self.derive(key_id, b"encryption"))
        return self._ciphers[key_id]


def key_of(sealed: bytes) -> int:
    """Return the id of the key that encrypted the value; raise DecryptionFailed if it is no sealed value."""
    if len(sealed) < _SHORTEST or sealed[0] != VERSION:
        raise DecryptionFailed("The stored bytes are no encrypted value.", hint="They were changed or cut off.")
    return int(_HEADER.unpack_from(sealed)[1])


def new_key() -> str:
    """Return a random key as text."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


def parse_keys(text: str, source: str = KEYS_SETTING) -> dict[int, bytes]:
    """Return the keys of `id:base64,...`, also one a line; the first is the primary.

    Raises:
        ConfigurationError: an entry is malformed, short or there twice; its number is named and never the key.
    """
    keys: dict[int, bytes] = {}
    lines = (line.partition("#")[0] for line in text.splitlines())
    entries = (entry.strip() for line in lines for entry in line.split(","))
    for position, entry in enumerate((entry for entry in entries if entry), start=1):
        key_id, key = _entry(entry, position, source)
        if key_id in keys:
            raise _malformed(source, f"key {key_id} is there twice")
        if key in keys.values():
            raise _malformed(source, f"key {key_id} is the same as another one")
        keys[key_id] = key
    return keys


def read_keys(text: str, file: Path | None) -> dict[int, bytes]:
    """Return the keys of the setting, or of the file if that is what is set.

    Raises:
        ConfigurationError: both are set, the file cannot be read, or an entry is wrong.
    """
    if file is None:
        return parse_keys(text)
    setting = f"{KEYS_SETTING}_FILE"
    if text.strip():
        raise ConfigurationError(f"{KEYS_SETTING} and {setting} are both set.", hint="Keep one of them.")
    try:
        content = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{setting}: {file} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}.",
            hint="Name a file with `id:key` lines, as `guildbase keys new` prints them.",
        ) from None
    keys = parse_keys(content, setting)
    if not keys:
        raise ConfigurationError(f"{setting}: {file} has no key.", hint="`guildbase keys new` prints a line for it.")
    return keys


def new_token(prefix: str) -> str:
    """Return a random token of 256 bits, such as `gb_Xb3...`; the prefix lets scanners find leaked ones."""
    if not _TOKEN_PREFIX.fullmatch(prefix):
        raise ValueError("A prefix has 1 to 16 lower-case letters and digits.")
    return f"{prefix}_{secrets.token_urlsafe(KEY_BYTES)}"


def token_hash(token: str) -> bytes:
    """Return the 32 bytes to store of a random token; a plain hash does, since nobody can guess 256 bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def token_matches(token: str, stored: bytes) -> bool:
    """Tell whether this is the token with the stored hash, in a time that tells nothing."""
    return hmac.compare_digest(token_hash(token), stored)


def _entry(entry: str, position: int, source: str) -> tuple[int, bytes]:
    number, colon, encoded = entry.partition(":")
    if not colon or not number.strip().isdecimal() or not 0 < int(number) <= HIGHEST_KEY_ID:
        # What stands there may be a key without its number, so it is not shown.
        raise _malformed(source, f"entry {position} does not begin with a number and a colon")
    key_id = int(number)
    try:
        key = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise _malformed(source, f"key {key_id} is no base64") from None
    if len(key) != KEY_BYTES:
        raise _malformed(source, f"key {key_id} has {len(key)} bytes instead of {KEY_BYTES}")
    return key_id, key


def _malformed(source: str, problem: str) -> ConfigurationError:
    return ConfigurationError(f"{source}: {problem}.", hint="`guildbase keys new` prints an entry that is right.")
