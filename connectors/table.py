"""The table of connectors: what a source's ``kind`` may be, and which code reads it.

A new connector of ours is one row here and one folder beside this file. Third parties register
an object with ``settings`` and ``connector`` under the entry point group
``slipwatch.connectors``, named as the kind.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Protocol, cast

from slipwatch.aggregator.connector import Connector, Context
from slipwatch.config.sources import SourceSettings

GROUP = "slipwatch.connectors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of source: the keys it takes and what reads it."""

    settings: type[SourceSettings]
    connector: Callable[[str, Any, Context], Connector]


class Plugin(Protocol):
    """What a third party's entry point gives."""

    settings: type[SourceSettings]
    connector: Callable[[str, Any, Context], Connector]


BUILT_IN = {
    "file": ("file.settings:FileSettings", "file.connector:FileConnector"),
    "github": ("github.settings:GitHubSettings", "github.connector:GitHubConnector"),
    "jira": ("jira.settings:JiraSettings", "jira.connector:JiraConnector"),
}


def kinds() -> dict[str, Kind]:
    """Load every known kind, ours first; a third party cannot replace one of ours."""
    found = {
        name: Kind(settings=_load(settings), connector=_load(connector))
        for name, (settings, connector) in BUILT_IN.items()
    }
    for name, plugin in _third_parties():
        found.setdefault(name, Kind(settings=plugin.settings, connector=plugin.connector))
    return found


def _third_parties() -> Iterator[tuple[str, Plugin]]:
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        yield entry.name, cast("Plugin", entry.load())


def _load(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(f".{module}", __package__), name)
