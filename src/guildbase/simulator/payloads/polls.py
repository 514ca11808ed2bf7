"""Polls and how they stand."""

from __future__ import annotations

from guildbase.simulator.errors import Json
from guildbase.simulator.payloads.emojis import emoji
from guildbase.simulator.payloads.moments import moment
from guildbase.simulator.world.entities import Poll, PollAnswer


def poll(one: Poll, viewer_id: int) -> Json:
    """Return a poll as the viewer sees it."""
    return {
        "question": {"text": one.question},
        "answers": [{"answer_id": it.id, "poll_media": _media(it)} for it in one.answers],
        "expiry": moment(one.expires_at),
        "allow_multiselect": one.allow_multiselect,
        "layout_type": one.layout_type,
        "results": {
            "answer_counts": [
                {"id": it.id, "count": len(it.voters), "me_voted": viewer_id in it.voters}
                for it in one.answers
                if it.voters
            ],
            "is_finalized": one.is_finalized,
        },
    }


def poll_result(one: Poll) -> Json:
    """Return the embed by which a channel is told how a poll has ended."""
    most = max(len(it.voters) for it in one.answers)
    winners = [it for it in one.answers if it.voters and len(it.voters) == most]
    shown: dict[str, object] = {
        "poll_question_text": one.question,
        "victor_answer_votes": most,
        "total_votes": sum(len(it.voters) for it in one.answers),
    }
    if len(winners) == 1:
        winner = winners[0]
        shown["victor_answer_id"] = winner.id
        if winner.text is not None:
            shown["victor_answer_text"] = winner.text
        if winner.emoji is not None:
            name, _, emoji_id = winner.emoji.partition(":")
            shown["victor_answer_emoji_name"] = name
            shown |= {"victor_answer_emoji_id": emoji_id} if emoji_id else {}
    fields = [{"name": name, "value": str(value), "inline": False} for name, value in shown.items()]
    return {"type": "poll_result", "fields": fields}


def _media(answer: PollAnswer) -> Json:
    media: Json = {} if answer.text is None else {"text": answer.text}
    return media if answer.emoji is None else media | {"emoji": emoji(answer.emoji)}
