"""What changed since the last report, told apart: date, forecast, scope, findings, status."""

from collections.abc import Iterator, Mapping
from datetime import date

from slipwatch.aggregator.assessment import Assessment, FindingView, MilestoneView, Status
from slipwatch.aggregator.slips import Move

from ..health import overall
from ..notifications.describing import Describer, clean
from ..notifications.message import SEVERITIES
from ..notifications.wording import CHANGES
from ..wording import say_counted, say_later
from .model import Changes, Material

MOST_LINES = 4
"""Of one kind; the number of the others stands behind them."""

LONGEST = 150


def what_changed(material: Material) -> tuple[Changes, ...]:
    """List what changed, kind by kind; nothing where there is nothing to compare with."""
    if material.before is None:
        return ()
    comparison = _Comparison(material, material.before)
    found = (
        ("Status", comparison.statuses()),
        ("Milestones", comparison.milestones()),
        ("Dates moved", comparison.dates()),
        ("Forecasts moved", comparison.forecasts()),
        ("Scope moved", comparison.scopes()),
        ("Findings", comparison.findings()),
    )
    listed = ((about, tuple(lines)) for about, lines in found)
    return tuple(
        Changes(about=about, lines=lines[:MOST_LINES], more=max(0, len(lines) - MOST_LINES))
        for about, lines in listed
        if lines
    )


class _Comparison:
    """An assessment beside an earlier one, both of one program."""

    def __init__(self, material: Material, before: Assessment) -> None:
        self._material = material
        self._now, self._before = material.assessment, before
        self._names = Describer(self._now, {})
        old = {view.id: view for view in before.milestones if view.program == material.program}
        own = [view for view in self._now.milestones if view.program == material.program]
        self._pairs = [(view, old[view.id]) for view in own if view.id in old]
        self._new = [view for view in own if view.id not in old]
        self._gone = [view for name, view in old.items() if self._now.milestone(name) is None]

    def statuses(self) -> Iterator[str]:
        """Tell of colours: the program, its projects, then its milestones, the heaviest first."""
        now, old = self._colours(self._now), self._colours(self._before)
        for name, (title, status) in now.items():
            if name in old:
                yield from _went(title, old[name][1], status)
        for one, last in sorted(self._pairs, key=lambda pair: (-pair[0].weight, pair[0].id)):
            yield from _went(one.title or one.id, last.status, one.status)

    def milestones(self) -> Iterator[str]:
        """Tell which milestones were done, came, or are no longer there."""
        for view, last in self._pairs:
            if view.dates.actual is not None and last.dates.actual is None:
                yield f"{self._name(view)} was done on {view.dates.actual}."
            elif view.dates.actual is None and last.dates.actual is not None:
                yield f"{self._name(view)} is open again."
        for view in self._new:
            yield f"{self._name(view)} is new."
        for view in self._gone:
            yield f"{clean(view.title or view.id, 80)} is no longer there."

    def dates(self) -> Iterator[str]:
        """Tell of commitments, then of each move that the ledger knows, the latest first."""
        for view, last in self._pairs:
            old, new = last.dates.commitment, view.dates.commitment
            if old == new:
                continue
            if old is None:
                yield f"{self._name(view)} is committed for {new}."
            elif new is None:
                yield f"{self._name(view)} is committed no more; it was for {old}."
            else:
                moved = self._later(view, old, new)
                yield f"{self._name(view)} is committed for {new} instead of {old}{moved}."
        moves = self._material.moves
        every = [(move, view) for view, _ in self._pairs for move in moves.get(view.id, ())]
        for move, view in sorted(every, key=lambda one: (-one[0].at.timestamp(), one[1].id)):
            yield self._moved(view, move)

    def forecasts(self) -> Iterator[str]:
        """Tell of forecasts, by as many days as they moved."""
        found: list[tuple[int, str]] = []
        for view, last in self._pairs:
            old, new = last.forecast.p85, view.forecast.p85
            if view.dates.actual is not None or old == new:
                continue
            name = self._name(view)
            if new is None:
                found.append((10_000, f"{name} cannot be forecast any more; P85 was {old}."))
            elif old is None:
                found.append((10_000, f"{name} can be forecast: P85 is {new}."))
            else:
                days = self._days(view, old, new)
                line = f"{name}: P85 is {new} instead of {old}{self._later(view, old, new)}."
                found.append((days or 0, line))
        yield from (line for _, line in sorted(found, key=lambda one: -abs(one[0])))

    def scopes(self) -> Iterator[str]:
        """Tell how many items came and went, by as many as they are."""
        found: list[tuple[int, str]] = []
        for view, last in self._pairs:
            old = last.scope.done + last.scope.remaining
            new = view.scope.done + view.scope.remaining
            if old == new:
                continue
            more = f"{abs(new - old)} item{'' if abs(new - old) == 1 else 's'}"
            way = "more" if new > old else "fewer"
            done = view.scope.done - last.scope.done
            rest = f"; {done} done meanwhile" if done > 0 else ""
            counted = say_counted(view.forecast.points)
            rest += f"; it is forecast {counted}" if counted else ""
            line = f"{self._name(view)} has {more} {way}, {new} instead of {old}{rest}."
            found.append((abs(new - old), line))
        yield from (line for _, line in sorted(found, key=lambda one: -one[0]))

    def findings(self) -> Iterator[str]:
        """Tell what is new, worse, accepted or resolved."""
        new, old = self._open(self._now), self._open(self._before)
        waived = {one.fingerprint for one in self._now.findings if one.state == "waived"}
        explained = {one.fingerprint for one in self._now.findings if one.state == "suppressed"}
        for mark, finding in new.items():
            last = old.get(mark)
            if last is None:
                yield f"{CHANGES['new']}, {_told(finding)}"
            elif SEVERITIES.index(finding.severity) > SEVERITIES.index(last.severity):
                yield f"{CHANGES['worse']}, {_told(finding)}"
        for mark, finding in old.items():
            if mark not in new and mark not in explained:
                over = CHANGES["waived" if mark in waived else "resolved"]
                yield f"{over}: {clean(finding.message, LONGEST)}"

    def _colours(self, assessment: Assessment) -> Mapping[str, tuple[str, Status]]:
        """Give title and colour of the program, then of its projects, by id."""
        found: dict[str, tuple[str, Status]] = {}
        for one in assessment.programs:
            if one.id == self._material.program:
                found[one.id] = one.title or one.id, overall(one)
        for project in assessment.projects:
            if project.program == self._material.program:
                found[project.id] = project.title or project.id, overall(project)
        return found

    def _open(self, assessment: Assessment) -> dict[str, FindingView]:
        return {
            finding.fingerprint: finding
            for finding in assessment.findings
            if finding.program == self._material.program and finding.state == "open"
        }

    def _moved(self, view: MilestoneView, move: Move) -> str:
        later = say_later(move.days)
        return f"{self._name(view)} is planned for {move.new} instead of {move.old}, {later}."

    def _later(self, view: MilestoneView, old: date, new: date) -> str:
        days = self._days(view, old, new)
        return f", {say_later(days)}" if days else ""

    def _days(self, view: MilestoneView, old: date, new: date) -> int | None:
        calendar = self._material.calendars.get(view.id)
        return None if calendar is None else calendar.between(old, new)

    def _name(self, view: MilestoneView) -> str:
        return self._names.name(view.id)


def _went(title: str, last: Status, now: Status) -> Iterator[str]:
    if last != now:
        yield f"{clean(title, 80)} went from {last} to {now}."


def _told(finding: FindingView) -> str:
    return f"{finding.severity}: {clean(finding.message, LONGEST)}"
