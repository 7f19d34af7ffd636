"""Which rules are asked, with which parameters, and where: the operator's settings put to use."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from slipwatch.config.rules import RuleOverrides, RulesSettings

from .base import Rule

_DIGITS = 8
NOWHERE: Mapping[str, RuleOverrides] = MappingProxyType({})


class RuleSettingsError(ValueError):
    """The settings name a rule or a parameter that is not there, or a value out of range.

    ``problems`` pairs the path of each key below ``rules.settings`` with what is wrong.
    """

    def __init__(self, problems: Sequence[tuple[tuple[str, ...], str]]) -> None:
        super().__init__("\n".join(message for _, message in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Choice:
    """A rule as it is asked everywhere, and as it is asked where a program or project says so."""

    id: str
    everywhere: Rule | None
    """None where it is disabled."""
    nearer: Mapping[str, Rule | None] = field(default_factory=dict[str, Rule | None])
    """By program, and by ``program/project``."""

    def instances(self) -> tuple[Rule, ...]:
        """Give every different form of it that is asked."""
        found = (self.everywhere, *self.nearer.values())
        return tuple(dict.fromkeys(rule for rule in found if rule is not None))

    def at(self, place: str) -> Rule | None:
        """Give the form that judges what belongs to a place: the nearest one."""
        for where in (place, place.partition("/")[0]):
            if where in self.nearer:
                return self.nearer[where]
        return self.everywhere

    @property
    def mark(self) -> str:
        """A digest, another one once the operator has chosen otherwise."""
        nearer = "".join(f"\n{place} {rule!r}" for place, rule in sorted(self.nearer.items()))
        return hashlib.sha256(f"{self.everywhere!r}{nearer}".encode()).hexdigest()[:_DIGITS]


def configure(rules: Iterable[type[Rule]], settings: RulesSettings) -> tuple[Rule, ...]:
    """Make the rules that are not disabled, with the operator's parameters.

    A disabled rule that does not exist is as disabled as can be, and no error: a file may be
    older or newer than the program. Raises ``RuleSettingsError`` with all problems at once.
    """
    known = {rule.id: rule for rule in rules}
    problems: list[tuple[tuple[str, ...], str]] = [
        ((rule_id,), f"there is no rule {rule_id}; the rules are {', '.join(sorted(known))}")
        for rule_id in settings.settings
        if rule_id not in known
    ]
    configured: list[Rule] = []
    for rule_id, rule in sorted(known.items()):
        values, wrong = _parameters(rule, settings.settings.get(rule_id, {}))
        problems += wrong
        if not wrong and rule_id not in settings.disable:
            configured.append(rule(**values))
    if problems:
        raise RuleSettingsError(problems)
    return tuple(configured)


def choose(
    rules: Iterable[type[Rule]],
    settings: RulesSettings,
    overrides: Mapping[str, RuleOverrides] = NOWHERE,
) -> tuple[Choice, ...]:
    """Choose how each rule is asked where; one that is asked nowhere is left out.

    ``overrides`` are by program and by ``program/project``: a project changes what its program
    says, a program what the ``settings`` say. Raises ``RuleSettingsError``.
    """
    known = list(rules)
    everywhere = {rule.id: rule for rule in configure(known, settings)}
    nearer = {
        place: {rule.id: rule for rule in configure(known, _merged(place, settings, overrides))}
        for place in overrides
    }
    choices: list[Choice] = []
    for rule_id in sorted({rule.id for rule in known}):
        common = everywhere.get(rule_id)
        forms = {place: chosen.get(rule_id) for place, chosen in nearer.items()}
        differs = any(form != common for form in forms.values())
        choice = Choice(rule_id, common, forms if differs else {})
        if choice.instances():
            choices.append(choice)
    return tuple(choices)


def _merged(
    place: str, settings: RulesSettings, overrides: Mapping[str, RuleOverrides]
) -> RulesSettings:
    """Put together what is said further up and what is said here, the nearest last."""
    disabled, values = set(settings.disable), dict(settings.settings)
    for where in dict.fromkeys((place.partition("/")[0], place)):
        here = overrides.get(where, RuleOverrides())
        disabled = (disabled - set(here.enable)) | set(here.disable)
        for rule_id, given in here.settings.items():
            values[rule_id] = {**values.get(rule_id, {}), **given}
    return RulesSettings(disable=tuple(sorted(disabled)), settings=values)


def _parameters(
    rule: type[Rule], given: Mapping[str, float]
) -> tuple[dict[str, Any], list[tuple[tuple[str, ...], str]]]:
    known = {parameter.name: parameter for parameter in rule.parameters()}
    values: dict[str, Any] = {}
    problems: list[tuple[tuple[str, ...], str]] = []
    for name, value in given.items():
        if name not in known:
            choice = f"its parameters are {', '.join(known)}"
            problems.append(((rule.id, name), f"{rule.id} has no parameter {name}; {choice}"))
            continue
        try:
            values[name] = known[name].read(value)
        except ValueError as error:
            problems.append(((rule.id, name), f"{rule.id} {name}: {error}"))
    return values, problems
