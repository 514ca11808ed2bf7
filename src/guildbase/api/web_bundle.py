"""The dashboard's files in memory: what answers which path, with which headers.

The bundle is made once for all servers, so a page stands under `_` where an address has an id. Only what was found
in the folder can be answered, by whole names, so no path leads out of it.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ENTRY = "index.html"
PLACEHOLDER = "_"
"""The name of what stands for every id."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
_FOREVER = "/_next/static/"
"""What is below has a hash of its content in its name."""
_SMALLEST_TO_PACK = 512
"""Bytes below which packing is not worth the while."""
_TYPES = {".js": "text/javascript", ".txt": "text/plain", ".woff2": "font/woff2", ".ico": "image/x-icon"}
"""Named here, since what the system says differs from one machine to another."""
_PACKED = ("text/", "application/json", "application/manifest+json", "image/svg+xml")


@dataclass(frozen=True)
class Asset:
    """One file and what is sent with it."""

    path: str
    """Its place in the bundle, such as `/g/_/cases.html`."""
    body: bytes

    @cached_property
    def packed(self) -> bytes | None:
        """The body in gzip, made at the first use; None for what does not get smaller."""
        if len(self.body) < _SMALLEST_TO_PACK or not self.media_type.startswith(_PACKED):
            return None
        return gzip.compress(self.body, 9, mtime=0)

    @cached_property
    def media_type(self) -> str:
        """What kind of file it is."""
        suffix = Path(self.path).suffix
        kind = _TYPES.get(suffix) or mimetypes.guess_type(self.path)[0] or "application/octet-stream"
        return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind

    @cached_property
    def tag(self) -> str:
        """Its ETag; weak, since the packed form has the same one."""
        return f'W/"{hashlib.sha256(self.body).hexdigest()[:24]}"'

    @cached_property
    def headers(self) -> dict[str, str]:
        """What is sent with it in any case."""
        common = {
            "content-type": self.media_type,
            "cache-control": "public, max-age=31536000, immutable" if self.path.startswith(_FOREVER) else "no-cache",
            "etag": self.tag,
            "vary": "Accept-Encoding",
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
        }
        return common | ({"content-security-policy": policy(self.body)} if self.path.endswith(".html") else {})


def policy(page: bytes = b"") -> str:
    """Return the content security policy of a page: of inline scripts only those run that it holds itself."""
    hashes = {base64.b64encode(hashlib.sha256(it).digest()).decode() for it in _INLINE_SCRIPT.findall(page)}
    scripts = "".join(f" 'sha256-{it}'" for it in sorted(hashes))
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self'{scripts}",
            # The menus and charts place themselves by style attributes.
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: https://cdn.discordapp.com",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "object-src 'none'",
        )
    )


class Bundle:
    """All files of one build, found by the path of a request."""

    def __init__(self, folder: Path) -> None:
        self._assets = {path: Asset(path, body) for path, body in _read(folder)}
        self._folders = {parent for path in self._assets for parent in _parents(path)}

    def find(self, path: str) -> Asset | None:
        """Return what answers the path: the very file or page, else the page of every id at that place."""
        return self._assets.get(f"/{ENTRY}") if path == "/" else self._find("/", path.strip("/").split("/"))

    @property
    def not_found(self) -> Asset | None:
        """The page that says that there is none."""
        return self._assets.get("/404.html")

    def _find(self, folder: str, segments: list[str]) -> Asset | None:
        name, *rest = segments
        if not rest:
            return self._file(folder, name)
        for one in _or_placeholder(name):
            inner = f"{folder}{one}/"
            if inner in self._folders and (found := self._find(inner, rest)) is not None:
                return found
        return None

    def _file(self, folder: str, name: str) -> Asset | None:
        stem, dot, suffix = name.partition(".")
        for one in _or_placeholder(stem):
            path = f"{folder}{one}{dot}{suffix}"
            if (found := self._assets.get(path) or self._assets.get(f"{path}.html")) is not None:
                return found
        return None


def _or_placeholder(name: str) -> Iterator[str]:
    yield name
    if _ID.fullmatch(name):
        yield PLACEHOLDER


def _read(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        # Names with a dot in front are notes of the build.
        if path.is_file() and not path.name.startswith("."):
            yield f"/{path.relative_to(folder).as_posix()}", path.read_bytes()


def _parents(path: str) -> Iterator[str]:
    parts = path.split("/")[1:-1]
    return ("/" + "".join(f"{part}/" for part in parts[:length]) for length in range(len(parts) + 1))
