"""Faults of the gateway: events lost, doubled, late or out of order, slow acknowledgements, and no one at the door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from guildbase.simulator.faults.fault import Fault, ImpossibleFault, When
from guildbase.simulator.world.clock import Clock

if TYPE_CHECKING:
    from guildbase.simulator.gateway.session import Session

Effect = Literal["lose", "duplicate", "reorder", "delay", "slow acks", "refuse"]
Send = Callable[[bytes], None]
_ON_EVENTS = frozenset(("lose", "duplicate", "reorder", "delay"))
_LATE = frozenset(("delay", "slow acks"))


class GatewayFault(Fault):
    """A fault that strikes events by name, heartbeats, or connections that are being opened."""

    def __init__(
        self,
        effect: Effect,
        event: str,
        late: float,
        shard: int | None,
        when: When,
        clock: Clock,
        on_hit: Callable[[str], None],
    ) -> None:
        if effect in _LATE and late <= 0:
            raise ImpossibleFault(f"{effect!r} needs to know how many seconds `late`")
        super().__init__(f"{event}: {effect}" if effect in _ON_EVENTS else effect, when, clock, on_hit)
        self.effect = effect
        self.late = late
        self._event = event
        self._shard = shard
        self._clock = clock
        self._held: list[tuple[Send, bytes]] = []

    @property
    def finished(self) -> bool:
        """Whether it can be forgotten: over, and nothing held back."""
        return self.over and not self._held

    def concerns(self, shard: int | None, event: str | None = None) -> bool:
        """Tell whether it is about this shard and, if one is named, this event."""
        about_event = event is None or (self.effect in _ON_EVENTS and fnmatchcase(event, self._event))
        return about_event and self._shard in (None, shard)

    def send(self, frame: bytes, send: Send) -> None:
        """Send an event's frame in the way of the fault."""
        if self.effect == "duplicate":
            send(frame)
            send(frame)
        elif self.effect == "delay":
            self.later(lambda: send(frame))
        elif self.effect == "reorder":
            self._held.append((send, frame))

    def later(self, action: Callable[[], None]) -> None:
        """Do it as late as the fault says, by the simulator's clock."""
        self._clock.call_at(self._clock.now() + timedelta(seconds=self.late), action)

    def release(self) -> None:
        """Send what was held back to come after the next event."""
        held, self._held = self._held, []
        for send, frame in held:
            send(frame)

    def lift(self) -> None:
        """End it; nothing stays held back."""
        super().lift()
        self.release()


class GatewayFaults:
    """The way of every event to its socket; without faults it costs a look at an empty list."""

    def __init__(self) -> None:
        self.standing: list[GatewayFault] = []

    def pass_on(self, session: Session, event: str, frame: bytes) -> None:
        """Send an event to the session's socket, or do to it what a fault says."""
        connection = session.connection
        if connection is None:
            return
        if not self.standing:
            connection.send(frame)
            return
        struck = self._striking(session.shard[0], event)
        held = [it for it in self.standing if it.effect == "reorder" and it is not struck]
        if struck is None:
            connection.send(frame)
        else:
            struck.send(frame, connection.send)
        for fault in held:
            fault.release()
        if struck is not None or held:
            self.forget_finished()

    def forget_finished(self) -> None:
        """Drop the faults that are through."""
        self.standing = [it for it in self.standing if not it.finished]

    def _striking(self, shard: int, event: str) -> GatewayFault | None:
        return next((it for it in self.standing if it.concerns(shard, event) and it.strikes()), None)

    def acknowledge(self, shard: int | None, send: Callable[[], None]) -> None:
        """Acknowledge a heartbeat, late if a fault says so."""
        slow = next((it for it in self.standing if it.effect == "slow acks" and it.concerns(shard)), None)
        if slow is not None and slow.strikes():
            slow.later(send)
        else:
            send()

    def refuses(self) -> bool:
        """Tell whether a client that connects now finds no one."""
        return any(it.effect == "refuse" and it.strikes() for it in self.standing)
