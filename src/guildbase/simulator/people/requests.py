"""What people do by hand goes through the same handlers as the bot's requests, so the same rules hold for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache

from multidict import MultiDict

from guildbase.simulator.errors import DiscordError
from guildbase.simulator.people.errors import NotAllowed
from guildbase.simulator.people.scene import Scene
from guildbase.simulator.rest.call import Answer, Call
from guildbase.simulator.rest.router import Router
from guildbase.simulator.rest.server import TABLES
from guildbase.simulator.world.entities import Attachment, User

_ONLY_FOR_BOTS = ("/applications/", "/gateway")


def request(
    scene: Scene,
    user: User,
    method: str,
    path: str,
    body: object = None,
    *,
    reason: str | None = None,
    files: Mapping[int, Attachment] | None = None,
) -> Answer:
    """Let a person do what the API offers, in the person's own name; raise NotAllowed with what is missing."""
    with by_hand(scene, user):
        route, parameters = _router().find(method, path)
        if route.scope is None and route.template.startswith(_ONLY_FOR_BOTS):
            raise DiscordError(403, 20002, "Only bots can use this endpoint")
        call = Call(scene.world, scene.hub, "", parameters, MultiDict(), body, dict(files or {}), reason, actor=user)
        return route.handler(call)


@contextmanager
def by_hand(scene: Scene, user: User) -> Iterator[None]:
    """Let what happens be done by the person; what Discord would refuse is raised as NotAllowed."""
    scene.world.actor = user
    try:
        yield
    except DiscordError as error:
        raise NotAllowed(f"{user.username} may not: {error.details or error.message} ({error.code})") from error
    finally:
        scene.world.actor = scene.world.bot


@cache
def _router() -> Router:
    return Router(TABLES)
