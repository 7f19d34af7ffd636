"""docs/configuration.md: every key of slipwatch.yaml, written from the JSON Schema."""

import json
import re
from collections.abc import Iterator
from typing import Any

from .base import JsonSchema
from .schema import json_schema
from .validation import Kinds

_INTRODUCTION = """\
# slipwatch.yaml

Every key that the file may have. `slipwatch config check` says what is wrong with a file, all at
once, with line, column and how to mend it; `slipwatch config schema` prints the JSON Schema for
editors; `slipwatch config show` prints the effective settings, without secrets.
[minimal.yaml](../config/examples/minimal.yaml) is a first real file,
[full.yaml](../config/examples/full.yaml) has every key.

- **Secrets** are never written into the file. Write `{env: NAME}` for an environment variable or
  `{file: PATH}` for a file.
- **Paths** that are relative start at the folder of the file.
- **Days** are written `2027-01-15`, spans of time `30s`, `5m`, `24h`, `7d` or `2w`, working days
  `5wd`, elapsed days `3ed`.
- **Milestones** are named `program/project/milestone`; inside a program the first part may be left
  out, inside a project the first two.
- **Quotes**: names that YAML would read as a number, a truth value or a comment are put in quotes:
  `version: "2.0"`, `country: "NO"`, `milestone: "Sprint #3"`.

This page is written by `slipwatch.config.page`; a test compares it with the models.
"""


def render_page(kinds: Kinds) -> str:
    """Write the page for the given kinds of sources."""
    schema = json_schema(kinds)
    parts = {"slipwatch.yaml": schema}
    for name in _in_order(schema, schema, ["slipwatch.yaml"]):
        parts.setdefault(name, schema["$defs"][name])
    sections = [_section(name, part, schema) for name, part in parts.items()]
    return "\n".join([_INTRODUCTION, *sections])


def _in_order(schema: JsonSchema, part: Any, seen: list[str]) -> Iterator[str]:
    """Name the definitions in the order in which a reader meets them."""
    if isinstance(part, list):
        for one in part:
            yield from _in_order(schema, one, seen)
    elif isinstance(part, dict):
        name = _target(part)
        if name is not None and name not in seen:
            seen.append(name)
            yield name
            yield from _in_order(schema, schema["$defs"][name], seen)
        for key, one in part.items():
            if key != "$defs":
                yield from _in_order(schema, one, seen)


def _target(part: JsonSchema) -> str | None:
    return str(part["$ref"]).rsplit("/", 1)[-1] if "$ref" in part else None


def _section(name: str, part: JsonSchema, schema: JsonSchema) -> str:
    required = part.get("required", [])
    rows = [
        f"| `{key}` | {_type(value, schema)} | {_default(value, key in required)} "
        f"| {_meaning(value, schema)} |"
        for key, value in part["properties"].items()
    ]
    return "\n".join(
        [
            f"## {_heading(name, part)}",
            "",
            " ".join(str(part.get("description", "")).split()).replace("``", "`"),
            "",
            "| Key | Value | Default | Meaning |",
            "| --- | --- | --- | --- |",
            *(row.replace("\n", " ") for row in rows),
            "",
        ]
    )


def _heading(name: str, part: JsonSchema) -> str:
    kind = part["properties"].get("kind", {}).get("const")
    if kind is not None:
        return f"Source of kind {kind}"
    title = str(part.get("title", name)).removesuffix("Settings")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", title).replace("slipwatch.yaml", "The file")


def _type(part: JsonSchema, schema: JsonSchema) -> str:
    name = _target(part)
    if name is not None:
        heading = _heading(name, schema["$defs"][name])
        return f"[{heading}](#{heading.lower().replace(' ', '-')})"
    if "const" in part:
        return f"`{part['const']}`"
    if "enum" in part:
        return ", ".join(f"`{one}`" for one in part["enum"])
    for choice in ("anyOf", "oneOf"):
        if choice in part:
            labels = [_type(one, schema) for one in part[choice] if one.get("type") != "null"]
            return " or ".join(dict.fromkeys(labels))
    return _plain_type(part, schema)


def _plain_type(part: JsonSchema, schema: JsonSchema) -> str:
    match part.get("type"):
        case "array":
            return f"list of {_type(part.get('items', {}), schema)}"
        case "object":
            values = [*part.get("patternProperties", {}).values()]
            values += [part["additionalProperties"]] if part.get("additionalProperties") else []
            return f"names with {_type(values[0], schema)}" if values else "a mapping"
        case "string":
            examples = [f"`{one}`" for one in part.get("examples", [])]
            what = {"date": "date", "path": "path"}.get(part.get("format", ""), "text")
            return f"{what} such as {', '.join(examples)}" if examples else what
        case "integer" | "number" as kind:
            return ("whole number" if kind == "integer" else "number") + _range(part)
        case "boolean":
            return "true or false"
        case _:
            return "anything"


def _range(part: JsonSchema) -> str:
    low = part.get("minimum")
    high = part.get("maximum")
    if low is not None and high is not None:
        return f" from {low} to {high}"
    return f", at least {low}" if low is not None else ""


def _meaning(part: JsonSchema, schema: JsonSchema) -> str:
    name = _target(part)
    inherited = schema["$defs"][name].get("description", "") if name is not None else ""
    return str(part.get("description", inherited))


def _default(part: JsonSchema, required: bool) -> str:
    if required:
        return "required"
    default = part.get("default")
    if default in (None, "", []):
        return ""
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"
