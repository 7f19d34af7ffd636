"""Slipwatch / Self-monitoring: whether what the other dashboards show can be believed."""

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import table as tables
from grafana_foundation_sdk.models.common import BigValueTextMode
from grafana_foundation_sdk.models.dashboard import Dashboard

from .links import SELF_MONITORING as UID
from .marks import reloads
from .panels import (
    PAINT,
    PanelBuilder,
    Place,
    Query,
    Row,
    arranged,
    column,
    figure,
    history,
    listing,
    made,
    words,
)
from .queries import of

NO_SOURCE = "No source is configured"
NO_SYNC = "No source was synced in this time"
NO_ASSESSMENT = "Nothing was assessed in this time"
NO_CHANNEL = "No channel is configured: see `notifications` in slipwatch.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """A graph over time: what its lines are called, and the query of each."""

    title: str
    description: str
    lines: dict[str, str]
    empty: str
    unit: str = "none"


def per_hour(counter: str, by: str) -> str:
    """Count how often something happens in an hour."""
    return f"sum by ({by}) (rate({of(counter)}[$__rate_interval])) * 3600"


def quantile(histogram: str, by: str) -> str:
    """Give the time within which 95 of 100 end."""
    inner = f"rate({of(f'{histogram}_bucket')}[$__rate_interval])"
    labels = ", ".join(filter(None, (by, "le")))
    return f"histogram_quantile(0.95, sum by ({labels}) ({inner}))"


_SYNCS = (
    Graph(
        title="Syncs (per hour)",
        description="How often each source is synced, and how often that ends with an error.",
        lines={
            "{{source}}": per_hour("slipwatch_syncs_total", "source"),
            "{{source}} failed": per_hour("slipwatch_sync_failures_total", "source"),
        },
        empty=NO_SYNC,
    ),
    Graph(
        title="Time of a sync",
        description="The time within which 95 of 100 syncs of a source end.",
        lines={"{{source}}": quantile("slipwatch_sync_duration_seconds", "source")},
        unit="s",
        empty=NO_SYNC,
    ),
    Graph(
        title="Known items that are listed no more",
        description="Items that were missed once, are gone, moved away, or cannot be seen.",
        lines={
            "{{source}} {{presence}}": f"sum by (source, presence) "
            f"({of('slipwatch_source_absent_items')})"
        },
        empty="Every known item is still listed, or no source has been listed yet",
    ),
    Graph(
        title="Scheduled work that came to nothing (per hour)",
        description="Work that ended with an error of slipwatch itself, and runs that were left "
        "out because the last one was still under way.",
        lines={
            "{{task}} {{source}} failed": per_hour("slipwatch_job_failures_total", "task, source"),
            "{{task}} {{source}} left out": per_hour(
                "slipwatch_jobs_left_out_total", "task, source"
            ),
        },
        empty="Nothing was due in this time",
    ),
)
_REQUESTS = (
    Graph(
        title="Requests (per hour)",
        description="HTTP exchanges with each source, by status code; error when no answer came.",
        lines={"{{source}} {{code}}": per_hour("slipwatch_source_requests_total", "source, code")},
        empty="No source that is asked over HTTP was asked in this time",
    ),
    Graph(
        title="Time of an answer",
        description="The time within which 95 of 100 requests to a source are answered.",
        lines={"{{source}}": quantile("slipwatch_source_request_duration_seconds", "source")},
        unit="s",
        empty="No source that is asked over HTTP was asked in this time",
    ),
    Graph(
        title="Requests left",
        description="Requests left before the rate limit of each source, as it last said.",
        lines={"{{source}}": f"min by (source) ({of('slipwatch_source_rate_limit_remaining')})"},
        empty="No source says how many requests are left",
    ),
)
_ASSESSMENTS = (
    Graph(
        title="Assessments (per hour)",
        description="How often everything is assessed, and how often that ends with an error.",
        lines={
            "made": f"sum(rate({of('slipwatch_assessments_total')}[$__rate_interval])) * 3600",
            "failed": f"sum(rate({of('slipwatch_assessment_failures_total')}"
            "[$__rate_interval])) * 3600",
        },
        empty=NO_ASSESSMENT,
    ),
    Graph(
        title="Time of an assessment",
        description="The time within which 95 of 100 assessments end.",
        lines={"95 of 100": quantile("slipwatch_assessment_duration_seconds", "")},
        unit="s",
        empty=NO_ASSESSMENT,
    ),
    Graph(
        title="Metrics that were left out (per hour)",
        description="How often a metric could not be computed; it is missing from the scrape then.",
        lines={"{{metric}}": f"{per_hour('slipwatch_metric_failures_total', 'metric')} > 0"},
        empty="Every metric could be computed",
    ),
)
_MESSAGES = (
    Graph(
        title="Notifications (per hour)",
        description="Attempts to deliver, and those that the channel did not take.",
        lines={
            "{{channel}}": per_hour("slipwatch_notifications_total", "channel"),
            "{{channel}} failed": per_hour("slipwatch_notification_failures_total", "channel"),
        },
        empty=NO_CHANNEL,
    ),
    Graph(
        title="Notifications that wait",
        description="Those that are still to be delivered, and those that are tried no more.",
        lines={
            "{{channel}}": f"sum by (channel) ({of('slipwatch_notifications_pending')})",
            "{{channel}} given up": f"sum by (channel) ({of('slipwatch_notifications_dead')})",
        },
        empty=NO_CHANNEL,
    ),
    Graph(
        title="Webhooks (per hour)",
        description="Deliveries that were taken, and those that were refused.",
        lines={
            "{{source}}": per_hour("slipwatch_hook_deliveries_total", "source"),
            "{{source}} refused": per_hour("slipwatch_hook_refusals_total", "source"),
        },
        empty="No source has webhooks",
    ),
)


def self_monitoring() -> Dashboard:
    """Make the dashboard for who runs slipwatch."""
    return made(
        UID,
        "Slipwatch / Self-monitoring",
        "Whether sources are read, everything is assessed, and people get to know.",
        [
            Row(4, _figures()),
            Row(8, (Place(24, _sources()),)),
            *(
                Row(8, _side_by_side(graphs))
                for graphs in (_SYNCS, _REQUESTS, _ASSESSMENTS, _MESSAGES)
            ),
        ],
        marks=reloads(),
    )


def _side_by_side(graphs: Sequence[Graph]) -> tuple[Place, ...]:
    return tuple(Place(24 // len(graphs), _drawn(graph)) for graph in graphs)


def _drawn(graph: Graph) -> PanelBuilder:
    queries = [
        Query(expr=expr, legend=legend, ref=ref, history=True)
        for ref, (legend, expr) in zip("AB", graph.lines.items(), strict=False)
    ]
    return history(graph.title, graph.description, queries, unit=graph.unit, empty=graph.empty)


def _figures() -> tuple[Place, ...]:
    success = of("slipwatch_source_last_success_timestamp_seconds")
    up = of("slipwatch_source_up")
    waiting = of("slipwatch_notifications_pending")
    in_force = words({1: ("in force", PAINT["green"]), 0: ("refused", PAINT["red"])})
    version = of("slipwatch_build_info")
    figures = (
        figure(
            "Sources that cannot be believed",
            "Sources whose data is stale, or whose last sync failed.",
            Query(expr=f"count({up}) - sum({up})"),
            unit="none",
            empty=NO_SOURCE,
        ),
        figure(
            "Age of the data",
            "Since the source that waits longest was last read without an error.",
            Query(expr=f"time() - min({success})"),
            unit="s",
            empty="No source was read yet",
        ),
        figure(
            "Age of the assessment",
            "Since what is shown was worked out.",
            Query(expr=f"time() - max({of('slipwatch_assessment_timestamp_seconds')})"),
            unit="s",
            empty="Nothing is assessed yet",
        ),
        figure(
            "Configuration",
            "Whether the file, as it is now, is in force.",
            Query(expr=f"min({of('slipwatch_config_last_reload_successful')})"),
            unit="none",
            empty="No slipwatch is scraped",
        ).mappings([in_force]),
        figure(
            "Messages that wait",
            "Notifications that are still to be delivered.",
            Query(expr=f"sum({waiting})"),
            unit="none",
            empty=NO_CHANNEL,
        ),
        figure(
            "Version",
            "The version that runs, of each instance.",
            Query(expr=f"max by (version) ({version})", legend="{{version}}"),
            unit="none",
            empty="No slipwatch is scraped",
        ).text_mode(BigValueTextMode.NAME),
    )
    return tuple(Place(4, each) for each in figures)


def _sources() -> tables.Panel:
    metrics = (
        ("up", "State", "slipwatch_source_up", ""),
        ("read", "Last read", "slipwatch_source_last_success_timestamp_seconds", " * 1000"),
        ("items", "Items", "slipwatch_source_items", ""),
        ("unseen", "Invisible items", "slipwatch_source_invisible_items", ""),
        ("listed", "Ids listed", "slipwatch_source_census_timestamp_seconds", " * 1000"),
        ("left", "Requests left", "slipwatch_source_rate_limit_remaining", ""),
    )
    table = listing(
        "Sources",
        "Each source: whether its data is fresh, when it was last read, and what is known from it.",
        [
            Query(expr=f"max by (source) ({of(metric)}){factor}", ref=ref)
            for ref, _, metric, factor in metrics
        ],
        empty=NO_SOURCE,
    )
    columns = [("source", "Source"), *((f"Value #{ref}", name) for ref, name, _, _ in metrics)]
    states = words({1: ("up", PAINT["green"]), 0: ("down", PAINT["red"])})
    state = column(mappings=[states], custom_cellOptions={"type": "color-background"})
    table = table.with_transformation(arranged(columns)).override_by_name("State", state)
    for name in ("Last read", "Ids listed"):
        table = table.override_by_name(name, column(unit="dateTimeFromNow"))
    return table
