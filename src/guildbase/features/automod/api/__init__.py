"""The routes of automod."""

from fastapi import APIRouter

from guildbase.features.automod.api import lists, rules, trying, violations

router = APIRouter(tags=["automod"])
router.include_router(rules.router)
router.include_router(trying.router)
router.include_router(violations.router)
router.include_router(lists.router)
