"""The effective settings as YAML, with nothing secret in it."""

import re
from pathlib import Path
from typing import Any

import yaml

from .settings import SlipwatchSettings

_PASSWORD_IN_URL = re.compile(r"(\w+://[^/\s:@]*):[^/\s@]*@")


class _Dumper(yaml.SafeDumper):
    """Indents lists, as people write them, and never abbreviates by aliases."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def show_settings(settings: SlipwatchSettings) -> str:
    """Write settings as a file that means the same, defaults included.

    Secrets stay the references that they are; passwords inside addresses become ``***``.
    """
    values = settings.model_dump(by_alias=True, exclude_none=True)
    return yaml.dump(_plain(values), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def _plain(value: object) -> object:
    match value:
        case dict():
            return {str(key): _plain(one) for key, one in value.items()}
        case tuple() | list():
            return [_plain(one) for one in value]
        case str() | Path():
            return _PASSWORD_IN_URL.sub(r"\1:***@", str(value))
        case _:
            return value
