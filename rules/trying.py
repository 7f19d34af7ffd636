"""A rule put to the test: what it would have said week by week, and what became of it.

A finding about a milestone is a warning: of the date that the milestone had to keep when it first
fired, its commitment, or else its plan or promise. It was right when the milestone was not done by
the end of that day, or when its date was moved beyond that day; it was in vain when the milestone
was done in time. A finding about more than a milestone (a project, a program, a person in several
of them) warns of the next date that these have to keep. What has no place, such as a source, has
no such date.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from slipwatch.aggregator.assessment import FindingView, Severity
from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.portfolio.model import Milestone, Portfolio
from slipwatch.aggregator.trial import Outcome, RuleTrial, TriedFinding, Untold, Unwarned

MOST_REASONS = 10


@dataclass(frozen=True, slots=True)
class Week:
    """What a rule says as of a past day."""

    portfolio: Portfolio
    findings: Sequence[FindingView]
    untold: Sequence[tuple[str, str]] = ()
    """Subjects of which it could not tell, and why."""
    told: bool = True
    """It could tell something of anything."""


def judge_trial(
    rule: str,
    settings: Mapping[str, float],
    weeks: Sequence[Week],
    now: Portfolio,
    *,
    as_today: str = "",
) -> RuleTrial:
    """Compare what a rule said with what happened, as it is known ``now``; needs a week or more.

    ``as_today`` says what it looks at that has no history.
    """
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
        unwarned=tuple(_unwarned(weeks, now)),
        told=sum(week.told for week in weeks),
        untold=tuple(_untold(weeks)),
        as_today=as_today,
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
    milestone = _warned(week.portfolio, finding)
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


def _warned(portfolio: Portfolio, finding: FindingView) -> Milestone | None:
    """Find whose date a finding warns of."""
    exact = portfolio.milestones.get(finding.subject.rpartition(" -> ")[2])
    if exact is not None:
        return exact
    coming = [
        (target, milestone.id, milestone)
        for milestone in _concerned(portfolio, finding)
        if milestone.actual is None
        and (target := _target(milestone)) is not None
        and target >= portfolio.as_of
    ]
    return min(coming)[2] if coming else None


def _concerned(portfolio: Portfolio, finding: FindingView) -> Sequence[Milestone]:
    """List the milestones that a finding about something else concerns; commitments before plans.

    They are those that its evidence names, else those of the projects that it names, else those of
    the place of its subject.
    """
    named = [*_texts(finding, "milestones")]
    if named:
        return [portfolio.milestones[one] for one in named if one in portfolio.milestones]
    places = [*_texts(finding, "projects"), *_texts(finding, "project")]
    if not places:
        program, _, rest = finding.subject.rpartition(" -> ")[2].partition("/")
        project = f"{program}/{rest.partition('/')[0]}"
        projects = {one.id for one in portfolio.projects}
        places = [project if project in projects else program]
    known = {one.id for one in portfolio.projects} | {one.id for one in portfolio.programs}
    if known.isdisjoint(places):
        return ()
    found = [
        milestone
        for milestone in portfolio.milestones.values()
        if milestone.project in places or milestone.program in places
    ]
    return [one for one in found if one.commitment is not None] or found


def _texts(finding: FindingView, key: str) -> Iterator[str]:
    """Yield what evidence names; that of a rule may hold anything, a count of milestones too."""
    value = finding.evidence.get(key)
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str):
            yield one


def _unwarned(weeks: Sequence[Week], now: Portfolio) -> Iterable[Unwarned]:
    """Find what was due in that time and not done, though nothing had been said by then."""
    said: dict[str, date] = {}
    for week in weeks:
        for finding in week.findings:
            exact = week.portfolio.milestones.get(finding.subject.rpartition(" -> ")[2])
            meant = [exact] if exact is not None else _concerned(week.portfolio, finding)
            for milestone in meant:
                said.setdefault(milestone.id, week.portfolio.as_of)
    first = weeks[0].portfolio
    for name, milestone in first.milestones.items():
        target = _target(milestone)
        if milestone.actual is not None or target is None or target < first.as_of:
            continue
        fate = _fate(now, name, target, first.as_of)
        if fate.outcome not in ("missed", "slipped") or fate.decided is None:
            continue
        calendar = _calendar(now, milestone)
        if name not in said or calendar.between(said[name], fate.decided) <= 0:
            yield Unwarned(milestone=name, target=target, decided=fate.decided)


def _untold(weeks: Sequence[Week]) -> Iterator[Untold]:
    subjects = {pair for week in weeks for pair in week.untold}
    counts = Counter(reason for _, reason in subjects)
    for reason, number in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:MOST_REASONS]:
        yield Untold(reason=reason, subjects=number)


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
