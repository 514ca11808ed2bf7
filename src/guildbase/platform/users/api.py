"""The routes of people."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from guildbase.api.dependencies import CallerDep, GuildId, GuildVisitor, PersonDep, ServicesDep, UserId
from guildbase.core.i18n import languages
from guildbase.platform.users import rules
from guildbase.platform.users.controller import UserController
from guildbase.platform.users.records import KnownMember, Preferences

router = APIRouter(tags=["people"])


class PreferencesOut(BaseModel):
    """How a person wants to be treated everywhere."""

    time_zone: str = Field(examples=["Europe/Berlin"])
    locale: str | None = Field(examples=["de"], description="None means the language that Discord tells.")
    wants_dms: bool

    @classmethod
    def of(cls, preferences: Preferences) -> PreferencesOut:
        """Return the shape of the preferences."""
        return cls(time_zone=preferences.time_zone, locale=preferences.locale, wants_dms=preferences.wants_dms)


class PreferencesChange(BaseModel):
    """What is to be another; None sets a preference back, and what is not given stays."""

    model_config = ConfigDict(extra="forbid")

    time_zone: str | None = Field(default=None, examples=["Europe/Berlin"])
    locale: str | None = Field(default=None, examples=["de"])
    wants_dms: StrictBool = True


class MemberOut(BaseModel):
    """What is known of a member."""

    user_id: str = Field(examples=["1128754567890123457"])
    first_seen_at: datetime
    joined_at: datetime | None = Field(description="None if they were there before the bot looked.")
    left_at: datetime | None = Field(description="None while they are there.")
    times_left: int

    @classmethod
    def of(cls, known: KnownMember) -> MemberOut:
        """Return the shape of the member."""
        return cls(
            user_id=str(known.user_id),
            first_seen_at=known.first_seen_at,
            joined_at=known.joined_at,
            left_at=known.left_at,
            times_left=known.times_left,
        )


class LanguageOut(BaseModel):
    """A language that the bot speaks."""

    locale: str = Field(examples=["de"])
    name: str = Field(examples=["Deutsch"])


class OwnPreferencesOut(PreferencesOut):
    """How the person who is signed in wants to be treated, and what there is to choose from."""

    languages: list[LanguageOut]
    time_zones: list[str]

    @classmethod
    def of_own(cls, preferences: Preferences) -> OwnPreferencesOut:
        """Return the shape of the preferences with all choices."""
        spoken = [LanguageOut(locale=locale, name=name) for locale, name in languages().items()]
        zones = list(rules.zones())
        return cls(**PreferencesOut.of(preferences).model_dump(), languages=spoken, time_zones=zones)


# Before the routes with an id, which `me` is not.
@router.get("/users/me/preferences", operation_id="get_my_preferences")
async def get_my_preferences(services: ServicesDep, caller: PersonDep) -> OwnPreferencesOut:
    """Return how the person who asks wants to be treated, with the languages and time zones that there are."""
    return OwnPreferencesOut.of_own(await services.get(UserController).see_preferences(caller, caller.user_id or 0))


@router.patch("/users/me/preferences", operation_id="change_my_preferences")
async def change_my_preferences(
    changes: PreferencesChange, services: ServicesDep, caller: PersonDep
) -> OwnPreferencesOut:
    """Change the given preferences of the person who asks; 422 names everything that is wrong, and nothing changed."""
    given = changes.model_dump(exclude_unset=True)
    users = services.get(UserController)
    return OwnPreferencesOut.of_own(await users.change_preferences(caller, caller.user_id or 0, given))


@router.get("/users/{user_id}/preferences", operation_id="get_preferences")
async def get_preferences(user_id: UserId, services: ServicesDep, caller: CallerDep) -> PreferencesOut:
    """Return how the person wants to be treated."""
    return PreferencesOut.of(await services.get(UserController).see_preferences(caller, user_id))


@router.patch("/users/{user_id}/preferences", operation_id="change_preferences")
async def change_preferences(
    user_id: UserId, changes: PreferencesChange, services: ServicesDep, caller: CallerDep
) -> PreferencesOut:
    """Change the given preferences and return all; 422 names everything that is wrong, and then nothing changed."""
    given = changes.model_dump(exclude_unset=True)
    return PreferencesOut.of(await services.get(UserController).change_preferences(caller, user_id, given))


@router.get("/guilds/{guild_id}/members/{user_id}", operation_id="get_member")
async def get_member(guild_id: GuildId, user_id: UserId, services: ServicesDep, caller: GuildVisitor) -> MemberOut:
    """Return what is known of a member; 404 if nothing is kept about them."""
    return MemberOut.of(await services.get(UserController).see_member(caller, guild_id, user_id))
