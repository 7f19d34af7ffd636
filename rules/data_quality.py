"""DQ: facts that are missing, contradict each other or are too old to believe."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from slipwatch.aggregator.assessment import SourceView
from slipwatch.aggregator.portfolio.sources import SourceState

from .base import AGING, Failed, MilestoneRule, NotApplicable, Passed, Rule, Verdict, parameter
from .words import say_count, say_day, say_list
from .world import Subject, World

_ITEMS_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class NoDate(MilestoneRule):
    """An open milestone has no date at all.

    What it catches:
        An open milestone without a plan date, a commitment or a promise.

        A milestone that no tracker holds, with a declared duration (or declared remaining work)
        and with something that waits for it, is a step on the way: its date follows from the
        network, and the rule does not apply.

    Why it matters:
        Nobody can be late for a day that was never named. Such a milestone has no colour, no
        slip and no warning.

    Example that fires:
        The GitHub milestone "Hardening" is open, has no due date, and slipwatch.yaml gives it no
        commitment.

    What to do:
        Give it a due date in its tracker, or a commitment in slipwatch.yaml. If it is a bucket
        for ideas, take it out of the scope.

    Source:
        GAO-16-89G best practice 4 (establish durations).
    """

    id = "DQ-001"
    title = "Milestone without a date"
    severity = "medium"
    at_once = True

    worse_after: int = parameter(30, AGING)

    def judge_milestone(self, world: World, milestone: Subject) -> Verdict:
        model = milestone.model
        if milestone.over:
            return NotApplicable(milestone.id)
        if any(day is not None for day in (model.plan, model.commitment, model.promise)):
            return Passed(milestone.id)
        declared = not model.tracked and (model.duration is not None or model.scope.remaining > 0)
        if declared and any(not m.over for m in world.downstream(milestone.id)):
            return NotApplicable(milestone.id)
        return Failed(
            subject=milestone.id,
            message=f"{milestone.name} has neither a plan date nor a commitment nor a promise.",
            evidence={
                "plan": None,
                "commitment": None,
                "promise": None,
                "p50": milestone.view.forecast.p50,
                "remaining": model.scope.remaining,
            },
            links=milestone.links,
        )


class ClosedWithOpenItems(MilestoneRule):
    """A closed or released milestone still holds open items.

    What it catches:
        A milestone that is done or closed by its tracker (or declared finished) while items in
        it are open.

    Why it matters:
        Either the release was incomplete and those who waited for it were told otherwise, or the
        items were forgotten. In both cases "done" is not what it says.

    Example that fires:
        Jira version 2.0 is released. PAY-31 and PAY-44 have it as fix version and are in review.

    What to do:
        Close the items if they are done, move them to the milestone that they will be in, or
        open the milestone again.

    Source:
        DCMA 14-point check 9 (invalid dates), PAM 200.1.
    """

    id = "DQ-002"
    title = "Closed with open items"
    severity = "medium"
    at_once = True

    def judge_milestone(self, world: World, milestone: Subject) -> Verdict:
        if not milestone.over or not milestone.model.tracked:
            return NotApplicable(milestone.id)
        items = milestone.model.open_items
        if not items:
            return Passed(milestone.id)
        refs = [f"{item.source}:{item.key}" for item in items]
        count = say_count(len(items), "item")
        return Failed(
            subject=milestone.id,
            value=len(items),
            threshold=0,
            message=f"{milestone.name} is closed and {count} in it "
            f"{'is' if len(items) == 1 else 'are'} open: {say_list([item.key for item in items])}.",
            evidence={
                "actual": milestone.model.actual,
                "open_items": len(items),
                "items": refs[:_ITEMS_SHOWN],
            },
            links=(*milestone.links, *(i.url for i in items[:_ITEMS_SHOWN] if i.url)),
        )


class SourceNotRead(Rule):
    """A source has not been read for too long, or not completely.

    What it catches:
        A source whose last complete sync is older than two of its intervals (and than 24 hours),
        or whose last sync failed in part or in whole. The subject is ``source:NAME``.

        And one whose last census was not believed: the listing of a project's or repository's ids
        was empty, or more than a tenth of its items (and more than five) were missing from it at
        once. Nothing is concluded from such a listing; the evidence counts what it listed and what
        was missing.

    Why it matters:
        Everything that comes from it is as old as its last sync. Its milestones are grey: what
        nobody has looked at is not known to be well.

    Example that fires:
        The token of the source "jira" expired on Friday evening; on Monday everything from it is
        still Friday's.

    What to do:
        Read the error in the evidence: a token, a permission, a network path, a project that was
        renamed. ``slipwatch sync --source NAME`` tries at once.

        After a census that was not believed, see whether the account may still see all of the
        project. If the items were really deleted or moved away, say so once:
        ``slipwatch sync --source NAME --accept-missing``.

    Source:
        GAO-16-89G best practice 9 (update the schedule with actual progress).
    """

    id = "DQ-006"
    title = "Source not up to date"
    severity = "high"
    at_once = True
    timeless = "what a sync could not read, and sources on days that nobody assessed"

    def judge(self, world: World) -> Iterator[Verdict]:
        states = {state.name: state for state in world.portfolio.sources}
        for source in world.assessment.sources:
            if source.status == "ok":
                yield Passed(f"source:{source.name}")
            else:
                yield self._failed(world, source, states[source.name])

    def _failed(self, world: World, source: SourceView, state: SourceState) -> Failed:
        read = source.last_success
        day = None if read is None else world.day_of(read)
        last = (
            "it has never been read completely"
            if day is None
            else f"it was last read completely on {say_day(day, world.as_of)}"
        )
        what = "could not be read" if source.status == "failed" else "is stale"
        census = "".join(
            f" From the listing of {doubted.scope}, {say_count(doubted.missing, 'item')} "
            f"{'is' if doubted.missing == 1 else 'are'} missing at once."
            for doubted in state.doubted
        )
        return Failed(
            subject=f"source:{source.name}",
            value=None if day is None else (world.as_of - day).days,
            message=f"The source {source.name} {what}; {last}.{census}",
            evidence={
                "status": source.status,
                "last_success": read,
                "error": state.error,
                "items": source.items,
                "invisible": source.invisible,
                "census": [
                    {
                        "scope": doubted.scope,
                        "listed": doubted.listed,
                        "missing": doubted.missing,
                    }
                    for doubted in state.doubted
                ],
            },
        )


class WeakForecast(MilestoneRule):
    """A commitment has no forecast, or one to be taken with care.

    What it catches:
        An open milestone with a commitment and without P50, or with a forecast of low confidence:
        a reference class instead of the team's own history, a short history, an unconfirmed
        promise, or forecasts that did not hold when the program was back-tested.

    Why it matters:
        It is no fault of the team, but those who rely on the commitment should know that nothing
        stands behind its colour.

    Example that fires:
        The mobile team began three weeks ago. Its App Beta is committed for June, and nothing
        says how fast the team is.

    What to do:
        Look at the evidence for what is missing: a duration for a declared milestone, a stream
        with history, a promise that somebody confirms, a cycle that is cut. Or wait: history
        grows by itself.

    Source:
        Our own: a forecast falls back from history to reference class to none, and says so.
    """

    id = "DQ-008"
    title = "Forecast missing or weak"
    severity = "info"

    def judge_milestone(self, world: World, milestone: Subject) -> Verdict:
        forecast = milestone.view.forecast
        if not milestone.committed:
            return NotApplicable(milestone.id)
        missing = forecast.p50 is None
        if not missing and forecast.confidence == "full":
            return Passed(milestone.id)
        what = (
            f"There is no forecast for {milestone.name}: {milestone.why_no_forecast}."
            if missing
            else f"The forecast for {milestone.name} is of low confidence (by {forecast.method})."
        )
        return Failed(
            subject=milestone.id,
            message=what,
            evidence={
                "method": forecast.method,
                "confidence": forecast.confidence,
                "missing_inputs": forecast.missing_inputs,
                "lower_bound": forecast.lower_bound,
                "cycle": milestone.view.network.cycle,
                "history": _history(world, milestone),
            },
            links=milestone.links,
        )


RULES: tuple[type[Rule], ...] = (NoDate, ClosedWithOpenItems, SourceNotRead, WeakForecast)


def _history(world: World, milestone: Subject) -> dict[str, Any] | None:
    stream = world.portfolio.streams.get(milestone.model.stream or "")
    if stream is None:
        return None
    return {
        "stream": stream.id,
        "weeks": (world.as_of - stream.since).days // 7 if stream.since else 0,
        "finished_items": len(stream.finished),
    }
