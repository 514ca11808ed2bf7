"""Pages by key: every row comes exactly once, in order, whatever changes meanwhile and whatever the cursor says."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput
from guildbase.database.manager import DatabaseManager
from guildbase.database.rows.pagination import BadCursor, Order
from tests.database.zoo import Keeper, Visit, ZooAnimal
from tests.factories import new_id

ORDERS: dict[str, list[Order]] = {
    "key": [],
    "one ascending": [col(Keeper.fed)],
    "one descending": [col(Keeper.fed).desc()],
    "two alike": [col(Keeper.name).asc(), col(Keeper.fed).asc()],
    "two opposed": [col(Keeper.name).desc(), col(Keeper.fed).asc()],
    "with the key": [col(Keeper.fed).desc(), col(Keeper.keeper_id).asc()],
    "a moment": [col(Keeper.created_at).desc()],
}


@pytest.fixture
async def keepers(zoo: DatabaseManager) -> list[int]:
    now = utcnow()
    rows = [
        {
            "keeper_id": new_id(),
            "name": "ABC"[n % 3] * 2,
            "fed": n // 4,
            "created_at": now + timedelta(microseconds=n % 5),
        }
        for n in range(23)
    ]
    async with zoo.transaction() as work:
        await Keeper.insert_many(work.session, rows)
    return [int(str(row["keeper_id"])) for row in rows]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("limit", [1, 5, 23])
async def test_every_row_comes_once_and_in_order(
    zoo: DatabaseManager, keepers: list[int], order: str, limit: int
) -> None:
    seen, cursor = [], None
    async with zoo.read_session() as session:
        while True:
            page = await Keeper.get_page(session, order_by=ORDERS[order], limit=limit, after=cursor)
            assert len(page.rows) <= limit
            seen += [keeper.keeper_id for keeper in page.rows]
            cursor = page.next
            if cursor is None:
                break
        descending = [item for item in ORDERS[order] if "DESC" in str(item)]
        key = col(Keeper.keeper_id).desc() if len(descending) == len(ORDERS[order]) > 0 else col(Keeper.keeper_id)
        whole = await Keeper.get_multi(session, order_by=[*ORDERS[order], key])
    assert seen == [keeper.keeper_id for keeper in whole]


async def test_what_comes_or_goes_on_pages_read_already_moves_nothing(zoo: DatabaseManager, keepers: list[int]) -> None:
    order = [col(Keeper.fed).asc()]
    async with zoo.read_session() as session:
        first = await Keeper.get_page(session, order_by=order, limit=5)
    async with zoo.transaction() as work:
        await Keeper.create(work.session, keeper_id=new_id(), name="Early", fed=0)
        await Keeper.delete_many(work.session, keeper_id=first.rows[2].keeper_id)
    async with zoo.read_session() as session:
        second = await Keeper.get_page(session, order_by=order, limit=100, after=first.next)
    seen = {keeper.keeper_id for keeper in first.rows}
    assert [keeper.keeper_id for keeper in second.rows if keeper.name != "Early"] == [
        key for key in keepers if key not in seen
    ]


async def test_a_page_keeps_to_the_conditions_and_to_200_rows(zoo: DatabaseManager, keepers: list[int]) -> None:
    async with zoo.transaction() as work:
        rows = [{"keeper_id": new_id(), "name": "Many", "fed": 99} for _ in range(205)]
        await Keeper.insert_many(work.session, rows)
    async with zoo.read_session() as session:
        page = await Keeper.get_page(session, col(Keeper.fed) > 5, name="Many", limit=10_000)
        assert len(page.rows) == 200
        rest = await Keeper.get_page(session, col(Keeper.fed) > 5, name="Many", after=page.next)
        assert (len(rest.rows), rest.next) == (5, None)
        assert len((await Keeper.get_page(session, limit=-3)).rows) == 1
        nothing = await Keeper.get_page(session, name="Nobody")
        assert (nothing.rows, nothing.next) == ([], None)


async def test_pages_of_deleted_rows_are_to_be_had(zoo: DatabaseManager, keepers: list[int]) -> None:
    async with zoo.transaction() as work:
        rows = [{"keeper_id": keepers[0], "chip": new_id(), "name": f"A{n}"} for n in range(6)]
        await ZooAnimal.insert_many(work.session, rows)
        await ZooAnimal.delete_many(work.session, name=["A1", "A4"])
    async with zoo.read_session() as session:
        live = await ZooAnimal.get_page(session)
        gone = await ZooAnimal.get_page(session, only_deleted=True, limit=1)
        rest = await ZooAnimal.get_page(session, only_deleted=True, limit=1, after=gone.next)
        everything = await ZooAnimal.get_page(session, include_deleted=True)
        with pytest.raises(InvalidInput, match="keeps no deleted rows"):
            await Keeper.get_page(session, only_deleted=True)
    assert [len(page.rows) for page in (live, everything)] == [4, 6]
    assert [animal.name for page in (gone, rest) for animal in page.rows] == ["A1", "A4"]


def _packed(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


async def test_a_cursor_that_is_not_of_this_list_is_refused(zoo: DatabaseManager, keepers: list[int]) -> None:
    order = [col(Keeper.fed).asc()]
    async with zoo.read_session() as session:
        page = await Keeper.get_page(session, order_by=order, limit=5)
        assert page.next is not None
        signature, fed, key = json.loads(base64.urlsafe_b64decode(page.next + "=="))
        other = await Keeper.get_page(session, order_by=[col(Keeper.fed).desc()], limit=5)
        wrong: list[Any] = [
            *["", "x", "é", "a b", "====", "A" * 3000, "\x00", "\ud800"],
            *[other.next, page.next[:-3], page.next + "AAAA"],
            *map(_packed, [None, 5, [], {}, [signature], [signature, fed], [signature, fed, None], [0, fed, key]]),
            *map(_packed, [[signature, "x", key], [signature, 2**31, key], [signature, fed, 5], [signature, [], key]]),
            _packed([signature, fed, key, key]), _packed([signature, 10**400, key]), "W" * 1999,
            base64.urlsafe_b64encode(b"[" * 1400).decode(),
        ]  # fmt: skip
        for cursor in wrong:
            with pytest.raises(BadCursor, match="does not belong to this list"):
                await Keeper.get_page(session, order_by=order, after=cursor)
        # Another place in the same list is no secret.
        moved = await Keeper.get_page(session, order_by=order, after=_packed([signature, 4, str(key)]))
        assert {keeper.fed for keeper in moved.rows} == {4, 5}


async def test_uuids_and_numbers_with_fractions_can_be_paged_by(zoo: DatabaseManager) -> None:
    async with zoo.transaction() as work:
        for number in range(6):
            await Visit.create(work.session, visitors=number, rating=number % 3 / 7)
    for order in ([], [col(Visit.rating).desc()], [col(Visit.came_at)]):
        seen, cursor = [], None
        async with zoo.read_session() as session:
            for _ in range(3):
                page = await Visit.get_page(session, order_by=order, limit=2, after=cursor)
                seen += [visit.visitors for visit in page.rows]
                cursor = page.next
        assert sorted(seen) == list(range(6))
        assert cursor is None


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (col(ZooAnimal.deleted_at), "may be empty"),
        (col(ZooAnimal.diet).desc(), "order zoo_animal.diet differently"),
        (col(Keeper.fed), "by its own columns"),
        (col(ZooAnimal.name) + "x", "by its own columns"),
        (col(ZooAnimal.name).desc().nulls_last(), "by its own columns"),
    ],
)
async def test_what_has_no_safe_order_cannot_be_paged_by(zoo: DatabaseManager, order: Order, told: str) -> None:
    async with zoo.read_session() as session:
        with pytest.raises(ValueError, match=told):
            await ZooAnimal.get_page(session, order_by=[order])
