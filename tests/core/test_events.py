from __future__ import annotations

from dataclasses import dataclass

import pytest

from guildbase.core.events import Event, EventBus


@dataclass(frozen=True, slots=True)
class Rang(Event):
    number: int


@dataclass(frozen=True, slots=True)
class RangTwice(Rang):
    pass


async def test_handlers_hear_only_their_event_in_the_order_of_subscription() -> None:
    bus: EventBus[str] = EventBus()
    heard: list[tuple[str, int, str]] = []

    async def first(event: Rang, transaction: str) -> None:
        heard.append(("first", event.number, transaction))

    async def second(event: Rang, transaction: str) -> None:
        heard.append(("second", event.number, transaction))

    bus.inside(Rang, first)
    bus.inside(Rang, second)
    await bus.announce(Rang(1), "here")
    await bus.announce(RangTwice(2), "here")
    assert heard == [("first", 1, "here"), ("second", 1, "here")]


async def test_a_failure_inside_reaches_the_announcer_and_stops_the_rest() -> None:
    bus: EventBus[None] = EventBus()
    heard: list[int] = []

    async def fail(_event: Rang, _transaction: None) -> None:
        raise ValueError("no")

    async def note(event: Rang, _transaction: None) -> None:
        heard.append(event.number)

    bus.inside(Rang, fail)
    bus.inside(Rang, note)
    with pytest.raises(ValueError, match="no"):
        await bus.announce(Rang(1), None)
    assert heard == []


async def test_a_failure_after_commit_harms_nobody() -> None:
    bus: EventBus[None] = EventBus()
    heard: list[int] = []

    async def fail(_event: Rang) -> None:
        raise ValueError("no")

    async def note(event: Rang) -> None:
        heard.append(event.number)

    bus.after_commit(Rang, fail)
    bus.after_commit(Rang, note)
    await bus.committed([Rang(1), RangTwice(9), Rang(2)])
    assert heard == [1, 2]


async def test_a_handler_that_subscribes_another_does_not_disturb_the_round() -> None:
    bus: EventBus[None] = EventBus()
    heard: list[str] = []

    async def late(_event: Rang) -> None:
        heard.append("late")

    async def early(_event: Rang) -> None:
        heard.append("early")
        bus.after_commit(Rang, late)

    bus.after_commit(Rang, early)
    await bus.committed([Rang(1)])
    assert heard == ["early"]
