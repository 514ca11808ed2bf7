"""The code of the guide works as the guide says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from guildbase.core.errors import RateLimited
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.services import rate_limits
from guildbase.services.container import BotServices
from guildbase.services.rate_limits import LOGIN, MONEY, Policy, RateLimits, fingerprint

GUIDE = (Path(__file__).parents[2] / "docs/guides/rate-limits.md").read_text(encoding="utf-8")


def declared() -> dict[str, Any]:
    """Run the guide's code, to which the types that it names are known."""
    names: dict[str, Any] = {"BotServices": BotServices, "UnitOfWork": object}
    for block in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL):
        exec(compile(block, "rate-limits.md", "exec", dont_inherit=True), names)  # noqa: S102
    return names


async def test_the_guides_policy_limits_by_tier(services: BotServices) -> None:
    search = declared()["search"]
    assert [await search(services, 1, 2, "free") for _ in range(5)] == ["found"] * 5
    with pytest.raises(RateLimited):
        await search(services, 1, 2, "free")
    assert await search(services, 1, 2, "premium") == "found"


async def test_the_guides_payment_and_login_are_counted(services: BotServices) -> None:
    names, limits = declared(), services.get(RateLimits)
    await services.get(DatabaseManager).run(lambda work: names["pay"](services, work, 1, 2))
    await names["log_in"](services, "203.0.113.9")
    assert await limits.remaining(MONEY, "1:2") == limits.limit(MONEY)[0] - 1
    assert await limits.remaining(LOGIN, fingerprint("203.0.113.9")) == limits.limit(LOGIN)[0] - 1


def test_the_guides_table_names_every_policy_and_setting() -> None:
    policies = {name: value for name, value in vars(rate_limits).items() if isinstance(value, Policy)}
    for name, policy in policies.items():
        if name == "COMMAND_REFUSALS":  # No limit that anybody meets.
            continue
        [row] = [line for line in GUIDE.splitlines() if line.startswith(f"| `{name}` ")]
        numbers = policy.numbers(Settings(database_url="sqlite://"))
        assert all(re.search(rf"\b{number} ?", row) for number in numbers.values()), row
        for setting in policy.limits.values():
            assert f"`{str(setting).upper()}`" in row
