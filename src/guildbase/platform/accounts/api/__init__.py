"""The routes of sign-ins, logins, API keys and security events."""

from fastapi import APIRouter

from guildbase.platform.accounts.api import keys, me, security, signing_in

router = APIRouter()
router.include_router(signing_in.router, tags=["accounts"])
router.include_router(me.router, tags=["accounts"])
router.include_router(keys.router, tags=["keys"])
router.include_router(security.router, tags=["security"])
