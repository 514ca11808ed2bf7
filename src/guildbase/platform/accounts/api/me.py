"""The person who is signed in: who they are, their servers and their logins."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response

import guildbase
from guildbase.api.browser import SESSION_COOKIE, csrf_token, delete_cookie, read_cookie
from guildbase.api.dependencies import PersonDep, ServicesDep
from guildbase.core.errors import NotAuthenticated, NotFound
from guildbase.core.i18n import _
from guildbase.core.rights import NAMES
from guildbase.core.settings import Settings
from guildbase.platform.accounts.controller import ServerController, SessionController, WebUserController
from guildbase.platform.accounts.controller.servers import Server
from guildbase.platform.accounts.models import WebUser
from guildbase.platform.accounts.schemas import (
    EndedSessions,
    GuildList,
    GuildOut,
    Me,
    SessionList,
    SessionOut,
    UserOut,
)
from guildbase.services.sessions import SessionStore

router = APIRouter()
CDN = "https://cdn.discordapp.com"


@router.get("/auth/me", operation_id="get_me")
async def get_me(request: Request, services: ServicesDep, caller: PersonDep) -> Me:
    """Return who is signed in, and what their pages need to change anything."""
    user = await services.get(WebUserController).get(caller.user_id or 0)
    if user is None:
        raise NotAuthenticated(_("You are not signed in."), hint=_("Sign in with Discord."))
    return Me(
        user=_user(user),
        csrf_token=csrf_token(read_cookie(request, services.get(Settings), SESSION_COOKIE)),
        is_operator=caller.is_bot_owner,
        version=guildbase.__version__,
    )


@router.get("/guilds", operation_id="list_guilds")
async def list_guilds(services: ServicesDep, caller: PersonDep) -> GuildList:
    """Return the servers whose dashboard the person may use, and those that they could bring the bot to."""
    controller = services.get(ServerController)
    found = await controller.of(caller)
    return GuildList(
        guilds=[_guild(server) for server in found.servers],
        invite_url=controller.invite_url(),
        is_complete=found.is_complete,
    )


@router.post("/auth/logout", operation_id="sign_out", status_code=204)
async def sign_out(request: Request, services: ServicesDep, caller: PersonDep) -> Response:
    """End this login."""
    await services.get(SessionStore).revoke(caller.user_id or 0, UUID(caller.session_id))
    answer = Response(status_code=204)
    delete_cookie(answer, request, services.get(Settings), SESSION_COOKIE)
    return answer


@router.get("/auth/sessions", operation_id="list_sessions")
async def list_sessions(services: ServicesDep, caller: PersonDep) -> SessionList:
    """Return where the person is signed in."""
    user_id = caller.user_id or 0
    rows = await services.get(SessionController).described(user_id)
    shown = []
    for session in await services.get(SessionStore).of_user(user_id):
        row = rows.get(session.session_id)
        shown.append(
            SessionOut(
                id=session.session_id,
                is_current=str(session.session_id) == caller.session_id,
                created_at=session.created_at,
                seen_at=session.seen_at,
                browser=row.browser if row else "",
                address=row.address if row else None,
            )
        )
    return SessionList(sessions=shown)


@router.delete("/auth/sessions/{session_id}", operation_id="end_session")
async def end_session(session_id: UUID, services: ServicesDep, caller: PersonDep) -> EndedSessions:
    """End one of the person's logins; it is dead when this answers."""
    ended = await services.get(SessionStore).revoke(caller.user_id or 0, session_id)
    if not ended:
        raise NotFound(_("You have no such login."))
    return EndedSessions(ended=ended)


@router.delete("/auth/sessions", operation_id="end_other_sessions")
async def end_other_sessions(services: ServicesDep, caller: PersonDep) -> EndedSessions:
    """End all logins of the person but this one."""
    store, user_id = services.get(SessionStore), caller.user_id or 0
    others = [it.session_id for it in await store.of_user(user_id) if str(it.session_id) != caller.session_id]
    return EndedSessions(ended=sum([await store.revoke(user_id, session_id) for session_id in others]))


def _user(user: WebUser) -> UserOut:
    url = f"{CDN}/avatars/{user.user_id}/{user.avatar}.png?size=128" if user.avatar else None
    return UserOut(id=str(user.user_id), username=user.username, name=user.name, avatar_url=url)


def _guild(server: Server) -> GuildOut:
    guild = server.guild
    return GuildOut(
        id=str(guild.guild_id),
        name=guild.name,
        icon_url=f"{CDN}/icons/{guild.guild_id}/{guild.icon}.png?size=128" if guild.icon else None,
        is_bot_here=server.is_bot_here,
        rights=[name for name, right in NAMES.items() if right in server.rights],
        member_count=guild.member_count,
    )
