"""An assessment as tables."""

from collections.abc import Iterator

from rich.console import Group
from rich.table import Table
from rich.text import Text

from slipwatch.aggregator.assessment import (
    Assessment,
    FindingView,
    MilestoneView,
    ProgramView,
)
from slipwatch.aggregator.percent import percent

from ..health import overall
from ..money import say_cost
from ..order import milestones_by_urgency, programs_by_urgency
from .printing import plain_table
from .text import plain, short

COLOURS = {"green": "green", "amber": "yellow", "red": "bold red", "grey": "bright_black"}
SEVERITIES = {
    "critical": "bold red",
    "high": "red",
    "medium": "yellow",
    "low": "cyan",
    "info": "bright_black",
}


def assessment_tables(assessment: Assessment) -> Group:
    """Show programs, milestones, crossing dependencies, findings and sources."""
    parts: list[Table | Text] = []
    for program in programs_by_urgency(assessment.programs):
        status = overall(program)
        title = (short(plain(program.title)), "bold")
        parts += [Text.assemble(title, " is ", (status, COLOURS[status])), *_dimensions(program)]
        if program.cost is not None:
            parts.append(Text(f"Money: {plain(say_cost(program.cost))}"))
        parts += [_milestones(assessment, program.id), Text("")]
    crossing = [edge for edge in assessment.dependencies if edge.cross_project]
    if crossing:
        parts += [
            Text("Dependencies between projects", "bold"),
            _dependencies(assessment),
            Text(""),
        ]
    if assessment.findings:
        parts += [Text("Findings", "bold"), findings_table(assessment.findings), Text("")]
    if assessment.sources:
        parts += [Text("Sources", "bold"), _sources(assessment)]
    return Group(*parts)


def _dimensions(program: ProgramView) -> Iterator[Text]:
    """Name what is not green."""
    judged = program.health.dimensions if program.health is not None else ()
    shown = [
        piece
        for one in judged
        if one.status != "green"
        for piece in (", ", f"{one.dimension} ", (one.status, COLOURS[one.status]))
    ]
    if shown:
        yield Text.assemble("Health: ", *shown[1:])


def findings_table(findings: tuple[FindingView, ...]) -> Table:
    """Show findings, the gravest first."""
    table = plain_table("Rule", "Severity", "State", "Since", "What")
    for finding in findings:
        table.add_row(
            finding.rule,
            Text(finding.severity, SEVERITIES[finding.severity]),
            finding.state,
            str(finding.since),
            Text(plain(finding.message)),
        )
    return table


def _milestones(assessment: Assessment, program: str) -> Table:
    table = plain_table(
        "Status",
        "Milestone",
        "Title",
        "Commitment",
        "P(on time)",
        "P50",
        "P85",
        "Slip",
        "Caused by",
    )
    own = tuple(m for m in assessment.milestones if m.program == program)
    for milestone in milestones_by_urgency(own):
        probability = milestone.forecast.p_on_time
        slip = milestone.slip.forecast_vs_commitment
        table.add_row(
            Text(milestone.status, COLOURS[milestone.status]),
            milestone.id,
            Text(short(plain(milestone.title), 80)),
            str(milestone.dates.commitment or ""),
            percent(probability) if probability is not None else "",
            _finish(milestone),
            str(milestone.forecast.p85 or ""),
            f"{slip:+d}" if slip is not None else "",
            Text("\n".join(_causes(milestone))),
        )
    return table


def _finish(milestone: MilestoneView) -> str:
    if milestone.dates.actual is not None:
        return f"done {milestone.dates.actual}"
    if milestone.forecast.p50 is None and milestone.forecast.lower_bound is not None:
        return f"not before {milestone.forecast.lower_bound}"
    return str(milestone.forecast.p50 or "")


def _causes(milestone: MilestoneView) -> Iterator[str]:
    for cause in milestone.caused_by:
        if cause.but_for or cause.shapley:
            yield f"{cause.milestone} {cause.but_for:+d}"


def _dependencies(assessment: Assessment) -> Table:
    table = plain_table("From", "To", "Type", "Lag", "Status", "Slack", "Evidence")
    for edge in assessment.dependencies:
        if not edge.cross_project:
            continue
        pairs = [f"{up} → {down}" for up, down in edge.evidence]
        more = f" and {len(pairs) - 3} more" if len(pairs) > 3 else ""
        table.add_row(
            edge.upstream,
            edge.downstream,
            edge.type,
            edge.lag,
            edge.status,
            "" if edge.slack is None else str(edge.slack),
            Text("declared" if not pairs else plain(", ".join(pairs[:3]) + more)),
        )
    return table


def _sources(assessment: Assessment) -> Table:
    table = plain_table("Source", "Status", "Last success", "Items")
    for source in assessment.sources:
        table.add_row(
            Text(plain(source.name)),
            source.status,
            f"{source.last_success:%Y-%m-%d %H:%M} UTC" if source.last_success else "never",
            str(source.items),
        )
    return table
