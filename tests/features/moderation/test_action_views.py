"""How cases read in answers, in the mod-log and in notices; no bot is needed for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from guildbase.core.clock import utcnow
from guildbase.features.moderation.kinds import CaseSource, CaseState, CaseType, NoticeState
from guildbase.features.moderation.models import CaseEvidence, ModerationCase
from guildbase.features.moderation.schemas import ModerationSettings
from guildbase.features.moderation.views.modlog import GONE, GRAVE, LASTING, MILD, log_embed
from guildbase.features.moderation.views.notices import TITLES, notice_embed
from guildbase.features.moderation.views.outcomes import DEEDS, outcome_text

GUILD, TARGET, MODERATOR = 1128754567890123457, 1128754567890123458, 1128754567890123459


def _case(case_type: CaseType = CaseType.BAN, **changes: Any) -> ModerationCase:
    values: dict[str, Any] = {
        "guild_id": GUILD,
        "number": 7,
        "case_type": case_type,
        "state": CaseState.CONFIRMED,
        "notice": NoticeState.DELIVERED,
        "source": CaseSource.COMMAND,
        "target_id": TARGET,
        "target_name": "terry",
        "moderator_id": MODERATOR,
        "moderator_name": "mo",
        "reason": "spam",
        "created_at": utcnow(),
    }
    return ModerationCase(**(values | changes))


@pytest.mark.parametrize("case_type", list(CaseType))
def test_every_type_has_its_words_everywhere(case_type: CaseType) -> None:
    case = _case(case_type)
    assert f"<@{TARGET}>" in outcome_text(case)
    assert "<@" in str(log_embed(case, []).description)
    assert "Test" in str(notice_embed(case, "Test", ModerationSettings()).title)
    assert "{" not in outcome_text(case) + str(log_embed(case, []).to_dict()["description"])
    assert case_type in DEEDS
    assert case_type in TITLES


def test_what_was_not_done_says_so_and_offers_no_end() -> None:
    void = outcome_text(_case(state=CaseState.VOID), replaced=3)
    assert void == "Case #7 was not carried out, because a later decision came first."
    failed = outcome_text(_case(state=CaseState.FAILED, failure="They are gone."))
    assert failed == "Case #7 failed: They are gone. Nothing was done. `/case view 7` shows it."
    assert "Discord refused it." in outcome_text(_case(state=CaseState.FAILED, failure=None))


def test_the_log_shows_how_grave_it_is_and_what_became_of_it() -> None:
    colours = {CaseType.BAN: GRAVE, CaseType.TIMEOUT: LASTING, CaseType.WARN: MILD, CaseType.UNBAN: MILD}
    assert {it: log_embed(_case(it), []).colour.value for it in colours} == colours  # type: ignore[union-attr]
    for changes, word in (
        ({"state": CaseState.EXPIRED}, "(over)"),
        ({"state": CaseState.VOID}, "(not carried out)"),
        ({"deleted_at": utcnow()}, "(struck)"),
    ):
        embed = log_embed(_case(**changes), [])
        assert word in str(embed.description)
        assert embed.colour is not None
        assert embed.colour.value == GONE


def test_the_log_stays_within_discords_limits_and_forgets_the_erased() -> None:
    file = CaseEvidence(
        guild_id=GUILD, number=7, position=1, target_id=TARGET, added_by=MODERATOR, filename="*" * 255, url="https://x"
    )
    embed = log_embed(_case(reason="*" * 1000), [file] * 10)
    assert all(len(str(it.value)) <= 1024 for it in embed.fields)
    erased = _case()
    object.__setattr__(erased, "reason", "")  # The erasure writes it past the checks of new rows.
    assert "(erased)" in [it.value for it in log_embed(erased, []).fields]


def test_a_notice_stays_within_discords_limits_and_names_the_jail() -> None:
    settings = ModerationSettings(text_jail="{reason}" * 100, appeal="x" * 500, jail_channel=GUILD)
    case = _case(CaseType.JAIL, reason="x" * 1000, expires_at=utcnow() + timedelta(days=1))
    embed = notice_embed(case, "S" * 300, settings)
    assert len(embed) <= 6000
    assert len(str(embed.title)) <= 256
    assert [it.name for it in embed.fields] == ["Until", "Where to go", "What you can do"]
