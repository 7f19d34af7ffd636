"""COM: somebody should have been told, should have answered, or heard the same once more."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from slipwatch.aggregator.assessment import ProgramView
from slipwatch.aggregator.communication.model import OpenFinding
from slipwatch.aggregator.communication.views import ReportView

from .base import Failed, NotApplicable, Passed, Rule, Unknown, Verdict, parameter
from .dependencies import DependencyRule, is_foreign
from .words import say_count, say_day, say_days, say_list
from .world import Edge, World

_GRAVE = frozenset({"high", "critical"})


class ReportLate(Rule):
    """An audience has not heard for longer than it was promised.

    What it catches:
        A report under ``reports`` whose last one is older than one and a half of its cadence; one
        that never went out is counted from the day that slipwatch first looked. One that goes out
        by other means counts when ``last_sent`` says so. The subject is
        ``program/report:AUDIENCE``.

    Why it matters:
        People who are not told assume that all is well, and hear of a slip when nothing can be
        done about it any more.

    Example that fires:
        Steering gets a report every week; the last one is of 2 March, and it is 16 March. Three
        dates have moved since.

    What to do:
        See why it did not go out: ``slipwatch notify list`` and the log. ``slipwatch report``
        writes one at once.

    Source:
        PMI, The Standard for Program Management (communications plan); one and a half cadences
        are ours.
    """

    id = "COM-001"
    title = "Report late"
    severity = "medium"
    at_once = True
    timeless = "reports that went out by other means before the last one"

    def judge(self, world: World) -> Iterator[Verdict]:
        for program in world.assessment.programs:
            for report in program.reports:
                yield _lateness(world, program, report)


def _lateness(world: World, program: ProgramView, report: ReportView) -> Verdict:
    subject = f"{program.id}/report:{report.audience}"
    if report.due is None:
        return Unknown(subject, "no report has gone out, and nobody knows since when it is due")
    if not report.overdue:
        return Passed(subject)
    if report.last is None:
        said = f"{report.audience} has never had its report, which is due every {report.cadence}"
    else:
        said = (
            f"{report.audience} last had a report on {say_day(report.last, world.as_of)}; "
            f"one is due every {report.cadence}"
        )
    changed = [
        say_count(number, noun)
        for number, noun in (
            (report.moved_since, "date"),
            (report.turned_since, "colour"),
        )
        if number
    ]
    since = f" Since then {say_list(changed)} changed." if changed and report.last else ""
    return Failed(
        subject=subject,
        value=(world.as_of - report.due).days,
        threshold=0,
        message=f"{said}.{since}",
        evidence={
            "last": report.last,
            "due": report.due,
            "cadence": report.cadence,
            "moved_since": report.moved_since,
            "turned_since": report.turned_since,
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unacknowledged(Rule):
    """Grave findings that nobody has said they know of.

    What it catches:
        A program with open findings of severity high or critical, other than of this family, that
        are older than ``days`` working days of the default calendar and that nobody acknowledged.
        It does not apply where no route of ``notifications`` sends findings to anybody. As of a
        day before the first assessment nobody knows which were open.

    Why it matters:
        An alert that nobody answers is an alert that nobody reads. After two working days it is
        the next level's turn, see ``escalate`` under ``notifications.routes``.

    Example that fires:
        Two high findings of checkout are open for 3 and 5 working days, and nobody has
        acknowledged them.

    What to do:
        Acknowledge what is known (``slipwatch notify ack``, or the link in the message), waive
        what is accepted, and take the rest to the next level.

    Source:
        Escalation practice (MSP, issue resolution); two working days are ours.
    """

    id = "COM-002"
    title = "Nobody answers for it"
    severity = "high"

    days: int = parameter(2, "Older ones without an acknowledgement are a finding.")

    def judge(self, world: World) -> Iterator[Verdict]:
        talk = world.portfolio.talk
        by_program: dict[str, list[OpenFinding]] = defaultdict(list)
        known = talk.acknowledged_at()
        for finding in talk.findings or ():
            if self._counts(finding) and finding.fingerprint not in known:
                by_program[finding.program].append(finding)
        for program in world.assessment.programs:
            if not talk.wanted:
                yield NotApplicable(program.id)
            elif talk.findings is None:
                yield Unknown(program.id, "nobody knows which findings were open before")
            else:
                yield self._judge(world, program, by_program[program.id])

    def _counts(self, finding: OpenFinding) -> bool:
        own = finding.rule.startswith("COM-")
        return finding.state == "open" and finding.severity in _GRAVE and not own

    def _judge(self, world: World, program: ProgramView, found: list[OpenFinding]) -> Verdict:
        ages = {one.fingerprint: world.workdays(one.since, world.as_of) for one in found}
        old = [one for one in found if ages[one.fingerprint] > self.days]
        if not old:
            return Passed(program.id)
        oldest = max(ages[one.fingerprint] for one in old)
        named = [f"{one.rule} of {one.subject}" for one in old]
        return Failed(
            subject=program.id,
            value=oldest,
            threshold=self.days,
            message=f"{say_count(len(old), 'grave finding')} nobody has acknowledged for up to "
            f"{say_days(oldest)}: {say_list(named)}.",
            evidence={
                "findings": [
                    {"rule": one.rule, "subject": one.subject, "since": one.since} for one in old
                ]
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipUnheard(DependencyRule):
    """Who waits has not said that they know of a slip upstream.

    What it catches:
        A dependency between two projects whose upstream date moved later in the last ``recent``
        days, more than ``days`` working days ago, where that costs the downstream milestone days,
        and nobody has acknowledged a finding about either of them since. It does not apply where
        no route of ``notifications`` sends findings.

    Why it matters:
        A team that does not know that its supplier slips goes on planning with the old date.

    Example that fires:
        Login 2.0 moved 15 working days on 8 January, which costs the launch 9. It is 14 January,
        and nobody on the launch's side has acknowledged it.

    What to do:
        Talk to who waits; they acknowledge the finding and plan anew, or the two agree on another
        date.

    Source:
        PMI, The Standard for Program Management (interdependencies are communicated); two working
        days are ours.
    """

    id = "COM-003"
    title = "Slip that nobody downstream acknowledged"
    severity = "medium"

    days: int = parameter(2, "More working days without an answer are a finding.")
    recent: int = parameter(30, "Slips that are older are old news.", minimum=1)

    def judge_dependency(self, world: World, edge: Edge) -> Verdict:
        upstream, downstream = edge.upstream, edge.downstream
        if not world.portfolio.talk.wanted or not is_foreign(upstream, downstream):
            return NotApplicable(edge.id)
        if upstream.over or downstream.over:
            return NotApplicable(edge.id)
        slips = world.slips(upstream)
        if not slips:
            return Passed(edge.id)
        last = slips[-1]
        day = world.day_of(last.at)
        cost = next(
            (
                hit.days
                for hit in upstream.view.hits
                if hit.milestone == downstream.id and hit.days > 0
            ),
            0,
        )
        if (world.as_of - day).days > self.recent or not cost:
            return Passed(edge.id)
        age = downstream.days(day, world.as_of)
        heard = any(
            one.given and one.at >= last.at and one.subject in (edge.id, upstream.id, downstream.id)
            for one in world.portfolio.talk.acknowledged
        )
        if heard or age <= self.days:
            return Passed(edge.id)
        return Failed(
            subject=edge.id,
            value=age,
            threshold=self.days,
            message=f"{upstream.name} moved {say_days(last.days)} later on "
            f"{say_day(day, world.as_of)}, which costs {downstream.name} {say_days(cost)}, and "
            "nobody there has acknowledged it.",
            evidence={"moved_on": day, "days": last.days, "cost": cost},
            links=(*upstream.links, *downstream.links),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SameWords(Rule):
    """An audience hears the same again and again of a program that is not green.

    What it catches:
        A report whose last ``reports`` issues say in short, word by word, the same, while the
        program is not green. Of a green one there may be nothing new to say. The subject is
        ``program/report:AUDIENCE``.

    Why it matters:
        A status that never changes is either not looked at or not acted on. Steering that reads
        the same three times stops reading.

    Example that fires:
        Three weekly reports to steering name the same threat with the same numbers, and no
        decision was taken.

    What to do:
        Ask for the decision that the report names, or change what is done about it.

    Source:
        Watermelon reporting (GAO-12-210 on dashboards that are not updated); three in a row are
        ours.
    """

    id = "COM-004"
    title = "The same words again"
    severity = "low"

    reports: int = parameter(3, "So many in a row are a finding.", minimum=2)

    def judge(self, world: World) -> Iterator[Verdict]:
        for program in world.assessment.programs:
            for report in program.reports:
                subject = f"{program.id}/report:{report.audience}"
                if report.same < self.reports or program.status == "green":
                    yield Passed(subject)
                    continue
                yield Failed(
                    subject=subject,
                    value=report.same,
                    threshold=self.reports,
                    message=f"The last {report.same} reports to {report.audience} say the same, "
                    f"and {program.title} is {program.status}.",
                    evidence={"last": report.last, "status": program.status},
                )


RULES: tuple[type[Rule], ...] = (ReportLate, Unacknowledged, SlipUnheard, SameWords)
