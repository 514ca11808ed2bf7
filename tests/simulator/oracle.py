"""Discord's own description of its HTTP API as a judge: which operations there are, and what they must answer."""

from __future__ import annotations

import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

Json = dict[str, Any]
_DOCUMENT = Path(__file__).parent / "data" / "discord-openapi.json.xz"
_BASE = "urn:discord"
_METHODS = ("get", "post", "put", "patch", "delete")
# What tells the alternatives of a union apart: one that fails here is not what the body meant to be.
_TELLING = ("const", "enum", "type")
# The document calls the codes of single fields numbers; Discord sends words, such as BASE_TYPE_REQUIRED.
_FIELD_ERROR = {
    "type": "object",
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
    "required": ["code", "message"],
}


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    id: str
    method: str
    template: str
    for_bots: bool
    responses: Json
    request: Json
    parameters: tuple[Json, ...]

    @property
    def name(self) -> str:
        """Method and template."""
        return f"{self.method} {self.template}"

    @property
    def resource(self) -> str:
        """The part of the API it belongs to: the first word of the path."""
        return self.template.split("/")[1]

    @property
    def statuses(self) -> set[int]:
        """The statuses of success."""
        return {int(it) for it in self.responses if it.startswith("2")}

    def schema(self, status: int) -> Json | None:
        """Return the schema of the answer with that status; None if it is not JSON or has no body."""
        answer = self.responses.get(str(status)) or self.responses[f"{status // 100}XX"]
        content = answer.get("content", {}).get("application/json")
        return None if content is None else content["schema"]


class Oracle:
    """Validates answers against the document. Unions may be ambiguous there, so one match or more is enough."""

    def __init__(self) -> None:
        document = orjson.loads(lzma.decompress(_DOCUMENT.read_bytes()))
        document["components"]["schemas"]["InnerErrors"]["properties"]["_errors"]["items"] = _FIELD_ERROR
        self.document: Json = _any_for_one(document)
        self.operations = {it.id: it for it in _operations(self.document)}
        self._by_name = {it.name: it for it in self.operations.values()}
        self._validators: dict[bytes, jsonschema_rs.Validator] = {}

    @cached_property
    def for_bots(self) -> list[Operation]:
        """The operations that a bot token can use, or that need no token."""
        return [it for it in self.operations.values() if it.for_bots]

    def operation(self, method: str, template: str) -> Operation:
        """Return the operation of a path template, written as the document writes it."""
        return self._by_name[f"{method} {template}"]

    def problems(self, method: str, template: str, status: int, body: object) -> list[str]:
        """Return what is wrong with an answer, each as `path: problem`; none if it conforms."""
        operation = self.operation(method, template)
        if status not in operation.statuses and not 400 <= status < 500:
            return [f"status {status} instead of {sorted(operation.statuses)}"]
        schema = operation.schema(status)
        if schema is not None and isinstance(body, bytes):
            return ["not JSON"]
        if schema is None:
            return [] if body in (None, "") or status >= 400 or _other_content(operation, status) else ["not empty"]
        return self.schema_problems(schema, body)

    def schema_problems(self, schema: Json, body: object) -> list[str]:
        """Return what is wrong with a body."""
        return sorted({problem for error in self._validator(schema).iter_errors(body) for problem in _explain(error)})

    def resolve(self, schema: Json) -> Json:
        """Follow the schema's reference, if it is one."""
        while "$ref" in schema:
            found: Any = self.document
            for part in schema["$ref"].split("/")[1:]:
                found = found[part]
            schema = found
        return schema

    @cached_property
    def _registry(self) -> jsonschema_rs.Registry:
        return jsonschema_rs.Registry([(_BASE, {"components": self.document["components"]})])

    def _validator(self, schema: Json) -> jsonschema_rs.Validator:
        key = orjson.dumps(schema)
        if key not in self._validators:
            whole = orjson.loads(key.replace(b'"#/components/', f'"{_BASE}#/components/'.encode()))
            self._validators[key] = jsonschema_rs.Draft202012Validator(
                whole, registry=self._registry, validate_formats=True
            )
        return self._validators[key]


@cache
def oracle() -> Oracle:
    """Return the one judge; reading the document takes a moment."""
    return Oracle()


def _operations(document: Json) -> Iterator[Operation]:
    for template, item in document["paths"].items():
        for method in _METHODS:
            if (one := item.get(method)) is None:
                continue
            responses = {status: _followed(document, it) for status, it in one["responses"].items()}
            schemes = one.get("security", [{}])
            yield Operation(
                one["operationId"],
                method.upper(),
                template,
                any("BotToken" in it or not it for it in schemes),
                responses,
                one.get("requestBody", {}).get("content", {}),
                tuple(item.get("parameters", [])) + tuple(one.get("parameters", [])),
            )


def _followed(document: Json, answer: Json) -> Json:
    if "$ref" not in answer:
        return answer
    found: Json = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    return found


def _other_content(operation: Operation, status: int) -> bool:
    return bool(operation.responses[str(status)].get("content"))


def _any_for_one(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {"anyOf" if key == "oneOf" else key: _any_for_one(it) for key, it in schema.items()}
    return [_any_for_one(it) for it in schema] if isinstance(schema, list) else schema


def _explain(error: jsonschema_rs.ValidationError) -> Iterator[str]:
    """Yield the problem; of a union, those of the alternative that the body comes closest to."""
    context = error.kind.context if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.AnyOf) else []
    closest = min(context, key=lambda branch: _distance(branch, len(error.instance_path)), default=[])
    if closest and _distance(closest, len(error.instance_path))[0] == 0:
        for inner in closest:
            yield from _explain(inner)
    else:
        place = "/".join(map(str, error.instance_path)) or "body"
        yield f"{place}: {error.message[:300]}"


def _distance(branch: list[jsonschema_rs.ValidationError], depth: int) -> tuple[int, int]:
    strangers = [
        it
        for it in branch
        if list(it.schema_path)[-1] in _TELLING
        and (len(it.instance_path) == depth or list(it.instance_path)[depth:] == ["type"])
    ]
    return len(strangers), len(branch)
