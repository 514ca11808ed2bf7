"""Signing in: the way to Discord and back, and the sign-in of developers without Discord."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from sqlalchemy import delete
from sqlmodel import col

from guildbase.core.addresses import is_loopback
from guildbase.core.clock import utcnow
from guildbase.core.crypto import new_token
from guildbase.core.errors import ConfigurationError, Conflict, GuildbaseError, InvalidInput, NotFound
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM, AuditRecord, Caller, Standings
from guildbase.core.settings import Environment, Settings
from guildbase.core.snowflake import is_snowflake
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.accounts import rules
from guildbase.platform.accounts.controller.people import WebUserController
from guildbase.platform.accounts.controller.security import SecurityController
from guildbase.platform.accounts.controller.servers import ServerController
from guildbase.platform.accounts.controller.sessions import SessionController
from guildbase.platform.accounts.controller.tokens import TokenController
from guildbase.platform.accounts.models import AdminUser, LoginAttempt
from guildbase.platform.accounts.oauth import DiscordOAuth, DiscordUser, Tokens
from guildbase.platform.standing.controller import StandingController
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.rate_limits import LOGIN, RateLimits, fingerprint
from guildbase.services.sessions import SessionStore

log = structlog.get_logger(__name__)

ATTEMPT_LASTS = timedelta(minutes=10)
ADMIN_PREFIX = "gbdev"


class SignInFailed(GuildbaseError):
    """Somebody could not sign in; `problem` is the word by which the page tells them why."""

    code = "sign_in_failed"
    status = 401

    def __init__(self, message: str, problem: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Visit:
    """From where somebody signs in."""

    address: str
    network: str = ""
    """The address, or the network of one customer, by which attempts are counted."""
    browser: str = ""
    """What the browser says of itself."""
    old_session: str = field(default="", repr=False)
    """The login that the browser had before; it ends."""
    is_direct: bool = True
    """Whether nobody passed the request on."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that goes on at Discord."""

    url: str
    browser: str = field(repr=False)
    """For a cookie, so that no other browser can end it."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new login."""

    token: str = field(repr=False)
    user_id: int
    next_path: str


class LoginController(BaseController):
    """Signs people in."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._settings = services.get(Settings)
        self._oauth = DiscordOAuth(self._settings)
        self._security = services.get(SecurityController)

    @property
    def is_set_up(self) -> bool:
        """Whether people can sign in with Discord."""
        return self._oauth.is_set_up

    @property
    def allows_development(self) -> bool:
        """Whether developers may sign in without Discord on their own machine."""
        return self._settings.environment is Environment.DEVELOPMENT

    def lets_develop(self, visit: Visit) -> bool:
        """Tell whether developers may sign in without Discord from where this visit comes."""
        return self.allows_development and visit.is_direct and is_loopback(visit.address)

    async def begin(self, next_path: str, *, redirect_uri: str, visit: Visit) -> Begun:
        """Remember that this browser is going to Discord, for ten minutes.

        Raises:
            ConfigurationError: signing in is not set up.
            RateLimited: it was tried too often from this address.
        """
        if not self._oauth.is_set_up:
            raise ConfigurationError(
                _("Signing in with Discord is not set up."),
                hint=_("Set GUILDBASE_OAUTH_CLIENT_ID and GUILDBASE_OAUTH_CLIENT_SECRET."),
            )
        await self._count(visit)
        browser, state = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        challenge = rules.challenge(rules.verifier(browser, state))
        url = self._oauth.consent_url(state=state, challenge=challenge, redirect_uri=redirect_uri)
        attempt = LoginAttempt(
            digest=rules.digest(state),
            browser=rules.digest(browser),
            next_path=rules.safe_path(next_path),
            expires_at=utcnow() + ATTEMPT_LASTS,
        )

        async def remember(work: UnitOfWork) -> None:
            work.session.add(attempt)

        await self.run(SYSTEM, remember)
        return Begun(url, browser)

    async def finish(
        self, *, state: str, browser: str, code: str, error: str, redirect_uri: str, visit: Visit
    ) -> SignedIn:
        """Sign in whoever comes back from Discord.

        Raises:
            SignInFailed: the answer belongs to no sign-in of this browser, or the person may not sign in.
            GrantRefused: Discord does not take the code.
            DiscordUnavailable: it did not answer.
        """
        attempt = await self._take(state)
        if attempt is None or not browser or not rules.same(attempt.browser, rules.digest(browser)):
            await self._security.note("login.refused", route="/auth/callback", address=visit.address)
            raise SignInFailed(_("This sign-in is over, or began in another browser."), "expired")
        if error or not code:
            raise SignInFailed(_("You did not agree, so you are not signed in."), "denied")
        verifier = rules.verifier(browser, state)
        tokens = await self._oauth.exchange(code, verifier=verifier, redirect_uri=redirect_uri)
        if tokens.scopes != set(self._oauth.scopes):
            raise SignInFailed(_("Discord gave something else than was asked for."), "denied")
        user = await self._oauth.user(tokens.access)
        return await self._sign_in(user, tokens, attempt.next_path, visit)

    async def develop(self, name: str, token: str, visit: Visit) -> SignedIn:
        """Sign in a developer without Discord, on the very machine that this runs on.

        Raises:
            NotFound: this is production, or the request comes from elsewhere.
            SignInFailed: there is no such developer, or the token is wrong.
            RateLimited: it was tried too often.
        """
        if not self.lets_develop(visit):
            await self._security.note("login.development_refused", address=visit.address)
            raise NotFound(_("There is nothing here."))
        await self._count(visit)
        async with self.reading() as session:
            admin = await session.get(AdminUser, name)
        if not rules.same(admin.digest if admin else "", rules.digest(token)) or admin is None:
            await self._security.note("login.refused", route="/auth/development", address=visit.address)
            raise SignInFailed(_("This name or token is wrong."), "wrong")
        return await self._sign_in(DiscordUser(admin.user_id, name, name, None), None, rules.HOME, visit)

    async def add_admin(self, name: str, user_id: int) -> str:
        """Let a developer sign in without Discord as this account; return the token, which is stored nowhere.

        Raises:
            ConfigurationError: this is production.
            InvalidInput: the name or the id is none.
            Conflict: there is one of this name.
        """
        if not self.allows_development:
            raise ConfigurationError(
                _("Nobody signs in to production without Discord."), hint=_("Set GUILDBASE_ENVIRONMENT=development.")
            )
        if not (0 < len(name) <= 60 and name.isprintable() and is_snowflake(user_id)):
            raise InvalidInput(_("Give a name of 1 to 60 characters and the id of an account on Discord."))
        token = new_token(ADMIN_PREFIX)

        async def add(work: UnitOfWork) -> None:
            if await work.session.get(AdminUser, name) is not None:
                raise Conflict(_("There is a developer of this name."), hint=_("Remove it first."))
            work.session.add(AdminUser(name=name, user_id=user_id, digest=rules.digest(token)))
            await self.audit(work, _admin_record("accounts.admin_added", name, user_id))

        await self.run(SYSTEM, add)
        return token

    async def remove_admin(self, name: str) -> None:
        """Let the developer sign in no more, and end their logins; raise NotFound if there is none of this name."""

        async def remove(work: UnitOfWork) -> int:
            admin = await work.session.get(AdminUser, name)
            if admin is None:
                raise NotFound(_("There is no developer of this name."))
            await work.session.delete(admin)
            await self.audit(work, _admin_record("accounts.admin_removed", name, admin.user_id))
            return admin.user_id

        user_id = await self.run(SYSTEM, remove)
        await self.services.get(SessionStore).revoke(user_id)

    async def _sign_in(self, user: DiscordUser, tokens: Tokens | None, next_path: str, visit: Visit) -> SignedIn:
        caller = Caller(user.user_id, name=user.username)
        people = self.services.get(WebUserController)
        known = await people.get(user.user_id, fresh=True)
        await self.services.get(StandingController).everywhere.read()
        blocked = self.services.get(Standings).refusal(user.user_id, None)
        if blocked is not None or (known is not None and not known.is_active):
            await self._security.note("login.blocked", caller, address=visit.address)
            raise SignInFailed(_("You may not use this bot."), "blocked", hint=blocked.message if blocked else "")

        async def store(work: UnitOfWork) -> None:
            await people.signed_in(work, user)
            if tokens is not None:
                await self.services.get(TokenController).store(work, user.user_id, tokens)
            details = {"way": "development" if tokens is None else "discord"}
            record = AuditRecord("accounts.sign_in", target_type="user", target_id=user.user_id, details=details)
            await self.audit(work, record)

        await self.run(caller, store)
        await people.forget_copy(user.user_id)
        await self.services.get(ServerController).forget(user.user_id)
        return SignedIn(await self._session(caller, user.user_id, visit), user.user_id, next_path)

    async def _session(self, caller: Caller, user_id: int, visit: Visit) -> str:
        """Begin a login that shares nothing with the one that the browser had."""
        store = self.services.get(SessionStore)
        if visit.old_session and (old := await store.get(visit.old_session)) is not None:
            await store.revoke(old.user_id, old.session_id)
        token, session = await store.create(user_id)
        browser = rules.browser_name(visit.browser)
        await self.services.get(SessionController).describe(session, address=visit.address, browser=browser)
        await self._security.note("login.succeeded", caller, address=visit.address, details={"browser": browser})
        return token

    async def _take(self, state: str) -> LoginAttempt | None:
        """Return the sign-in of this state, which nobody gets a second time; None if there is none or it is over."""
        taken = delete(LoginAttempt).where(col(LoginAttempt.digest) == rules.digest(state)).returning(LoginAttempt)

        async def take(work: UnitOfWork) -> LoginAttempt | None:
            return (await work.session.execute(taken)).scalar_one_or_none()

        attempt = await self.run(SYSTEM, take)
        return attempt if attempt is not None and attempt.expires_at > utcnow() else None

    async def _count(self, visit: Visit) -> None:
        await self.services.get(RateLimits).hit(LOGIN, fingerprint(visit.network or visit.address))


def _admin_record(action: str, name: str, user_id: int) -> AuditRecord:
    return AuditRecord(action, target_type="user", target_id=user_id, details={"name": name})
