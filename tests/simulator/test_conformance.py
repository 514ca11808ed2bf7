"""Walks through every operation that the simulator claims to answer, and counts those that conform."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from guildbase.simulator import Simulator
from guildbase.simulator.rest.server import TABLES
from tests.simulator.conformance import entries, proven
from tests.simulator.conformance.missing import reason
from tests.simulator.conformance.walk import Entry, Walk
from tests.simulator.oracle import oracle
from tools.simulator_coverage import page

# How many of the operations that a bot token can use must conform at least.
FLOOR = 215


@pytest.fixture(scope="module")
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
async def alone() -> AsyncIterator[Simulator]:
    """A simulator for one walk, to which no bot is connected, since a walk needs none."""
    async with Simulator() as running:
        yield running


@pytest.mark.parametrize("entry", entries(), ids=lambda it: it.name)
async def test_answers_conform(alone: Simulator, session: aiohttp.ClientSession, entry: Entry) -> None:
    walk = Walk(alone, session)
    await entry.scenario(walk)
    assert set(entry.operations) <= walk.proven


def test_every_operation_is_claimed_by_one_walk() -> None:
    claimed = [it for entry in entries() for it in entry.operations]
    assert sorted(claimed) == sorted(proven())


def test_every_answered_route_is_proven() -> None:
    routes = {_nameless(route.name) for table in TABLES for route in table.routes}
    answered = {it.id for it in oracle().operations.values() if _nameless(it.name) in routes}
    assert answered - proven() == set()


def test_enough_operations_conform_and_each_other_one_has_a_reason() -> None:
    bots = oracle().for_bots
    assert sum(it.id in proven() for it in bots) >= FLOOR
    unexplained = [it.id for it in bots if it.id not in proven() and not reason(it)]
    assert unexplained == []


def test_the_report_counts_what_is_proven() -> None:
    count = sum(it.id in proven() for it in oracle().for_bots)
    assert f"**{count} of these 237 are answered" in page()


def _nameless(route: str) -> str:
    return re.sub(r"{\w+}", "{}", route)


def test_the_document_has_the_operations_that_the_report_counts() -> None:
    assert (len(oracle().operations), len(oracle().for_bots)) == (242, 237)
