"""Puts the parts together: which class reads a source, which clock, which database."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from slipwatch.aggregator.connector import Connector, Context, RequestSeen, ignore_request
from slipwatch.aggregator.store.store import Store, open_store
from slipwatch.config.loader import load_settings
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.connectors.table import kinds

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


def program_version() -> str:
    """Name the version that is installed."""
    return version("slipwatch")


def read_settings(path: Path) -> SlipwatchSettings:
    """Read and check the configuration file; raises ``ConfigError`` with all problems."""
    return load_settings(path, kinds={name: kind.settings for name, kind in kinds().items()})


def open_configured_store(settings: SlipwatchSettings) -> Store:
    """Open the database that the file names; raises ``StoreError`` or ``MissingSecretError``."""
    return open_store(settings.store_url())


def connect(
    settings: SlipwatchSettings,
    source: str,
    *,
    now: Clock,
    sleep: Callable[[float], None] = time.sleep,
    on_request: Callable[[RequestSeen], None] = ignore_request,
) -> Connector:
    """Make the connector of a source; raises ``MissingSecretError`` and ``SourceError``."""
    source_settings = settings.sources[source]
    context = Context(now=now, sleep=sleep, on_request=on_request)
    return kinds()[source_settings.kind].connector(source, source_settings, context)


def source_kinds(settings: SlipwatchSettings) -> Mapping[str, str]:
    """Give the kind of each source."""
    return {name: source.kind for name, source in settings.sources.items()}
