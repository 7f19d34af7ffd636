"""Plain data into the model, with misspelt keys refused."""

from collections.abc import Mapping
from typing import Any

import msgspec


def convert(value: Any, type_: Any) -> Any:
    """Convert plain data, and refuse a misspelt key, which msgspec would drop."""
    made = msgspec.convert(value, type_)
    _compare(value, msgspec.to_builtins(made))
    return made


def _compare(given: Any, made: Any) -> None:
    if isinstance(given, Mapping) and isinstance(made, Mapping):
        unknown = set(given) - set(made)
        assert not unknown, f"no such fields: {unknown}"
        for key, value in given.items():
            _compare(value, made[key])
    elif isinstance(given, list) and isinstance(made, list):
        for one, other in zip(given, made, strict=True):
            _compare(one, other)
