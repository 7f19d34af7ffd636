"""The operator's file, read with everything that is known about what may stand in it."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from slipwatch.config.loader import load_settings
from slipwatch.config.nearest import did_you_mean
from slipwatch.config.problems import Steps
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.config.sources import SourceSettings
from slipwatch.connectors.table import kinds
from slipwatch.exporters.prometheus.names import metric_names
from slipwatch.rules.engine import RuleSettingsError, configure
from slipwatch.rules.table import load_rules


def source_settings() -> dict[str, type[SourceSettings]]:
    """Give the keys of each kind of source."""
    return {name: kind.settings for name, kind in kinds().items()}


def read_settings(path: Path) -> SlipwatchSettings:
    """Read and check the configuration file.

    Raises ``ConfigError`` with all problems, ``RuleLoadError`` and ``ConnectorLoadError``.
    """
    return load_settings(path, kinds=source_settings(), checks=[_check_rules, _check_metrics])


def _check_rules(settings: SlipwatchSettings) -> Iterator[tuple[Steps, str]]:
    try:
        configure(load_rules(), settings.rules)
    except RuleSettingsError as error:
        for path, problem in error.problems:
            yield ("rules", "settings", *path), problem


def _check_metrics(settings: SlipwatchSettings) -> Iterator[tuple[Steps, str]]:
    """Complain about a pattern that fits no metric: it would be silent for ever."""
    names = metric_names()
    for key, patterns in (("allow", settings.metrics.allow), ("deny", settings.metrics.deny)):
        for index, pattern in enumerate(patterns):
            if not any(fnmatchcase(name, pattern) for name in names):
                hint = did_you_mean(pattern, names) or ", see `slipwatch metrics`"
                yield ("metrics", key, index), f"no metric has such a name{hint}"
