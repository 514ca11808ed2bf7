from __future__ import annotations

import pytest

from guildbase.simulator import Permission, permissions
from guildbase.simulator.world.entities import Overwrite

GUILD, ROLE, OTHER, USER = 1, 2, 3, 4
SEE, SEND, PURGE, ADMIN = (
    Permission.VIEW_CHANNEL,
    Permission.SEND_MESSAGES,
    Permission.MANAGE_MESSAGES,
    Permission.ADMINISTRATOR,
)


@pytest.mark.parametrize(
    ("everyone", "roles", "owner", "expected"),
    [
        (SEE, [], False, SEE),
        (SEE, [SEND, PURGE], False, SEE | SEND | PURGE),
        (0, [ADMIN], False, permissions.ALL),
        (0, [], True, permissions.ALL),
    ],
)
def test_base(everyone: int, roles: list[int], owner: bool, expected: int) -> None:
    assert permissions.base_permissions(everyone, roles, owner=owner) == expected


@pytest.mark.parametrize(
    ("base", "overwrites", "expected"),
    [
        (SEE | SEND, [], SEE | SEND),
        (SEE | SEND, [Overwrite(GUILD, 0, deny=SEND)], SEE),
        (SEE, [Overwrite(GUILD, 0, allow=SEND)], SEE | SEND),
        (SEE | SEND, [Overwrite(GUILD, 0, deny=SEND), Overwrite(ROLE, 0, allow=SEND)], SEE | SEND),
        (SEE | SEND, [Overwrite(ROLE, 0, deny=SEND), Overwrite(OTHER, 0, allow=SEND)], SEE | SEND),
        (SEE | SEND, [Overwrite(ROLE, 0, allow=SEND), Overwrite(USER, 1, deny=SEND)], SEE),
        (SEE, [Overwrite(ROLE, 0, deny=SEE), Overwrite(USER, 1, allow=SEE)], SEE),
        (SEE | SEND | PURGE, [Overwrite(GUILD, 0, deny=SEE)], 0),
        (SEE | SEND | Permission.EMBED_LINKS, [Overwrite(GUILD, 0, deny=SEND)], SEE),
        (permissions.ALL, [Overwrite(GUILD, 0, deny=SEE)], permissions.ALL),
        (SEE | SEND, [Overwrite(99, 0, deny=SEE)], SEE | SEND),
    ],
)
def test_channel(base: int, overwrites: list[Overwrite], expected: int) -> None:
    table = {it.id: it for it in overwrites}
    found = permissions.channel_permissions(base, table, guild_id=GUILD, role_ids=[ROLE, OTHER], user_id=USER)
    assert found == expected


def test_a_time_out_leaves_only_reading() -> None:
    bits = int(SEE | SEND | Permission.READ_MESSAGE_HISTORY | Permission.BAN_MEMBERS)
    assert permissions.while_timed_out(bits) == SEE | Permission.READ_MESSAGE_HISTORY
    assert permissions.while_timed_out(permissions.ALL) == permissions.ALL


@pytest.mark.parametrize(
    ("actor", "target", "actor_owns", "target_owns", "expected"),
    [
        (2, 1, False, False, True),
        (1, 1, False, False, False),
        (1, 2, False, False, False),
        (0, 9, True, False, True),
        (9, 0, False, True, False),
    ],
)
def test_hierarchy(actor: int, target: int, actor_owns: bool, target_owns: bool, expected: bool) -> None:
    found = permissions.outranks(actor, target, actor_owns=actor_owns, target_owns=target_owns)
    assert found is expected


def test_names() -> None:
    assert permissions.names(int(Permission.KICK_MEMBERS | Permission.MODERATE_MEMBERS)) == [
        "KICK_MEMBERS",
        "MODERATE_MEMBERS",
    ]
