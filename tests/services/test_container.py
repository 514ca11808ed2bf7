from __future__ import annotations

from typing import Protocol

import pytest

from guildbase.core.settings import Settings
from guildbase.services.container import BotServices


class Speaker(Protocol):
    def speak(self) -> str: ...


class Dog:
    def speak(self) -> str:
        return "woof"


class Door:
    def __init__(self, name: str, closed: list[str], *, jammed: bool = False) -> None:
        self.name, self.closed, self.jammed = name, closed, jammed

    async def close(self) -> None:
        if self.jammed:
            raise OSError("jammed")
        self.closed.append(self.name)


class Front(Door):
    pass


class Back(Door):
    pass


class Side(Door):
    pass


class Greeting:
    is_controller = True

    def __init__(self, services: BotServices) -> None:
        self.speaker = services.get(Speaker)


def test_a_service_is_found_by_its_type() -> None:
    services = BotServices()
    dog = services.add(Speaker, Dog())
    assert services.get(Speaker) is dog


def test_what_nobody_offers_is_a_lookup_error() -> None:
    with pytest.raises(LookupError, match="No Dog among the services"):
        BotServices().get(Dog)


def test_a_factory_makes_one_instance_when_first_asked() -> None:
    services = BotServices()
    made: list[Dog] = []

    def make(_services: BotServices) -> Dog:
        made.append(Dog())
        return made[-1]

    services.provide(Speaker, make)
    assert made == []
    assert services.get(Speaker) is services.get(Speaker)
    assert len(made) == 1


def test_a_controller_needs_no_registration_and_is_made_once() -> None:
    services = BotServices()
    services.add(Speaker, Dog())
    greeting = services.get(Greeting)
    assert greeting is services.get(Greeting)
    assert greeting.speaker.speak() == "woof"


class Ticket:
    """Is closed for a reason."""

    async def close(self, reason: str) -> None:
        raise AssertionError(reason)


async def test_what_closes_something_else_is_left_alone() -> None:
    services = BotServices()
    services.add(Ticket, Ticket())
    await services.close()
    assert not services.has(Ticket)


async def test_services_close_in_reverse_order_and_once_each() -> None:
    services, closed = BotServices(), list[str]()
    front = services.add(Front, Front("front", closed))
    services.add(Settings, Settings())
    services.add(Back, Back("back", closed))
    services.add(Door, front)
    await services.close()
    assert closed == ["back", "front"]


async def test_one_that_fails_to_close_does_not_keep_the_rest_open() -> None:
    services, closed = BotServices(), list[str]()
    services.add(Front, Front("front", closed))
    services.add(Back, Back("back", closed, jammed=True))
    services.add(Side, Side("side", closed))
    await services.close()
    assert closed == ["side", "front"]


async def test_after_closing_nothing_is_closed_again() -> None:
    services, closed = BotServices(), list[str]()
    services.add(Front, Front("front", closed))
    await services.close()
    await services.close()
    assert closed == ["front"]
    with pytest.raises(LookupError):
        services.get(Front)
