"""/guilds/{guild.id}/auto-moderation/rules: the rules of the automatic moderation."""

from __future__ import annotations

from typing import Any

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, invalid_form
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.automod_forms import ActionForm, Metadata, NewRule, RuleChanges, check_event
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import automod
from guildbase.simulator.world.audit import Action, difference, record
from guildbase.simulator.world.entities import AutoModAction, AutoModRule, Guild, TriggerType

routes = RouteTable()
_MOST = {TriggerType.KEYWORD: 6}
_AUDITED = (
    "name", "trigger_type", "event_type", "actions", "enabled", "exempt_roles", "exempt_channels", "trigger_metadata"
)  # fmt: skip


@routes.route("GET", "/guilds/{guild_id}/auto-moderation/rules")
def list_rules(call: Call) -> list[Json]:
    """Return the guild's rules."""
    guild = call.guild(Permission.MANAGE_GUILD)
    return [payloads.automod_rule(it) for it in guild.automod_rules.values()]


@routes.route("GET", "/guilds/{guild_id}/auto-moderation/rules/{rule_id}")
def get_rule(call: Call) -> Json:
    """Return one rule."""
    return payloads.automod_rule(_rule(call, call.guild(Permission.MANAGE_GUILD)))


@routes.route("POST", "/guilds/{guild_id}/auto-moderation/rules")
def create_rule(call: Call) -> Json:
    """Create a rule; of most triggers a guild may have one rule only."""
    guild = call.guild(Permission.MANAGE_GUILD)
    form = call.form(NewRule)
    check_event(form.event_type, form.trigger_type)
    same = sum(it.trigger_type == form.trigger_type for it in guild.automod_rules.values())
    if same >= _MOST.get(TriggerType(form.trigger_type), 1):
        text = "Maximum number of rules of this type exceeded."
        raise invalid_form(("trigger_type",), "AUTO_MODERATION_MAX_RULES_OF_TYPE_EXCEEDED", text)
    rule = AutoModRule(
        call.world.new_id(),
        guild.id,
        call.bot.id,
        form.name,
        form.event_type,
        form.trigger_type,
        (form.trigger_metadata or Metadata()).of(form.trigger_type),
        _actions(call, guild, form.trigger_type, form.actions),
        bool(form.enabled),
        *_exemptions(guild, form),
    )
    automod.create(call.world, guild, rule)
    changes = difference(None, payloads.automod_rule(rule), _AUDITED)
    record(call.world, guild, Action.AUTO_MODERATION_RULE_CREATE, rule.id, call.reason, changes=changes)
    return payloads.automod_rule(rule)


@routes.route("PATCH", "/guilds/{guild_id}/auto-moderation/rules/{rule_id}")
def edit_rule(call: Call) -> Json:
    """Change a rule."""
    guild = call.guild(Permission.MANAGE_GUILD)
    rule = _rule(call, guild)
    form = call.form(RuleChanges)
    if form.event_type is not None:
        check_event(form.event_type, rule.trigger_type)
    given = form.given("name", "event_type", "enabled")
    values: dict[str, Any] = {key: it for key, it in given.items() if it is not None}
    if form.trigger_metadata is not None:
        values["trigger_metadata"] = form.trigger_metadata.of(rule.trigger_type)
    if form.actions is not None:
        values["actions"] = _actions(call, guild, rule.trigger_type, form.actions)
    roles, channels = _exemptions(guild, form)
    values |= {"exempt_roles": roles} if "exempt_roles" in form.model_fields_set else {}
    values |= {"exempt_channels": channels} if "exempt_channels" in form.model_fields_set else {}
    before = payloads.automod_rule(rule)
    automod.change(call.world, rule, values)
    changes = difference(before, payloads.automod_rule(rule), _AUDITED)
    record(call.world, guild, Action.AUTO_MODERATION_RULE_UPDATE, rule.id, call.reason, changes=changes)
    return payloads.automod_rule(rule)


@routes.route("DELETE", "/guilds/{guild_id}/auto-moderation/rules/{rule_id}")
def delete_rule(call: Call) -> None:
    """Delete a rule."""
    guild = call.guild(Permission.MANAGE_GUILD)
    rule = _rule(call, guild)
    automod.delete(call.world, guild, rule)
    changes = difference(payloads.automod_rule(rule), None, _AUDITED)
    record(call.world, guild, Action.AUTO_MODERATION_RULE_DELETE, rule.id, call.reason, changes=changes)


def _rule(call: Call, guild: Guild) -> AutoModRule:
    found = guild.automod_rules.get(call.id("rule_id"))
    if found is None:
        raise DiscordError(404, 10066, "Unknown Auto Moderation Rule")
    return found


def _actions(call: Call, guild: Guild, trigger_type: int, forms: list[ActionForm]) -> list[Json]:
    """Return the actions as rules keep them; timing out needs the permission for it."""
    actions = [it.rendered(guild, trigger_type, ("actions", number)) for number, it in enumerate(forms)]
    if any(it["type"] == AutoModAction.TIMEOUT for it in actions):
        call.require(guild, None, Permission.MODERATE_MEMBERS)
    return actions


def _exemptions(guild: Guild, form: RuleChanges) -> tuple[list[int], list[int]]:
    """Return the exempt roles and channels, all of which must be in the guild."""
    for name, known in (("exempt_roles", guild.roles), ("exempt_channels", guild.channels)):
        for number, one_id in enumerate(getattr(form, name) or ()):
            if one_id not in known:
                raise invalid_form((name, number), "NOT_IN_GUILD", "Not found in this guild.")
    return form.exempt_roles or [], form.exempt_channels or []
