"""Whom an address on the internet stands for."""

from __future__ import annotations

import ipaddress
from functools import lru_cache


@lru_cache(maxsize=4096)  # Every request asks, and reading an address takes long.
def network_of(address: str) -> str:
    """Return the address by which its sender is counted; of IPv6 the network, since each customer has all of one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        # What comes in over IPv4 on a socket of both kinds looks like IPv6, and would all be of one network.
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return address


def is_loopback(address: str) -> bool:
    """Tell whether the address is this very machine's own; a text that is no address is not."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return (getattr(parsed, "ipv4_mapped", None) or parsed).is_loopback
