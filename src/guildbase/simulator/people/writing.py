"""Writing a message as a person does, with files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from guildbase.simulator.errors import Json
from guildbase.simulator.people.files import File, attach
from guildbase.simulator.people.requests import request
from guildbase.simulator.people.scene import Scene
from guildbase.simulator.world.entities import Channel, Message, User


def write(scene: Scene, user: User, place: Channel, body: Json, files: Iterable[File] = ()) -> Message:
    """Send a message to a channel, thread or private conversation; raise NotAllowed."""
    uploads = dict(enumerate(attach(scene.world, it) for it in files))
    sent = request(scene, user, "POST", f"/channels/{place.id}/messages", body, files=uploads)
    return scene.world.message(place.id, int(cast("Json", sent)["id"]))
