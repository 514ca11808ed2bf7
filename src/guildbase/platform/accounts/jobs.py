"""What forgets where people signed in from, and what is of no use when they are gone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from guildbase.services.due_work import Result, job

if TYPE_CHECKING:
    from guildbase.services.container import BotServices


@job(every=timedelta(hours=12))
async def addresses(services: BotServices) -> Result:
    """Empty the addresses of logins and security events that have had their term."""
    from guildbase.platform.accounts.controller import SessionController

    return {"forgotten": await services.get(SessionController).forget_addresses()}


@job(every=timedelta(hours=12))
async def tokens(services: BotServices) -> Result:
    """Throw Discord's tokens of people away who have no login left."""
    from guildbase.platform.accounts.controller import TokenController

    return {"forgotten": await services.get(TokenController).forget_unused()}
