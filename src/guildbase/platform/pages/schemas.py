"""What the API tells of pages: data that the dashboard knows how to show."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from guildbase.core.rights import RightName
from guildbase.services.pages import CardKind, CellKind, IconName

Value = str | int | float | None


class PageSummary(BaseModel):
    """A page as the menu has it."""

    feature: str
    name: str
    title: str
    summary: str
    icon: IconName
    right: RightName = Field(description="What one must hold in the server to see the page.")


class PageList(BaseModel):
    """The pages of a server that the caller may see."""

    pages: list[PageSummary]


class SettingsBlock(BaseModel):
    """The form of the feature's settings, which has routes of its own."""

    kind: Literal["settings"] = "settings"
    title: str


class StatsBlock(BaseModel):
    """A row of cards; its values are asked for by its name."""

    kind: Literal["stats"] = "stats"
    name: str
    title: str


class ColumnOut(BaseModel):
    """A column of a table."""

    name: str
    label: str
    kind: CellKind


class TableBlock(BaseModel):
    """A table; its rows are asked for by its name."""

    kind: Literal["table"] = "table"
    name: str
    title: str
    columns: list[ColumnOut]
    empty: str = Field(description="What to say when it has no rows.")


class ActionBlock(BaseModel):
    """A button, perhaps with a form."""

    kind: Literal["action"] = "action"
    name: str
    title: str
    summary: str
    confirm: str = Field(description="What to ask before; empty asks nothing.")
    form: dict[str, Any] | None = Field(description="JSON Schema of what is to be filled in.")
    is_destructive: bool
    is_allowed: bool = Field(description="Whether the caller may do it.")


BlockOut = Annotated[SettingsBlock | StatsBlock | TableBlock | ActionBlock, Field(discriminator="kind")]


class PageOut(PageSummary):
    """A page with its blocks, in their order."""

    blocks: list[BlockOut]


class TableRows(BaseModel):
    """Some rows of a table; ids and moments are text."""

    rows: list[dict[str, Value]]
    next_after: str | None = Field(description="What to ask for the next rows with; null after the last.")


class CardOut(BaseModel):
    """One figure with its name."""

    label: str
    value: Value
    kind: CardKind
    hint: str


class CardList(BaseModel):
    """The cards of a row of cards."""

    cards: list[CardOut]


class ActionIn(BaseModel):
    """What was filled in before the button was pressed."""

    model_config = ConfigDict(extra="forbid")

    form: dict[str, Any] = Field(default={}, max_length=50, examples=[{}])


class ActionDone(BaseModel):
    """What was done, in words."""

    message: str
