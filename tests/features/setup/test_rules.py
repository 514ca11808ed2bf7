"""What the check of a server finds, and what becomes of a report when things vanish."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from guildbase.core.guild_sections import Reference, Refers
from guildbase.features.setup.kinds import Fix, Weight
from guildbase.features.setup.models import ReconciliationState
from guildbase.features.setup.rules import (
    LogChannel,
    Situation,
    Verdict,
    as_rows,
    findings,
    of_rows,
    repairable,
    verdict,
)

WELL = Situation(
    permissions=frozenset({"view_channel", "send_messages"}),
    needed={"view_channel": ["to see"], "send_messages": ["to write"]},
    roles_above=(),
    bot_role="**Guildbase**",
    members_may_use_commands=True,
    missing_commands=(),
    has_text_commands=True,
    logs=[LogChannel("mod_log_channel", 5, "mod-log")],
    level_roles=1,
    missing_punishments=(),
    vanished=0,
)
ROLE, CHANNEL, MEMBER = (
    Reference(refers, number, f"settings.guilds: {refers}")
    for number, refers in enumerate((Refers.ROLE, Refers.CHANNEL, Refers.MEMBER), 10)
)
OPEN, SETTLED, DISMISSED = ReconciliationState


def test_where_all_is_well_nothing_is_found() -> None:
    assert findings(WELL) == []


def test_each_missing_permission_is_named_with_what_it_is_for() -> None:
    (finding,) = findings(replace(WELL, permissions=frozenset({"view_channel"})))
    assert finding.weight is Weight.BROKEN
    assert finding.fix is Fix.INVITE
    assert "**Send Messages** (to write)" in finding.problem
    assert "View Channel" not in finding.problem
    assert "**Guildbase**" in finding.cure


@pytest.mark.parametrize(
    ("change", "weight", "fix", "words"),
    [
        ({"missing_commands": ["warn", "case"]}, Weight.BROKEN, None, "/warn, /case"),
        ({"members_may_use_commands": False}, Weight.ADVICE, None, "slash commands"),
        ({"has_text_commands": False}, Weight.ADVICE, None, "prefix"),
        ({"logs": []}, Weight.ADVICE, Fix.LOGS, "No log channel"),
        ({"level_roles": 0}, Weight.ADVICE, Fix.STAFF, "your team"),
        ({"missing_punishments": ["mute_role", "jail_channel"]}, Weight.ADVICE, None, "the muted, channel of the jail"),
        ({"vanished": 1}, Weight.BROKEN, Fix.REPAIR, "1 setting speaks"),
        ({"vanished": 2}, Weight.BROKEN, Fix.REPAIR, "2 settings speak"),
        ({"roles_above": list("abcdefg")}, Weight.ADVICE, None, "a, b, c, d, e and 2 more"),
        ({"logs": [LogChannel("mod_log_channel", 5, None)]}, Weight.BROKEN, Fix.LOGS, "mod log channel is gone"),
        (
            {"logs": [LogChannel("mod_log_channel", 5, "x", frozenset({"embed_links"}))]},
            Weight.BROKEN,
            None,
            "In <#5> I lack Embed Links",
        ),
        (
            {"logs": [LogChannel("mod_log_channel", 5, "x", frozenset({"embed_links"}), can_let_itself_in=True)]},
            Weight.BROKEN,
            Fix.LET_IN,
            "In <#5> I lack Embed Links",
        ),
    ],
)
def test_each_trouble_has_its_own_finding(change: dict[str, object], weight: Weight, fix: Fix, words: str) -> None:
    (finding,) = findings(replace(WELL, **change))  # type: ignore[arg-type]
    assert (finding.weight, finding.fix) == (weight, fix)
    assert words in finding.problem
    assert finding.cure


def test_what_is_broken_comes_before_advice() -> None:
    found = findings(replace(WELL, permissions=frozenset(), logs=[], level_roles=0, vanished=3, roles_above=["Boss"]))
    weights = [finding.weight for finding in found]
    assert weights == sorted(weights, key=[Weight.BROKEN, Weight.ADVICE].index)
    assert len(found) == 5


def test_references_come_back_as_they_were_stored() -> None:
    rows = as_rows([CHANNEL, ROLE, ROLE, MEMBER])
    assert [row["kind"] for row in rows] == ["channel", "member", "role"]
    assert set(of_rows(rows)) == {ROLE, CHANNEL, MEMBER}


def test_only_a_member_can_come_back() -> None:
    assert repairable([ROLE, MEMBER, CHANNEL]) == [ROLE, CHANNEL]


THINGS = [list(some) for count in range(4) for some in itertools.combinations((ROLE, CHANNEL, MEMBER), count)]
REPORTS = [(None, None), *itertools.product(THINGS, ReconciliationState)]


@pytest.mark.parametrize("now", THINGS, ids=lambda now: "-".join(it.refers for it in now) or "nothing")
def test_the_verdict_on_every_report_and_every_finding(now: list[Reference]) -> None:
    for before, state in REPORTS:
        found = verdict(before, state, now)
        lasting = repairable(now)
        if not lasting:
            # Nothing can be repaired: an empty check of a server without a report leaves no trace.
            assert found == Verdict(SETTLED if now or before is not None else None)
        elif before is not None and state is not SETTLED and repairable(before) == lasting:
            # Nothing new: who dismissed it is not asked again, and nobody is told twice.
            assert found == Verdict(state)
        else:
            assert found == Verdict(OPEN, is_news=True)
