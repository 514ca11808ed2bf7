"""The shapes of what a server sets tickets up with."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from guildbase.core.validators import Duration
from guildbase.features.tickets.api.shapes import Wanted
from guildbase.features.tickets.controller.panels import PostedPanel
from guildbase.features.tickets.kinds import MAX_REASON, MAX_REPLY, MAX_TAG
from guildbase.features.tickets.models import TicketBlock, TicketCategory, TicketReply
from guildbase.features.tickets.schemas import CategoryShape, PanelShape

NAME = rf"^[\w-]{{1,{MAX_TAG}}}$"


class CategoryOut(CategoryShape):
    """One sort of tickets."""

    number: int = Field(ge=1, examples=[1])

    @classmethod
    def of_row(cls, row: TicketCategory, staff_roles: frozenset[int]) -> CategoryOut:
        """Return the shape of a stored category."""
        return cls(**CategoryShape.of(row, staff_roles).model_dump(), number=row.number)


class CategoryList(BaseModel):
    """The categories that take tickets."""

    categories: list[CategoryOut]


class PanelOut(PanelShape):
    """A message from which people open tickets."""

    categories: tuple[str, ...] = Field(description="Empty if all of them were disabled since.")
    number: int = Field(ge=1, examples=[1])
    message_id: str | None = Field(description="None until the bot has posted it.")
    failure: str = Field(description="Why Discord refused it; empty if it did not.")

    @classmethod
    def of_posted(cls, it: PostedPanel) -> PanelOut:
        """Return the shape of a stored panel."""
        return cls(
            channel_id=it.panel.channel_id,
            title=it.panel.title,
            description=it.panel.description,
            is_menu=it.panel.is_menu,
            categories=tuple(category.name for category in it.categories),
            number=it.panel.number,
            message_id=None if it.panel.message_id is None else str(it.panel.message_id),
            failure=it.panel.failure,
        )


class PanelList(BaseModel):
    """The panels of a server."""

    panels: list[PanelOut]


class ReplyIn(Wanted):
    """An answer to keep."""

    name: str = Field(pattern=NAME, examples=["refund"])
    content: str = Field(min_length=1, max_length=MAX_REPLY)


class ReplyChange(Wanted):
    """What a kept answer is to say."""

    content: str = Field(min_length=1, max_length=MAX_REPLY)


class ReplyOut(BaseModel):
    """An answer that the staff keeps."""

    name: str
    content: str
    updated_at: datetime

    @classmethod
    def of(cls, row: TicketReply) -> ReplyOut:
        """Return the shape of a stored answer."""
        return cls(name=row.name, content=row.content, updated_at=row.updated_at)


class ReplyList(BaseModel):
    """The kept answers by name."""

    replies: list[ReplyOut]


class BlockIn(Wanted):
    """Why somebody may open no tickets, and for how long."""

    reason: Annotated[str, Field(max_length=MAX_REASON)] = ""
    duration: Duration | None = Field(default=None, description="Such as `2 days`; for good without.")


class BlockOut(BaseModel):
    """Somebody who may open no tickets."""

    user_id: str
    reason: str
    expires_at: datetime | None = Field(description="None for good.")
    created_at: datetime

    @classmethod
    def of(cls, row: TicketBlock) -> BlockOut:
        """Return the shape of a stored block."""
        return cls(user_id=str(row.user_id), reason=row.reason, expires_at=row.expires_at, created_at=row.created_at)


class BlockPage(BaseModel):
    """Who is blocked, by id; ask again with `after` set to `next_after` for the others."""

    blocks: list[BlockOut]
    next_after: str | None = Field(description="None on the last page.")
