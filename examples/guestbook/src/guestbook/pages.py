"""The book's page in the dashboard: data that the dashboard shows, so nothing has to be built."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, Field

from guildbase.core.validators import UserId
from guildbase.services.pages import Action, Card, Column, Page, PageVisit, Rows, Stats, Table

from .controller import GuestbookController


class WhoseLine(BaseModel):
    """Whose line is to be removed."""

    user: UserId = Field(description="The person whose line is removed.")
    reason: str = Field(default="", max_length=200, description="Why, for the audit log.")


async def figures(visit: PageVisit) -> Sequence[Card]:
    """Return how many signed, and when the last one did."""
    count, last = await visit.controller(GuestbookController).figures(visit.guild_id)
    return [Card("Lines", count), Card("Last signed", last, kind="time", hint="The time is your own.")]


async def lines(visit: PageVisit, after: str | None, limit: int) -> Rows:
    """Return some lines, newest first."""
    page = await visit.controller(GuestbookController).page(visit.guild_id, after=after, limit=limit)
    shown = [
        {"who": entry.user_id, "text": entry.text, "mood": entry.mood.value, "when": entry.updated_at}
        for entry in page.rows
    ]
    return Rows(shown, page.next)


async def remove(visit: PageVisit, form: WhoseLine) -> str:
    """Remove the line of one person."""
    controller = visit.controller(GuestbookController)
    removed = await controller.remove(visit.caller, visit.guild_id, form.user, form.reason, key=visit.key)
    return "The line is removed." if removed.was_there else "They have not signed."


ENTRIES = Page(
    name="entries",
    title="Guest book",
    summary="What people wrote when they came by.",
    icon="book",
    blocks=(
        Stats("figures", "At a glance", figures),
        Table(
            "lines",
            "Lines",
            (
                Column("who", "Who", "user"),
                Column("text", "Line"),
                Column("mood", "Mood", "badge"),
                Column("when", "When", "time"),
            ),
            lines,
            empty="Nobody has signed yet. /sign writes the first line.",
        ),
        Action(
            "remove",
            "Remove a line",
            remove,
            summary="For what should not stand in the book.",
            confirm="The line is gone for good.",
            form=WhoseLine,
            is_destructive=True,
        ),
    ),
)
