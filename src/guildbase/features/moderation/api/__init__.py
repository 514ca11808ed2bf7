"""The routes of moderation."""

from fastapi import APIRouter

from guildbase.features.moderation.api import cases, notes, people, types

router = APIRouter(tags=["moderation"])
router.include_router(cases.router)
router.include_router(notes.router)
router.include_router(types.router)
router.include_router(people.router)
