"""The operator's file, read with everything that is known about what may stand in it."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from zoneinfo import ZoneInfo

from slipwatch.config.loader import load_settings
from slipwatch.config.nearest import did_you_mean
from slipwatch.config.plugins import plugins
from slipwatch.config.problems import Steps
from slipwatch.config.rules import RulesSettings, too_long
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.config.sources import SourceSettings
from slipwatch.connectors.table import kinds
from slipwatch.rules import GROUP

from .clock import system_clock


def source_settings() -> dict[str, type[SourceSettings]]:
    """Give the keys of each kind of source."""
    return {name: kind.settings for name, kind in kinds().items()}


def read_settings(path: Path) -> SlipwatchSettings:
    """Read and check the configuration file.

    Raises ``ConfigError`` with all problems, ``RuleLoadError`` and ``ConnectorLoadError``.
    """
    checks = [_check_rules, _check_waivers, _check_metrics]
    return load_settings(path, kinds=source_settings(), checks=checks)


def _check_rules(settings: SlipwatchSettings) -> Iterator[tuple[Steps, str]]:
    asked = [(steps, rules) for steps, rules in _rules(settings) if rules.settings]
    if not asked and not plugins(GROUP):
        return
    # With NumPy, which they bring, they would be a fifth of what a sync holds.
    from slipwatch.rules.choosing import RuleSettingsError, configure
    from slipwatch.rules.table import load_rules

    known = load_rules()
    for steps, rules in asked:
        try:
            configure(known, rules)
        except RuleSettingsError as error:
            for path, problem in error.problems:
                yield (*steps, "rules", "settings", *path), problem


def _rules(settings: SlipwatchSettings) -> Iterator[tuple[Steps, RulesSettings]]:
    yield (), settings.rules
    for number, program in enumerate(settings.programs):
        steps: Steps = ("programs", number)
        yield steps, program.rules
        for index, project in enumerate(program.projects):
            yield (*steps, "projects", index), project.rules


def _check_waivers(settings: SlipwatchSettings) -> Iterator[tuple[Steps, str]]:
    """Complain about a waiver that begins today and lasts too long; the others are checked."""
    today = system_clock().astimezone(ZoneInfo(settings.timezone)).date()
    for number, waiver in enumerate(settings.waivers):
        if waiver.lasts_too_long(today):
            message = f"{too_long(today)}; or say since when it is `approved`"
            yield ("waivers", number, "expires"), message


def _check_metrics(settings: SlipwatchSettings) -> Iterator[tuple[Steps, str]]:
    """Complain about a pattern that fits no metric: it would be silent for ever."""
    wanted = (("allow", settings.metrics.allow), ("deny", settings.metrics.deny))
    if not any(patterns for _, patterns in wanted):
        return
    from slipwatch.exporters.prometheus.names import metric_names  # most files name no metric

    names = metric_names()
    for key, patterns in wanted:
        for index, pattern in enumerate(patterns):
            if not any(fnmatchcase(name, pattern) for name in names):
                hint = did_you_mean(pattern, names) or ", see `slipwatch metrics`"
                yield ("metrics", key, index), f"no metric has such a name{hint}"
