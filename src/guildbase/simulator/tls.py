"""TLS for bots that must not be patched: a certificate for Discord's hosts by an authority made on the spot."""

from __future__ import annotations

import socket
import ssl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver

from guildbase.simulator.people.errors import SimulatorError

if TYPE_CHECKING:
    import trustme

DOMAINS = ("discord.com", "discord.gg", "discordapp.com", "discordapp.net")
_LOCAL = ("localhost", "127.0.0.1", "::1")


def is_discords(host: str) -> bool:
    """Tell whether the host is one of Discord's own."""
    return any(host == it or host.endswith(f".{it}") for it in DOMAINS)


class TlsNotInstalled(SimulatorError, RuntimeError):
    """The package that makes certificates is not there."""

    def __init__(self) -> None:
        super().__init__("TLS needs the package trustme: pip install trustme")


class Certificates:
    """An authority that lives as long as the simulator, and one certificate of it.

    Only the authority's public part is written, to `ca_file`; its key stays in memory.
    """

    def __init__(self, host: str, folder: Path | None = None) -> None:
        authority = _authority()
        hosts = dict.fromkeys((*DOMAINS, *(f"*.{it}" for it in DOMAINS), *_LOCAL, host))
        self._certificate = authority.issue_cert(*hosts)
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="guildbase-tls-")
        place = Path(self._temporary.name) if self._temporary else folder or Path()
        self.ca_file = place / "ca.pem"
        try:
            place.mkdir(parents=True, exist_ok=True)
            self.ca_file.write_bytes(authority.cert_pem.bytes())
        except OSError as error:
            raise SimulatorError(f"cannot write {self.ca_file}: {error.strerror}") from error

    def server_side(self) -> ssl.SSLContext:
        """Return the context the simulator listens with."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._certificate.configure_cert(context)
        return context

    def client_side(self) -> ssl.SSLContext:
        """Return a context that trusts this authority and no other."""
        return ssl.create_default_context(cafile=self.ca_file)

    def close(self) -> None:
        """Remove what was written to a temporary folder."""
        if self._temporary is not None:
            self._temporary.cleanup()


def _authority() -> trustme.CA:
    try:
        import trustme
    except ImportError:
        raise TlsNotInstalled from None
    return trustme.CA(organization_name="Guildbase simulator")


class DiscordHere(AbstractResolver):
    """Finds every host of Discord at the simulator's address, and others where they are."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._others = DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return where to connect to."""
        if not is_discords(host):
            return await self._others.resolve(host, port, family)
        kind = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        flags = socket.AI_NUMERICHOST
        found = ResolveResult(hostname=host, host=self._host, port=self._port, family=kind, proto=0, flags=flags)
        return [found]

    async def close(self) -> None:
        """Let go of the resolver for other hosts."""
        await self._others.close()


def connector(host: str, port: int, context: ssl.SSLContext) -> TCPConnector:
    """Return a connector whose requests to Discord arrive at the simulator; make it inside the event loop."""
    return TCPConnector(limit=0, resolver=DiscordHere(host, port), ssl=context)
