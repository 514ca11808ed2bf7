"""Builds the HTTP application at `/api/v1` from the services and the features' routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

import guildbase
from guildbase.api import documentation, health, live, shards
from guildbase.api.errors import install_error_handlers
from guildbase.api.listeners import Listeners
from guildbase.api.middleware import AnswerMiddleware, EntranceMiddleware
from guildbase.api.openapi import Api
from guildbase.api.routing import RouteIndex
from guildbase.api.web import serve_dashboard
from guildbase.core.registry import FeatureRegistry, load_file
from guildbase.core.settings import Settings
from guildbase.services.container import BotServices

log = structlog.get_logger(__name__)

PREFIX = "/api/v1"


def create_app(services: BotServices, *, close_services: bool = False) -> FastAPI:
    """Return the application; with `close_services` its end closes the services too."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        if close_services:
            await services.close()

    app = Api(
        title="Guildbase",
        version=guildbase.__version__,
        summary="What the bot knows and does, for the dashboard and for programs.",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.services = services
    services.provide(Listeners, Listeners)
    # The last one added is the first that a request passes.
    app.add_middleware(EntranceMiddleware, services=services)
    if origins := services.get(Settings).cors_origins:
        # Without credentials: another site's pages bring a key, and never the cookie of who looks at them.
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["X-API-Key", "Content-Type", "Idempotency-Key", "X-Correlation-Id"],
            expose_headers=[
                "RateLimit-Limit",
                "RateLimit-Remaining",
                "RateLimit-Reset",
                "Retry-After",
                "X-Correlation-Id",
            ],
        )
    app.add_middleware(AnswerMiddleware)
    install_error_handlers(app)
    routes = RouteIndex(app.router)
    for router in (health.router, shards.router, live.router, documentation.router):
        routes.add(router, PREFIX)
    for feature in services.get(FeatureRegistry).features.values():
        try:
            if (module := load_file(feature, "api")) is not None:
                routes.add(module.router, PREFIX)
        except Exception:
            # One feature's mistake leaves out its own routes and nothing else.
            log.exception("routes_not_added", feature=feature.name)
    serve_dashboard(app, services.get(Settings))
    return app
