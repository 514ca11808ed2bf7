"""Fixtures of Redis: one server for all tests of a process, and one that a test may kill."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from guildbase.testing.valkey import ValkeyProcess


@pytest.fixture(scope="session")
def guildbase_redis_url() -> Iterator[str]:
    """Address of a Redis or Valkey that all tests share: of TEST_REDIS_URL, or one that is started for them.

    Keep to a namespace of your own (`guildbase_redis_namespace`). Where there is none the test is skipped, and fails
    in CI.
    """
    if url := os.environ.get("TEST_REDIS_URL"):
        yield url
        return
    server = _start()
    yield server.url
    server.stop()


@pytest.fixture
def guildbase_redis_namespace() -> str:
    """What this test's keys begin with."""
    return f"test-{secrets.token_hex(6)}"


@pytest.fixture
def guildbase_valkey() -> Iterator[ValkeyProcess]:
    """A Valkey that is this test's own, to be killed, suspended and started again."""
    server = _start()
    yield server
    server.stop()


def _start() -> ValkeyProcess:
    from guildbase.testing.valkey import NoValkey, ValkeyProcess

    try:
        return ValkeyProcess()
    except NoValkey as reason:
        if os.environ.get("CI") == "true":
            pytest.fail(f"Redis must be tested in CI: {reason}", pytrace=False)
        pytest.skip(f"no Redis: {reason}")
