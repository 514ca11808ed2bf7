"""/guilds/{guild.id}: how newcomers are received: welcome screen and onboarding."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from guildbase.simulator.errors import DiscordError, Json, invalid_form, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.forms import Form, Name100
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import guilds
from guildbase.simulator.world.audit import Action, difference, record
from guildbase.simulator.world.entities import Guild, Onboarding, WelcomeScreen

routes = RouteTable()
_ENABLED = "WELCOME_SCREEN_ENABLED"
_LEAST_DEFAULT_CHANNELS = 7
_LEAST_WRITABLE = 5


class _WelcomeChannel(Form):
    channel_id: int
    description: Annotated[str, Field(min_length=1, max_length=50)]
    emoji_id: int | None = None
    emoji_name: str | None = None


class _WelcomeChanges(Form):
    enabled: bool | None = None
    description: Annotated[str, Field(max_length=140)] | None = None
    welcome_channels: Annotated[list[_WelcomeChannel], Field(max_length=5)] | None = None


class _PromptEmoji(Form):
    id: int | None = None
    name: str | None = None
    animated: bool = False


class _PromptOption(Form):
    id: int | None = None
    title: Annotated[str, Field(min_length=1, max_length=50)]
    description: Annotated[str, Field(max_length=100)] | None = None
    emoji: _PromptEmoji | None = None
    emoji_id: int | None = None
    emoji_name: Annotated[str, Field(max_length=100)] | None = None
    emoji_animated: bool | None = None
    role_ids: Annotated[list[int], Field(max_length=50)] | None = None
    channel_ids: Annotated[list[int], Field(max_length=50)] | None = None


class _Prompt(Form):
    id: int
    title: Name100
    options: Annotated[list[_PromptOption], Field(min_length=1, max_length=50)]
    type: Literal[0, 1] | None = None
    single_select: bool | None = None
    required: bool | None = None
    in_onboarding: bool | None = None


class _OnboardingChanges(Form):
    prompts: Annotated[list[_Prompt], Field(max_length=15)] | None = None
    default_channel_ids: Annotated[list[int], Field(max_length=500)] | None = None
    enabled: bool | None = None
    mode: Literal[0, 1] | None = None


@routes.route("GET", "/guilds/{guild_id}/welcome-screen")
def get_welcome_screen(call: Call) -> Json:
    """Return the welcome screen; one that is switched off is only shown to those who manage the guild."""
    guild = call.guild()
    if guild.welcome_screen is None:
        raise unknown("Guild Welcome Screen")
    if not guild.welcome_screen.enabled:
        call.require(guild, None, Permission.MANAGE_GUILD)
    return _screen(guild.welcome_screen)


@routes.route("PATCH", "/guilds/{guild_id}/welcome-screen")
def edit_welcome_screen(call: Call) -> Json:
    """Change the welcome screen, or switch it on or off."""
    guild = call.guild(Permission.MANAGE_GUILD)
    form = call.form(_WelcomeChanges)
    for number, it in enumerate(form.welcome_channels or ()):
        if it.channel_id not in guild.channels:
            raise invalid_form(("welcome_channels", number, "channel_id"), "CHANNEL_INVALID", "Invalid channel")
    screen = guild.welcome_screen = guild.welcome_screen or WelcomeScreen()
    if "description" in form.model_fields_set:
        screen.description = form.description
    if form.welcome_channels is not None:
        screen.channels = [_text_ids(it.model_dump()) for it in form.welcome_channels]
    if form.enabled is not None and form.enabled != screen.enabled:
        screen.enabled = form.enabled
        others = set(guild.settings.features) - {_ENABLED}
        guilds.change(call.world, guild, {"features": tuple(sorted(others | ({_ENABLED} if form.enabled else set())))})
    return _screen(screen)


@routes.route("GET", "/guilds/{guild_id}/new-member-welcome")
def get_new_member_welcome(call: Call) -> None:
    """Return nothing: the guild has no page for newcomers."""
    call.guild()


@routes.route("GET", "/guilds/{guild_id}/onboarding")
def get_onboarding(call: Call) -> Json:
    """Return what newcomers are asked."""
    guild = call.guild()
    return _onboarding(guild, guild.onboarding or Onboarding())


@routes.route("PUT", "/guilds/{guild_id}/onboarding")
def set_onboarding(call: Call) -> Json:
    """Change what newcomers are asked; whoever is asked something must find channels to write in."""
    guild = call.guild(Permission.MANAGE_GUILD, Permission.MANAGE_ROLES)
    form = call.form(_OnboardingChanges)
    before = guild.onboarding or Onboarding()
    after = Onboarding(
        before.prompts if form.prompts is None else _prompts(call, guild, form.prompts),
        before.default_channel_ids if form.default_channel_ids is None else form.default_channel_ids,
        before.enabled if form.enabled is None else form.enabled,
        before.mode if form.mode is None else form.mode,
    )
    _check_channels(guild, after)
    guild.onboarding = after
    keys = ("prompts", "default_channel_ids", "enabled", "mode")
    changes = difference(_onboarding(guild, before), _onboarding(guild, after), keys)
    record(call.world, guild, Action.ONBOARDING_UPDATE, guild.id, call.reason, changes=changes)
    return _onboarding(guild, after)


def _screen(one: WelcomeScreen) -> Json:
    return {"description": one.description, "welcome_channels": one.channels}


def _onboarding(guild: Guild, one: Onboarding) -> Json:
    return {
        "guild_id": str(guild.id),
        "prompts": one.prompts,
        "default_channel_ids": [str(it) for it in one.default_channel_ids],
        "enabled": one.enabled,
        "mode": one.mode,
    }


def _check_channels(guild: Guild, one: Onboarding) -> None:
    for number, channel_id in enumerate(one.default_channel_ids):
        if channel_id not in guild.channels:
            raise invalid_form(("default_channel_ids", number), "CHANNEL_INVALID", "Invalid channel")
    if not one.enabled:
        return
    everyone = guild.roles[guild.id].permissions
    channels = [guild.channels[it] for it in one.default_channel_ids]
    writable = [
        it
        for it in channels
        if everyone & Permission.SEND_MESSAGES
        and not (guild.id in it.overwrites and it.overwrites[guild.id].deny & Permission.SEND_MESSAGES)
    ]
    if len(channels) < _LEAST_DEFAULT_CHANNELS or len(writable) < _LEAST_WRITABLE:
        raise DiscordError(400, 350_000, "Cannot enable onboarding, requirements are not met")


def _prompts(call: Call, guild: Guild, forms: list[_Prompt]) -> list[Json]:
    """Return the prompts as they are shown; those that are new get ids."""
    known = {it["id"] for it in (guild.onboarding or Onboarding()).prompts}
    return [
        {
            "id": str(it.id) if str(it.id) in known else str(call.world.new_id()),
            "title": it.title,
            "options": [_option(call, guild, option, (number, at)) for at, option in enumerate(it.options)],
            "single_select": bool(it.single_select),
            "required": bool(it.required),
            "in_onboarding": bool(it.in_onboarding),
            "type": it.type or 0,
        }
        for number, it in enumerate(forms)
    ]


def _option(call: Call, guild: Guild, form: _PromptOption, place: tuple[int, int]) -> Json:
    for name, known in (("role_ids", guild.roles), ("channel_ids", guild.channels)):
        if any(it not in known for it in getattr(form, name) or ()):
            path = ("prompts", place[0], "options", place[1], name)
            raise invalid_form(path, "NOT_IN_GUILD", "Not found in this guild.")
    emoji = form.emoji or _PromptEmoji(id=form.emoji_id, name=form.emoji_name, animated=bool(form.emoji_animated))
    return {
        "id": str(form.id or call.world.new_id()),
        "title": form.title,
        "description": form.description or "",
        "emoji": _text_ids(emoji.model_dump()),
        "role_ids": [str(it) for it in form.role_ids or ()],
        "channel_ids": [str(it) for it in form.channel_ids or ()],
    }


def _text_ids(payload: dict[str, Any]) -> Json:
    """Return the payload with its ids as texts."""
    return {key: str(it) if key.endswith("id") and it is not None else it for key, it in payload.items()}
