"""What a server's own JSON Schema may say, and whether a value fits it. Schema and value come from strangers.

Only what is listed here is understood, so nothing is fetched, and nothing takes long: references lead to `$defs` of
the same schema and never in a circle, patterns run in linear time, and the schema with all references replaced is
bounded, because one that doubles itself would be endless. See https://json-schema.org/draft/2020-12.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from guildbase.core.guild_sections import Reference, Refers
from guildbase.core.i18n import _
from guildbase.core.snowflake import is_snowflake, read_snowflake
from guildbase.database.rows.validation import unstorable_document

DRAFT = "https://json-schema.org/draft/2020-12/schema"
MAX_BYTES = 16 * 1024
"""What a schema, and what a value, may take as JSON."""
DEEPEST = 20
"""How deep schemas may stand in each other."""
MOST_WORK = 500
"""Schemas, options and patterns that one value may meet, with all references replaced."""
MOST_ERRORS_WORK = 20_000
"""Checks up to which all mistakes of a value are told: jsonschema-rs makes all of them before it gives the first."""
MOST_PROBLEMS = 20
PATTERN_WORK = 10
PATTERN_BYTES = 256 * 1024
"""What a pattern may take when it is compiled."""

FORMATS: Mapping[str, Refers | None] = {
    "role": Refers.ROLE, "channel": Refers.CHANNEL, "user": Refers.MEMBER,
    "date": None, "date-time": None, "time": None, "duration": None, "email": None, "uri": None, "uuid": None,
    "ipv4": None, "ipv6": None,
}  # fmt: skip
"""Formats of text; ids of the server are text in digits, and are replaced when it is taken to another server."""
_WORDS = frozenset({"title", "description", "default", "examples", "type", "const", "required", "uniqueItems"})
_NUMBERS = frozenset({
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "minItems",
    "maxItems", "minProperties", "maxProperties",
})  # fmt: skip
_ONE = frozenset({"items", "additionalProperties", "propertyNames", "contains", "not"})
_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_NAMED = frozenset({"properties", "patternProperties"})
_KNOWN = _WORDS | _NUMBERS | _ONE | _LISTS | _NAMED | {"$schema", "$ref", "$defs", "enum", "format", "pattern"}
_LOCAL = re.compile(r"#/\$defs/([A-Za-z0-9_.-]{1,64})")


def schema_problems(schema: Any) -> dict[str, str]:
    """Return why values cannot be checked by the schema, by place; nothing if they can."""
    if not isinstance(schema, dict):
        return {"schema": _("it is no JSON object")}
    problems = _unfit(schema, "schema") or _Schema(schema).problems or _mistakes(schema)
    return dict(list(problems.items())[:MOST_PROBLEMS])


def problems_of(schema: Mapping[str, Any], value: Any) -> dict[str, str]:
    """Return why the value does not fit the checked schema, by place; nothing if it does."""
    if unfit := _unfit(value, "value"):
        return unfit
    validator = _validator(schema)
    if validator.is_valid(value):
        return {}
    if _Schema(schema).work * _count(value) > MOST_ERRORS_WORK:
        return {"value": _("it does not fit the schema, and is too large to say where")}
    found: dict[str, str] = {}
    for error in validator.iter_errors(value):
        place, told = ".".join(["value", *map(str, error.instance_path)])[:100], error.message[:200]
        found[place] = f"{found[place]}; {told}"[:500] if place in found else told
    return dict(list(found.items())[:MOST_PROBLEMS])


def references(schema: Mapping[str, Any], value: Any, where: str) -> Iterator[Reference]:
    """Yield the ids that the value holds where the schema has the format of a role, a channel or a user."""
    for refers, text in _ids(schema, schema, value):
        if (found := _id_of(text)) is not None:
            yield Reference(refers, found, where)


def mapped(schema: Mapping[str, Any], value: Any, ids: Mapping[int, int | None]) -> Any:
    """Return the value with its ids of roles and channels replaced; one without a new id is left out where it stands.

    A value that is such an id itself becomes None.
    """
    changes = dict[str, int | None]()
    for refers, text in _ids(schema, schema, value):
        found = _id_of(text)
        if found is not None and found in ids and refers is not Refers.MEMBER:
            changes[text] = ids[found]
    return _replaced(value, changes)


class _Schema:
    """Walks through a schema with its references replaced, as far as it is understood."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._works: dict[str, int] = {}
        self._open: list[str] = []
        self.problems: dict[str, str] = {}
        self.work = self._over(root, "schema", 0)
        for name, schema in _entries(root.get("$defs")):
            self._definition(name, schema)
        if self.work > MOST_WORK:
            self.problems["schema"] = _("it asks for more than {most} checks of one value", most=MOST_WORK)

    def _over(self, schema: Any, place: str, depth: int) -> int:
        """Note what is wrong, and return how much work the schema is."""
        if not isinstance(schema, dict):
            return 1
        if depth > DEEPEST:
            self.problems[place[:100]] = _("it is more than {most} levels deep", most=DEEPEST)
            return 1
        for keyword in schema:
            if problem := _unknown(keyword, schema[keyword], is_root=not depth and not self._open):
                self.problems[f"{place}.{keyword}"[:100]] = problem
        work = 1 + PATTERN_WORK * _patterns(schema) + len(_list(schema.get("enum")))
        if "$ref" in schema:
            work += self._referred(schema["$ref"], place)
        return work + sum(self._over(inner, f"{place}.{key}", depth + 1) for key, inner in _inside(schema))

    def _referred(self, target: Any, place: str) -> int:
        found = _LOCAL.fullmatch(target) if isinstance(target, str) else None
        definitions = dict(_entries(self._root.get("$defs")))
        if found is None or found[1] not in definitions:
            self.problems[f"{place}.$ref"[:100]] = _("it leads to nothing in `$defs` of this schema")
            return 1
        if found[1] in self._open or len(self._open) == DEEPEST:
            self.problems[f"{place}.$ref"[:100]] = _("it leads in a circle, or too deep")
            return 1
        return self._definition(found[1], definitions[found[1]])

    def _definition(self, name: str, schema: Any) -> int:
        if name not in self._works:
            self._open.append(name)
            self._works[name] = self._over(schema, f"schema.$defs.{name}", 0)
            self._open.pop()
        return self._works[name]


def _unknown(keyword: str, value: Any, *, is_root: bool) -> str | None:
    if keyword not in _KNOWN:
        return _("this keyword is not understood here")
    if keyword == "$schema" and value != DRAFT:
        return _("only {draft} is understood", draft=DRAFT)
    if keyword == "$defs" and not is_root:
        return _("definitions stand at the top")
    if keyword == "format" and value not in list(FORMATS):
        return _("only these formats are understood: {formats}", formats=", ".join(FORMATS))
    return None


def _inside(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for keyword, value in schema.items():
        if keyword in _ONE:
            yield keyword, value
        elif keyword in _LISTS:
            yield from ((f"{keyword}.{number}", inner) for number, inner in enumerate(_list(value)))
        elif keyword in _NAMED:
            yield from ((f"{keyword}.{name}", inner) for name, inner in _entries(value))


def _patterns(schema: Mapping[str, Any]) -> int:
    return ("pattern" in schema) + len(dict(_entries(schema.get("patternProperties"))))


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    # What is of a wrong type is told by the check against the draft's own schema.
    yield from value.items() if isinstance(value, dict) else ()


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mistakes(schema: Mapping[str, Any]) -> dict[str, str]:
    """Return what is no JSON Schema, as far as the library tells: the first mistake."""
    try:
        _validator(schema)
    except ValueError as error:
        place = ".".join(["schema", *map(str, getattr(error, "instance_path", ()))])
        return {place[:100]: str(getattr(error, "message", error))[:200]}
    return {}


def _validator(schema: Mapping[str, Any]) -> Any:
    import jsonschema_rs  # Few processes need it, and none at its start.

    checks = {name: _is_id for name, refers in FORMATS.items() if refers}
    patterns = jsonschema_rs.RegexOptions(size_limit=PATTERN_BYTES, dfa_size_limit=PATTERN_BYTES)
    return jsonschema_rs.Draft202012Validator(
        dict(schema),
        formats=checks,
        validate_formats=True,
        pattern_options=patterns,
        offline=True,
        mask="it",  # What stands there may be long, and was said by whoever reads it.
    )


def _is_id(text: str) -> bool:
    return _id_of(text) is not None


def _id_of(text: str) -> int | None:
    found = read_snowflake(text)
    return found if found is not None and is_snowflake(found) else None


def _unfit(value: Any, name: str) -> dict[str, str]:
    if reason := unstorable_document(value):
        return {name: reason}
    size = len(orjson.dumps(value))
    if size > MAX_BYTES:
        return {
            name: _("it takes {size} bytes, more than the {most} that there is room for", size=size, most=MAX_BYTES)
        }
    return {}


def _count(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(_count, inner))


def _ids(root: Mapping[str, Any], schema: Any, value: Any) -> Iterator[tuple[Refers, str]]:
    if not isinstance(schema, dict):
        return
    if isinstance(value, str) and (refers := FORMATS.get(schema.get("format", ""))):
        yield refers, value
    if "$ref" in schema:
        yield from _ids(root, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], value)
    for keyword in ("allOf", "anyOf", "oneOf"):
        for option in schema.get(keyword, ()):
            yield from _ids(root, option, value)
    for inner, held in _held(schema, value):
        yield from _ids(root, inner, held)


def _held(schema: Mapping[str, Any], value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield what stands in the value, each with its schema."""
    if isinstance(value, dict):
        named = schema.get("properties", {})
        yield from ((named.get(key, schema.get("additionalProperties")), held) for key, held in value.items())
        yield from ((schema.get("propertyNames"), key) for key in value)
    elif isinstance(value, list):
        first = schema.get("prefixItems", [])
        rest = [schema.get("items")] * (len(value) - len(first))
        yield from zip([*first, *rest], value, strict=False)


def _replaced(value: Any, changes: Mapping[str, int | None]) -> Any:
    if isinstance(value, dict):
        entries = [(_replaced(key, changes), held, _replaced(held, changes)) for key, held in value.items()]
        return {key: new for key, held, new in entries if key is not None and (new is not None or held is None)}
    if isinstance(value, list):
        pairs = [(held, _replaced(held, changes)) for held in value]
        return [new for held, new in pairs if new is not None or held is None]
    if isinstance(value, str) and value in changes:
        new_id = changes[value]
        return None if new_id is None else str(new_id)
    return value
