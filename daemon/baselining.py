"""Sets baselines anew when somebody approves that, and lists those there are."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from slipwatch.aggregator.assess import Assessed, assess_portfolio
from slipwatch.aggregator.baselines import BaselineChange, change_of
from slipwatch.aggregator.judging.log import read_before
from slipwatch.aggregator.portfolio.build import Built, build_portfolio
from slipwatch.aggregator.portfolio.calendars import calendars
from slipwatch.aggregator.portfolio.model import Milestone
from slipwatch.aggregator.portfolio.versions import BaselineVersion
from slipwatch.aggregator.reading import read_facts
from slipwatch.aggregator.store import BaselineOrigin, Store, StoredBaseline
from slipwatch.config.settings import SlipwatchSettings

from .declaring import note_file
from .stored import today


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who approved a new baseline, why, and where that can be looked up."""

    approver: str
    reason: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a milestone's baseline, as people see it."""

    milestone: str
    version: BaselineVersion
    change: BaselineChange | None = None
    """Against the version before it; None of the original."""


class Rebaseliner:
    """What is stored as of now, ready to become a baseline."""

    def __init__(self, settings: SlipwatchSettings, store: Store, *, now: datetime) -> None:
        self._store = store
        self._now = now
        kept = store.assessment()
        note_file(settings, store, None if kept is None else read_before(kept.body), now=now)
        facts = read_facts(store, past=False)
        self._built: Built = build_portfolio(settings, facts, today(settings, now), now=now)
        self.milestones = self._built.portfolio.milestones
        self.withdrawn = frozenset(one.id for one in self._built.portfolio.withdrawn)
        """Milestones that left the file: that can be approved, too."""
        self._assessed: Assessed = assess_portfolio(
            self._built.portfolio,
            seed=settings.assess.seed,
            trials=settings.assess.trials,
            window=settings.assess.window,
            causes=False,
        )

    def open_ones(self, program: str) -> list[str]:
        """List the milestones of a program that are not over."""
        return [
            milestone.id
            for milestone in self.milestones.values()
            if milestone.program == program and milestone.actual is None
        ]

    def approve(
        self, milestones: Collection[str], approval: Approval, *, finish: date | None = None
    ) -> None:
        """Add a version to each of some milestones: its plan, its work and its forecast today.

        The finish is that of the plan, or else the commitment, or else P50. What stood until now
        is kept as a version of its own, if it is none yet. Of a milestone that left the file it is
        approved that it did.
        """
        for milestone_id in sorted(milestones):
            if milestone_id in self.withdrawn:
                self._add(milestone_id, approval)
                continue
            milestone = self.milestones[milestone_id]
            self._keep_original(milestone)
            members = self._built.members.get(milestone.id, frozenset())
            self._add(
                milestone.id,
                approval,
                start=self._assessed.starts.get(milestone.id),
                finish=finish or self._finish(milestone),
                duration=self._assessed.durations.get(milestone.id),
                scope=len(members) if milestone.tracked else None,
                items=members,
                commitment=milestone.commitment,
            )

    def _add(self, milestone: str, approval: Approval, **plan: Any) -> None:
        """Add an approved version; one without a plan says that there is none any more."""
        self._store.add_baseline(
            milestone,
            recorded_at=self._now,
            recorded_on=self._built.portfolio.as_of,
            origin=BaselineOrigin.APPROVED,
            approver=approval.approver,
            reason=approval.reason,
            reference=approval.reference,
            **plan,
        )

    def _finish(self, milestone: Milestone) -> date | None:
        view = self._assessed.assessment.milestone(milestone.id)
        forecast = None if view is None else view.forecast.p50
        return milestone.plan or milestone.promise or milestone.commitment or forecast

    def _keep_original(self, milestone: Milestone) -> None:
        held = self._store.baselines(milestone.id)
        baseline = milestone.baseline
        if baseline.finish is None or (held and held[-1].finish == baseline.finish):
            return
        work = held[-1] if held else None
        self._store.add_baseline(
            milestone.id,
            recorded_at=self._now,
            recorded_on=self._built.portfolio.as_of,
            start=baseline.start,
            finish=baseline.finish,
            duration=baseline.duration,
            scope=work.scope if work is not None else None,
            items=work.items if work is not None else (),
            commitment=milestone.commitments[0].value if milestone.commitments else None,
        )


def versions(
    settings: SlipwatchSettings, stored: Sequence[StoredBaseline], *, day: date
) -> Iterator[Version]:
    """Set each version beside the one before it; ``stored`` is by milestone, oldest first."""
    worked = calendars(settings.calendars, day)
    names = _calendar_names(settings)
    columns = [field.name for field in fields(BaselineVersion)]
    before: Version | None = None
    for one in stored:
        version = BaselineVersion(**{name: getattr(one, name) for name in columns})
        change = None
        if before is not None and before.milestone == one.milestone:
            project = one.milestone.rpartition("/")[0]
            name = names.get(one.milestone) or names.get(project) or "default"
            change = change_of(version, before.version, worked[name])
        before = Version(milestone=one.milestone, version=version, change=change)
        yield before


def _calendar_names(settings: SlipwatchSettings) -> dict[str, str]:
    """Give the calendar of each project, and of each milestone that has its own."""
    found: dict[str, str] = {}
    for program in settings.programs:
        for project in program.projects:
            found[f"{program.id}/{project.id}"] = project.calendar
            for milestone in project.milestones:
                if milestone.calendar is not None:
                    found[f"{program.id}/{project.id}/{milestone.id}"] = milestone.calendar
    return found
