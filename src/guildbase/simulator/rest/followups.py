"""/webhooks/{application.id}/{interaction.token}: what may be done with the token of an interaction."""

from __future__ import annotations

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, unknown
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.message_forms import MessageForm, changes_of, draft_of
from guildbase.simulator.world import interactions, messages
from guildbase.simulator.world.entities import Interaction, Message


def follow_up(call: Call) -> Json:
    """Send a further message; after a deferral the first fills in the original answer."""
    interaction = _interaction(call)
    draft = draft_of(call, call.form(MessageForm))
    return payloads.message(call.world, interactions.follow_up(call.world, interaction, draft))


def get_message(call: Call) -> Json:
    """Return a message of the interaction, ephemeral or not."""
    return payloads.message(call.world, _message(call, _interaction(call)))


def edit_original(call: Call) -> Json:
    """Edit the original answer, or give it after a deferral."""
    interaction = _interaction(call)
    form = call.form(MessageForm)
    if interaction.original_id is None:
        message = interactions.give_deferred(call.world, interaction, draft_of(call, form))
    else:
        message = _message(call, interaction)
        messages.edit(call.world, message, changes_of(call, form, message), allowed_mentions=form.mentions())
    return payloads.message(call.world, message)


def edit_message(call: Call) -> Json:
    """Edit a follow-up."""
    message = _message(call, _interaction(call))
    form = call.form(MessageForm)
    messages.edit(call.world, message, changes_of(call, form, message), allowed_mentions=form.mentions())
    return payloads.message(call.world, message)


def delete_message(call: Call) -> None:
    """Delete the original answer or a follow-up."""
    messages.delete(call.world, _message(call, _interaction(call)))


def _interaction(call: Call) -> Interaction:
    interaction = interactions.find(call.world, call.path["token"])
    if interaction is None or call.id("webhook_id") != call.world.application.id:
        raise DiscordError(401, 50027, "Invalid Webhook Token")
    if interaction.callback is None:
        raise unknown("Webhook")
    return interaction


def _message(call: Call, interaction: Interaction) -> Message:
    if "message_id" in call.path:
        message_id = call.id("message_id")
        if message_id not in (interaction.original_id, *interaction.followup_ids):
            raise unknown("Message")
    elif interaction.original_id is None:
        raise unknown("Message")
    else:
        message_id = interaction.original_id
    return call.world.message(interaction.channel_id, message_id)
