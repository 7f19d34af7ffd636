"""The JSON Schema of slipwatch.yaml, for editors and for whoever generates the file."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from pydantic_core.core_schema import DictSchema

from .base import JsonSchema, duration_text
from .problems import Steps
from .settings import SlipwatchSettings
from .sources import SourceSettings

_DEEPEST = 8  # a third party's models may contain themselves
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Generator(GenerateJsonSchema):
    """Writes values as the file does, and no titles that only repeat the keys."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def dict_schema(self, schema: DictSchema) -> dict[str, Any]:
        """Refuse names of another form; pydantic lets them pass unseen."""
        described = super().dict_schema(schema)
        if "patternProperties" in described:
            described.pop("propertyNames", None)
            described["additionalProperties"] = False
        return described

    def encode_default(self, dft: Any) -> Any:
        return duration_text(dft) if isinstance(dft, timedelta) else super().encode_default(dft)


def json_schema(kinds: Mapping[str, type[SourceSettings]]) -> JsonSchema:
    """Describe the whole file, with the keys of the given kinds of sources."""
    references, shared = models_json_schema(
        [
            (SlipwatchSettings, "validation"),
            *((model, "validation") for model in dict.fromkeys(kinds.values())),
        ],
        schema_generator=_Generator,
    )
    definitions: dict[str, Any] = shared["$defs"]
    top = definitions.pop(_name(references[SlipwatchSettings, "validation"]))
    if kinds:
        del definitions["SourceSettings"]
        named = top["properties"]["sources"]["patternProperties"]
        for pattern in named:
            named[pattern] = {
                "oneOf": [references[model, "validation"] for model in kinds.values()]
            }
    for kind, model in kinds.items():
        properties = definitions[_name(references[model, "validation"])]["properties"]
        properties["kind"] = {
            "const": kind,
            "description": properties["kind"].get("description", ""),
        }
    return {"$schema": DIALECT, **top, "title": "slipwatch.yaml", "$defs": definitions}


def _name(reference: Mapping[str, Any]) -> str:
    return str(reference["$ref"]).rsplit("/", 1)[-1]


def below(schema: JsonSchema, parts: list[JsonSchema], steps: Steps) -> list[JsonSchema]:
    """Find what describes the value at the end of a way from some parts of the schema.

    There are several where there is a choice.
    """
    found = [choice for part in parts for choice in _choices(schema, part)]
    for step in steps:
        found = [
            choice
            for part in found
            for one in _step(part, step)
            for choice in _choices(schema, one)
        ]
    return found


def homes(schema: JsonSchema, parts: list[JsonSchema], path: str, key: str) -> list[str]:
    """Find the ways to all mappings that may hold a key; of sources, that is asked apart."""
    found: list[str] = []
    if path.count(".") > _DEEPEST:
        return found
    for part in (choice for one in parts for choice in _choices(schema, one)):
        if key in part.get("properties", {}):
            found.append(path)
        for name, child in part.get("properties", {}).items():
            if (path, name) != ("", "sources"):
                found += homes(schema, [child], f"{path}.{name}" if path else name, key)
        if isinstance(part.get("items"), dict):
            found += homes(schema, [part["items"]], f"{path}[]", key)
        for child in part.get("patternProperties", {}).values():
            found += homes(schema, [child], f"{path}.NAME", key)
    return list(dict.fromkeys(found))


def _step(part: JsonSchema, step: str | int) -> Iterator[JsonSchema]:
    if isinstance(step, int):
        if isinstance(part.get("items"), dict):
            yield part["items"]
    elif step in part.get("properties", {}):
        yield part["properties"][step]
    else:
        yield from part.get("patternProperties", {}).values()
        if isinstance(part.get("additionalProperties"), dict):
            yield part["additionalProperties"]


def _choices(schema: JsonSchema, part: JsonSchema) -> Iterator[JsonSchema]:
    """Follow references and alternatives."""
    if "$ref" in part:
        target = schema["$defs"][_name(part)]
        yield from _choices(schema, target)
    elif "anyOf" in part:
        for one in part["anyOf"]:
            yield from _choices(schema, one)
    elif "oneOf" in part and "properties" not in part:
        for one in part["oneOf"]:
            yield from _choices(schema, one)
    else:
        yield part
