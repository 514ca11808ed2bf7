"""Stage instances: what is going on in a stage channel."""

from __future__ import annotations

from typing import Any

from guildbase.simulator import payloads
from guildbase.simulator.world.entities import Guild, StageInstance
from guildbase.simulator.world.state import Event, World


def begin(world: World, guild: Guild, stage: StageInstance) -> None:
    """Go live in the stage channel."""
    guild.stages[stage.channel_id] = stage
    _emit(world, "STAGE_INSTANCE_CREATE", stage)


def change(world: World, stage: StageInstance, values: dict[str, Any]) -> None:
    """Set fields of the stage by name."""
    for name, value in values.items():
        setattr(stage, name, value)
    _emit(world, "STAGE_INSTANCE_UPDATE", stage)


def end(world: World, guild: Guild, stage: StageInstance) -> None:
    """End what is going on."""
    del guild.stages[stage.channel_id]
    _emit(world, "STAGE_INSTANCE_DELETE", stage)


def _emit(world: World, name: str, stage: StageInstance) -> None:
    world.emit(Event(name, payloads.stage_instance(stage), stage.guild_id))
