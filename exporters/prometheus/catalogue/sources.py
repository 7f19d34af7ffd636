"""Metrics of sources and how fresh they are."""

from .. import samples
from .metric import Metric

METRICS: tuple[Metric, ...] = (
    Metric(
        "slipwatch_source_up",
        "1 when the source's data is fresh and its last sync succeeded.",
        ("source",),
        samples.sources_up,
    ),
    Metric(
        "slipwatch_source_last_success_timestamp_seconds",
        "When the source was last synced without an error.",
        ("source",),
        samples.sources_success,
    ),
    Metric(
        "slipwatch_source_items",
        "Items known from the source.",
        ("source",),
        samples.source_items,
    ),
    Metric(
        "slipwatch_source_invisible_items",
        "Items that were known and can no longer be seen.",
        ("source",),
        samples.source_invisible,
    ),
)
