"""The words for what pydantic finds: what is there, what is expected, how to mend it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import ErrorDetails

from .base import JsonSchema
from .forms import FORMS
from .nearest import did_you_mean
from .problems import Steps
from .tree import Node, Scalar, describe

_GUARDED = {"sources", "store", "basic_auth_users"}
"""Below these a value may be a secret in the wrong place, and is never repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One of pydantic's errors, and what is known about its place."""

    details: ErrorDetails
    node: Node
    """The value it is about, or the mapping in which a key is missing or unknown."""
    steps: Steps
    """The way to what it is about, the missing or unknown key included."""
    described: tuple[JsonSchema, ...]
    """What the JSON Schema says of the node."""
    homes: Callable[[str], list[str]]
    """Says in which parts of the file a key belongs."""

    @property
    def limits(self) -> Mapping[str, Any]:
        return self.details.get("ctx") or {}

    @property
    def shown(self) -> str | None:
        """The value as it was written, unless that may be a secret."""
        if isinstance(self.node, Scalar) and self.steps and self.steps[0] not in _GUARDED:
            return self.node.text if len(self.node.text) <= 60 else None
        return None

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that a mapping here may have."""
        keys = [key for part in self.described for key in part.get("properties", {})]
        return tuple(dict.fromkeys(keys))

    def found(self) -> str:
        """Say what is there."""
        shown, described = self.shown, describe(self.node)
        if not shown:
            return described
        return f"`{shown}`, read as {described}" if described in {"true", "false"} else f"`{shown}`"


def explain(finding: Finding) -> str:
    """Say what is wrong in one line."""
    kind = finding.details["type"]
    words = _WORDS.get(kind)
    if words is not None:
        return words(finding)
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, found {finding.found()}"
    return finding.details["msg"]


def _text(finding: Finding) -> str:
    node, shown = finding.node, finding.shown
    if not isinstance(node, Scalar):
        return f"expected text, found {describe(node)}"
    if node.value is None:
        if node.comment:
            return "expected text, but everything after the # is a comment: put it in quotes"
        return "expected text, found nothing: write it, or leave the key out"
    quoted = f': quote it: "{shown}"' if shown else ": put it in quotes"
    return f"expected text, but this is read as {describe(node)}{quoted}"


def _number(expected: str) -> Callable[[Finding], str]:
    def words(finding: Finding) -> str:
        node = finding.node
        if isinstance(node, Scalar) and not node.plain and re.fullmatch("[0-9.]+", node.text):
            return f"expected {expected}, found text: leave out the quotes"
        return f"expected {expected}, found {finding.found()}"

    return words


def _list(finding: Finding) -> str:
    shown = finding.shown
    if shown:
        return f"expected a list, found {describe(finding.node)}: write [{shown}]"
    return f"expected a list in [ ] or with a - before each entry, found {describe(finding.node)}"


def _mapping(finding: Finding) -> str:
    if not finding.keys:
        return f"expected names with values, as in `name: value`, found {finding.found()}"
    some = ", ".join(f"`{key}`" for key in finding.keys[:6])
    more = ", …" if len(finding.keys) > 6 else ""
    return f"expected a mapping with the keys {some}{more}, found {finding.found()}"


def _choice(finding: Finding) -> str:
    choices = re.findall(r"'([^']*)'", str(finding.limits.get("expected", "")))
    near = did_you_mean(finding.shown or "", choices)
    return f"expected one of {', '.join(choices)}; found {finding.found()}{near}"


def _missing(finding: Finding) -> str:
    key = finding.steps[-1]
    parts = [part.get("properties", {}).get(key) for part in finding.described]
    part: JsonSchema = next((part for part in parts if part is not None), {})
    example = (part.get("examples") or ["…"])[0]
    meaning = part.get("description", "")
    return f"`{key}` is missing: add `{key}: {example}`" + (f" ({meaning})" if meaning else "")


def _unknown(finding: Finding) -> str:
    key = str(finding.steps[-1])
    near = did_you_mean(key, finding.keys)
    if near:
        return f"unknown key `{key}`{near}"
    homes = finding.homes(key)
    if homes:
        return f"unknown key `{key}` here: it belongs in {' or '.join(homes[:3])}"
    known = ", ".join(f"`{name}`" for name in finding.keys)
    return f"unknown key `{key}`" + (f": known here are {known}" if known else ": remove it")


def _form(finding: Finding) -> str:
    form = FORMS.get(str(finding.limits.get("pattern")))
    return f"{form or finding.details['msg']}; found {finding.found()}"


def _value(finding: Finding) -> str:
    words = str(finding.limits.get("error", finding.details["msg"]))
    return f"{words}; found {finding.found()}" if words.startswith("expected") else words


def _at_key(finding: Finding) -> str:
    return str(finding.limits["message"])


def _secret(finding: Finding) -> str:
    names = [step for step in finding.steps if isinstance(step, str)]
    key = names[-1]
    owner = names[1] if names[0] == "sources" and len(names) > 2 else names[0]
    variable = re.sub(r"[^A-Z0-9]+", "_", f"{owner}_{key}".upper())
    return (
        f"a secret is never written into the file: write `{key}: {{env: {variable}}}` and put it "
        f"into that environment variable, or `{key}: {{file: PATH}}`"
    )


def _limit(words: str, name: str) -> Callable[[Finding], str]:
    return lambda finding: f"expected {words} {finding.limits[name]}, found {finding.found()}"


_EXPECTED: Mapping[str, str] = {
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "finite_number": "a finite number",
}

_WORDS: Mapping[str, Callable[[Finding], str]] = {
    "string_type": _text,
    "path_type": _text,
    "int_type": _number("a whole number"),
    "int_parsing": _number("a whole number"),
    "int_from_float": _number("a whole number"),
    "float_type": _number("a number"),
    "float_parsing": _number("a number"),
    "tuple_type": _list,
    "list_type": _list,
    "set_type": _list,
    "frozen_set_type": _list,
    "model_type": _mapping,
    "model_attributes_type": _mapping,
    "dict_type": _mapping,
    "literal_error": _choice,
    "enum": _choice,
    "missing": _missing,
    "extra_forbidden": _unknown,
    "string_pattern_mismatch": _form,
    "string_too_short": lambda _: "expected text, found an empty one",
    "too_short": lambda finding: f"expected at least {finding.limits['min_length']} in the list",
    "value_error": _value,
    "at_key": _at_key,
    "secret_literal": _secret,
    "greater_than": _limit("more than", "gt"),
    "greater_than_equal": _limit("at least", "ge"),
    "less_than": _limit("less than", "lt"),
    "less_than_equal": _limit("at most", "le"),
}
