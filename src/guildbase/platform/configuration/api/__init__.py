"""The routes of settings, of a server's own settings, and of export and import."""

from fastapi import APIRouter

from guildbase.platform.configuration.api import custom, modules, settings, transfer

router = APIRouter(tags=["configuration"])
router.include_router(settings.router)
router.include_router(modules.router)
router.include_router(custom.router)
router.include_router(transfer.router)
