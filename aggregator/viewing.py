"""What an assessment says of one milestone, by all that it says it from."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from . import slips
from .assessment import (
    Cause,
    Dates,
    Forecast,
    Hit,
    MilestoneView,
    Network,
    ScopeView,
    Slip,
)
from .attributing import Attributed
from .calendar import WorkCalendar
from .network.attribution import CauseShare
from .network.criticality import Criticality
from .network.orders import Share
from .portfolio.model import Milestone
from .status import Judged, judge, temper


class Read(NamedTuple):
    """What is read off the trials of a milestone."""

    forecast: Forecast
    by_plan: float | None
    """P(finish <= its plan date, or what is promised)."""


class Place(NamedTuple):
    """Where a milestone is in the network."""

    early: tuple[date, date] | None
    total_float: int | None
    free_float: int | None
    commitment_float: int | None
    drag: int
    criticality: Criticality
    """As it is shown: its digits beyond change with every trial."""
    latent: tuple[str, ...]
    """Whom a slip of it would hit."""
    path_test: bool | None
    drivers: tuple[str, ...]
    cycle: tuple[str, ...] | None


class Told(NamedTuple):
    """What is known of a milestone, but for its place in the network."""

    milestone: Milestone
    calendar: WorkCalendar
    read: Read
    deadlocked: bool
    stalled: bool
    doubts: tuple[str, ...]
    """Reasons not to believe what is known of it."""
    doubtful: tuple[str, ...]
    """The milestones that it waits for and that have such doubts."""
    unseen: tuple[str, ...]
    attributed: Attributed


class Said(NamedTuple):
    """What is said of a milestone wherever it is in the network."""

    judged: Judged
    slip: Slip
    causes: tuple[Cause, ...]
    hits: tuple[Hit, ...]


class Seen(NamedTuple):
    """All that is said of a milestone comes from this, and from the day."""

    told: Told
    place: Place


def say(told: Told, as_of: date) -> Said:
    """Say what does not come from its place in the network."""
    milestone, attributed = told.milestone, told.attributed
    return Said(
        judged=_judge(told, as_of),
        slip=_slip(milestone, told.calendar, told.read.forecast),
        causes=_causes(attributed),
        hits=tuple(Hit(milestone=target, days=days) for target, days in attributed.hits),
    )


def view_of(seen: Seen, said: Said, projects: Mapping[str, str]) -> MilestoneView:
    """Say it all; ``projects`` gives the project of each milestone that may be hit."""
    milestone, attributed = seen.told.milestone, seen.told.attributed
    return MilestoneView(
        id=milestone.id,
        title=milestone.title,
        program=milestone.program,
        project=milestone.project.partition("/")[2],
        url=milestone.url,
        owner=milestone.owner,
        weight=milestone.weight,
        status=said.judged.status,
        reasons=said.judged.reasons,
        dates=Dates(
            baseline=milestone.baseline.finish,
            plan=milestone.plan or milestone.promise,
            commitment=milestone.commitment,
            actual=milestone.actual,
        ),
        forecast=seen.told.read.forecast,
        network=_network(seen.place, {projects[one] for one in seen.place.latent}, milestone),
        slip=said.slip,
        scope=ScopeView(
            done=milestone.scope.done,
            remaining=milestone.scope.remaining,
            baseline=milestone.scope.baseline,
            added=milestone.scope.added,
            removed=milestone.scope.removed,
        ),
        caused_by=said.causes,
        concurrent=attributed.concurrent,
        undelayed=attributed.chances.undelayed if attributed.chances else None,
        hits=said.hits,
        baselines=milestone.baselines,
    )


def _judge(told: Told, as_of: date) -> Judged:
    judged = judge(
        told.milestone,
        told.read.forecast,
        as_of=as_of,
        by_plan=told.read.by_plan,
        in_cycle=told.deadlocked,
        stalled=told.stalled,
        doubts=told.doubts,
        doubtful=told.doubtful,
        stated_off=_stated_off(told.milestone, told.calendar),
    )
    return temper(judged, told.unseen)


def _stated_off(milestone: Milestone, calendar: WorkCalendar) -> int:
    if milestone.actual is None or milestone.stated is None:
        return 0
    return calendar.between(milestone.actual, milestone.stated)


def _network(place: Place, hit: set[str], milestone: Milestone) -> Network:
    dated = place.early is not None
    return Network(
        early_start=place.early[0] if place.early is not None else None,
        early_finish=place.early[1] if place.early is not None else None,
        total_float=place.total_float,
        free_float=place.free_float,
        commitment_float=place.commitment_float,
        critical=place.total_float == 0,
        drag=place.drag if dated else None,
        criticality=place.criticality.share,
        cruciality=place.criticality.cruciality,
        sensitivity=place.criticality.sensitivity,
        latent_radius=len(place.latent) if dated else None,
        latent_projects=len(hit - {milestone.project}) if dated else None,
        path_test=place.path_test,
        drivers=place.drivers,
        cycle=place.cycle,
    )


def _slip(milestone: Milestone, calendar: WorkCalendar, forecast: Forecast) -> Slip:
    found = slips.count(milestone.history, calendar)

    def variance(reference: date | None, current: date | None) -> int | None:
        if reference is None or current is None:
            return None
        return calendar.between(reference, current)

    plan = milestone.plan or milestone.promise
    return Slip(
        plan_vs_baseline=variance(milestone.baseline.finish, plan),
        forecast_vs_baseline=variance(milestone.baseline.finish, forecast.p50),
        forecast_vs_commitment=variance(milestone.commitment, forecast.p50),
        moves=found.moves,
        slips=found.slips,
        gross=found.gross,
        net=found.net,
    )


def _causes(attributed: Attributed) -> tuple[Cause, ...]:
    if attributed.chances is None:
        return tuple([_cause(cause, None) for cause in attributed.causes])
    taken, none = attributed.chances.taken, Share(mean=0.0, error=0.0)
    return tuple([_cause(cause, taken.get(cause.id, none)) for cause in attributed.causes])


def _cause(cause: CauseShare, taken: Share | None) -> Cause:
    name, but_for, shapley, error, own_slip = cause
    return Cause(
        milestone=name,
        but_for=but_for,
        shapley=round(shapley, 4),
        own_slip=own_slip,
        shapley_error=(error and round(error, 4)) or None,
        probability=None if taken is None else round(taken.mean, 4),
        probability_error=None if taken is None else round(taken.error, 4),
    )
