"""Discord's tokens of people: encrypted, kept fresh by one refresher at a time, and never handed to a browser."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from weakref import WeakValueDictionary

import structlog
from sqlalchemy import delete, exists, select
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.ports import SYSTEM
from guildbase.core.settings import Settings
from guildbase.database.encryption import Secret
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.accounts.models import DiscordToken, WebSessionRow, WebUser
from guildbase.platform.accounts.oauth import DiscordOAuth, GrantRefused, Tokens
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.leases import Leases

log = structlog.get_logger(__name__)

SPARE = timedelta(minutes=5)
"""So long before its end a token is replaced."""


class TokenController(BaseController):
    """Keeps the tokens; without encryption keys it keeps none, and servers without the bot stay unknown."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._oauth = DiscordOAuth(services.get(Settings))
        self._refreshing: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    @property
    def can_keep(self) -> bool:
        """Whether there is a key to encrypt with."""
        return bool(self.services.get(DatabaseManager).keyring.ids)

    async def store(self, work: UnitOfWork, user_id: int, tokens: Tokens) -> None:
        """Keep the tokens of somebody who signs in, instead of older ones, if there is a key to encrypt with."""
        if not self.can_keep:
            return
        row = await work.session.get(DiscordToken, user_id, with_for_update=True)
        if row is None:
            work.session.add(DiscordToken(user_id=user_id, **_columns(tokens)))
            return
        for name, value in _columns(tokens).items():
            setattr(row, name, value)
        row.version += 1

    async def access_token(self, user_id: int) -> str | None:
        """Return a token that Discord takes now; None if there is none, or Discord has taken it back.

        Raises:
            DiscordUnavailable: it must be refreshed, and Discord does not answer.
        """
        row = await self._row(user_id)
        if row is None or _is_fresh(row):
            return None if row is None else row.access_token.get_secret_value()
        lock = self._refreshing.setdefault(user_id, asyncio.Lock())
        async with lock:
            return await self._refreshed(user_id)

    async def forget(self, user_id: int) -> None:
        """Throw the tokens of the person away."""

        async def forget(work: UnitOfWork) -> None:
            await work.session.execute(delete(DiscordToken).where(col(DiscordToken.user_id) == user_id))

        await self.run(SYSTEM, forget)

    async def forget_unused(self) -> int:
        """Throw the tokens of all away who have no login left; return of how many."""
        settings = self.services.get(Settings)
        is_old = col(WebUser.last_login_at) < utcnow() - timedelta(seconds=settings.web_session_ttl)
        seen = col(WebSessionRow.seen_at) >= utcnow() - timedelta(seconds=settings.web_session_ttl)
        is_signed_in = exists().where(col(WebSessionRow.user_id) == col(DiscordToken.user_id), seen)
        # Who signs in at this moment has tokens before they have a login.
        before = select(col(WebUser.user_id)).where(is_old)
        unused = delete(DiscordToken).where(~is_signed_in, col(DiscordToken.user_id).in_(before))

        async def forget(work: UnitOfWork) -> int:
            return len((await work.session.execute(unused.returning(col(DiscordToken.user_id)))).all())

        return await self.run(SYSTEM, forget)

    async def _refreshed(self, user_id: int) -> str | None:
        """Refresh the token unless another process has, which would make Discord take the whole grant back."""
        leases = self.services.get(Leases)
        lease = await leases.wait(f"discord-token:{user_id}")
        try:
            row = await self._row(user_id)
            if row is None or _is_fresh(row):
                return None if row is None else row.access_token.get_secret_value()
            try:
                tokens = await self._oauth.refresh(row.refresh_token.get_secret_value())
            except GrantRefused:
                log.info("discord_token_refused", user_id=user_id)
                await self.forget(user_id)
                return None
            await self.run(SYSTEM, lambda work: self.replace(work, row, tokens))
            return tokens.access
        finally:
            await leases.release(lease)

    async def replace(self, work: UnitOfWork, old: DiscordToken, tokens: Tokens) -> None:
        """Keep the refreshed tokens, unless the old ones are no longer those that are stored."""
        row = await work.session.get(DiscordToken, old.user_id, with_for_update=True)
        if row is not None and row.version == old.version:  # Else they have signed in anew meanwhile.
            await self.store(work, old.user_id, tokens)

    async def _row(self, user_id: int) -> DiscordToken | None:
        if not self.can_keep:
            return None
        async with self.reading() as session:
            return await session.get(DiscordToken, user_id)


def _is_fresh(row: DiscordToken) -> bool:
    return row.expires_at - SPARE > utcnow()


def _columns(tokens: Tokens) -> dict[str, Any]:
    return {
        "access_token": Secret(tokens.access),
        "refresh_token": Secret(tokens.refresh),
        "scopes": " ".join(sorted(tokens.scopes)),
        "expires_at": utcnow() + timedelta(seconds=tokens.expires_in),
    }
