"""Signing in without Discord: for developers, on their own machine, and never in production."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import text

from guildbase.api.app import create_app
from guildbase.core.errors import ConfigurationError, Conflict, InvalidInput, NotFound
from guildbase.core.registry import FeatureRegistry
from guildbase.database.manager import DatabaseManager
from guildbase.platform.accounts.controller import LoginController
from guildbase.services.container import BotServices
from guildbase.simulator import Simulator
from tests.api.signing_in import ORIGIN, visitor
from tests.factories import new_id
from tests.platform.accounts.conftest import process

OWN_PAGE = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
PATH = "/auth/development"


async def test_a_developer_signs_in_on_their_own_machine(api: BotServices) -> None:
    login, user_id = api.get(LoginController), new_id()
    token = await login.add_admin("dev", user_id)
    async with visitor(api) as browser:
        body = {"name": "dev", "token": token}
        assert (await browser.post(PATH, json=body)).status_code == 403
        for wrong in ({"name": "dev", "token": "x"}, {"name": "nobody", "token": token}):
            assert (await browser.post(PATH, json=wrong, headers=OWN_PAGE)).status_code == 401
        # Whoever comes through a proxy is somewhere else, though the connection begins here.
        forwarded = OWN_PAGE | {"X-Forwarded-For": "203.0.113.1"}
        assert (await browser.post(PATH, json=body, headers=forwarded)).status_code == 404
        assert (await browser.post(PATH, json=body, headers=OWN_PAGE)).status_code == 204
        assert (await browser.get("/auth/me")).json()["user"]["id"] == str(user_id)
        await login.remove_admin("dev")
        assert (await browser.get("/auth/me")).status_code == 401
        assert (await browser.post(PATH, json=body, headers=OWN_PAGE)).status_code == 401
    async with api.get(DatabaseManager).read_session() as session:
        actions = (await session.execute(text("SELECT action FROM audit_entry ORDER BY audit_id"))).scalars().all()
        stored = (await session.execute(text("SELECT count(*) FROM discord_token"))).scalar()
    assert actions == [
        "accounts.admin_added", "accounts.sign_in", "accounts.admin_removed", "accounts.session_ended",
    ]  # fmt: skip
    assert stored == 0


async def test_what_is_no_developer_is_refused(api: BotServices) -> None:
    login = api.get(LoginController)
    for name, user_id in (("", new_id()), ("x" * 61, new_id()), ("a\nb", new_id()), ("dev", 5)):
        with pytest.raises(InvalidInput):
            await login.add_admin(name, user_id)
    await login.add_admin("dev", new_id())
    with pytest.raises(Conflict):
        await login.add_admin("dev", new_id())
    with pytest.raises(NotFound):
        await login.remove_admin("nobody")


@pytest.mark.parametrize("address", ["203.0.113.1", "::ffff:203.0.113.1", "2001:db8::1", "testclient"])
async def test_from_another_machine_there_is_no_such_page(lone: BotServices, address: str) -> None:
    token = await lone.get(LoginController).add_admin("dev", new_id())
    transport = httpx.ASGITransport(create_app(lone), client=(address, 50_000))
    async with httpx.AsyncClient(transport=transport, base_url=f"{ORIGIN}/api/v1") as browser:
        answer = await browser.post(PATH, json={"name": "dev", "token": token}, headers=OWN_PAGE)
        assert answer.status_code == 404


async def test_production_knows_no_such_sign_in(discord: Simulator, registry: FeatureRegistry, sqlite_url: str) -> None:
    developing = process(discord, registry, sqlite_url)
    token = await developing.get(LoginController).add_admin("dev", new_id())
    await developing.close()
    services = process(discord, registry, sqlite_url, environment="production", api_key="a-key-of-our-own")
    async with visitor(services) as browser:
        answer = await browser.post(PATH, json={"name": "dev", "token": token}, headers=OWN_PAGE)
        assert answer.status_code == 404
    with pytest.raises(ConfigurationError):
        await services.get(LoginController).add_admin("other", new_id())
    await services.close()
