"""Serves the consent page and does what the person decides."""

from __future__ import annotations

import hmac
import secrets
from http import HTTPStatus
from itertools import islice
from urllib.parse import urlsplit

from aiohttp import web

from guildbase.core.snowflake import read_snowflake
from guildbase.simulator.consent import page
from guildbase.simulator.consent.request import AuthorizationRequest, SentBack, Unusable, read
from guildbase.simulator.permissions import Permission
from guildbase.simulator.world import guilds, oauth2
from guildbase.simulator.world.audit import Action, record
from guildbase.simulator.world.entities import Guild, User
from guildbase.simulator.world.state import World

_SEAL, _PERSON = "simulator_seal", "simulator_person"
_LISTED = 30


class ConsentServer:
    """Answers `/oauth2/authorize`. Who is asked is remembered in a cookie, since nobody has a password here."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request of a browser."""
        if request.method not in ("GET", "POST"):
            return web.Response(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "GET, POST"})
        try:
            asked, error = read(self._world, request.query)
            if error is not None:
                return _redirect(asked.back(error=str(error)))
            return await self._decide(request, asked) if request.method == "POST" else self._show(request, asked)
        except Unusable as problem:
            return self._note("This link does not work", str(problem), HTTPStatus.BAD_REQUEST)
        except SentBack as error:
            return _redirect(asked.back(error=str(error)))

    def _show(self, request: web.Request, asked: AuthorizationRequest, problem: str = "") -> web.Response:
        name = request.query.get("as")
        person = self._person(name if name is not None else request.cookies.get(_PERSON, ""))
        if person is None:
            return self._ask_who(request, f"Nobody is called {name}." if name else "")
        if asked.prompt == "none" and asked.redirect_uri is not None and not asked.adds_bot:
            if not oauth2.has_agreed(self._world, person.id, asked.scopes):
                raise SentBack("consent_required")
            return _redirect(self._agreed(asked, person, None))
        return self._ask(request, asked, person, problem)

    def _ask(self, request: web.Request, asked: AuthorizationRequest, person: User, problem: str) -> web.Response:
        nonce, seal = secrets.token_urlsafe(16), request.cookies.get(_SEAL) or secrets.token_urlsafe(24)
        content = page.consent(
            self._world,
            asked,
            person,
            self._managed(person),
            here=str(request.rel_url),
            switch=_as(request, ""),
            seal=seal,
            nonce=nonce,
            problem=problem,
        )
        response = _html(content, nonce, asked.redirect_uri, HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK)
        # Another site can send the form, but neither read this cookie nor make the browser send it along.
        response.set_cookie(_SEAL, seal, httponly=True, samesite="Strict", path=request.path)
        response.set_cookie(_PERSON, person.username, httponly=True, samesite="Lax", path=request.path)
        return response

    def _ask_who(self, request: web.Request, problem: str) -> web.Response:
        nonce = secrets.token_urlsafe(16)
        known = islice((it for it in self._world.users.stored.values() if not it.bot), _LISTED)
        shown = [(it, _as(request, it.username)) for it in sorted(known, key=self._is_nowhere)]
        kept = {name: it for name, it in request.query.items() if name != "as"}
        return _html(page.people(self._world, shown, kept, nonce=nonce, problem=problem), nonce)

    async def _decide(self, request: web.Request, asked: AuthorizationRequest) -> web.Response:
        fields = {name: it for name, it in (await request.post()).items() if isinstance(it, str)}
        seal = request.cookies.get(_SEAL, "")
        if not seal or not hmac.compare_digest(seal.encode(), fields.get("seal", "").encode()):
            raise Unusable("This form did not come from this page. Open the link again.")
        person = self._world.users.get(read_snowflake(fields.get("person", "")) or 0)
        if person is None or person.bot:
            raise Unusable("Nobody has this id.")
        if fields.get("decision") != "authorize":
            return self._cancelled(asked)
        guild = self._chosen(person, asked, fields.get("guild", "")) if asked.adds_bot else None
        if asked.adds_bot and guild is None:
            return self._ask(request, asked, person, "Pick a server that you manage.")
        where = self._agreed(asked, person, guild)
        return _redirect(where) if where else self._note("Authorized", "You may close this window.", mark="✓")

    def _cancelled(self, asked: AuthorizationRequest) -> web.Response:
        if asked.redirect_uri is None:
            return self._note("Cancelled", "Nothing was changed.")
        return _redirect(asked.back(error="access_denied", error_description="The resource owner denied the request"))

    def _agreed(self, asked: AuthorizationRequest, person: User, guild: Guild | None) -> str:
        """Do what the person agreed to and return where they go with the code; empty if there is no such place."""
        if guild is not None:
            self._add_bot(asked, person, guild)
        if asked.redirect_uri is None:
            return ""
        guild_id = None if guild is None else guild.id
        code = oauth2.issue_code(
            self._world,
            person.id,
            asked.scopes,
            asked.redirect_uri,
            challenge=asked.challenge,
            challenge_method=asked.challenge_method,
            guild_id=guild_id,
        )
        added = {} if guild is None else {"guild_id": str(guild.id), "permissions": str(asked.permissions)}
        return asked.back(code=code, **added)

    def _add_bot(self, asked: AuthorizationRequest, person: User, guild: Guild) -> None:
        if self._world.bot.id not in guild.members:
            guilds.bot_joins(self._world, guild, granted=asked.permissions)
            record(self._world, guild, Action.BOT_ADD, self._world.bot.id, actor_id=person.id)

    def _chosen(self, person: User, asked: AuthorizationRequest, guild_id: str) -> Guild | None:
        if asked.guild_is_fixed and asked.guild_id is not None and guild_id != str(asked.guild_id):
            return None
        return next((it for it in self._managed(person) if str(it.id) == guild_id), None)

    def _managed(self, person: User) -> list[Guild]:
        """Return the servers that the person may add a bot to."""
        world = self._world
        mine = (it for it in world.guilds.values() if person.id in it.members)
        return [it for it in mine if world.permissions_of(it, person.id) & Permission.MANAGE_GUILD]

    def _is_nowhere(self, person: User) -> bool:
        return not any(person.id in it.members for it in self._world.guilds.values())

    def _person(self, name: str) -> User | None:
        found = self._world.users.named(name) if name else None
        return None if found is None or found.bot else found

    def _note(self, title: str, text: str, status: HTTPStatus = HTTPStatus.OK, *, mark: str = "!") -> web.Response:
        nonce = secrets.token_urlsafe(16)
        return _html(page.note(title, text, nonce=nonce, mark=mark), nonce, status=status)


def _as(request: web.Request, name: str) -> str:
    return str(request.rel_url.update_query({"as": name}))


def _redirect(where: str) -> web.Response:
    return web.Response(status=HTTPStatus.FOUND, headers={"Location": where, "Cache-Control": "no-store"})


def _html(content: str, nonce: str, goes_to: str | None = None, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    # A browser applies form-action to where the answer to the form leads as well.
    parts = urlsplit(goes_to or "")
    target = "" if goes_to is None else f" {parts.scheme}://{parts.netloc}" if parts.netloc else f" {parts.scheme}:"
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'{target}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(text=content, status=status, content_type="text/html", headers=headers)
