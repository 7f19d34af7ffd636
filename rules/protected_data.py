"""CMP-004 and CMP-006: protected data without an analysis of its risks, or with outsiders."""

from collections.abc import Iterator
from dataclasses import dataclass

from slipwatch.aggregator.compliance.views import NOTE, ComplianceView

from .base import Failed, NotApplicable, Passed, Rule, Verdict, parameter
from .compliance import programs
from .words import say_day, say_list
from .world import World

REGULATED = {"ephi", "cui"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRiskAnalysis(Rule):
    """A project works on protected data, and its risks to that were not analysed lately.

    What it catches:
        A project whose `data` names ephi or cui, in a program without a `risk_analysis`, or with
        one that is more than ``days`` days old.

    Why it matters:
        It is the first thing that is asked for after an incident, and its lack the most frequent
        finding of the regulator.

    Example that fires:
        The portal works on health information; the last analysis is of June last year.

    What to do:
        Make the analysis, or repeat it, and enter the day and where it is kept. It is kept for six
        years.

    Source:
        45 CFR 164.308(a)(1)(ii)(A) and 164.316(b)(2)(i); NIST SP 800-171 r2 3.11.1. That a year is
        long is ours.
    """

    id = "CMP-004"
    title = "No current risk analysis"
    severity = "high"
    at_once = True
    timeless = "which data a project works on, and risk analyses before the last one"

    days: int = parameter(365, "An analysis that is older is a finding.", minimum=1)

    def judge(self, world: World) -> Iterator[Verdict]:
        for _, compliance in programs(world):
            for project, data in compliance.protected.items():
                if not REGULATED & {*data}:
                    yield NotApplicable(project)
                else:
                    yield self._judge(world, project, data, compliance)

    def _judge(
        self, world: World, project: str, data: tuple[str, ...], compliance: ComplianceView
    ) -> Verdict:
        done = compliance.risk_analysis
        age = None if done is None else (world.as_of - done).days
        if age is not None and age <= self.days:
            return Passed(project)
        last = (
            "no analysis of the risks to it is on record"
            if done is None
            else f"the last analysis of the risks to it is of {say_day(done, world.as_of)}"
        )
        return Failed(
            subject=project,
            value=age,
            threshold=self.days,
            message=f"{project} works on protected data, and {last}.",
            evidence={
                "data": list(data),
                "risk_analysis": done,
                "reference": compliance.risk_analysis_reference or None,
                "note": NOTE,
            },
        )


class NoAgreement(Rule):
    """Somebody outside works on protected data without the agreement that this needs.

    What it catches:
        The provider of an external milestone in a project whose `data` names ephi, without a
        business associate contract on record, or in one that names cui or fci, without a record
        that the CMMC requirements flow down; also agreements that are over.

    Why it matters:
        Without it the data may not be given away at all, and its loss is the program's own.

    Example that fires:
        acme-bank delivers a milestone of the portal, which works on health information. No
        business associate contract with it is on record.

    What to do:
        Sign it before the first data is shared, and enter it under `compliance.agreements`.

    Source:
        45 CFR 164.308(b)(1) and (3), 164.314(a); 32 CFR 170.23 (subcontractors).
    """

    id = "CMP-006"
    title = "Provider without agreement"
    severity = "high"
    at_once = True
    timeless = "which data a project works on, and with whom"

    def judge(self, world: World) -> Iterator[Verdict]:
        for program, compliance in programs(world):
            for provider in compliance.providers:
                name = f"{program.id}/provider:{provider.name}"
                if not provider.missing:
                    yield Passed(name)
                    continue
                kinds = {"baa": "a business associate contract", "flow-down": "a flow-down record"}
                yield Failed(
                    subject=name,
                    value=len(provider.missing),
                    threshold=0,
                    message=f"{provider.name} works on protected data without "
                    f"{say_list([kinds[kind] for kind in provider.missing])}.",
                    evidence={
                        "data": list(provider.data),
                        "projects": list(provider.projects),
                        "missing": list(provider.missing),
                        "note": NOTE,
                    },
                )


RULES: tuple[type[Rule], ...] = (NoRiskAnalysis, NoAgreement)
