"""Signs people in to the API as a browser does: through the local Discord's consent page."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from typing import Any

import httpx
from fastapi import FastAPI

from guildbase.api.app import create_app
from guildbase.services.container import BotServices
from guildbase.simulator import Simulator

ORIGIN = "http://guildbase.test"
CALLBACK = f"{ORIGIN}/api/v1/auth/callback"
KEYS = "1:" + base64.b64encode(bytes(range(32))).decode()


def oauth_settings(discord: Simulator, **others: Any) -> dict[str, Any]:
    """Return the settings with which people can sign in through this Discord, for `start_guildbase`."""
    if CALLBACK not in discord.world.application.redirect_uris:
        discord.world.application.redirect_uris.append(CALLBACK)
    own = {
        "oauth_client_id": discord.application_id,
        "oauth_client_secret": discord.client_secret,
        "public_url": ORIGIN,
        "encryption_keys": KEYS,
        "login_rate_limit": 1000,
    }
    return own | others


@asynccontextmanager
async def visitor(services: BotServices, app: FastAPI | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a browser that nobody has signed in with yet: it has cookies and no key."""
    app = app or create_app(services)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("127.0.0.1", 50_000))
    base = f"{ORIGIN}/api/v1"
    async with httpx.AsyncClient(transport=transport, base_url=base, trust_env=False) as client:
        yield client


async def sign_in(client: httpx.AsyncClient, discord: Simulator, user: str) -> dict[str, str]:
    """Sign the person in with this browser; return the headers with which it may change something, which it now sends.

    The bot runs with `oauth_settings(discord)`.
    """
    begun = await client.get("/auth/login")
    answer = await client.get(await agree(begun.headers["location"], user))
    assert answer.status_code == 303, answer.text
    assert "problem" not in answer.headers["location"], answer.headers["location"]
    me = await client.get("/auth/me")
    assert me.status_code == 200, me.text
    headers = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", "X-CSRF-Token": me.json()["csrf_token"]}
    client.headers.update(headers)
    return headers


async def agree(consent_url: str, user: str, decision: str = "authorize") -> str:
    """Answer the consent page as this person would; return where Discord sends them back to."""
    async with httpx.AsyncClient(trust_env=False) as browser:
        page = await browser.get(f"{consent_url}&as={user}")
        assert page.status_code == 200, page.text
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
        form = {name: unescape(value) for name, value in hidden.items()} | {"decision": decision}
        back = await browser.post(f"{consent_url}&as={user}", data=form)
        assert back.status_code == 302, back.text
        return back.headers["location"]
