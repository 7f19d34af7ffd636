"""Colours, people and reported statuses for an assessment made by hand."""

from datetime import date, timedelta

import msgspec

from slipwatch.aggregator.assessment import Assessment
from slipwatch.aggregator.communication.views import ReportedView, ReportView
from slipwatch.aggregator.judging.health import Evaluable, judge_health
from slipwatch.aggregator.people.views import AllocationView, PeopleView, PersonView, StreamView
from slipwatch.aggregator.portfolio.model import Portfolio


def coloured(assessment: Assessment, text: str = "On track.") -> Assessment:
    """Judge it, and let people say something of their own, ``text`` among it."""
    judged = judge_health(
        Portfolio(as_of=assessment.as_of, timezone=assessment.timezone),
        assessment,
        Evaluable(
            told=frozenset({("GOV-001", "checkout"), ("RES-001", "checkout")}),
            untold=frozenset({("GOV-001", "platform")}),
        ),
    )
    weeks_ago = assessment.as_of - timedelta(days=14)
    return msgspec.structs.replace(
        judged,
        programs=tuple(
            msgspec.structs.replace(
                program,
                reports=(
                    ReportView(
                        audience="steering",
                        cadence="P1W",
                        last=weeks_ago,
                        due=weeks_ago + timedelta(days=10),
                        overdue=True,
                        moved_since=2,
                    ),
                )
                if program.id == "checkout"
                else (),
                reported=ReportedView(
                    status="amber", on=weeks_ago, by=text, computed="red", gap=1, since=weeks_ago
                )
                if program.id == "checkout"
                else None,
            )
            for program in judged.programs
        ),
        projects=tuple(
            msgspec.structs.replace(
                project,
                reported=ReportedView(
                    status="green",
                    on=weeks_ago,
                    text=text,
                    computed="red",
                    gap=2,
                    since=weeks_ago,
                ),
            )
            if project.id == "checkout/web"
            else project
            for project in judged.projects
        ),
        people=PeopleView(
            persons=(
                PersonView(
                    id="ana",
                    capacity=1.0,
                    load=0.8,
                    peak=1.3,
                    allocations=(
                        AllocationView(project="checkout/payments", share=0.8),
                        AllocationView(project="checkout/web", share=0.5, start=date(2026, 12, 1)),
                    ),
                    doing={"checkout/payments": 2},
                ),
            ),
            streams=(
                StreamView(
                    id="checkout/web",
                    projects=("checkout/web",),
                    needed=9.0,
                    pace=6.0,
                    weeks=13,
                    commitments=("checkout/web/launch",),
                ),
            ),
        ),
    )
