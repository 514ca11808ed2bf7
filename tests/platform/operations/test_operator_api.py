"""The operator looks after the whole installation over HTTP, on both databases; nobody else finds anything there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import chain
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update
from sqlmodel import col

from guildbase.api.app import create_app
from guildbase.core.clock import utcnow
from guildbase.core.ports import SYSTEM, Caller, ErrorReport
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import DEFAULT_API_KEY, Settings
from guildbase.core.snowflake import shard_of
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.operations.controller import ErrorGroups, ShardHistory
from guildbase.platform.operations.controller.errors import Where
from guildbase.platform.operations.controller.health import HealthController
from guildbase.platform.operations.controller.processes import ProcessController
from guildbase.platform.operations.kinds import PROCESS_FACTS, AskProcess, ProcessFacts
from guildbase.platform.operations.models import ShardEvent, ShardHappening, ShardSample
from guildbase.platform.standing.controller import GlobalStandingController
from guildbase.platform.standing.models import StandingStatus, SubjectKind
from guildbase.platform.standing.rules import Decision
from guildbase.platform.telemetry.controller import ErrorController
from guildbase.platform.telemetry.models import AuditEntry, CommandUsage, ErrorEvent
from guildbase.services.assembly import assemble
from guildbase.services.cache import CacheService
from guildbase.services.container import BotServices
from guildbase.services.database import DatabaseService
from guildbase.services.due_work import DueItem, DueState, DueWork
from guildbase.services.leases import Lease
from guildbase.services.outbox import EffectState, Outbox, OutboxEffect
from guildbase.services.process import ProcessIdentity
from guildbase.services.pubsub import PubSub
from guildbase.services.pubsub.redis import RedisPubSub
from guildbase.services.pubsub.requests import Requests
from guildbase.services.shard_ranges import ShardRanges
from guildbase.services.shards import ShardReport, Shards
from tests.api.key_holders import give_keys, key
from tests.factories import new_id
from tests.waiting import until

OPERATOR = Caller(user_id=1128754567890123457, name="Kim", is_bot_owner=True)
READS = (
    "health", "processes", "shards/events", "shards/0/history", "servers", "servers?query=a", "errors",
    "errors/find?error_id=x", "errors/events?kind=a&place=b&error_type=c", "work", "work/due", "work/effects",
)  # fmt: skip


@pytest.fixture
async def client(services: BotServices) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the real application that asks as one of the bot's owners."""
    give_keys(services, kim=OPERATOR)
    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
    base = "http://test/api/v1/operator"
    async with httpx.AsyncClient(transport=transport, base_url=base, headers=key("kim")) as made:
        yield made


async def audited(services: BotServices, action: str) -> list[AuditEntry]:
    async with services.get(DatabaseService).read_session(fresh=True) as session:
        return list((await session.execute(select(AuditEntry).where(col(AuditEntry.action) == action))).scalars())


async def run_shards(services: BotServices, states: dict[int, str]) -> None:
    """Have this process hold the shards and report them so."""
    process = services.get(ProcessIdentity).id
    await ShardRanges(services).wait(len(states))
    await services.get(Shards).report(
        [ShardReport(it, process, "1", state, 3, 0.04 * (it + 1), (0.04,), 0.0) for it, state in states.items()]
    )


async def start_messages(services: BotServices) -> None:
    pubsub = services.get(PubSub)
    assert isinstance(pubsub, RedisPubSub)
    await pubsub.start()
    await until(lambda: pubsub.is_live)


async def test_for_everybody_else_there_is_nothing_here(services: BotServices) -> None:
    give_keys(services, stranger=Caller(user_id=new_id(), name="Stranger"))
    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
    base = "http://test/api/v1/operator"
    async with httpx.AsyncClient(transport=transport, base_url=base, headers=key("stranger")) as client:
        answers = [await client.get(f"/{path}") for path in READS]
        for path in ("cache/guilds/{}/forget", "servers/{}/leave", "work/due/1/retry", "work/due/1/cancel"):
            answers += [await client.post("/" + path.format(new_id()), json={"reason": "x"})]
        answers.append(await client.post("/work/effects/1/retry"))
        answers.append(await client.post("/errors/seen", json={"kind": "a", "place": "b", "error_type": "c"}))
        answers.append(await client.get(f"/shards/of/{new_id()}"))
    assert {answer.status_code for answer in answers} == {404}


async def test_health_names_each_part_and_what_to_do(client: httpx.AsyncClient, services: BotServices) -> None:
    checks = {it["name"]: it for it in (await client.get("/health")).json()["checks"]}
    assert set(checks) == {"database", "redis", "shards", "processes", "loops", "due work", "outbox"}
    assert checks["database"]["status"] in ("ok", "warning")  # A busy machine is slow to answer.
    assert checks["shards"]["status"] == "down"
    assert "guildbase up" in checks["shards"]["cure"]
    await run_shards(services, {0: "ready", 1: "reconnecting"})
    checks = {it["name"]: it for it in (await client.get("/health")).json()["checks"]}
    assert (checks["shards"]["status"], checks["shards"]["told"]) == ("warning", "1 of 2 are not ready.")


async def test_each_process_tells_of_its_loops_and_cache(client: httpx.AsyncClient, services: BotServices) -> None:
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    for _time in range(3):
        await services.get(GuildController).load(guild_id)
    [process] = (await client.get("/processes")).json()["processes"]
    assert process["process"] == services.get(ProcessIdentity).id
    [guilds] = [it for it in process["cache"] if it["kind"] == "guild"]
    assert (guilds["hits"], guilds["misses"]) == (2, 1)

    assert (await client.post(f"/cache/guilds/{guild_id}/forget")).status_code == 204
    assert services.get(CacheService).peek(f"guild:{guild_id}") is None
    [entry] = await audited(services, "operations.cache_forget")
    assert (entry.guild_id, entry.actor_name) == (guild_id, "Kim")
    assert (await client.post(f"/cache/guilds/{new_id()}/forget")).status_code == 404


async def test_a_process_that_does_not_answer_is_named(client: httpx.AsyncClient, services: BotServices) -> None:
    await ShardRanges(services).wait(1)
    async with services.get(DatabaseService).transaction(SYSTEM) as work:
        await work.session.execute(update(Lease).values(holder="elsewhere"))
    assert (await client.get("/processes")).json()["silent"] == ["elsewhere"]
    checks = {it["name"]: it for it in (await client.get("/health")).json()["checks"]}
    assert checks["processes"]["told"] == "These did not answer: elsewhere."
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    [server] = (await client.get("/servers")).json()["servers"]
    assert (server["guild_id"], server["name"]) == (str(guild_id), None)


async def test_a_server_on_a_shard_that_nobody_runs_is_listed(client: httpx.AsyncClient, services: BotServices) -> None:
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    await run_shards(services, {0: "ready"})
    async with services.get(DatabaseService).transaction(SYSTEM) as work:
        await work.session.execute(update(Lease).values(holder=None))
    [server] = (await client.get("/servers")).json()["servers"]
    assert (server["guild_id"], server["name"]) == (str(guild_id), None)


async def test_another_process_tells_of_itself(
    database_url: str, redis_settings: dict[str, Any], registry: FeatureRegistry
) -> None:
    here, there = (assemble(Settings(database_url=database_url, **redis_settings), registry) for _ in range(2))
    for process in (here, there):
        await start_messages(process)

    async def tell(_asked: AskProcess) -> ProcessFacts:
        return there.get(ProcessController).own()

    there.get(Requests).answer(PROCESS_FACTS, tell)
    await run_shards(there, {0: "ready"})
    found, silent = await here.get(ProcessController).all(OPERATOR)
    assert ([it.process for it in found], silent) == ([it.get(ProcessIdentity).id for it in (here, there)], [])
    for process in (here, there):
        await process.close()


async def test_without_its_database_health_still_answers(registry: FeatureRegistry) -> None:
    services = assemble(Settings(database_url="postgresql://nobody@127.0.0.1:1/none"), registry)
    checks = await services.get(HealthController).checks(OPERATOR)
    assert [(it.name, it.status) for it in checks] == [("database", "down"), ("redis", "ok")]
    await services.close()


async def test_the_history_of_a_shard_is_read_in_points(client: httpx.AsyncClient, services: BotServices) -> None:
    history = services.get(ShardHistory)
    await history.record([])
    await history.record([(1, ShardHappening.DISCONNECTED, utcnow())])  # While it runs no shard.
    await run_shards(services, {0: "ready", 1: "connecting"})
    await history.record([(1, ShardHappening.READY, utcnow())])
    now = utcnow().replace(second=0, microsecond=0)
    async with services.get(DatabaseService).transaction(SYSTEM) as work:
        for minutes in range(60, 180):
            sample: dict[str, Any] = {
                "is_ready": minutes % 2 == 0,
                "guilds": 3,
                "latency_ms": 100 if minutes % 2 else 300,
            }
            work.session.add(ShardSample(shard=0, minute=now - timedelta(minutes=minutes), **sample))
    told = (await client.get("/shards/0/history", params={"hours": 48})).json()
    assert told["step"] == 12 * 60
    assert 11 <= len(told["points"]) <= 13
    whole = [point for point in told["points"] if point["ready"] not in (0, 1)]
    assert all(point["highest"] == pytest.approx(0.3) for point in whole)
    assert told["points"] == sorted(told["points"], key=lambda point: str(point["at"]))

    happened = (await client.get("/shards/events", params={"shard_id": 1, "limit": 1})).json()
    assert happened["events"][0]["happening"] == "ready"
    after = {"shard_id": 1, "after": happened["next_after"]}
    assert (await client.get("/shards/events", params=after)).json()["events"][0]["happening"] == "disconnected"


async def test_every_list_is_walked_the_same_way(client: httpx.AsyncClient, services: BotServices) -> None:
    where: dict[str, Any] = {"kind": "command", "place": "walk", "error_type": "KeyError"}
    told: dict[str, Any] = {"message": "", "traceback": "", "version": "1", "error_id": "walk"}
    async with services.get(DatabaseService).transaction() as work:
        work.session.add_all(ErrorEvent(**told, **where) for _ in range(3))
        happening: dict[str, Any] = {"happening": ShardHappening.READY, "process": "walk", "happened_at": utcnow()}
        work.session.add_all(ShardEvent(shard=77, **happening) for _ in range(3))
    for path, query in (("errors", where), ("shards", {"shard_id": 77})):
        asked: dict[str, Any] = {**query, "limit": 2}
        walked: list[list[str]] = []
        while "after" not in asked or asked["after"]:
            found = (await client.get(f"/{path}/events", params=asked)).json()
            walked.append([it["event_id"] for it in found["events"]])
            asked["after"] = found["next_after"]
        assert [len(page) for page in walked] == [2, 1]
        ids = list(chain.from_iterable(walked))
        assert ids == sorted(ids, reverse=True)
        assert (await client.get(f"/{path}/events", params={**query, "after": "x"})).status_code == 422


async def test_a_server_leads_to_its_shard(client: httpx.AsyncClient, services: BotServices) -> None:
    guild_id = new_id()
    nowhere = (await client.get(f"/shards/of/{guild_id}")).json()
    assert nowhere == {"guild_id": str(guild_id), "shard_id": None, "process": None}
    await run_shards(services, {0: "ready", 1: "ready", 2: "ready"})
    found = (await client.get(f"/shards/of/{guild_id}")).json()
    assert (found["shard_id"], found["process"]) == (shard_of(guild_id, 3), services.get(ProcessIdentity).id)


async def test_servers_are_listed_searched_blocked_and_left(client: httpx.AsyncClient, services: BotServices) -> None:
    ids = [new_id() for _ in range(3)]
    for guild_id in ids:
        await services.get(GuildController).join(guild_id)
    await services.get(GuildController).leave(ids[0])
    async with services.get(DatabaseService).transaction(SYSTEM) as work:
        work.session.add(CommandUsage(guild_id=ids[1], day=utcnow().date(), command="warn", used=2))
    block = Decision(StandingStatus.BLOCKED, "spam")
    await services.get(GlobalStandingController).decide(SYSTEM, SubjectKind.GUILD, ids[2], block)

    first = (await client.get("/servers", params={"limit": 1})).json()
    second = (await client.get("/servers", params={"limit": 1, "after": first["next_after"]})).json()
    here = {it["guild_id"]: it for it in (*first["servers"], *second["servers"])}
    assert (set(here), second["next_after"]) == ({str(ids[1]), str(ids[2])}, None)
    assert here[str(ids[1])]["last_used"] == utcnow().date().isoformat()
    assert here[str(ids[2])]["block"] == {"reason": "spam", "expires_at": None}
    [gone] = (await client.get("/servers", params={"is_gone": True})).json()["servers"]
    assert (gone["guild_id"], gone["left_at"] is not None) == (str(ids[0]), True)
    [found] = (await client.get("/servers", params={"query": f" {ids[1]} "})).json()["servers"]
    assert found["guild_id"] == str(ids[1])
    assert (await client.get("/servers", params={"query": "no such name"})).json()["servers"] == []

    assert (await client.post(f"/servers/{ids[1]}/leave", json={"reason": ""})).status_code == 422
    assert (await client.post(f"/servers/{new_id()}/leave", json={"reason": "spam"})).status_code == 404
    assert (await client.post(f"/servers/{ids[1]}/leave", json={"reason": "spam"})).status_code == 202
    [entry] = await audited(services, "operations.leave")
    assert (entry.guild_id, entry.reason, entry.actor_id) == (ids[1], "spam", OPERATOR.user_id)
    effects = (await client.get("/work/effects", params={"state": "pending"})).json()["effects"]
    assert str(ids[1]) in [it["guild_id"] for it in effects]


async def test_errors_are_grouped_and_are_new_until_somebody_looks(
    client: httpx.AsyncClient, services: BotServices
) -> None:
    sink = services.get(ErrorController)
    ids = [sink.report(KeyError(f"x{number}"), ErrorReport("command", "warn")) for number in range(2)]
    sink.report(ValueError("odd"), ErrorReport("job", "sweep"))
    await sink.flush()
    groups = {it["place"]: it for it in (await client.get("/errors")).json()["groups"]}
    assert (groups["warn"]["count"], groups["warn"]["error_type"], groups["warn"]["is_new"]) == (2, "KeyError", True)
    where = {name: groups["warn"][name] for name in ("kind", "place", "error_type")}
    [event] = (await client.get("/errors/events", params=where)).json()["events"]
    assert (event["error_id"], "KeyError" in event["traceback"]) == (ids[0], True)
    found = (await client.get("/errors/find", params={"error_id": ids[0]})).json()["events"]
    assert [it["event_id"] for it in found] == [event["event_id"]]
    page = (await client.get("/errors/events", params={**where, "limit": 1})).json()
    assert page == {"events": [event], "next_after": None}

    assert (await client.post("/errors/seen", json=where)).status_code == 204
    seen = {it["place"]: it for it in (await client.get("/errors")).json()["groups"]}
    assert (seen["warn"]["is_new"], seen["warn"]["seen_by_name"], seen["sweep"]["is_new"]) == (False, "Kim", True)
    assert len(await audited(services, "operations.error_seen")) == 1
    unknown = await client.post("/errors/seen", json={**where, "place": "nowhere"})
    assert unknown.status_code == 404
    await services.get(ErrorGroups).mark_seen(SYSTEM, Where(**where))


async def test_work_is_counted_retried_and_put_aside(client: httpx.AsyncClient, services: BotServices) -> None:
    due, outbox = services.get(DueWork), services.get(Outbox)
    async with services.get(DatabaseService).transaction(SYSTEM) as work:
        numbers = [await due.schedule(work, "test.kind", {}, after=timedelta(hours=at)) for at in (-1, 1, 1, 1, 1)]
        effect = await outbox.promise(work, "test.effect", {}, guild_id=None)
        now = utcnow()
        for number, state in zip(numbers[1:4], (DueState.FAILED, DueState.DONE, DueState.FAILED), strict=True):
            ended = {"state": state, "finished_at": now, "error": "no luck"}
            await work.session.execute(update(DueItem).where(col(DueItem.work_id) == number).values(**ended))
        failed = update(OutboxEffect).where(col(OutboxEffect.effect_id) == effect)
        await work.session.execute(failed.values(state=EffectState.FAILED))
    told = (await client.get("/work")).json()
    [kind] = told["due"]["kinds"]
    assert (kind["waiting"], kind["failed"], told["due"]["done_last_hour"]) == (2, 2, 1)
    assert kind["oldest"] == pytest.approx(3600, abs=60)
    assert told["effects"]["kinds"] == [{"kind": "test.effect", "waiting": 0, "failed": 1, "oldest": 0.0}]
    checks = {it["name"]: it["status"] for it in (await client.get("/health")).json()["checks"]}
    assert checks["due work"] == "down"

    listed = (await client.get("/work/due", params={"state": "failed", "kind": "test.kind"})).json()["items"]
    assert {it["work_id"] for it in listed} == {numbers[1], numbers[3]}
    assert "payload" not in listed[0]
    walked: list[int] = []
    asked: dict[str, Any] = {"kind": "test.kind", "limit": 1}
    while "after" not in asked or asked["after"]:
        page = (await client.get("/work/due", params=asked)).json()
        walked += [it["work_id"] for it in page["items"]]
        asked["after"] = page["next_after"]
    # Open work first; of what is over, and ended at the same moment, the latest.
    assert walked == [numbers[0], numbers[4], *sorted(numbers[1:4], reverse=True)]
    for wrong in (str(2**62), "x"):
        assert (await client.get("/work/due", params={"after": wrong})).status_code == 422
    assert (await client.get("/work/effects", params={"after": str(effect)})).json() == {
        "effects": [],
        "next_after": None,
    }
    assert (await client.post(f"/work/due/{numbers[1]}/retry")).status_code == 204
    assert (await client.post(f"/work/due/{numbers[3]}/cancel")).status_code == 204
    assert (await client.post(f"/work/due/{numbers[2]}/retry")).status_code == 409
    assert (await client.post(f"/work/effects/{effect}/retry")).status_code == 204
    actions = [await audited(services, name) for name in ("due_work.retry", "due_work.cancel", "outbox.retry")]
    assert [len(found) for found in actions] == [1, 1, 1]
    assert {entry.actor_id for found in actions for entry in found} == {OPERATOR.user_id}


async def test_the_operators_key_opens_the_same_door(services: BotServices) -> None:
    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
    headers: dict[str, Any] = {"X-API-Key": DEFAULT_API_KEY}
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1", headers=headers) as client:
        assert (await client.get("/operator/work")).status_code == 200
