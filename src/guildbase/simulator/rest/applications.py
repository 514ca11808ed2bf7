"""/applications: the application itself, its linked roles and its activities."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, invalid_form, unknown
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.components import well_formed
from guildbase.simulator.rest.forms import Form, distinct, read_forms, text
from guildbase.simulator.rest.images import Picture
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import images
from guildbase.simulator.world.entities import Application, ApplicationFlag, RoleConnection

routes = RouteTable()
_LIMITED = int(
    ApplicationFlag.PRESENCE_LIMITED | ApplicationFlag.GUILD_MEMBERS_LIMITED | ApplicationFlag.MESSAGE_CONTENT_LIMITED
)
_OWN_CONNECTION = "/users/@me/applications/{application_id}/role-connection"
_METADATA = "/applications/{application_id}/role-connections/metadata"
_MOST_METADATA = 5


_WebhookEvent = Literal[
    "APPLICATION_AUTHORIZED",
    "APPLICATION_DEAUTHORIZED",
    "ENTITLEMENT_CREATE",
    "ENTITLEMENT_DELETE",
    "ENTITLEMENT_UPDATE",
    "GAME_DIRECT_MESSAGE_CREATE",
    "GAME_DIRECT_MESSAGE_DELETE",
    "GAME_DIRECT_MESSAGE_UPDATE",
    "LOBBY_MESSAGE_CREATE",
    "LOBBY_MESSAGE_DELETE",
    "LOBBY_MESSAGE_UPDATE",
    "QUEST_USER_ENROLLMENT",
]


class _InstallParams(Form):
    scopes: Annotated[list[str], AfterValidator(distinct)] | None = None
    permissions: str | int | None = None

    def rendered(self) -> Json:
        """Return the parameters as Discord hands them back."""
        return {"scopes": self.scopes or [], "permissions": str(self.permissions or 0)}


class _IntegrationType(Form):
    oauth2_install_params: _InstallParams | None = None


class _Changes(Form):
    description: Annotated[str, Field(max_length=400)] | None = None
    icon: Picture | None = None
    cover_image: Picture | None = None
    tags: Annotated[list[Annotated[str, text(1, 20)]], Field(max_length=5), AfterValidator(distinct)] | None = None
    flags: Annotated[int, Field(ge=0)] | None = None
    custom_install_url: Annotated[str, Field(max_length=2048)] | None = None
    interactions_endpoint_url: Annotated[str, Field(max_length=512)] | None = None
    role_connections_verification_url: Annotated[str, Field(max_length=512)] | None = None
    install_params: _InstallParams | None = None
    integration_types_config: dict[Literal["0", "1"], _IntegrationType | None] | None = None
    event_webhooks_url: Annotated[str, Field(max_length=512)] | None = None
    event_webhooks_status: Literal[1, 2] | None = None
    event_webhooks_types: Annotated[list[_WebhookEvent], AfterValidator(distinct)] | None = None

    @field_validator(
        "custom_install_url", "interactions_endpoint_url", "role_connections_verification_url", "event_webhooks_url"
    )
    @classmethod
    def _leads_somewhere(cls, url: str | None) -> str | None:
        return url and well_formed(url, ("http", "https"))


class _Metadata(Form):
    type: Annotated[int, Field(ge=1, le=8)]
    key: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,50}$")]
    name: Annotated[str, text(1, 100)]
    name_localizations: dict[str, str] | None = None
    description: Annotated[str, text(1, 200)]
    description_localizations: dict[str, str] | None = None


class _Connection(Form):
    platform_name: Annotated[str, Field(max_length=50)] | None = None
    platform_username: Annotated[str, Field(max_length=100)] | None = None
    metadata: dict[str, Annotated[str, Field(max_length=100)]] | None = None


def own_application(call: Call) -> Application:
    """Return the application of the path, which must be the caller's."""
    if call.path["application_id"] != "@me" and call.id("application_id") != call.world.application.id:
        raise DiscordError(403, 20012, "You are not authorized to perform this action on this application")
    return call.world.application


@routes.route("GET", "/applications/@me")
@routes.route("GET", "/oauth2/applications/@me")
def get_application(call: Call) -> Json:
    """Return the application with its grants of privileged intents."""
    return payloads.application(call.world)


@routes.route("GET", "/applications/{application_id}")
def get_application_by_id(call: Call) -> Json:
    """Return the application."""
    own_application(call)
    return payloads.application(call.world)


@routes.route("PATCH", "/applications/@me")
def edit_application(call: Call) -> Json:
    """Change the application."""
    return _changed(call)


@routes.route("PATCH", "/applications/{application_id}")
def edit_application_by_id(call: Call) -> Json:
    """Change the application, named by its id."""
    own_application(call)
    return _changed(call)


@routes.route("GET", "/applications/{application_id}/activity-instances/{instance_id}")
def get_activity_instance(call: Call) -> Json:
    """Return an activity that the bot has launched."""
    instance_id = call.path["instance_id"]
    one = own_application(call).activities.get(instance_id)
    if one is None:
        raise unknown("Activity Instance")
    return payloads.activity_instance(call.world, instance_id, one)


@routes.route("POST", "/applications/{application_id}/attachment")
def upload_attachment(call: Call) -> Json:
    """Keep a file for an activity."""
    own_application(call)
    upload = next(iter(call.files.values()), None)
    if upload is None:
        raise invalid_form(("file",), "BASE_TYPE_REQUIRED", "This field is required")
    call.world.attachments[upload.id] = upload
    return {"attachment": payloads.attachment(call.world, upload) | {"ephemeral": True}}


@routes.route("GET", _METADATA)
def list_metadata(call: Call) -> list[Json]:
    """Return what linked roles can ask of a person's account elsewhere."""
    return own_application(call).role_connections_metadata


@routes.route("PUT", _METADATA)
def replace_metadata(call: Call) -> list[Json]:
    """Put other metadata in place of all that linked roles can ask for."""
    application, forms = own_application(call), read_forms(_Metadata, call.body)
    if len(forms) > _MOST_METADATA:
        raise invalid_form((), "BASE_TYPE_MAX_LENGTH", f"Must be {_MOST_METADATA} or fewer in length.")
    application.role_connections_metadata = [it.model_dump(exclude_none=True) for it in forms]
    return application.role_connections_metadata


@routes.route("GET", _OWN_CONNECTION, scope="role_connections.write", for_bots=False)
def get_role_connection(call: Call) -> Json:
    """Return what the person has connected for linked roles."""
    return _connection(own_application(call).role_connections.get(call.bot.id) or RoleConnection())


@routes.route("PUT", _OWN_CONNECTION, scope="role_connections.write", for_bots=False)
def update_role_connection(call: Call) -> Json:
    """Say who the person is elsewhere and what linked roles may know of it."""
    application, form = own_application(call), call.form(_Connection)
    known = {it["key"] for it in application.role_connections_metadata}
    for key in form.metadata or {}:
        if key not in known:
            raise invalid_form(("metadata", key), "APPLICATION_ROLE_CONNECTION_METADATA_UNKNOWN", "Unknown key")
    one = RoleConnection(form.platform_name, form.platform_username, dict(form.metadata or {}))
    application.role_connections[call.bot.id] = one
    return _connection(one)


@routes.route("DELETE", _OWN_CONNECTION, scope="role_connections.write", for_bots=False)
def delete_role_connection(call: Call) -> None:
    """Forget who the person is elsewhere."""
    own_application(call).role_connections.pop(call.bot.id, None)


def _connection(one: RoleConnection) -> Json:
    # The platform's name is the one field that cannot be null.
    named: Json = {} if one.platform_name is None else {"platform_name": one.platform_name}
    return named | {"platform_username": one.platform_username, "metadata": one.metadata}


def _changed(call: Call) -> Json:
    application, form = call.world.application, call.form(_Changes)
    values: dict[str, Any] = form.given(*_PLAIN)
    if form.flags is not None:
        values["flags"] = ApplicationFlag(application.flags & ~_LIMITED | form.flags & _LIMITED)
    for name in ("icon", "cover_image"):
        if name in form.model_fields_set:
            picture = getattr(form, name)
            values[name] = None if picture is None else images.keep(call.world, picture)
    if "install_params" in form.model_fields_set:
        values["install_params"] = None if form.install_params is None else form.install_params.rendered()
    if form.integration_types_config is not None:
        values["integration_types_config"] = _integration_types(form.integration_types_config)
    for name, value in values.items():
        setattr(application, name, _EMPTY.get(name) if value is None else value)
    return payloads.application(call.world)


def _integration_types(config: dict[Literal["0", "1"], _IntegrationType | None]) -> Json:
    told: Json = {}
    for kind, one in config.items():
        params = None if one is None else one.oauth2_install_params
        told[kind] = {} if params is None else {"oauth2_install_params": params.rendered()}
    return told


_EMPTY: dict[str, Any] = {"description": "", "tags": [], "event_webhooks_status": 1, "event_webhooks_types": []}
_PLAIN = (
    "description", "tags", "custom_install_url", "interactions_endpoint_url", "role_connections_verification_url",
    "event_webhooks_url", "event_webhooks_status", "event_webhooks_types",
)  # fmt: skip
