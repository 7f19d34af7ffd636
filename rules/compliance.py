"""CMP: gaps in what a program can show under the law. No rule here certifies anything."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from slipwatch.aggregator.assessment import ProgramView
from slipwatch.aggregator.compliance.views import NOTE, ComplianceView, ControlView, PoamView

from .base import Failed, NotApplicable, Passed, Rule, Unknown, Verdict, parameter
from .words import say_count, say_day, say_list
from .world import World

HELD = ("shown", "stale")


class DoneWithoutEvidence(Rule):
    """Work for a control is done, and nothing shows it.

    What it catches:
        A control with done items (they carry its id as a label) and no evidence, or evidence that
        lacks its artefact, its reviewer or its day. Evidence is a done item that carries the id
        and the label `evidence`, or what `compliance.controls` says. Nothing is certified: that
        evidence is there does not say that it suffices.

    Why it matters:
        What cannot be shown was not done, to an auditor. It is easy to keep on the day, and hard
        to find a year later.

    Example that fires:
        PAY-31 "Limit access to the ledger" with the label CMMC-AC.L2-3.1.1 is closed; no item or
        entry shows a reviewed artefact for that control.

    What to do:
        Link the artefact (a configuration, a log, a policy, a test record), have it reviewed by
        somebody else than who did the work, and label or enter it.

    Source:
        45 CFR 164.316(b)(1) (documentation); 32 CFR 170.17 and 170.24 (CMMC assessment).
    """

    id = "CMP-001"
    title = "Control without evidence"
    severity = "high"
    at_once = True
    timeless = "labels of items"

    def judge(self, world: World) -> Iterator[Verdict]:
        for program, compliance in programs(world):
            for control in compliance.controls:
                yield self._judge(subject(program, control.id), control)

    def _judge(self, name: str, control: ControlView) -> Verdict:
        if control.state == "not applicable" or not control.done:
            return NotApplicable(name)
        if control.state in HELD:
            return Passed(name)
        lacks = f"evidence lacks its {say_list(control.missing)}"
        return Failed(
            subject=name,
            value=control.done,
            threshold=0,
            message=f"{say_count(control.done, 'item')} for {titled(control)} "
            f"{'is' if control.done == 1 else 'are'} done, and "
            f"{lacks if control.missing else 'no evidence is linked'}.",
            evidence={**shown(control), "missing": list(control.missing)},
            links=control.links,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceOutdated(Rule):
    """Evidence, an affirmation or an assessment is older than it may be.

    What it catches:
        A control whose newest evidence was reviewed longer ago than `evidence_valid_for` (a year).
        For programs with a CMMC catalogue: a last affirmation of more than ``affirmation_days``
        days ago, and a last assessment of more than ``assessment_days`` days ago, for Level 1 of
        more than a year. Where neither is on record the rule cannot tell.

    Why it matters:
        A control that was in place last year may be gone. A CMMC status lapses without its yearly
        affirmation, and with it the contract.

    Example that fires:
        The access review for HIPAA-164.308(a)(4)(ii)(C) is of August last year.

    What to do:
        Review it again, and enter the day; affirm; or have the next assessment made.

    Source:
        45 CFR 164.308(a)(8) and 164.316(b)(2)(iii); 32 CFR 170.22 (annual affirmation), 170.15 to
        170.17 (one and three years).
    """

    id = "CMP-002"
    title = "Evidence out of date"
    severity = "high"
    at_once = True
    timeless = "labels of items, and reviews of evidence before the last one"

    affirmation_days: int = parameter(365, "An affirmation that is older is a finding.", minimum=1)
    assessment_days: int = parameter(
        3 * 365 + 1, "A Level 2 assessment that is older is a finding.", minimum=1
    )

    def judge(self, world: World) -> Iterator[Verdict]:
        for program, compliance in programs(world):
            for control in compliance.controls:
                yield self._control(world, subject(program, control.id), control)
            names = {catalogue.name for catalogue in compliance.catalogues}
            if names & {"cmmc-1", "cmmc-2"}:
                yield from self._statuses(world, program, compliance, names)

    def _control(self, world: World, name: str, control: ControlView) -> Verdict:
        if control.state not in HELD:
            return NotApplicable(name)
        if control.state == "shown" or control.reviewed is None:
            return Passed(name)
        return Failed(
            subject=name,
            value=(world.as_of - control.reviewed).days,
            threshold=None
            if control.review_by is None
            else (control.review_by - control.reviewed).days,
            message=f"The evidence for {titled(control)} was last reviewed on "
            f"{say_day(control.reviewed, world.as_of)}.",
            evidence=shown(control),
            links=(control.artefact,) if control.artefact else (),
        )

    def _statuses(
        self, world: World, program: ProgramView, compliance: ComplianceView, names: set[str]
    ) -> Iterator[Verdict]:
        valid = self.assessment_days if "cmmc-2" in names else 365
        for what, day, most in (
            ("affirmation", compliance.affirmed, self.affirmation_days),
            ("assessment", compliance.assessed, valid),
        ):
            yield _status(world, subject(program, f"cmmc-{what}"), what, day, most)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoamRunsOut(Rule):
    """An item of the plan of action and milestones is open for too long.

    What it catches:
        An open POA&M item more than ``days`` days after the Conditional CMMC Status Date, or after
        it was opened where there is none; after ``critical_days`` days it is critical. Without
        either day the rule cannot tell.

    Why it matters:
        A conditional CMMC status expires after 180 days if an item is still open, and cannot be
        prolonged.

    Example that fires:
        The conditional status is of 1 June. On 26 November, 178 days later, CMMC-AC.L2-3.1.12 is
        still in the plan.

    What to do:
        Close it and have that verified, before the 180 days are over: a closeout assessment takes
        weeks to arrange.

    Source:
        32 CFR 170.21(b): closed within 180 days of the Conditional CMMC Status Date. The warning a
        month before is ours.
    """

    id = "CMP-003"
    title = "POA&M item running out"
    severity = "high"
    at_once = True

    days: int = parameter(150, "More days are a finding.")
    critical_days: int = parameter(180, "More days are critical.")

    def judge(self, world: World) -> Iterator[Verdict]:
        for program, compliance in programs(world):
            for item in compliance.poam:
                if item.open:
                    yield self._judge(world, subject(program, item.control), item)

    def _judge(self, world: World, name: str, item: PoamView) -> Verdict:
        if item.days is None or item.since is None:
            return Unknown(name, "nobody knows from when its 180 days run")
        if item.days <= self.days:
            return Passed(name)
        return Failed(
            subject=name,
            severity="critical" if item.days > self.critical_days else None,
            value=item.days,
            threshold=self.days,
            message=f"{' '.join((item.title or item.control).split())} is in the plan of action "
            f"since {say_day(item.since, world.as_of)}, {say_count(item.days, 'day')}.",
            evidence={
                "control": item.control,
                "since": item.since,
                "owner": item.owner,
                "note": NOTE,
            },
            links=(item.url,) if item.url else (),
        )


class SameHands(Rule):
    """Somebody approved their own work.

    What it catches:
        An approved gate whose approver did work that it asks for, or wrote the pull request in
        which it is decided, and a control whose evidence was reviewed by who did the work for it.
        Who did it are the assignees of done items. People are told apart by `people`: somebody
        whose accounts are joined there is one person in all trackers and in slipwatch.yaml. Where
        nobody is named on one of the two sides the rule cannot tell.

    Why it matters:
        Nobody sees their own mistakes. An approval of one's own work is none, and voids the
        evidence.

    Example that fires:
        Ana closed PAY-31 for CMMC-AC.L2-3.1.1, and reviewed its evidence.

    What to do:
        Have somebody else look, and record them.

    Source:
        Separation of duties: NIST SP 800-171 r2 3.1.4; ISO/IEC 27001:2022 A.5.3.
    """

    id = "CMP-005"
    title = "Approved by who did the work"
    severity = "high"
    at_once = True
    timeless = "labels of items"

    def judge(self, world: World) -> Iterator[Verdict]:
        for program in world.assessment.programs:
            for gate in program.gates:
                if gate.state == "pending":
                    yield NotApplicable(gate.id)
                else:
                    yield _hands(gate.id, gate.title, gate.by, gate.workers, gate.conflict)
        for program, compliance in programs(world):
            for control in compliance.controls:
                name = subject(program, control.id)
                if control.state not in HELD or not control.done:
                    yield NotApplicable(name)
                else:
                    yield _hands(
                        name,
                        titled(control),
                        () if control.reviewer is None else (control.reviewer,),
                        control.workers,
                        control.conflict,
                    )


RULES: tuple[type[Rule], ...] = (
    DoneWithoutEvidence,
    EvidenceOutdated,
    PoamRunsOut,
    SameHands,
)


def programs(world: World) -> Iterator[tuple[ProgramView, ComplianceView]]:
    """Give the programs that have to show anything."""
    for program in world.assessment.programs:
        if program.compliance is not None:
            yield program, program.compliance


def subject(program: ProgramView, control: str) -> str:
    """Name a control of a program."""
    return f"{program.id}/control:{control}"


def titled(control: ControlView) -> str:
    """Name a control by id and title."""
    return f"{control.id} ({control.title})" if control.title else control.id


def shown(control: ControlView) -> dict[str, Any]:
    """Give a control as evidence shows it."""
    return {
        "control": control.id,
        "citation": control.citation,
        "done": control.done,
        "artefact": control.artefact,
        "reviewer": control.reviewer,
        "reviewed": control.reviewed,
        "note": NOTE,
    }


def _status(world: World, name: str, what: str, day: date | None, most: int) -> Verdict:
    if day is None:
        return Unknown(name, f"no {what} is on record")
    age = (world.as_of - day).days
    if age <= most:
        return Passed(name)
    return Failed(
        subject=name,
        value=age,
        threshold=most,
        message=f"The last CMMC {what} is of {say_day(day, world.as_of)}.",
        evidence={what: day, "note": NOTE},
    )


def _hands(
    name: str, title: str, by: tuple[str, ...], workers: int, conflict: str | None
) -> Verdict:
    if not by:
        return Unknown(name, "nobody knows who approved it")
    if not workers:
        return Unknown(name, "nobody knows who did the work")
    if conflict is None:
        return Passed(name)
    return Failed(
        subject=name,
        value=1,
        threshold=0,
        message=f"{conflict} approved {' '.join(title.split())}, and did work for it.",
        evidence={"approver": conflict, "note": NOTE},
    )
