"""The table of connectors: what a source's ``kind`` may be, and which code reads it.

A new connector of ours is one row here and one folder beside this file. Third parties register
an object with ``settings`` and ``connector`` under the entry point group
``slipwatch.connectors``, named as the kind.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import EntryPoint
from typing import Any, Protocol, cast

from slipwatch.aggregator.connector import Connector, Context
from slipwatch.config.plugins import plugins
from slipwatch.config.sources import SourceSettings

GROUP = "slipwatch.connectors"

BUILT_IN = {
    "file": ("file.settings:FileSettings", "file.connector:FileConnector"),
    "github": ("github.settings:GitHubSettings", "github.connector:GitHubConnector"),
    "gitlab": ("gitlab.settings:GitLabSettings", "gitlab.connector:GitLabConnector"),
    "jira": ("jira.settings:JiraSettings", "jira.connector:JiraConnector"),
}

Make = Callable[[str, Any, Context], Connector]


class ConnectorLoadError(Exception):
    """An installed package offers a connector that cannot be used; mend or uninstall it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of source: the keys it takes and what reads it."""

    settings: type[SourceSettings]
    load: Callable[[], Make]
    """Gives the connector's class; only this imports the API's library."""


class Plugin(Protocol):
    """What a third party's entry point gives."""

    settings: type[SourceSettings]
    connector: Make


def kinds() -> dict[str, Kind]:
    """Find every known kind, ours first; a third party cannot replace one of ours.

    Raises ``ConnectorLoadError`` for an entry point that cannot be used.
    """
    found = {name: _built_in(*paths) for name, paths in BUILT_IN.items()}
    for name, kind in _third_parties():
        found.setdefault(name, kind)
    return found


def kind_of(name: str) -> Kind:
    """Find one kind, without a look at what is installed when it is ours.

    Raises ``KeyError`` and ``ConnectorLoadError``.
    """
    ours = BUILT_IN.get(name)
    return kinds()[name] if ours is None else _built_in(*ours)


def _built_in(settings: str, connector: str) -> Kind:
    return Kind(settings=_load(settings), load=lambda: cast("Make", _load(connector)))


def _third_parties() -> Iterator[tuple[str, Kind]]:
    for point in plugins(GROUP):
        plugin = _plugin(point)
        yield point.name, Kind(settings=plugin.settings, load=partial(getattr, plugin, "connector"))


def _plugin(point: EntryPoint) -> Plugin:
    package = point.dist.name if point.dist is not None else "an unknown package"
    where = f"the entry point {point.name} = {point.value} of {package}"
    try:
        plugin = point.load()
    except Exception as error:
        raise ConnectorLoadError(f"{where} cannot be imported: {error}") from error
    settings = getattr(plugin, "settings", None)
    sound = isinstance(settings, type) and issubclass(settings, SourceSettings)
    if not sound or not callable(getattr(plugin, "connector", None)):
        raise ConnectorLoadError(
            f"{where} offers no connector: it needs `settings`, a subclass of SourceSettings, and "
            "`connector`, a callable"
        )
    return cast("Plugin", plugin)


def _load(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(f".{module}", __package__), name)
