"""Requests made from the description of the API, right ones and wrong ones: each is answered as it is described."""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.core.failures import FailureGroup
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi import checks

from guildbase.api.app import create_app
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import DEFAULT_API_KEY, Settings
from guildbase.services.assembly import assemble
from tests.api.populated import Populated, populate

log = logging.getLogger(__name__)

PARTS = 4
"""The operations are dealt out to so many tests, so that these run side by side."""
EXAMPLES = {GenerationMode.POSITIVE: 2, GenerationMode.NEGATIVE: 2}
"""Requests of each operation: such as fit the description, and such as do not."""
CHECKS = [checks.status_code_conformance, checks.content_type_conformance, checks.response_schema_conformance]
ENDLESS = {"listen"}
"""Operations whose answers never end."""


@dataclass(frozen=True)
class Fuzzed:
    """The application with a server in it, and the operations of its description."""

    client: httpx.AsyncClient
    server: Populated
    operations: list[Any]


@pytest.fixture(scope="module")
async def fuzzed(
    guildbase_sqlite_template: Path, registry: FeatureRegistry, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Fuzzed]:
    path = tmp_path_factory.mktemp("fuzzed") / "guildbase.db"
    shutil.copyfile(guildbase_sqlite_template, path)
    unlimited = Settings(database_url=f"sqlite:///{path}", api_rate_limit=10_000, api_address_limit=100_000)
    services = assemble(unlimited, registry)
    app = create_app(services)
    described: Iterable[Any] = schemathesis.openapi.from_dict(without_headers(app.openapi())).get_all_operations()
    operations = [one for it in described if (one := it.ok()).definition.raw["operationId"] not in ENDLESS]
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"X-API-Key": DEFAULT_API_KEY}
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1", headers=headers) as client:
        yield Fuzzed(client, await populate(services, client), operations)
    await services.close()


@pytest.mark.parametrize("part", range(PARTS))
async def test_every_answer_is_one_that_is_described(fuzzed: Fuzzed, part: int) -> None:
    problems: list[str] = []
    statuses: Counter[int] = Counter()
    for operation in fuzzed.operations[part::PARTS]:
        for mode, count in EXAMPLES.items():
            for case in cases_of(operation, mode, count, fuzzed.server):
                answer = await fuzzed.client.send(as_request(case, fuzzed.client))
                statuses[answer.status_code] += 1
                problems += wrong_with(case, answer)
    log.info("part %s: %s requests, %s", part, statuses.total(), dict(sorted(statuses.items())))
    assert problems == [], "\n\n".join(problems)
    assert statuses.total() > 100


def without_headers(document: dict[str, Any]) -> dict[str, Any]:
    """Return the description without headers and cookies: to make them up takes longer than to answer the request."""
    paths = {
        path: {
            method: {key: value for key, value in operation.items() if key != "security"}
            | {"parameters": [it for it in operation.get("parameters", ()) if it["in"] in ("path", "query")]}
            for method, operation in methods.items()
        }
        for path, methods in document["paths"].items()
    }
    return document | {"paths": paths}


def cases_of(operation: Any, mode: GenerationMode, count: int, server: Populated) -> list[Any]:
    """Return requests of the operation, the same in every run; right ones are about what there is."""
    found: list[Any] = []
    if not (operation.body or operation.query):
        # Right ones are all alike then, and wrong ones have a place that is none.
        count = 1 if operation.path_parameters or mode is GenerationMode.POSITIVE else 0
    if count == 0:
        return found

    @seed(8)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode))
    def collect(case: Any) -> None:
        found.append(case)

    collect()
    if mode is GenerationMode.POSITIVE:
        for case in found:
            places = {
                place: server.fill(f"{operation.path.rpartition('{')[0]}{{{place}}}") for place in case.path_parameters
            }
            case.path_parameters = {place: path.rpartition("/")[2] for place, path in places.items()}
    return found


def as_request(case: Any, client: httpx.AsyncClient) -> httpx.Request:
    """Return the request as the client sends it."""
    prepared: Any = requests.Request(**case.as_transport_kwargs(base_url="http://test")).prepare()
    headers = {**client.headers, **{name: str(value) for name, value in prepared.headers.items() if value is not None}}
    return httpx.Request(prepared.method or "", prepared.url or "", headers=headers, content=prepared.body or b"")


def wrong_with(case: Any, answer: httpx.Response) -> list[str]:
    """Return what of the answer is not as it is described."""
    asked = f"{answer.request.method} {answer.request.url} {answer.request.content[:300]!r} -> {answer.status_code}"
    if answer.status_code >= 500 and not (answer.status_code == 503 and answer.json()["code"] == "no_reply"):
        return [f"{asked}\n{answer.text[:500]}"]
    try:
        case.validate_response(answer, checks=CHECKS)
    except FailureGroup as group:
        return [f"{asked}\n{failure.message[:600]}" for failure in group.exceptions]
    return []
