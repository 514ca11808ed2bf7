"""What only forums have, as forms: their tags, and how posts are shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from guildbase.simulator.errors import DiscordError
from guildbase.simulator.rest.components import Snowflake
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.world.entities import Forum, ForumTag
from guildbase.simulator.world.state import World


class _TagForm(Form):
    id: Snowflake | None = None
    name: Annotated[str, Field(min_length=1, max_length=20)]
    moderated: bool | None = False
    emoji_id: Snowflake | None = None
    emoji_name: Annotated[str, Field(max_length=100)] | None = None


class _ReactionForm(Form):
    emoji_id: Snowflake | None = None
    emoji_name: Annotated[str, Field(max_length=100)] | None = None


class ForumFields(Form):
    """What the form of a forum may hold; null stands for the default of a field."""

    available_tags: Annotated[list[_TagForm], Field(max_length=20)] | None = None
    default_reaction_emoji: _ReactionForm | None = None
    default_sort_order: Literal[0, 1] | None = None
    default_forum_layout: Literal[0, 1, 2] | None = None
    default_tag_setting: Literal["match_all", "match_some"] | None = None

    def changed(self, world: World, before: Forum) -> Forum:
        """Return the forum as it is after the change."""
        after, given = replace(before), self.model_fields_set
        if "available_tags" in given:
            after.tags = _tags(world, self.available_tags or [], before)
        if "default_reaction_emoji" in given:
            emoji = self.default_reaction_emoji or _ReactionForm()
            after.reaction_emoji_id, after.reaction_emoji_name = emoji.emoji_id, emoji.emoji_name
        if "default_sort_order" in given:
            after.sort_order = self.default_sort_order
        if "default_forum_layout" in given:
            after.layout = self.default_forum_layout or 0
        if "default_tag_setting" in given:
            after.tag_setting = self.default_tag_setting or "match_some"
        return after


def _tags(world: World, forms: list[_TagForm], before: Forum) -> list[ForumTag]:
    if len({it.name for it in forms}) < len(forms):
        raise DiscordError(400, 40061, "Tag names must be unique")
    known = {it.id for it in before.tags}
    return [
        ForumTag(
            it.id if it.id is not None and it.id in known else world.new_id(),
            it.name,
            bool(it.moderated),
            it.emoji_id,
            it.emoji_name,
        )
        for it in forms
    ]
