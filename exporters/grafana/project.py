"""Slipwatch / Project: whether its commitments will be kept, and how its work moves."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from .burnup import burn_up
from .commitments import commitments
from .figures import standing
from .health import project_health
from .links import PROJECT as UID
from .marks import marks
from .milestones import findings, scope, statuses, trend
from .money import project_money
from .panels import PanelBuilder, Place, Query, Row, choice, figure, history, made
from .people import people
from .queries import PROJECT, SELECTED, of

ABOUT = "(.+ -> )?$project/.+"
"""Fits the subjects of findings about its milestones, and about what these wait for."""

NO_ITEMS = "No item of the project was read yet"
NO_CYCLES = "Too few items were finished to tell"


def project() -> Dashboard:
    """Make the dashboard for who leads a project."""
    projects = f"label_values({of('slipwatch_project_info')}, project)"
    return made(
        UID,
        "Slipwatch / Project",
        "The commitments of a project, what is left to do, and how its work moves.",
        [
            Row(4, (*standing("project", PROJECT), *_pace())),
            project_health(),
            Row(8, (Place(24, commitments(PROJECT)),)),
            Row(10, (Place(24, burn_up("slipwatch_project_items", PROJECT)),)),
            Row(8, (Place(8, _throughput()), Place(8, scope(PROJECT)), Place(8, _cycle_times()))),
            Row(8, (Place(8, _stuck()), Place(8, _late_items()), Place(8, statuses(PROJECT)))),
            Row(7, people()),
            Row(8, project_money()),
            Row(9, (Place(12, trend(PROJECT)), Place(12, findings(SELECTED, subject=ABOUT)))),
        ],
        [choice("project", "Project", projects, several=False)],
        marks(PROJECT),
    )


def _pace() -> tuple[Place, ...]:
    figures = (
        (
            "Finished in seven days",
            "Items that were finished in the last seven days.",
            "slipwatch_project_throughput_items",
            NO_ITEMS,
        ),
        (
            "Blocked",
            "Open items that are flagged or wait for another open item.",
            "slipwatch_project_blocked_items",
            NO_ITEMS,
        ),
        (
            "Aging",
            "Items in work for longer than 85 of the last 100 finished ones were.",
            "slipwatch_project_aging_items",
            NO_CYCLES,
        ),
    )
    return tuple(
        Place(
            4,
            figure(
                title,
                description,
                Query(expr=f"sum({of(metric, PROJECT)})"),
                unit="none",
                empty=empty,
            ),
        )
        for title, description, metric, empty in figures
    )


def _throughput() -> PanelBuilder:
    return history(
        "Throughput (items in seven days)",
        "How many items were finished in the seven days before.",
        [
            Query(
                expr=f"sum({of('slipwatch_project_throughput_items', PROJECT)})",
                legend="finished",
                history=True,
            )
        ],
        unit="none",
        empty=NO_ITEMS,
    ).fill_opacity(20)


def _cycle_times() -> PanelBuilder:
    quantiles = (("0.5", "half of them", "A"), ("0.85", "85 of 100", "B"))
    metric = "slipwatch_project_cycle_time_seconds"
    return history(
        "Time in work",
        "How long the last 100 finished items were in work at most: half of them, and 85 of 100.",
        [
            Query(
                expr=f"max({of(metric, PROJECT, quantile=quantile)})",
                legend=legend,
                ref=ref,
                history=True,
            )
            for quantile, legend, ref in quantiles
        ],
        unit="s",
        empty=NO_CYCLES,
    )


def _stuck() -> PanelBuilder:
    return history(
        "Blocked and aging items",
        "Items that are blocked, and items in work for longer than nearly all before them.",
        [
            Query(
                expr=f"sum({of('slipwatch_project_blocked_items', PROJECT)})",
                legend="blocked",
                history=True,
            ),
            Query(
                expr=f"sum({of('slipwatch_project_aging_items', PROJECT)})",
                legend="aging",
                ref="B",
                history=True,
            ),
        ],
        unit="none",
        empty=NO_ITEMS,
    )


def _late_items() -> PanelBuilder:
    counted = (
        ("slipwatch_project_dated_items", "with a day", "A"),
        ("slipwatch_project_expected_late_items", "late in the end", "B"),
        ("slipwatch_project_likely_late_items", "rather late than not", "C"),
    )
    return history(
        "Items that will miss their day",
        "Open items with a due date or in a sprint, how many of them are late in the end by the "
        "sum of their chances, and how many are more likely late than not.",
        [
            Query(expr=f"sum({of(metric, PROJECT)})", legend=legend, ref=ref, history=True)
            for metric, legend, ref in counted
        ],
        unit="none",
        empty="No open item has a due date or is in a sprint",
    )
