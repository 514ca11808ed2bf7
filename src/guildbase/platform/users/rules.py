"""What people may prefer, and who may see what of whom. Pure decisions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from guildbase.core.i18n import _, languages
from guildbase.core.ports import Caller
from guildbase.core.validators import check_time_zone

MODERATE_MEMBERS = 1 << 40
MODERATOR_LEVEL = 3
"""Permission level from which a caller sees what is known of others."""
MOST_SUGGESTIONS = 25
COMMON_ZONES = (
    "UTC", "Europe/London", "Europe/Berlin", "Europe/Athens", "Europe/Istanbul", "America/New_York", "America/Chicago",
    "America/Denver", "America/Los_Angeles", "America/Sao_Paulo", "Africa/Lagos", "Africa/Johannesburg", "Asia/Dubai",
    "Asia/Kolkata", "Asia/Jakarta", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland",
)  # fmt: skip
"""What is suggested before anything is typed."""
PREFERENCES = ("time_zone", "locale", "wants_dms")


def may_see_preferences(caller: Caller, user_id: int) -> bool:
    """Tell whether the caller may see and change these preferences: they are nobody else's business."""
    return caller.is_system or caller.user_id == user_id


def may_see_member(caller: Caller, guild_id: int, user_id: int) -> bool:
    """Tell whether the caller may see what is known of the member: oneself, and moderators of the guild."""
    is_oneself = caller.guild_id == guild_id and caller.user_id == user_id
    return is_oneself or caller.may(guild_id, permissions=MODERATE_MEMBERS, level=MODERATOR_LEVEL)


def problems(changes: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with the changes, by preference; None stands for what Discord has, and is right."""
    checks = {"time_zone": _zone_problem, "locale": _language_problem, "wants_dms": _switch_problem}
    found: dict[str, str] = {}
    for name, value in changes.items():
        if name not in checks:
            found[name] = _("There is no such preference.")
        elif problem := checks[name](value):
            found[name] = problem
    return found


def _zone_problem(value: Any) -> str:
    if value is None:
        return ""
    try:
        check_time_zone(value)
    except ValueError:
        near = ", ".join(zones_like(str(value))[:3]) or "Europe/Berlin, UTC"
        return _("This is no time zone that I know. Do you mean one of these: {zones}?", zones=near)
    return ""


def _language_problem(value: Any) -> str:
    if value is None or value in languages():
        return ""
    known = ", ".join(f"{name} ({code})" for code, name in languages().items())
    return _("I do not speak this language. I speak: {languages}.", languages=known)


def _switch_problem(value: Any) -> str:
    return "" if isinstance(value, bool) else _("This is either true or false.")


def zones_like(typed: str) -> list[str]:
    """Return the time zones to suggest for what was typed so far, those whose place begins with it first."""
    wanted = typed.strip().replace(" ", "_").lower()[:64]
    if not wanted:
        return list(COMMON_ZONES)
    found = [name for name in zones() if wanted in name.lower()]
    found.sort(key=lambda name: (not name.lower().rpartition("/")[2].startswith(wanted), name))
    return found[:MOST_SUGGESTIONS]


def local_time(moment: datetime, time_zone: str) -> str:
    """Return the moment as a clock in the time zone shows it: `2026-11-21 22:14 CET`."""
    return f"{moment.astimezone(ZoneInfo(time_zone)):%Y-%m-%d %H:%M %Z}"


@cache
def zones() -> tuple[str, ...]:
    """Return the names of places, which people know, and UTC."""
    from zoneinfo import available_timezones

    old = ("Etc/", "SystemV/", "US/", "posix/", "right/")
    return ("UTC", *sorted(name for name in available_timezones() if "/" in name and not name.startswith(old)))
