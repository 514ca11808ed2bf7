"""What somebody may do in a server's dashboard: a small tree of rights, in which each includes those below it."""

from __future__ import annotations

from enum import IntFlag
from functools import cache
from typing import Literal, get_args

RightName = Literal["owner", "manage_access", "edit_settings", "view_settings", "moderate", "view_cases", "view_audit"]
"""What each right is called in the API, in commands and in exports."""


class Right(IntFlag):
    """What somebody may do in the dashboard of one guild; the numbers are stored."""

    NONE = 0
    VIEW_SETTINGS = 1
    EDIT_SETTINGS = 2
    MANAGE_ACCESS = 4
    OWNER = 8
    VIEW_CASES = 16
    MODERATE = 32
    VIEW_AUDIT = 64


CHILDREN = {
    Right.OWNER: Right.MANAGE_ACCESS | Right.MODERATE | Right.VIEW_AUDIT,
    Right.MANAGE_ACCESS: Right.EDIT_SETTINGS,
    Right.EDIT_SETTINGS: Right.VIEW_SETTINGS,
    Right.MODERATE: Right.VIEW_CASES,
}
"""The rights that each includes, besides those that these include in turn."""
FOR_PEOPLE = Right.OWNER | Right.MANAGE_ACCESS
"""Rights that no role holds: what its members gave would outlast their role, which nobody sees from here."""


@cache  # There are few different ones, and every request of a person asks for some.
def closure(rights: Right) -> Right:
    """Return the rights with all that they include."""
    for parent, children in CHILDREN.items():  # Parents stand before their children.
        if parent in rights:
            rights |= children
    return rights


def heads(rights: Right) -> list[Right]:
    """Return the rights that no other of these includes, the least first."""
    included = Right.NONE
    for right in rights & ALL:
        included |= closure(right) ^ right
    return list(rights & ALL & ~included)


ALL = closure(Right.OWNER)
"""What the owner of a server may do."""
NAMES: dict[RightName, Right] = {name: Right[name.upper()] for name in get_args(RightName)}


def names(rights: Right) -> list[RightName]:
    """Return what the rights are called that no other of them includes, the greatest first."""
    found = heads(rights)
    return [name for name, right in NAMES.items() if right in found]
