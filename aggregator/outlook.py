"""What the trials of a plan say of a milestone: its forecast, and what is read off it beside.

Assessments, back-tests and what-ifs read forecasts here, so that all of them say the same.
"""

from datetime import date, timedelta

from .assessment import Forecast
from .calendar import display_finish
from .collector import collector_at_rest
from .forecast.cadence import Sprints
from .forecast.capacity import present
from .forecast.lastitem import LastItem
from .forecast.quantiles import Days, probability_by, quantiles
from .forecast.views import LastItemView, PointsView, SprintsView
from .making import commitment_instant
from .memory import MOST, Memory
from .plan import Plan
from .portfolio.model import Milestone, Portfolio
from .work import WorkSampler

LEVELS = (0.5, 0.85, 0.95)
TRIALS = 10_000
WINDOW = 13


def forecast_portfolio(
    portfolio: Portfolio,
    *,
    seed: int,
    trials: int = TRIALS,
    window: int = WINDOW,
    memory: Memory | None = None,
) -> Plan:
    """Forecast a portfolio, without what an assessment says about it; back-tests do the same.

    What a ``memory`` holds of an earlier forecast is not computed again.
    """
    with collector_at_rest():
        return _plan(portfolio, seed, trials, window, memory)


def _plan(portfolio: Portfolio, seed: int, trials: int, window: int, memory: Memory | None) -> Plan:
    basis = memory and _basis(portfolio, seed, trials, window)
    if memory is not None and (same := memory.plan(basis)) is not None:
        return same
    sampler = WorkSampler(portfolio, seed=seed, trials=trials, window=window)
    origins = {} if memory is None else sampler.origins()
    if memory is None or len(origins) > MOST:
        return Plan(portfolio, sampler.sample(), trials=trials)
    before, known = memory.before(origins)
    work = sampler.sample(known)
    plan = Plan(portfolio, work, trials=trials, before=before, recalls=memory.recalls)
    memory.keep(plan, basis, origins)
    return plan


def _basis(portfolio: Portfolio, *numbers: int) -> object:
    """Give all that a plan looks at: the same makes the same plan."""
    return (
        numbers,
        portfolio.as_of,
        [(p.id, p.logic_override, p.calibration) for p in portfolio.programs],
        list(portfolio.milestones.values()),
        portfolio.dependencies,
        portfolio.streams,
        portfolio.calendars,
    )


class ForecastReader:
    """Reads forecasts off the trials of a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._portfolio = plan.portfolio
        self._confidence = plan.confidence()

    def forecast(self, milestone: Milestone, samples: Days | None) -> Forecast:
        """Read a milestone's forecast from the trials of its finish."""
        if milestone.actual is not None:
            return _actual(milestone, milestone.actual)
        work = self._plan.work[milestone.id]
        commitment = milestone.commitment
        if samples is None:
            bound = self._plan.lower_bounds.get(milestone.id)
            in_cycle = milestone.id in self._plan.network.deadlocked
            return Forecast(
                method="none" if in_cycle else work.method,
                p_on_time=0.0 if work.stalled and commitment is not None else None,
                lower_bound=self.finish_day(milestone, bound),
                missing_inputs=self._plan.network.missing[milestone.id],
            )
        p50, p85, p95 = (self.finish_day(milestone, q) for q in quantiles(samples, LEVELS))
        on_time = None
        if commitment is not None:
            on_time = round(probability_by(samples, commitment_instant(commitment)), 6)
        return Forecast(
            method=work.method,
            p50=p50,
            p85=p85,
            p95=p95,
            p_on_time=on_time,
            confidence=self._confidence[milestone.id],
            last_item=None if work.last is None else _last_item(work.last),
            sprints=None if work.sprints is None else self._sprints(work.sprints),
            points=self._points(milestone) if work.method == "throughput" else None,
            leave=self._leave(milestone, p50) if work.method == "throughput" else 0.0,
        )

    def origin(self, milestone: Milestone) -> tuple[object, ...]:
        """Give what its forecast, and whatever else is read off its trials, comes from.

        On the same day the same gives the same.
        """
        plan, name = self._plan, milestone.id
        calendars = self._portfolio.calendars
        if milestone.actual is not None:
            return (milestone,)
        work, stream = plan.work[name], self._portfolio.streams.get(milestone.stream or "")
        mark = plan.mark(name)
        return (
            milestone,
            calendars[milestone.calendar],
            (work.method, work.stalled, work.last, self._confidence[name]),
            None if stream is None else (stream.away, calendars[stream.calendar], stream.counting),
            mark
            or (
                plan.lower_bounds.get(name),
                plan.network.missing[name],
                name in plan.network.deadlocked,
            ),
        )

    def _leave(self, milestone: Milestone, until: date | None) -> float:
        """Count the working days of a whole team that leave takes until a day is over."""
        stream = self._portfolio.streams.get(milestone.stream or "")
        if until is None or stream is None or not stream.away:
            return 0.0
        calendar = self._portfolio.calendars[stream.calendar]
        today, end = self._portfolio.as_of.toordinal(), until.toordinal() + 1
        there = present(calendar, stream.away, today, end)
        return round(float((1 - there).sum()), 1)

    def _points(self, milestone: Milestone) -> PointsView | None:
        """Say how the points of its team are counted, and how many it has."""
        counting = self._portfolio.streams[milestone.stream or ""].counting
        if counting is None:
            return None
        points, told = milestone.scope.points, counting.reestimated
        return PointsView(
            estimated=counting.estimated,
            finished=counting.finished,
            usual=None if counting.usual is None else round(counting.usual, 2),
            done=None if points is None else round(points.done, 2),
            remaining=None if points is None else round(points.remaining, 2),
            reestimated=None if told is None else round(told, 4),
            untold=counting.untold,
        )

    def _sprints(self, found: Sprints) -> SprintsView:
        """Say how long a team's sprints are, when the present one ends and what it closes then."""
        length = timedelta(weeks=found.weeks)
        end = date.fromordinal(found.stop) - timedelta(days=1)
        while end < self._portfolio.as_of:
            end += length
        return SprintsView(weeks=found.weeks, end=end, closed_then=round(found.at_the_end, 2))

    def finish_day(self, milestone: Milestone, instant: int | None) -> date | None:
        """Show a finish instant as a day; what is open is not done before today."""
        if instant is None:
            return None
        return max(
            display_finish(instant, self._portfolio.calendars[milestone.calendar]),
            self._portfolio.as_of,
        )


class Outlook:
    """The forecasts of a portfolio, judged by nobody, with the trials that they are read from."""

    def __init__(
        self,
        portfolio: Portfolio,
        *,
        seed: int,
        trials: int = TRIALS,
        window: int = WINDOW,
        memory: Memory | None = None,
    ) -> None:
        if memory is not None:
            portfolio = memory.settled(portfolio)
        self.portfolio = portfolio
        self._plan = forecast_portfolio(
            portfolio, seed=seed, trials=trials, window=window, memory=memory
        )
        self._reader = ForecastReader(self._plan)
        self.sampled = self._plan.sampled()
        self.finishes = self._plan.finishes_of(self.sampled)
        """The finish instant of each open milestone that can be forecast, per trial."""

    def forecast(self, milestone: str) -> Forecast:
        """Forecast a milestone."""
        known = self.portfolio.milestones[milestone]
        return self._reader.forecast(known, self.finishes.get(milestone))

    def day_by(self, milestone: str, level: float) -> date | None:
        """Find the first day by which a milestone is done in so large a share of all trials.

        What is done is done on its day; None where it has no forecast, or too few trials end.
        """
        known = self.portfolio.milestones[milestone]
        if known.actual is not None:
            return known.actual
        samples = self.finishes.get(milestone)
        if samples is None:
            return None
        return self._reader.finish_day(known, quantiles(samples, (level,))[0])

    def forecast_after(self, earlier: "Outlook", milestone: str) -> Forecast:
        """Forecast a milestone as if all that it waits for still had its dates of ``earlier``."""
        known = self.portfolio.milestones[milestone]
        finish = self._plan.finish_after(earlier.sampled, milestone)
        return self._reader.forecast(known, finish)


def _last_item(last: LastItem) -> LastItemView:
    name = f"{last.item.source}:{last.item.key}"
    return LastItemView(item=name, since=last.begun, left=last.left)


def _actual(milestone: Milestone, day: date) -> Forecast:
    on_time = None
    if milestone.commitment is not None:
        on_time = 1.0 if day <= milestone.commitment else 0.0
    return Forecast(
        method="actual", p50=day, p85=day, p95=day, p_on_time=on_time, confidence="full"
    )
