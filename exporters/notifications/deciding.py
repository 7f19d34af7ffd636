"""What is worth saying: pure, from the findings of an assessment and what was said before.

A change is told once it has settled, only when it makes things worse, and never while the last
message about the same matter is still on its way: then the difference is told afterwards.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import cast

import msgspec

from slipwatch.aggregator.assessment import Assessment, FindingView, Severity
from slipwatch.aggregator.store import Decision, Draft, Notice, Said
from slipwatch.config.notifications import NotificationSettings, RouteSettings

from .describing import Describer, clean
from .escalating import Escalation
from .message import MOST_LINES, Change, Line, Message, to_body
from .quiet import Clockwork
from .routing import rank, route_of
from .sayings import Saying, advised_once, key_of
from .wording import CHANGES, is_over

FLOOD = 10
"""More matters than this that are new to a channel at once come in one message."""

_ORDER: tuple[Change, ...] = ("worse", "escalated", "new", "reminder", "waived", "resolved")


@dataclass(frozen=True, kw_only=True)
class Situation:
    """All that a decision depends on beside what was told."""

    assessment: Assessment
    clockwork: Clockwork
    unknown: frozenset[tuple[str, str]] = frozenset()
    """Rule and subject of what could not be told this time: no finding there is no good news."""
    silent: frozenset[str] = frozenset()
    """Rules that failed themselves."""
    advice: Mapping[str, str] = field(default_factory=dict[str, str])
    """What to do, by rule."""
    home: str = ""
    """Where people find our pages, without a slash at the end; empty where they cannot."""

    def is_unknown(self, rule: str, subject: str) -> bool:
        """Say whether there being no such finding means nothing."""
        return rule in self.silent or (rule, subject) in self._unknown

    @cached_property
    def _unknown(self) -> frozenset[tuple[str, str]]:
        return frozenset((rule, clean(subject)) for rule, subject in self.unknown)


def decide(settings: NotificationSettings, situation: Situation, told: Said) -> Decision:
    """Decide what each channel is told now."""
    describer = Describer(situation.assessment, situation.advice)
    ways = settings.ways()
    decisions = [_Deciding(name, settings, situation, describer, told).run() for name in ways]
    removed = {key for key in told.notices if key[0] not in ways}
    forgotten = frozenset(removed).union(*(one.forgotten for one in decisions))
    over = _no_longer_acknowledged(situation, told, forgotten)
    return Decision(
        drafts=tuple(draft for one in decisions for draft in one.drafts),
        notices=tuple(notice for one in decisions for notice in one.notices),
        forgotten=forgotten,
        ended=over.union(*(one.ended for one in decisions)),
    )


def _no_longer_acknowledged(
    situation: Situation, told: Said, forgotten: frozenset[tuple[str, str]]
) -> frozenset[str]:
    """List what was acknowledged and is over: nobody has to be told of it any more."""
    still_told = {fingerprint for _, fingerprint in told.notices.keys() - forgotten}
    findings = situation.assessment.findings
    open_ = {finding.fingerprint for finding in findings if finding.state != "waived"}
    return frozenset(
        one.fingerprint
        for one in told.acknowledged.values()
        if one.fingerprint not in open_ | still_told
        and not situation.is_unknown(one.rule, clean(one.subject))
    )


class _Deciding:
    """One channel's part of a decision."""

    def __init__(
        self,
        channel: str,
        settings: NotificationSettings,
        situation: Situation,
        describer: Describer,
        told: Said,
    ) -> None:
        self._channel = channel
        self._settings = settings
        self._situation = situation
        self._describer = describer
        self._now = situation.clockwork.now
        self._findings = {one.fingerprint: one for one in situation.assessment.findings}
        self._known = {
            fingerprint: notice
            for (name, fingerprint), notice in told.notices.items()
            if name == channel
        }
        self._waiting = {thread for name, thread in told.waiting if name == channel}
        self._threads = {
            notice.root: notice.thread
            for notice in self._known.values()
            if notice.thread is not None
        }
        self._changed: dict[str, Notice] = {}
        self._forgotten: set[str] = set()
        self._ended: set[str] = set()
        self._acknowledged = told.acknowledged.keys()
        self._escalation = Escalation(settings, situation.clockwork, describer, told)
        self._sayings: list[Saying] = []

    def run(self) -> Decision:
        """Look at every finding that is there, and for those that were."""
        for finding in self._findings.values():
            if finding.state == "waived":
                self._accepted(finding)
            elif finding.state == "suppressed":
                self._explained(finding)
            else:
                self._is_there(finding)
        for fingerprint in self._known.keys() - self._findings.keys():
            self._is_missing(self._known[fingerprint])
        drafts = self._drafts()
        return Decision(
            drafts=drafts,
            notices=tuple(self._changed.values()),
            forgotten=frozenset((self._channel, one) for one in self._forgotten),
            ended=frozenset(self._ended),
        )

    def _is_there(self, finding: FindingView) -> None:
        known = self._known.get(finding.fingerprint)
        people = self._describer.people(finding)
        route = self._route(finding.program, finding.rule, people, finding.severity)
        if route is None:
            # Told and less severe now: better, but not over. Of no concern any more: forgotten.
            if known and self._route(finding.program, finding.rule, people) is None:
                self._forgotten.add(finding.fingerprint)
            elif known and not known.present:
                self._keep(replace(known, present=True, changed_at=self._now))
            return
        unanswered = None
        if self._channel not in route.to and (known is None or known.told_at is None):
            unanswered = self._escalation.unanswered(finding, route, self._channel)
            if unanswered is None:
                return
        if known is None:
            known = self._first_seen(finding)
            self._keep(known)
        elif not known.present:
            known = replace(known, present=True, changed_at=self._now)
            self._keep(known)
        change = "escalated" if unanswered is not None else self._change(finding, known, route)
        if change is not None and self._may_say(known, route):
            self._say(finding, known, change, route, unanswered)

    def _first_seen(self, finding: FindingView) -> Notice:
        return Notice(
            channel=self._channel,
            fingerprint=finding.fingerprint,
            present=True,
            changed_at=self._now,
            root=self._describer.root(finding),
            line=_kept(self._describer.line(finding, "new")),
        )

    def _change(self, finding: FindingView, known: Notice, route: RouteSettings) -> Change | None:
        """Say what there is to say of an open finding."""
        if known.told_at is None:
            return "new" if self._has_settled(known) else None
        if rank(finding.severity) > rank(cast("Severity", known.severity)):
            return "worse"
        days = self._describer.days(finding)
        if days is not None and known.days is not None and days - known.days >= route.worse_by > 0:
            return "worse"
        if (
            finding.fingerprint not in self._acknowledged
            and route.remind_after != "never"
            and self._now - known.told_at >= route.remind_after * 2**known.reminders
        ):
            return "reminder"
        return None

    def _say(
        self,
        finding: FindingView,
        known: Notice,
        change: Change,
        route: RouteSettings,
        unanswered: int | None,
    ) -> None:
        line = msgspec.structs.replace(self._describer.line(finding, change), unanswered=unanswered)
        ends = change == "worse" and finding.fingerprint in self._acknowledged
        if ends:
            self._ended.add(finding.fingerprint)
        if known.told_at is not None:
            line = msgspec.structs.replace(
                line,
                days_before=known.days,
                severity_before=cast("Severity | None", known.severity),
            )
        before = cast("Severity", known.severity or finding.severity)
        days = [one for one in (line.days, known.days) if one is not None]
        notice = replace(
            known,
            root=known.root if known.thread else self._describer.root(finding),
            line=_kept(line),
            severity=max(finding.severity, before, key=rank),
            days=max(days, default=None),
            told_at=self._now,
            reminders=known.reminders + 1 if change == "reminder" else 0,
            raised_at=self._now if ends else known.raised_at or known.told_at or self._now,
        )
        self._sayings.append(Saying(notice, line, route.quiet))

    def _accepted(self, finding: FindingView) -> None:
        """A waiver ends a matter at once: somebody decided so."""
        known = self._known.get(finding.fingerprint)
        if known is not None:
            self._is_over(known, "waived")

    def _explained(self, finding: FindingView) -> None:
        """Leave it to the message about its cause, unless that is of no concern to the channel.

        What was told of it stands until it is over.
        """
        cause = self._findings.get(finding.cause or "")
        if cause is None or not self._concerns(cause):
            self._is_there(finding)
            return
        known = self._known.get(finding.fingerprint)
        if known is not None and known.told_at is None:
            self._forgotten.add(finding.fingerprint)

    def _concerns(self, finding: FindingView) -> bool:
        people = self._describer.people(finding)
        return self._route(finding.program, finding.rule, people, finding.severity) is not None

    def _is_missing(self, known: Notice) -> None:
        line = kept_line(known)
        if self._situation.is_unknown(line.rule, line.subject):
            return
        if known.told_at is not None and known.present:
            self._keep(replace(known, present=False, changed_at=self._now))
        elif known.told_at is None or self._has_settled(known):
            self._is_over(known, "resolved")

    def _is_over(self, known: Notice, change: Change) -> None:
        line = kept_line(known)
        route = self._route(line.program, line.rule, line.people)
        if known.told_at is None or route is None:
            self._forgotten.add(known.fingerprint)
        elif self._may_say(known, route):
            line = msgspec.structs.replace(line, change=change)
            self._sayings.append(Saying(known, line, route.quiet))

    def _may_say(self, known: Notice, route: RouteSettings) -> bool:
        thread = known.thread or self._threads.get(known.root)
        return thread not in self._waiting and not self._situation.clockwork.is_quiet(route.quiet)

    def _has_settled(self, known: Notice) -> bool:
        return self._now - known.changed_at >= self._settings.settle

    def _route(
        self, program: str, rule: str, people: Iterable[str], severity: Severity | None = None
    ) -> RouteSettings | None:
        """Find the route to the channel: one that names it, or one that may escalate to it."""
        find = partial(
            route_of,
            self._settings.routes,
            program=program,
            rule=rule,
            people=tuple(people),
            severity=severity,
        )
        found = find(lambda route: self._channel in route.to)
        if found is not None or self._channel not in self._escalation.ways:
            return found
        escalated = find(lambda route: bool(route.escalate))
        return None if escalated is None else self._escalation.in_working_hours(escalated)

    def _keep(self, notice: Notice) -> None:
        self._changed[notice.fingerprint] = notice

    def _drafts(self) -> tuple[Draft, ...]:
        """Put what is to be said into one message for each matter."""
        matters: dict[tuple[str | None, str], list[Saying]] = {}
        for saying in self._sayings:
            root = saying.notice.root
            thread = saying.notice.thread or self._threads.get(root)
            matters.setdefault((thread, "" if thread else root), []).append(saying)
        begun = [matter for matter in matters if matter[0] is None]
        if len(begun) > FLOOD:
            together = [saying for matter in begun for saying in matters.pop(matter)]
            matters[None, ""] = together
        return tuple(self._draft(thread, sayings) for (thread, _), sayings in matters.items())

    def _draft(self, thread: str | None, sayings: Sequence[Saying]) -> Draft:
        key = key_of(self._channel, sayings)
        thread = thread or key
        for saying in sayings:
            if is_over(saying.line):
                self._forgotten.add(saying.notice.fingerprint)
            else:
                self._keep(replace(saying.notice, thread=thread))
        lines = sorted(
            (saying.line for saying in sayings),
            key=lambda line: (_ORDER.index(line.change), -rank(line.severity), line.subject),
        )
        message = Message(
            key=key,
            thread=thread,
            title=self._title(sayings, lines),
            as_of=self._situation.assessment.as_of,
            lines=advised_once(lines[:MOST_LINES]),
            more=max(0, len(lines) - MOST_LINES),
            severity=max((line.severity for line in lines), key=rank),
            open=self._still_open(thread),
            page=self._page(lines),
        )
        quiet = next((one.quiet for one in sayings if one.quiet is not None), None)
        return Draft(
            key=key,
            channel=self._channel,
            thread=thread,
            body=to_body(message),
            quiet=None if quiet is None else quiet.model_dump(mode="json"),
        )

    def _title(self, sayings: Sequence[Saying], lines: Sequence[Line]) -> str:
        """Name the matter, and count what changed about it."""
        titles = {view.id: view.title for view in self._situation.assessment.programs}
        programs = sorted({clean(titles.get(one.program) or one.program, 60) for one in lines})
        roots = {saying.notice.root for saying in sayings}
        about = self._describer.name(roots.pop()) if len(roots) == 1 else "several milestones"
        counts = Counter(line.change for line in lines)
        changes = ", ".join(
            f"{counts[change]} {CHANGES[change].lower()}" for change in _ORDER if counts[change]
        )
        return f"{', '.join(filter(None, programs[:2])) or 'slipwatch'}: {about} ({changes})"

    def _page(self, lines: Sequence[Line]) -> str:
        """Link to the landing page, to the program where there is one."""
        home = self._situation.home
        programs = {line.program for line in lines}
        place = programs.pop() if len(programs) == 1 else ""
        return f"{home}/{'#' if place else ''}{place}" if home else ""

    def _still_open(self, thread: str) -> int:
        notices = {**self._known, **self._changed}
        return sum(
            notice.thread == thread and notice.fingerprint not in self._forgotten
            for notice in notices.values()
        )


def _kept(line: Line) -> dict[str, object]:
    kept: dict[str, object] = msgspec.to_builtins(line)
    return kept


def kept_line(notice: Notice) -> Line:
    """Read how a finding was last described."""
    return msgspec.convert(notice.line, Line)
