"""The names of all metrics, of programs and of slipwatch itself."""

from .catalogue import METRICS
from .own import SELF_METRICS


def metric_names() -> tuple[str, ...]:
    """Give every name there is, as the pages list them."""
    return (*(metric.name for metric in METRICS), *(metric.name for metric in SELF_METRICS))
