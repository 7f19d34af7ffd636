"""Replays the weeks of the past, and asks one rule in each of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from msgspec import structs

from slipwatch.aggregator.assess import assess_portfolio
from slipwatch.aggregator.assessment import Assessment
from slipwatch.aggregator.backtest.past import unspoilt
from slipwatch.aggregator.portfolio.build import build_portfolio, end_of_day
from slipwatch.aggregator.portfolio.facts import Facts
from slipwatch.aggregator.portfolio.model import Portfolio
from slipwatch.aggregator.recorded import Recorded, as_seen
from slipwatch.aggregator.whatif.movement import Said, movements
from slipwatch.config.rules import RuleOverrides, RulesSettings
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.rules.base import Rule
from slipwatch.rules.engine import evaluate
from slipwatch.rules.trying import Week
from slipwatch.rules.world import World

WEEK = timedelta(weeks=1)
TRIALS = 500
"""A rule asks on which side of a bound a probability is: enough for that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Which rule is tried, and with what parameters."""

    rule: type[Rule]
    settings: RulesSettings
    overrides: dict[str, RuleOverrides]

    @classmethod
    def of(cls, rule: type[Rule], settings: SlipwatchSettings, given: dict[str, float]) -> "Trial":
        """Try a rule as the operator has set it, but for what is given, even a disabled one."""
        own = {**settings.rules.settings.get(rule.id, {}), **given}
        overrides = {} if given else settings.rule_overrides()
        return cls(
            rule=rule,
            settings=RulesSettings(settings={rule.id: own} if own else {}),
            overrides={place: _only(rule, one) for place, one in overrides.items()},
        )

    def parameters(self) -> dict[str, float]:
        """Give every parameter that it is tried with."""
        given = self.settings.settings.get(self.rule.id, {})
        return {one.name: given.get(one.name, one.default) for one in self.rule.parameters()}


Told = Callable[[date], Recorded | None]
"""Gives what the last assessment up to a day concluded."""


def replayed(
    settings: SlipwatchSettings,
    facts: Facts,
    trial: Trial,
    *,
    first: date,
    last: date,
    recorded: Told,
) -> Iterator[Week]:
    """Yield what the rule says week by week, with what was known then; ``last`` is the newest.

    ``facts`` must hold the changes of items. Of the operator's file the ledger knows the dates of
    each day; all else of it is taken as it is today. The findings that were open then, and how
    fresh the sources were, are as they were ``recorded``.
    """
    before: tuple[Portfolio, Assessment] | None = None
    for day in weekly(first, last):
        then = recorded(day)
        known = None if then is None else then.open_findings()
        portfolio = past_portfolio(settings, replace(facts, findings=known), day)
        if then is not None and then.as_of == day:
            portfolio = as_seen(portfolio, then)
        assessment = assess_portfolio(
            portfolio,
            seed=settings.assess.seed,
            trials=min(TRIALS, settings.assess.trials),
            window=settings.assess.window,
            causes="causes" in trial.rule.needs,
        ).assessment
        if "movement" in trial.rule.needs and before is not None:
            assessment = _compared(settings, *before, portfolio, assessment)
        found = evaluate(
            World(portfolio, assessment),
            [trial.rule],
            trial.settings,
            overrides=trial.overrides,
        )
        for fault in found.errors:
            raise fault.error
        (count,) = found.counts or (None,)
        yield Week(
            portfolio,
            found.findings,
            untold=[(one.subject, one.reason) for one in found.unknown],
            told=count is not None and count.passed + count.failed > 0,
        )
        before = portfolio, assessment


def weekly(first: date, last: date) -> list[date]:
    """List the days of ``last``'s weekday from ``first`` on, oldest first."""
    count = (last - first) // WEEK
    return [last - WEEK * back for back in range(count, -1, -1)]


def past_portfolio(settings: SlipwatchSettings, facts: Facts, day: date) -> Portfolio:
    """Build the portfolio of a past day from what was known by its end."""
    moment = end_of_day(day, ZoneInfo(settings.timezone))
    return build_portfolio(settings, unspoilt(facts, moment), day, now=moment).portfolio


def _compared(
    settings: SlipwatchSettings,
    then: Portfolio,
    said: Assessment,
    portfolio: Portfolio,
    assessment: Assessment,
) -> Assessment:
    found = movements(
        then,
        {view.id: Said.by(view.forecast) for view in said.milestones},
        portfolio,
        assessment.milestones,
        seed=settings.assess.seed,
        trials=min(TRIALS, settings.assess.trials),
        window=settings.assess.window,
    )
    return structs.replace(
        assessment,
        compared_with=then.as_of,
        milestones=tuple(
            structs.replace(view, movement=found.get(view.id)) for view in assessment.milestones
        ),
    )


def _only(rule: type[Rule], override: RuleOverrides) -> RuleOverrides:
    """Leave of an override what is about one rule, and let that be asked everywhere."""
    known = override.settings.get(rule.id)
    return RuleOverrides(settings={} if known is None else {rule.id: known})
