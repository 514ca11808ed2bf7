"""Builds the HTTP application at `/api/v1` from the services and the features' routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI

import guildbase
from guildbase.api import health, shards
from guildbase.api.errors import install_error_handlers
from guildbase.api.middleware import BodyLimitMiddleware, CorrelationMiddleware
from guildbase.core.registry import FeatureRegistry, load_file
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

    app = FastAPI(
        title="Guildbase",
        version=guildbase.__version__,
        summary="What the bot knows and does, for the dashboard and for programs.",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=f"{PREFIX}/docs",
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.services = services
    app.add_middleware(BodyLimitMiddleware)
    app.add_middleware(CorrelationMiddleware)
    install_error_handlers(app)
    app.include_router(health.router, prefix=PREFIX)
    app.include_router(shards.router, prefix=PREFIX)
    for feature in services.get(FeatureRegistry).features.values():
        try:
            if (module := load_file(feature, "api")) is not None:
                app.include_router(module.router, prefix=PREFIX)
        except Exception:
            # One feature's mistake leaves out its own routes and nothing else.
            log.exception("routes_not_added", feature=feature.name)
    return app
