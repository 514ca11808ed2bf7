"""The address of the demo's page: the same each time where it can be."""

from __future__ import annotations

import socket

import pytest

from guildbase.cli.demo import run


async def test_a_demo_keeps_its_address_and_a_second_one_takes_another(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setattr(run, "PORT", port)
    async with run._local_discord() as first, run._local_discord() as second:
        assert first.port == port
        assert second.port not in (0, port)
    async with run._local_discord() as again:
        assert again.port == port
