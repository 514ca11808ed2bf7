"""/webhooks/{application.id}/{interaction.token}: follow-ups and the original answer of an interaction."""

from __future__ import annotations

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, unknown
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.message_forms import MessageForm, changes_of, draft_of
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import interactions, messages
from guildbase.simulator.world.entities import Interaction, Message

routes = RouteTable()
_HOOK = "/webhooks/{webhook_id}/{token}"
_ORIGINAL = _HOOK + "/messages/@original"
_MESSAGE = _HOOK + "/messages/{message_id}"


@routes.route("POST", _HOOK, open=True)
def follow_up(call: Call) -> Json:
    """Send a further message; after a deferral the first fills in the original answer."""
    interaction = _interaction(call)
    draft = draft_of(call, call.form(MessageForm))
    return payloads.message(call.world, interactions.follow_up(call.world, interaction, draft))


@routes.route("GET", _ORIGINAL, open=True)
@routes.route("GET", _MESSAGE, open=True)
def get_message(call: Call) -> Json:
    """Return a message of the interaction, ephemeral or not."""
    return payloads.message(call.world, _message(call, _interaction(call)))


@routes.route("PATCH", _ORIGINAL, open=True)
def edit_original(call: Call) -> Json:
    """Edit the original answer, or give it after a deferral."""
    interaction = _interaction(call)
    form = call.form(MessageForm)
    if interaction.original_id is None:
        message = interactions.give_deferred(call.world, interaction, draft_of(call, form))
    else:
        message = _message(call, interaction)
        messages.edit(call.world, message, changes_of(call, form, message))
    return payloads.message(call.world, message)


@routes.route("PATCH", _MESSAGE, open=True)
def edit_message(call: Call) -> Json:
    """Edit a follow-up."""
    message = _message(call, _interaction(call))
    messages.edit(call.world, message, changes_of(call, call.form(MessageForm), message))
    return payloads.message(call.world, message)


@routes.route("DELETE", _ORIGINAL, open=True)
@routes.route("DELETE", _MESSAGE, open=True)
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
