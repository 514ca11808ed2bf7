"""What can be done to open sockets at once, of one shard or of all; each returns how many there were."""

from __future__ import annotations

from guildbase.simulator.gateway.frames import Op
from guildbase.simulator.gateway.hub import Hub


async def drop(hub: Hub, shard: int | None, code: int | None) -> int:
    """Cut the sockets off as a lost network does, or close them with a code."""
    connections = [it.connection for it in hub.sessions(shard) if it.connection is not None]
    for connection in connections:
        if code is None:
            connection.cut()
        else:
            await connection.close(code, "")
    return len(connections)


def silence(hub: Hub, shard: int | None) -> int:
    """Leave the sockets open, but send nothing on them any more and take no notice of what comes."""
    sessions = list(hub.sessions(shard))
    for session in sessions:
        hub.silence(session)
    return len(sessions)


def tell(hub: Hub, op: Op, data: bool | None, shard: int | None) -> int:
    """Send a frame that is no event."""
    sessions = list(hub.sessions(shard))
    for session in sessions:
        if session.connection is not None:
            session.connection.send_op(op, data)
    return len(sessions)


def invalidate(hub: Hub, shard: int | None, *, resumable: bool) -> int:
    """Declare sessions invalid (op 9); those that are not resumable end."""
    sessions = list(hub.sessions(shard))
    count = tell(hub, Op.INVALID_SESSION, resumable, shard)
    if not resumable:
        for session in sessions:
            hub.forget(session)
    return count
