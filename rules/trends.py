"""SCH: dates and forecasts that do not stay where they were."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from slipwatch.aggregator.assessment import DaysMoved
from slipwatch.aggregator.percent import percent
from slipwatch.aggregator.slips import Move

from .base import Failed, MilestoneRule, NotApplicable, Passed, Rule, Unknown, Verdict, parameter
from .words import say_count, say_day, say_days
from .world import Subject, World

NO_OBSERVATION = "the slip ledger holds no observation of its date"

_PARTS = ("pace", "scope", "upstream", "dates", "calendar", "model", "data")
_WORDS = {
    "pace": "what its team finished",
    "scope": "work that came or went",
    "upstream": "what it waits for",
    "dates": "dates that people set",
    "calendar": "the calendar",
    "model": "another way of forecasting",
    "data": "facts known only now",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DateKeepsMoving(MilestoneRule):
    """The date of the milestone is moved later again and again.

    What it catches:
        An open milestone whose date was moved later at least ``moves`` times within the last
        ``within_days`` days, or whose moves later sum up to more than ``share`` of its baseline
        duration, however often it was moved earlier in between. Before the slip ledger holds an
        observation, and where slips have no baseline to be measured against, the rule cannot
        tell.

    Why it matters:
        Each move by itself looks harmless. A date that recedes as time passes says that the plan
        behind it is not believed by those who keep it.

    Example that fires:
        API GA was moved from 4 to 11 December, then to 8 January, then to 29 January, all since
        October.

    What to do:
        Ask what each move was for. Then plan the rest anew instead of moving the date once more,
        and take the new date from the forecast.

    Source:
        Milestone trend analysis. The bounds are ours.
    """

    id = "SCH-005"
    title = "Date keeps moving"
    severity = "medium"
    at_once = True

    moves: int = parameter(3, "So many moves later are a finding.", minimum=1)
    within_days: int = parameter(90, "Calendar days back from the as-of day.", minimum=1)
    share: float = parameter(0.20, "Moves later of more than this share of the baseline.")

    def judge_milestone(self, world: World, milestone: Subject) -> Verdict:
        model, slip = milestone.model, milestone.view.slip
        if milestone.over or not is_dated(milestone):
            return NotApplicable(milestone.id)
        if not model.history:
            return Unknown(milestone.id, NO_OBSERVATION)
        oldest = world.as_of - timedelta(days=self.within_days)
        recent = [move for move in world.slips(milestone) if world.day_of(move.at) >= oldest]
        duration = _baseline_duration(milestone)
        if len(recent) >= self.moves:
            return self._failed(world, milestone, recent, len(recent), self.moves)
        if slip.gross and duration is None:
            return Unknown(milestone.id, "it slipped, and there is no baseline duration to compare")
        if duration is not None and slip.gross > self.share * duration:
            return self._failed(world, milestone, recent, slip.gross / duration, self.share)
        return Passed(milestone.id)

    def _failed(
        self,
        world: World,
        milestone: Subject,
        recent: Sequence[Move],
        value: float,
        threshold: float,
    ) -> Failed:
        slip, duration = milestone.view.slip, _baseline_duration(milestone)
        last = f" (the last time to {say_day(recent[-1].new, world.as_of)})" if recent else ""
        share = f", {percent(slip.gross / duration)} of its baseline duration" if duration else ""
        return Failed(
            subject=milestone.id,
            value=value,
            threshold=threshold,
            message=f"The date of {milestone.name} was moved later "
            f"{say_count(len(recent), 'time')} in {self.within_days} days{last}; all its moves "
            f"later come to {say_days(slip.gross)}{share}.",
            evidence={
                "moves": [
                    {"day": world.day_of(m.at), "from": m.old, "to": m.new, "days": m.days}
                    for m in recent
                ],
                "slips": slip.slips,
                "gross": slip.gross,
                "net": slip.net,
                "churn": round(slip.gross / abs(slip.net), 2) if slip.net else None,
                "baseline_duration": duration,
            },
            links=milestone.links,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LateNotice(MilestoneRule):
    """A slip was announced when the old date was already at hand.

    What it catches:
        An open milestone whose date was moved later within the last ``within_days`` days and
        fewer than ``days`` working days before the date that it had, or even after it. Before
        the slip ledger holds an observation the rule cannot tell.

    Why it matters:
        Nobody finds out on Thursday that Friday cannot be met. Those who wait had their own plans
        for that day, and nothing that they could have done is left to them.

    Example that fires:
        API GA was planned for 11 December. On 9 December its date was moved to 8 January: 2
        working days of notice.

    What to do:
        Ask when it was known, and what kept it from being said. Move the date in the tracker as
        soon as the forecast has moved, not when the day comes.

    Source:
        Milestone trend analysis: notice is the time from a move to the old date. The five days
        are ours.
    """

    id = "SCH-010"
    title = "Slip announced too late"
    severity = "medium"
    at_once = True

    days: int = parameter(5, "Fewer working days of notice are a finding.", minimum=1)
    within_days: int = parameter(30, "Calendar days back from the as-of day.", minimum=1)

    def judge_milestone(self, world: World, milestone: Subject) -> Verdict:
        if milestone.over or not is_dated(milestone):
            return NotApplicable(milestone.id)
        if not milestone.model.history:
            return Unknown(milestone.id, NO_OBSERVATION)
        oldest = world.as_of - timedelta(days=self.within_days)
        slips = [
            (milestone.days(world.day_of(move.at), move.old), move)
            for move in world.slips(milestone)
            if world.day_of(move.at) >= oldest
        ]
        sudden = [(notice, move) for notice, move in slips if notice < self.days]
        if not sudden:
            return Passed(milestone.id)
        notice, move = min(sudden, key=lambda found: found[0])
        day = world.day_of(move.at)
        return Failed(
            subject=milestone.id,
            value=notice,
            threshold=self.days,
            message=f"{milestone.name} was planned for {say_day(move.old, world.as_of)} and moved "
            f"to {say_day(move.new, world.as_of)} only on {say_day(day, world.as_of)}, "
            f"{_say_notice(notice)}.",
            evidence={
                "notice": notice,
                "moves": [
                    {
                        "day": world.day_of(one.at),
                        "from": one.old,
                        "to": one.new,
                        "days": one.days,
                        "notice": known,
                        "by": one.actor,
                    }
                    for known, one in sudden
                ],
            },
            links=milestone.links,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRecedes(MilestoneRule):
    """The date of the milestone recedes about as fast as time passes.

    What it catches:
        An open milestone whose planned date, read once a week over the last eight weeks, rises by
        ``slope`` days or more for every day that passes. Until the slip ledger knows the date of
        each of those weeks the rule cannot tell.

    Why it matters:
        A date that is moved by a week every other week is never reached at all, however small
        each move is. The chart shows it long before anybody says so.

    Example that fires:
        Eight weeks ago Cart was planned for 2 March, today for 6 April: 35 days in 49, a slope
        of 0.71. The line meets its own date only in July.

    What to do:
        Stop moving the date by what is left over each time. Count what there is to do, take the
        date from the forecast, and cut scope until it can be held.

    Source:
        Milestone trend analysis: the least-squares slope of planned dates over report dates, 0
        stable, 1 never converging. The bound is ours.
    """

    id = "SCH-011"
    title = "Date recedes with time"
    severity = "high"
    at_once = True

    slope: float = parameter(0.5, "Days moved for every day that passes.")

    def judge_milestone(self, world: World, milestone: Subject) -> Verdict:
        if milestone.over or not is_dated(milestone):
            return NotApplicable(milestone.id)
        trend = milestone.view.indexes.trend
        if trend is None:
            return Unknown(
                milestone.id, "the slip ledger does not know its date of eight weeks yet"
            )
        if trend.slope < self.slope:
            return Passed(milestone.id)
        ends = (
            f"the line through it is reached on {say_day(trend.meets, world.as_of)}"
            if trend.meets is not None
            else "at that pace it is never reached"
        )
        return Failed(
            subject=milestone.id,
            value=trend.slope,
            threshold=self.slope,
            message=f"The date of {milestone.name} has moved from "
            f"{say_day(trend.dates[0], world.as_of)} to {say_day(trend.dates[-1], world.as_of)} "
            f"in eight weekly reports, {trend.slope:.2f} days for every day that passed; {ends}.",
            evidence={"slope": trend.slope, "series": trend.dates, "meets": trend.meets},
            links=milestone.links,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastJumps(MilestoneRule):
    """The forecast moved later by much within a week.

    What it catches:
        An open milestone whose P50 is later than a week ago by more than ``days`` working days
        and by more than ``share`` of what then remained until it. Where nobody knows the forecast
        of a week ago the rule cannot tell.

    Why it matters:
        The plan still says what it said; only the forecast has heard the news. The parts say
        whose news it is: work that was added, a team that finished less, a milestone upstream.

    Example that fires:
        The P50 of API GA went from 15 January to 2 February in a week, 12 working days: 9 from
        scope that was added, 3 from Login GA, which it waits for.

    What to do:
        Talk about the largest part in the evidence with those who can still change it, and tell
        those who rely on the date before the tracker does.

    Source:
        GAO-16-89G best practice 9 (update the schedule with actual progress). The bounds are ours.
    """

    id = "SCH-012"
    title = "Forecast jumped"
    severity = "medium"
    needs = frozenset({"movement"})

    days: int = parameter(5, "More working days later are a finding, if also more than the share.")
    share: float = parameter(0.10, "Of the working days that remained until the earlier P50.")

    def judge_milestone(self, world: World, milestone: Subject) -> Verdict:
        if milestone.over:
            return NotApplicable(milestone.id)
        since, movement = world.assessment.compared_with, milestone.view.movement
        if since is None:
            return Unknown(milestone.id, "nobody knows its forecast of a week ago")
        moved = movement.p50 if movement is not None else None
        if moved is None:
            return Passed(milestone.id)
        bound = max(self.days, self.share * max(milestone.days(since, moved.before), 0))
        if moved.total <= bound:
            return Passed(milestone.id)
        parts = _parts(moved)
        return Failed(
            subject=milestone.id,
            value=moved.total,
            threshold=bound,
            message=f"The P50 of {milestone.name} went from {say_day(moved.before, world.as_of)} "
            f"to {say_day(moved.after, world.as_of)} since {say_day(since, world.as_of)}, "
            f"{say_days(moved.total)} later{_say_parts(parts)}.",
            evidence={"since": since, "from": moved.before, "to": moved.after, "parts": parts},
            links=milestone.links,
        )


RULES: tuple[type[Rule], ...] = (DateKeepsMoving, LateNotice, DateRecedes, ForecastJumps)


def is_dated(milestone: Subject) -> bool:
    """Say whether anybody keeps a date of it that could move."""
    model = milestone.model
    return model.tracked or model.promise is not None or bool(model.history)


def _say_notice(days: int) -> str:
    if days == 0:
        return "on that very day"
    return f"{say_days(abs(days))} {'before' if days > 0 else 'after'} it"


def _parts(moved: DaysMoved) -> dict[str, int]:
    """Give the working days of each part, the largest first, without those that moved nothing."""
    days = {part: int(getattr(moved, part)) for part in _PARTS}
    return {part: days[part] for part in sorted(days, key=lambda p: -days[p]) if days[part]}


def _say_parts(parts: dict[str, int]) -> str:
    """Say what the two largest parts that made it later are."""
    later = [(part, days) for part, days in parts.items() if days > 0][:2]
    told = " and ".join(f"{days} from {_WORDS[part]}" for part, days in later)
    return f": {told}" if told else ""


def _baseline_duration(milestone: Subject) -> int | None:
    """Return its working days; None also for what takes none, which is no measure for slips.

    Work that is recorded when its day is over has a baseline that ends before it starts.
    """
    baseline = milestone.model.baseline
    duration = baseline.duration
    if duration is None and baseline.start and baseline.finish:
        start, finish = baseline.start.toordinal(), baseline.finish.toordinal() + 1
        duration = milestone.calendar.workdays(start, finish)
    return duration if duration is not None and duration > 0 else None
