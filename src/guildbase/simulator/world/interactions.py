"""Interactions: a person starts one, the bot acknowledges it once and in time, then adds to its answer."""

from __future__ import annotations

import secrets

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, unknown
from guildbase.simulator.world import entitlements, messages
from guildbase.simulator.world.entities import (
    EPHEMERAL,
    Activity,
    CallbackType,
    Channel,
    Interaction,
    InteractionType,
    Message,
    User,
)
from guildbase.simulator.world.messages import Draft
from guildbase.simulator.world.state import Event, World

TOKEN_SECONDS = 15 * 60


def start(
    world: World,
    kind: InteractionType,
    user: User,
    channel: Channel,
    data: Json,
    *,
    name: str,
    message: Message | None = None,
    caused_by: Interaction | None = None,
) -> Interaction:
    """Send the person's action to the bot."""
    interaction = Interaction(
        world.new_id(),
        secrets.token_urlsafe(96),
        kind,
        user.id,
        channel.guild_id,
        channel.id,
        data,
        name,
        world.clock.time(),
        message_id=None if message is None else message.id,
        caused_by=caused_by,
    )
    _forget_expired(world)
    world.interactions[interaction.token] = interaction
    held = entitlements.held(world, user.id, channel.guild_id)
    payload = payloads.interaction(world, interaction, held)
    world.emit(Event("INTERACTION_CREATE", payload, channel.guild_id))
    return interaction


def find(world: World, token: str) -> Interaction | None:
    """Return the interaction whose token still works."""
    interaction = world.interactions.get(token)
    return None if interaction is None or _expired(world, interaction) else interaction


def acknowledge(world: World, interaction: Interaction, callback: CallbackType, data: Json, *, flags: int) -> None:
    """Take the bot's first answer; refuse a second one and one that comes too late."""
    if interaction.callback is not None:
        raise DiscordError(400, 40060, "Interaction has already been acknowledged.")
    if world.clock.time() - interaction.created > world.answer_within:
        raise unknown("interaction")
    interaction.callback = callback
    interaction.callback_data = data
    interaction.ephemeral = bool(flags & EPHEMERAL)
    if callback in (CallbackType.DEFERRED_UPDATE, CallbackType.UPDATE_MESSAGE):
        interaction.original_id = interaction.message_id
    world.watch.changed()


def answer(world: World, interaction: Interaction, draft: Draft) -> Message:
    """Send the original answer, visible to the person alone if it was announced as ephemeral."""
    message = _send(world, interaction, draft, ephemeral=interaction.ephemeral)
    interaction.original_id = message.id
    world.watch.changed()
    return message


def follow_up(world: World, interaction: Interaction, draft: Draft) -> Message:
    """Send a further message; after a deferral the first one is the original answer."""
    if interaction.original_id is None and interaction.callback == CallbackType.DEFERRED_MESSAGE:
        return answer(world, interaction, draft)
    message = _send(world, interaction, draft, ephemeral=bool(draft.flags & EPHEMERAL))
    interaction.followup_ids.append(message.id)
    world.watch.changed()
    return message


def give_deferred(world: World, interaction: Interaction, draft: Draft) -> Message:
    """Give the answer that was deferred; there is nothing to give if none was announced."""
    if interaction.callback != CallbackType.DEFERRED_MESSAGE:
        raise unknown("Message")
    return answer(world, interaction, draft)


def launch(world: World, interaction: Interaction) -> None:
    """Start the application's activity in the channel of the interaction."""
    running = Activity(interaction.id, interaction.channel_id, interaction.guild_id, [interaction.user_id])
    world.application.activities[instance_id(interaction)] = running


def instance_id(interaction: Interaction) -> str:
    """Return the id of the activity that the interaction has launched."""
    kind = "pc" if interaction.guild_id is None else f"gc-{interaction.guild_id}"
    return f"i-{interaction.id}-{kind}-{interaction.channel_id}"


def _expired(world: World, interaction: Interaction) -> bool:
    return world.clock.time() - interaction.created > TOKEN_SECONDS


def _forget_expired(world: World) -> None:
    """Drop the oldest interactions; the dict keeps them in the order they were started."""
    while world.interactions:
        oldest = next(iter(world.interactions.values()))
        if not _expired(world, oldest):
            break
        del world.interactions[oldest.token]


def _send(world: World, interaction: Interaction, draft: Draft, *, ephemeral: bool) -> Message:
    return messages.send(
        world,
        world.channel(interaction.channel_id),
        world.bot,
        draft,
        interaction=interaction,
        visible_to=interaction.user_id if ephemeral else None,
    )
