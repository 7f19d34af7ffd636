"""Every rule there is: a literal table of ours, and entry points for those of others."""

from collections.abc import Iterable
from importlib.metadata import EntryPoint
from typing import cast

from slipwatch.config.plugins import plugins

from . import (
    GROUP,
    actions,
    baselines,
    benefits,
    budget,
    communication,
    compliance,
    data_quality,
    dependencies,
    earned_schedule,
    flow,
    gates,
    governance,
    handovers,
    logic,
    pace,
    people,
    protected_data,
    rebaselining,
    risks,
    schedule,
    schedule_indexes,
    strategy,
    tracking,
    trends,
    worth,
)
from .base import Rule

RULES: tuple[type[Rule], ...] = (
    *schedule.RULES,
    *trends.RULES,
    *rebaselining.RULES,
    *schedule_indexes.RULES,
    *dependencies.RULES,
    *handovers.RULES,
    *logic.RULES,
    *data_quality.RULES,
    *tracking.RULES,
    *flow.RULES,
    *baselines.RULES,
    *gates.RULES,
    *risks.RULES,
    *actions.RULES,
    *compliance.RULES,
    *protected_data.RULES,
    *pace.RULES,
    *earned_schedule.RULES,
    *budget.RULES,
    *benefits.RULES,
    *worth.RULES,
    *strategy.RULES,
    *governance.RULES,
    *people.RULES,
    *communication.RULES,
)


class RuleLoadError(Exception):
    """An installed package offers rules that cannot be used; it must be mended or uninstalled."""


def load_rules() -> tuple[type[Rule], ...]:
    """Collect our rules and those of installed packages, in order of id.

    An entry point of the group ``slipwatch.rules`` names a rule or a sequence of rules. Raises
    ``RuleLoadError`` for one that cannot be imported, is no rule, or takes an id that is taken.
    """
    found = {rule.id: rule for rule in RULES}
    for point in plugins(GROUP):
        for rule in _load(point):
            other = found.setdefault(rule.id, rule)
            if other is not rule:
                raise RuleLoadError(
                    f"{_name(point)} brings a rule {rule.id}, an id that {other.__qualname__} of "
                    f"{other.__module__} has already"
                )
    return tuple(rule for _, rule in sorted(found.items()))


def _load(point: EntryPoint) -> tuple[type[Rule], ...]:
    try:
        loaded: object = point.load()
    except Exception as error:
        raise RuleLoadError(f"{_name(point)} cannot be imported: {error}") from error
    offered = cast("Iterable[object]", loaded) if isinstance(loaded, Iterable) else (loaded,)
    rules: list[type[Rule]] = []
    for rule in offered:
        if not (isinstance(rule, type) and issubclass(rule, Rule)):
            raise RuleLoadError(f"{_name(point)} offers {rule!r}, expected a subclass of Rule")
        missing = [name for name in ("id", "title", "severity") if not hasattr(rule, name)]
        if missing:
            raise RuleLoadError(f"{_name(point)}: the rule {rule!r} has no {', '.join(missing)}")
        rules.append(rule)
    return tuple(rules)


def _name(point: EntryPoint) -> str:
    package = point.dist.name if point.dist is not None else "an unknown package"
    return f"the entry point {point.name} = {point.value} of {package}"
