"""A stranger's feature has pages in the dashboard without a build; rights and guild are judged before it is asked."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from guildbase.api.app import create_app
from guildbase.core.errors import NotFound, PermissionDenied
from guildbase.core.ports import SYSTEM, Caller, Callers
from guildbase.core.registry import FeatureRegistry
from guildbase.core.rights import Right, closure
from guildbase.core.settings import Settings
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.pages import controller
from guildbase.platform.pages.controller import PageController, PageNotFound
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.pages import Action, Stats
from tests.api.key_holders import KeyHolders, key
from tests.factories import new_id

MANIFEST = """
from guildbase.core.feature import Feature
feature = Feature(name={name!r}, summary="For a test.", pages=({pages},))
"""
PAGES = """
import asyncio
from pydantic import BaseModel, Field
from guildbase.services.pages import Action, Card, Column, Page, Rows, Settings, Stats, Table

DONE = []

class Wish(BaseModel):
    amount: int = Field(ge=1, le=9)

async def cards(visit):
    return [Card(f"Card {number}", visit.guild_id % 7) for number in range(20)]

async def rows(visit, after, limit):
    first = int(after or 0)
    return Rows([{"number": first + it, "hidden": "secret"} for it in range(limit + 5)], str(first + limit))

async def broken(visit, after, limit):
    raise RuntimeError("the token is hunter2")

async def wrong(visit, after, limit):
    return Rows([{"number": "<script>"}])

async def give(visit, form):
    DONE.append((visit.caller.user_id, visit.guild_id, form.amount, visit.key.key if visit.key else None))
    return f"Gave {form.amount}."

async def close(visit, form):
    return "Closed."

async def half(visit):
    return [Card("half \\ud800", "half \\ud800", "text", "half \\ud800")]

async def half_done(visit, form):
    return "half \\ud800" + "x" * 2000

async def slow(visit, *_):
    await asyncio.Event().wait()

async def own_limit(visit):
    raise TimeoutError("no answer from elsewhere")

NUMBER = (Column("number", "Number", "number"),)
SHOP = Page("shop", "Shop", "What is sold.", (
    Settings(), Stats("cards", "Cards", cards), Table("rows", "Rows", NUMBER, rows),
    Table("broken", "Broken", NUMBER, broken), Table("wrong", "Wrong", NUMBER, wrong),
    Action("give", "Give", give, form=Wish),
    Action("close", "Close", close, right="owner", confirm="Sure?", is_destructive=True),
), icon="gift")
TILL = Page("till", "Till", "For the owner.", (), right="owner")
ODD = Page("odd", "Odd", "What goes wrong.", (
    Stats("half", "Half", half), Action("half-done", "Half done", half_done), Stats("own-limit", "Limit", own_limit),
    Stats("slow", "Slow", slow), Table("slow-rows", "Slow", NUMBER, slow), Action("slow-act", "Slow", slow),
))
"""


class Rights(KeyHolders):
    """Kim alone, who holds in which guild what the test says."""

    def __init__(self, held: dict[int, Right]) -> None:
        super().__init__(kim=Caller(user_id=42, name="Kim"))
        self.held = held
        self.refusals = 0

    async def in_guild(self, caller: Caller, guild_id: int, right: Right, *, is_unsafe: bool) -> Caller:
        """Judge as the contract says."""
        if guild_id not in self.held:
            raise NotFound("There is nothing here.")
        rights = closure(self.held[guild_id])
        if right and right not in rights:
            raise PermissionDenied("Not this.")
        return dataclasses.replace(caller, guild_id=guild_id, rights=rights)

    async def refused(self, *_what: object, **_more: object) -> None:
        """Count the refusals that are noted as security events."""
        self.refusals += 1


@pytest.fixture
def registry(tmp_path: Path) -> FeatureRegistry:
    """All built-in features, one with pages and one whose pages are broken."""
    for name, pages, source in (
        ("shop", '"pages:SHOP", "pages:TILL", "pages:ODD"', PAGES),
        ("ruin", '"pages:NONE"', "raise RuntimeError('no')"),
    ):
        folder = tmp_path / "features" / name
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text(MANIFEST.format(name=name, pages=pages))
        (folder / "pages.py").write_text(source)
    return FeatureRegistry.discover(tmp_path / "features")


@pytest.fixture
async def services(settings: Settings, registry: FeatureRegistry) -> AsyncIterator[BotServices]:
    """The services of a process with these features."""
    assembled = assemble(settings, registry)
    yield assembled
    await assembled.close()


@pytest.fixture
async def guild_id(services: BotServices) -> int:
    """A server that the bot is in."""
    joined = new_id()
    await services.get(GuildController).join(joined)
    return joined


@pytest.fixture
def rights(services: BotServices, guild_id: int) -> Rights:
    """Somebody who may change the settings of the server."""
    held = Rights({guild_id: Right.EDIT_SETTINGS})
    services.add(Callers, held)
    return held


@pytest.fixture
async def client(services: BotServices, rights: Rights) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the real application that asks as this person."""
    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1", headers=key("kim")) as made:
        yield made


async def test_the_menu_has_the_pages_that_one_may_see(
    client: httpx.AsyncClient, guild_id: int, rights: Rights
) -> None:
    listed = (await client.get(f"/guilds/{guild_id}/pages")).json()["pages"]
    assert [(it["feature"], it["name"], it["icon"]) for it in listed] == [
        ("shop", "shop", "gift"), ("shop", "odd", "puzzle"),
    ]  # fmt: skip
    rights.held[guild_id] = Right.OWNER
    assert len((await client.get(f"/guilds/{guild_id}/pages")).json()["pages"]) == 3
    rights.held[guild_id] = Right.VIEW_CASES
    assert (await client.get(f"/guilds/{guild_id}/pages")).json()["pages"] == []


async def test_a_page_tells_its_blocks_and_what_one_may_do(client: httpx.AsyncClient, guild_id: int) -> None:
    page = (await client.get(f"/guilds/{guild_id}/pages/shop/shop")).json()
    assert [it["kind"] for it in page["blocks"]] == ["settings", "stats", "table", "table", "table", "action", "action"]
    give, close = page["blocks"][-2:]
    assert (give["is_allowed"], close["is_allowed"], close["confirm"]) == (True, False, "Sure?")
    assert give["form"]["properties"]["amount"]["maximum"] == 9
    assert close["form"] is None


async def test_rows_are_limited_and_hold_what_the_page_declares(client: httpx.AsyncClient, guild_id: int) -> None:
    table = f"/guilds/{guild_id}/pages/shop/shop/tables/rows"
    first = (await client.get(table, params={"limit": 2})).json()
    assert first == {"rows": [{"number": 0}, {"number": 1}], "next_after": "2"}
    second = (await client.get(table, params={"limit": 2, "after": first["next_after"]})).json()
    assert [row["number"] for row in second["rows"]] == [2, 3]
    assert (await client.get(table, params={"limit": 101})).status_code == 422
    cards = (await client.get(f"/guilds/{guild_id}/pages/shop/shop/stats/cards")).json()["cards"]
    assert len(cards) == 12
    assert cards[0] == {"label": "Card 0", "value": guild_id % 7, "kind": "number", "hint": ""}


@pytest.mark.parametrize("table", ["broken", "wrong"])
async def test_a_block_that_fails_leaves_the_others_and_tells_no_secrets(
    client: httpx.AsyncClient, guild_id: int, table: str
) -> None:
    answer = await client.get(f"/guilds/{guild_id}/pages/shop/shop/tables/{table}")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "hunter2" not in answer.text
    assert (await client.get(f"/guilds/{guild_id}/pages/shop/shop/tables/rows")).status_code == 200


async def test_a_block_that_takes_too_long_is_ended_and_the_page_is_answered(
    client: httpx.AsyncClient, guild_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(controller, "WITHIN", 0.02)
    page = f"/guilds/{guild_id}/pages/shop/odd"
    for method, path in (("GET", "stats/slow"), ("GET", "tables/slow-rows"), ("POST", "actions/slow-act")):
        answer = await client.request(method, f"{page}/{path}", json={} if method == "POST" else None)
        assert (answer.status_code, answer.json()["code"]) == (503, "page_too_slow")
    assert (await client.get(f"{page}/stats/own-limit")).json()["code"] == "internal_error"


async def test_halves_of_characters_do_not_break_an_answer(client: httpx.AsyncClient, guild_id: int) -> None:
    page = f"/guilds/{guild_id}/pages/shop/odd"
    [card] = (await client.get(f"{page}/stats/half")).json()["cards"]
    assert {card["label"], card["value"], card["hint"]} == {"half ?"}
    done = (await client.post(f"{page}/actions/half-done", json={})).json()["message"]
    assert (done[:7], len(done)) == ("half ?x", 1000)


async def test_an_action_gets_its_form_checked_and_the_key_of_its_request(
    client: httpx.AsyncClient, guild_id: int, services: BotServices
) -> None:
    give = f"/guilds/{guild_id}/pages/shop/shop/actions/give"
    refused = await client.post(give, json={"form": {"amount": 10, "price": 1}})
    assert (refused.status_code, set(refused.json()["problems"])) == (422, {"amount", "price"})
    assert (await client.post(give, json={"amount": 1})).status_code == 422
    done = await client.post(give, json={"form": {"amount": 3}}, headers={"Idempotency-Key": "once"})
    assert done.json() == {"message": "Gave 3."}
    action = services.get(PageController).block(services.get(PageController).page("shop", "shop"), "give", Action)
    assert action.run.__globals__["DONE"] == [(42, guild_id, 3, "once")]


async def test_who_lacks_the_right_is_refused_before_the_feature_is_asked(
    client: httpx.AsyncClient, guild_id: int, rights: Rights
) -> None:
    page = f"/guilds/{guild_id}/pages/shop/shop"
    assert (await client.post(f"{page}/actions/close", json={})).status_code == 403
    assert (await client.get(f"/guilds/{guild_id}/pages/shop/till")).status_code == 403
    rights.held[guild_id] = Right.VIEW_CASES
    for path in (page, f"{page}/tables/rows", f"{page}/stats/cards"):
        assert (await client.get(path)).status_code == 403
    assert (await client.post(f"{page}/actions/give", json={"form": {"amount": 1}})).status_code == 403
    assert rights.refusals == 6


async def test_another_server_has_nothing_for_a_stranger(client: httpx.AsyncClient, services: BotServices) -> None:
    other = new_id()
    await services.get(GuildController).join(other)
    for path in ("", "/shop/shop", "/shop/shop/tables/rows", "/shop/shop/stats/cards", "/no/such"):
        assert (await client.get(f"/guilds/{other}/pages{path}")).status_code == 404
    assert (await client.post(f"/guilds/{other}/pages/shop/shop/actions/give", json={})).status_code == 404


@pytest.mark.parametrize(
    "path", ["shop/none", "ruin/shop", "shop/shop/tables/cards", "shop/shop/tables/none", "shop/shop/stats/rows"]
)
async def test_what_no_feature_declares_is_not_there(client: httpx.AsyncClient, guild_id: int, path: str) -> None:
    answer = await client.get(f"/guilds/{guild_id}/pages/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "page_not_found")


async def test_the_controller_judges_by_itself(services: BotServices, guild_id: int) -> None:
    pages = services.get(PageController)
    shop = pages.page("shop", "shop")
    stranger = Caller(user_id=1, guild_id=guild_id, permissions=8)
    with pytest.raises(PermissionDenied):
        await pages.cards(stranger, guild_id, shop, pages.block(shop, "cards", Stats))
    with pytest.raises(PermissionDenied):
        await pages.act(stranger, guild_id, shop, pages.block(shop, "close", Action), {})
    assert await pages.act(SYSTEM, guild_id, shop, pages.block(shop, "close", Action), {}) == "Closed."
    with pytest.raises(PageNotFound):
        pages.page("shop", "none")
