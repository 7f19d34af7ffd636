"""Small assessments, of which only what colours are made of matters."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from slipwatch.aggregator.assessment import (
    Assessment,
    Dates,
    DependencyView,
    FindingView,
    Forecast,
    MilestoneView,
    Network,
    ProgramView,
    ProjectView,
    ScopeView,
    Slip,
)

TODAY = date(2026, 1, 5)
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
DUE = date(2026, 3, 2)


def milestone(name: str, status: Any = "green", **given: Any) -> MilestoneView:
    """Give a committed milestone of ``p/x`` with a forecast, unless said otherwise."""
    project = given.pop("project", "x")
    values: dict[str, Any] = {
        "id": f"p/{project}/{name}",
        "title": name.title(),
        "program": "p",
        "project": project,
        "url": "",
        "owner": None,
        "weight": 1.0,
        "status": status,
        "reasons": (f"it is {status}",),
        "dates": Dates(commitment=given.pop("commitment", DUE), actual=given.pop("actual", None)),
        "forecast": Forecast(
            method="throughput", p50=DUE, p_on_time={"green": 0.9, "amber": 0.6}.get(status, 0.2)
        ),
        "network": Network(),
        "slip": Slip(),
        "scope": ScopeView(),
    }
    return MilestoneView(**(values | given))


def finding(rule: str, severity: Any, subject: str = "p/x/a", **given: Any) -> FindingView:
    """Give an open finding."""
    values: dict[str, Any] = {
        "rule": rule,
        "severity": severity,
        "subject": subject,
        "program": "p",
        "state": "open",
        "since": TODAY,
        "value": 1.0,
        "threshold": 0.0,
        "message": f"{rule} says so.",
        "evidence": {},
        "links": (),
        "fingerprint": f"{rule}{subject}",
    }
    return FindingView(**(values | given))


def waits(upstream: str, downstream: str) -> DependencyView:
    """Let one milestone of ``p/x`` wait for another."""
    return DependencyView(
        upstream=f"p/x/{upstream}",
        downstream=f"p/x/{downstream}",
        type="fs",
        lag="0wd",
        declared=True,
        cross_project=False,
        status="ok",
        slack=0,
        driving=True,
    )


def assessment(
    *milestones: MilestoneView,
    findings: Sequence[FindingView] = (),
    dependencies: Sequence[DependencyView] = (),
    statuses: Any = None,
) -> Assessment:
    """Give an assessment; programs and projects have the worst colour of what is in them."""
    by_status = ("red", "amber", "grey", "green")

    def status(of: list[MilestoneView]) -> Any:
        left = [m.status for m in of if m.dates.actual is None]
        if not of:
            return "grey"
        return next((one for one in by_status if one in left), "green")

    projects = sorted({m.project for m in milestones})
    return Assessment(
        schema="slipwatch/assessment/1",
        as_of=TODAY,
        generated_at=NOW,
        timezone="UTC",
        seed=0,
        trials=100,
        sources=(),
        milestones=milestones,
        dependencies=tuple(dependencies),
        cycles=(),
        projects=tuple(
            ProjectView(
                id=f"p/{name}",
                title=name,
                program="p",
                lead=None,
                status=status([m for m in milestones if m.project == name]),
            )
            for name in projects
        ),
        programs=(
            ProgramView(
                id="p",
                title="P",
                sponsor=None,
                manager=None,
                status=statuses or status(list(milestones)),
                reasons=(),
            ),
        ),
        findings=tuple(findings),
    )
