"""What is said about one finding: days, cause and path, who is hit, what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from slipwatch.aggregator.assessment import (
    Assessment,
    FindingView,
    MilestoneView,
    ProgramView,
)
from slipwatch.aggregator.benefits.views import BenefitView
from slipwatch.config.notifications import Role

from ..path import driving_path, root_cause
from ..terminal.text import plain, short
from ..wording import say_days
from .message import Change, Line

MOST_NAMES = 3
LONGEST = 300


@dataclass(frozen=True)
class Describer:
    """Describes the findings of one assessment; ``advice`` says by rule what to do."""

    assessment: Assessment
    advice: Mapping[str, str]

    @cached_property
    def milestones(self) -> Mapping[str, MilestoneView]:
        """The milestones by id."""
        return {view.id: view for view in self.assessment.milestones}

    @cached_property
    def _programs(self) -> Mapping[str, ProgramView]:
        return {view.id: view for view in self.assessment.programs}

    @cached_property
    def _benefits(self) -> Mapping[str, BenefitView]:
        return {
            benefit.subject: benefit
            for program in self.assessment.programs
            for benefit in program.benefits
        }

    @cached_property
    def _leads(self) -> Mapping[str, str | None]:
        return {view.id: view.lead for view in self.assessment.projects}

    def name(self, milestone: str) -> str:
        """Say what a milestone is called, harmless for a terminal and not too long."""
        view = self.milestones.get(milestone)
        return clean((view.title if view is not None else "") or milestone, 80)

    def titled(self, finding: FindingView) -> str:
        """Say what a finding is about: a milestone, a benefit, or what its subject says."""
        view, benefit = self.about(finding), self._benefits.get(finding.subject)
        if view is not None:
            return self.name(view.id)
        return clean((benefit.title if benefit is not None else "") or finding.subject, 80)

    def about(self, finding: FindingView) -> MilestoneView | None:
        """Find the milestone a finding is about: of a dependency, the one that waits."""
        return self.milestones.get(finding.subject.rpartition(" -> ")[2])

    def root(self, finding: FindingView) -> str:
        """Name what findings are grouped by: the milestone whose own slip costs most."""
        upstream, arrow, subject = finding.subject.rpartition(" -> ")
        start = self.milestones.get(upstream if arrow else subject)
        if start is None:
            return finding.subject
        worst = root_cause(start)
        return start.id if worst is None else worst.milestone

    def people(self, finding: FindingView) -> tuple[str, ...]:
        """List who owns, leads, manages or sponsors what a finding is about."""
        return tuple(self.roles(finding).values())

    def roles(self, finding: FindingView) -> Mapping[Role, str]:
        """Name who owns, leads, manages and sponsors what a finding is about, in that order."""
        view, program = self.about(finding), self._programs.get(finding.program)
        project = f"{view.program}/{view.project}" if view is not None else ""
        owned = view or self._benefits.get(finding.subject)
        roles: dict[Role, str | None] = {
            "owner": owned.owner if owned is not None else None,
            "lead": self._leads.get(project),
            "manager": program.manager if program is not None else None,
            "sponsor": program.sponsor if program is not None else None,
        }
        return {role: clean(name, 80) for role, name in roles.items() if name}

    def days(self, finding: FindingView) -> int | None:
        """Count the working days its milestone is late."""
        view = self.about(finding)
        if view is None:
            return None
        against = view.slip.forecast_vs_commitment
        return against if against is not None else view.slip.forecast_vs_baseline

    def line(self, finding: FindingView, change: Change) -> Line:
        """Describe a finding."""
        view = self.about(finding)
        links = [*finding.links, *([view.url] if view is not None else [])]
        return Line(
            change=change,
            fingerprint=finding.fingerprint,
            rule=finding.rule,
            severity=finding.severity,
            subject=clean(finding.subject),
            title=self.titled(finding),
            since=finding.since,
            message=clean(finding.message),
            program=finding.program,
            root=clean(self.root(finding)),
            people=self.people(finding),
            days=self.days(finding),
            cause=self.cause(view) if view is not None else "",
            hits=self.hits(view) if view is not None else "",
            todo=clean(self.advice.get(finding.rule, "")),
            link=next(filter(None, map(safe_link, links)), ""),
        )

    def cause(self, view: MilestoneView) -> str:
        """Say what makes a milestone late, and along which path."""
        worst = root_cause(view)
        if worst is None or worst.milestone == view.id:
            return ""
        steps = driving_path(self.assessment, view, self.milestones)
        path = [view.id, *(step.upstream.id for step in steps)]
        said = ""
        if worst.milestone in path:
            names = [self.name(one) for one in reversed(path[: path.index(worst.milestone) + 1])]
            said = f", by way of {' → '.join(names)}"
        return f"{self.name(worst.milestone)} costs it {say_days(worst.but_for)}{said}."

    def hits(self, view: MilestoneView) -> str:
        """Say whom a milestone's own slip hits."""
        late = (hit for hit in view.hits if hit.days > 0)
        hits = sorted(late, key=lambda hit: (-hit.days, hit.milestone))
        if not hits:
            return ""
        shown = [f"{self.name(hit.milestone)} by {say_days(hit.days)}" for hit in hits[:MOST_NAMES]]
        left = len(hits) - len(shown)
        return f"It hits {', '.join(shown)}{f' and {left} more' if left else ''}."


def clean(text: str, longest: int = LONGEST) -> str:
    """Make one line of a text, without characters that anything obeys."""
    return short(" ".join(plain(text).split()), longest)


def safe_link(url: str) -> str:
    """Give an address that may be clicked, or nothing."""
    fit = url.startswith(("https://", "http://")) and len(url) <= 2000
    return url if fit and url.isprintable() and not set(url) & set(' <>"`\\|') else ""
