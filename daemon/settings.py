"""The operator's file, read with everything that is known about what may stand in it."""

from collections.abc import Iterator
from pathlib import Path

from slipwatch.config.loader import load_settings
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.config.sources import SourceSettings
from slipwatch.connectors.table import kinds
from slipwatch.rules.engine import RuleSettingsError, configure
from slipwatch.rules.table import load_rules


def source_settings() -> dict[str, type[SourceSettings]]:
    """Give the keys of each kind of source."""
    return {name: kind.settings for name, kind in kinds().items()}


def read_settings(path: Path) -> SlipwatchSettings:
    """Read and check the configuration file.

    Raises ``ConfigError`` with all problems, ``RuleLoadError`` and ``ConnectorLoadError``.
    """
    return load_settings(path, kinds=source_settings(), checks=[_check_rules])


def _check_rules(settings: SlipwatchSettings) -> Iterator[tuple[tuple[str, ...], str]]:
    try:
        configure(load_rules(), settings.rules)
    except RuleSettingsError as error:
        for path, problem in error.problems:
            yield ("rules", "settings", *path), problem
