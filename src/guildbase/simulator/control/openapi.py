"""The OpenAPI document of the control API, made from the table of operations and their models."""

from __future__ import annotations

from pydantic.json_schema import models_json_schema

from guildbase.simulator.control.models import Model, Refusal
from guildbase.simulator.control.operations import OPERATIONS, Operation
from guildbase.simulator.errors import Json

_REF = "#/components/schemas/{model}"


def document(server: str) -> Json:
    """Return the OpenAPI 3.1 document for the control API at the given base URL."""
    models: list[type[Model]] = [Refusal]
    for operation in OPERATIONS:
        models += [operation.request, operation.response]
    used = [(it, "validation") for it in dict.fromkeys(models)]
    _, schemas = models_json_schema(used, ref_template=_REF)  # type: ignore[arg-type]
    paths: dict[str, Json] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas["$defs"])
    return {
        "openapi": "3.1.0",
        "info": {"title": "Guildbase simulator control API", "version": "1"},
        "servers": [{"url": server}],
        "paths": paths,
        "components": {"schemas": schemas["$defs"]},
    }


def _operation(operation: Operation, schemas: Json) -> Json:
    described: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "responses": {
            "200": {"description": "Done.", "content": _json(operation.response)},
            "400": {"description": "Refused.", "content": _json(Refusal)},
        },
    }
    if operation.method == "GET":
        schema = schemas[operation.request.__name__]
        described["parameters"] = [
            {"name": name, "in": "query", "required": name in schema.get("required", []), "schema": field}
            for name, field in schema.get("properties", {}).items()
        ]
    else:
        described["requestBody"] = {"required": True, "content": _json(operation.request)}
    return described


def _json(model: type[Model]) -> Json:
    return {"application/json": {"schema": {"$ref": _REF.format(model=model.__name__)}}}
