"""What pytest loads wherever Guildbase is installed, so it imports nothing until a test uses it."""

from __future__ import annotations

import inspect
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from guildbase.testing.running import RunningGuildbase

_FIXTURE = "discord"
_SEED = "guildbase_seed"
_NOT_AWAITED = """\
this test is a coroutine that nobody awaits, since pytest-asyncio is in strict mode.
Put asyncio_mode = "auto" into your pytest configuration, or @pytest.mark.asyncio above the test."""


class StartGuildbase(Protocol):
    """How `start_guildbase` is called."""

    async def __call__(self, *, intents_flags: int | None = None, **settings: Any) -> RunningGuildbase:
        """Start a bot and return it when all shards are ready.

        `intents_flags` are the application flags that grant privileged intents (0 grants none); `settings`
        are those of `guildbase.core.settings`. What keeps the bot from starting is raised here.
        """
        ...


def pytest_configure(config: pytest.Config) -> None:
    """Load the fixtures, which need pytest-asyncio."""
    config.addinivalue_line("markers", "discord(**settings): settings of the local Discord, see its fixture")
    config.addinivalue_line("markers", "databases(*names): run on sqlite, postgresql or, by default, on both")
    if _awaits(config):
        from guildbase.testing import database_fixtures, fixtures, redis_fixtures

        config.pluginmanager.register(fixtures, "guildbase-fixtures")
        config.pluginmanager.register(database_fixtures, "guildbase-database-fixtures")
        config.pluginmanager.register(redis_fixtures, "guildbase-redis-fixtures")
    else:
        from guildbase.testing import without_asyncio

        config.pluginmanager.register(without_asyncio, "guildbase-without-asyncio")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tell what to do if nobody would await the test."""
    if not isinstance(item, pytest.Function) or _FIXTURE not in item.fixturenames:
        return
    unmarked = item.get_closest_marker("asyncio") is None and _awaits(item.config)
    if unmarked and inspect.iscoroutinefunction(item.function):
        pytest.fail(_NOT_AWAITED, pytrace=False)


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Show the whole message when an assertion about its text fails."""
    # Only the simulator makes these texts, so without one there is nothing to import.
    if not any(hasattr(it, "source") for it in (left, right)):
        return None
    from guildbase.testing.reports import compared

    return compared(op, left, right)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to the report of a failed test what happened on its local Discord, and the seed of its rows."""
    report = yield
    values = getattr(item, "funcargs", {})
    if report.failed and _SEED in values:
        report.sections.append(("Made-up rows", f"Made from the seed {values[_SEED]}: Factory(session, seed=...)."))
    simulator = values.get(_FIXTURE)
    if report.failed and call.when == "call" and simulator is not None:
        from guildbase.testing.reports import scene_of

        told = scene_of(simulator, call.excinfo.value if call.excinfo else None)
        if told is not None:
            report.sections.append(("What happened on the local Discord", told))
    return report


def _awaits(config: pytest.Config) -> bool:
    """Tell whether pytest-asyncio is there, loaded by its entry point or by its module."""
    return any(config.pluginmanager.hasplugin(it) for it in ("asyncio", "pytest_asyncio", "pytest_asyncio.plugin"))
