"""A rule put to the test: what it would have said week by week, and what became of it.

A finding about a milestone is a warning: of the date that the milestone had to keep when it first
fired, its commitment, or else its plan or promise. It was right when the milestone was not done by
the end of that day, or when its date was moved beyond that day; it was in vain when the milestone
was done in time. What else rules speak of (sources, people, programs) has no such date.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from slipwatch.aggregator.assessment import FindingView, Severity
from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.portfolio.model import Milestone, Portfolio
from slipwatch.aggregator.trial import Outcome, RuleTrial, TriedFinding, Unwarned


@dataclass(frozen=True, slots=True)
class Week:
    """What a rule says as of a past day."""

    portfolio: Portfolio
    findings: Sequence[FindingView]


def judge_trial(
    rule: str, settings: Mapping[str, float], weeks: Sequence[Week], now: Portfolio
) -> RuleTrial:
    """Compare what a rule said with what happened, as it is known ``now``; needs a week or more."""
    fired: dict[str, list[tuple[Week, FindingView]]] = {}
    for week in weeks:
        for finding in week.findings:
            fired.setdefault(finding.subject, []).append((week, finding))
    found = tuple(_tried(fired[subject], now) for subject in sorted(fired))
    counts = {outcome: sum(one.outcome == outcome for one in found) for outcome in _OUTCOMES}
    right = counts["missed"] + counts["slipped"]
    known = right + counts["in_vain"]
    leads = [
        one.lead for one in found if one.outcome in ("missed", "slipped") and one.lead is not None
    ]
    return RuleTrial(
        rule=rule,
        settings=dict(settings),
        first=weeks[0].portfolio.as_of,
        last=weeks[-1].portfolio.as_of,
        weeks=len(weeks),
        findings=found,
        right=right,
        in_vain=counts["in_vain"],
        after=counts["after"],
        pending=counts["pending"],
        undated=counts["undated"],
        precision=round(right / known, 4) if known else None,
        lead=median(leads) if leads else None,
        unwarned=tuple(_unwarned(weeks, found, now)),
    )


_OUTCOMES: tuple[Outcome, ...] = ("missed", "slipped", "in_vain", "pending", "after", "undated")
_SEVERITIES: tuple[Severity, ...] = ("info", "low", "medium", "high", "critical")


@dataclass(frozen=True, slots=True)
class _Fate:
    """What became of a date that was to be kept."""

    outcome: Outcome
    decided: date | None


def _tried(fired: Sequence[tuple[Week, FindingView]], now: Portfolio) -> TriedFinding:
    week, finding = fired[0]
    milestone = week.portfolio.milestones.get(finding.subject.rpartition(" -> ")[2])
    target = None if milestone is None else _target(milestone)
    since = week.portfolio.as_of
    fate, lead = _Fate("undated", None), None
    if milestone is not None and target is not None:
        fate = _fate(now, milestone.id, target, since)
        if fate.decided is not None and fate.outcome != "in_vain":
            lead = _calendar(now, milestone).between(since, fate.decided)
            if lead <= 0:
                fate = _Fate("after", fate.decided)
    return TriedFinding(
        subject=finding.subject,
        severity=max((one.severity for _, one in fired), key=_severity),
        since=since,
        until=fired[-1][0].portfolio.as_of,
        message=finding.message,
        milestone=None if milestone is None else milestone.id,
        target=target,
        outcome=fate.outcome,
        decided=fate.decided,
        lead=lead,
    )


def _unwarned(
    weeks: Sequence[Week], found: Iterable[TriedFinding], now: Portfolio
) -> Iterable[Unwarned]:
    """Find what was due in that time and not done, though nothing had been said by then."""
    warned = {one.milestone for one in found if one.outcome in ("missed", "slipped")}
    first = weeks[0].portfolio
    for name, milestone in first.milestones.items():
        target = _target(milestone)
        if name in warned or milestone.actual is not None or target is None:
            continue
        if target < first.as_of:
            continue
        fate = _fate(now, name, target, first.as_of)
        if fate.outcome in ("missed", "slipped") and fate.decided is not None:
            yield Unwarned(milestone=name, target=target, decided=fate.decided)


def _target(milestone: Milestone) -> date | None:
    return milestone.commitment or milestone.plan or milestone.promise


def _severity(severity: Severity) -> int:
    return _SEVERITIES.index(severity)


def _fate(now: Portfolio, name: str, target: date, since: date) -> _Fate:
    """Say what became of a milestone's date, known ``since`` a day."""
    milestone = now.milestones.get(name)
    if milestone is None:
        return _Fate("pending", None)
    moved = _moved_beyond(milestone, target)
    over = target + timedelta(days=1)
    if moved is not None and moved <= target:
        return _Fate("slipped", moved)
    if milestone.actual is not None:
        late = milestone.actual > target
        return _Fate("missed", over) if late else _Fate("in_vain", max(milestone.actual, since))
    return _Fate("missed", over) if now.as_of >= over else _Fate("pending", None)


def _moved_beyond(milestone: Milestone, target: date) -> date | None:
    """Find the day on which its date was moved beyond another one, not to come back to it."""
    beyond: date | None = None
    for seen in milestone.history:
        if seen.value is None or seen.value <= target:
            beyond = None
        elif beyond is None:
            beyond = seen.at.date()
    return beyond


def _calendar(now: Portfolio, milestone: Milestone) -> WorkCalendar:
    return now.calendars[milestone.calendar]
