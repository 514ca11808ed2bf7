"""AutoMod rules as forms: what each kind of trigger may look for, and which actions it may have."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from guildbase.simulator.errors import Json, invalid_form
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.world.entities import AutoModAction, AutoModEvent, Guild, TriggerType
from guildbase.simulator.world.patterns import user_pattern

_ACTIONS = {
    TriggerType.KEYWORD: (AutoModAction.BLOCK_MESSAGE, AutoModAction.SEND_ALERT_MESSAGE, AutoModAction.TIMEOUT),
    TriggerType.SPAM: (AutoModAction.BLOCK_MESSAGE, AutoModAction.SEND_ALERT_MESSAGE),
    TriggerType.KEYWORD_PRESET: (AutoModAction.BLOCK_MESSAGE, AutoModAction.SEND_ALERT_MESSAGE),
    TriggerType.MENTION_SPAM: (AutoModAction.BLOCK_MESSAGE, AutoModAction.SEND_ALERT_MESSAGE, AutoModAction.TIMEOUT),
    TriggerType.MEMBER_PROFILE: (AutoModAction.SEND_ALERT_MESSAGE, AutoModAction.BLOCK_MEMBER_INTERACTION),
}


def _compiles(pattern: str) -> str:
    try:
        user_pattern(pattern)
    except ValueError:
        raise PydanticCustomError("INVALID_REGEX", "Regex pattern is invalid.") from None
    return pattern


_Keyword = Annotated[str, Field(min_length=1, max_length=60)]
_Pattern = Annotated[str, Field(min_length=1, max_length=260), AfterValidator(_compiles)]


class _Keywords(Form):
    keyword_filter: Annotated[list[_Keyword], Field(max_length=1000)] | None = None
    regex_patterns: Annotated[list[_Pattern], Field(max_length=10)] | None = None
    allow_list: Annotated[list[_Keyword], Field(max_length=100)] | None = None


class _Presets(Form):
    presets: list[Literal[1, 2, 3]] | None = None
    allow_list: Annotated[list[_Keyword], Field(max_length=1000)] | None = None


class _Mentions(Form):
    mention_total_limit: Annotated[int, Field(ge=0, le=50)] | None = None
    mention_raid_protection_enabled: bool | None = None


class Metadata(_Keywords, _Presets, _Mentions):
    """The details of any trigger; which of them count depends on its type."""

    allow_list: Annotated[list[_Keyword], Field(max_length=1000)] | None = None

    def of(self, trigger_type: int) -> Json:
        """Return the details of a trigger of that type; refuse one that could never catch anything."""
        match trigger_type:
            case TriggerType.KEYWORD | TriggerType.MEMBER_PROFILE:
                if not self.keyword_filter and not self.regex_patterns:
                    raise _missing("keyword_filter")
                if len(self.allow_list or ()) > 100:
                    path = ("trigger_metadata", "allow_list")
                    raise invalid_form(path, "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
                names: tuple[str, ...] = ("keyword_filter", "regex_patterns", "allow_list")
            case TriggerType.KEYWORD_PRESET:
                if not self.presets:
                    raise _missing("presets")
                names = ("presets", "allow_list")
            case TriggerType.MENTION_SPAM:
                return {
                    "mention_total_limit": 20 if self.mention_total_limit is None else self.mention_total_limit,
                    "mention_raid_protection_enabled": bool(self.mention_raid_protection_enabled),
                }
            case _:
                return {}
        return {name: getattr(self, name) or [] for name in names}


class _ActionMetadata(Form):
    channel_id: int | None = None
    duration_seconds: Annotated[int, Field(ge=0, le=2_419_200)] | None = None
    custom_message: Annotated[str, Field(max_length=300)] | None = None


class ActionForm(Form):
    """What a rule does to those it catches."""

    type: AutoModAction
    metadata: _ActionMetadata | None = None

    def rendered(self, guild: Guild, trigger_type: int, place: tuple[str | int, ...]) -> Json:
        """Return the action as rules keep it; refuse one that the trigger cannot have."""
        if self.type not in _ACTIONS[TriggerType(trigger_type)]:
            text = "This action cannot be used with the rule's trigger."
            raise invalid_form((*place, "type"), "AUTO_MODERATION_INVALID_ACTION_TYPE", text)
        details = self.metadata or _ActionMetadata()
        if self.type == AutoModAction.SEND_ALERT_MESSAGE:
            if details.channel_id not in guild.channels:
                path = (*place, "metadata", "channel_id")
                raise invalid_form(path, "CHANNEL_INVALID", "Invalid channel")
            return {"type": int(self.type), "metadata": {"channel_id": str(details.channel_id)}}
        if self.type == AutoModAction.TIMEOUT:
            if not details.duration_seconds:
                raise invalid_form((*place, "metadata", "duration_seconds"), "BASE_TYPE_REQUIRED", _REQUIRED)
            return {"type": int(self.type), "metadata": {"duration_seconds": details.duration_seconds}}
        if self.type == AutoModAction.BLOCK_MESSAGE and details.custom_message:
            return {"type": int(self.type), "metadata": {"custom_message": details.custom_message}}
        return {"type": int(self.type), "metadata": {}}


class RuleChanges(Form):
    """What may change in a rule; the type of its trigger stays."""

    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    event_type: Literal[1, 2] | None = None
    trigger_metadata: Metadata | None = None
    actions: Annotated[list[ActionForm], Field(min_length=1, max_length=5)] | None = None
    enabled: bool | None = None
    exempt_roles: Annotated[list[int], Field(max_length=20)] | None = None
    exempt_channels: Annotated[list[int], Field(max_length=50)] | None = None


class NewRule(RuleChanges):
    """A new rule."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    event_type: Literal[1, 2]
    trigger_type: Literal[1, 3, 4, 5, 6]
    actions: Annotated[list[ActionForm], Field(min_length=1, max_length=5)]


def check_event(event_type: int, trigger_type: int) -> None:
    """Refuse a moment of checking that does not fit what is looked for."""
    fits = AutoModEvent.MEMBER_UPDATE if trigger_type == TriggerType.MEMBER_PROFILE else AutoModEvent.MESSAGE_SEND
    if event_type != fits:
        text = "The event does not fit the rule's trigger."
        raise invalid_form(("event_type",), "AUTO_MODERATION_INVALID_EVENT_TYPE", text)


_REQUIRED = "This field is required"


def _missing(name: str) -> Exception:
    return invalid_form(("trigger_metadata", name), "BASE_TYPE_REQUIRED", _REQUIRED)
