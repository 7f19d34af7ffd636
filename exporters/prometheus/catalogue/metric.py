"""What a metric is: a name, what it means, and how to read it off an assessment."""

from dataclasses import dataclass
from typing import Literal

from ..samples import Samples

PROGRAM = ("program",)
PROJECT = ("program", "project")
MILESTONE = ("program", "project", "milestone")


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: what it is called, what it means, and how to read it off an assessment."""

    name: str
    help: str
    labels: tuple[str, ...]
    samples: Samples
    kind: Literal["gauge", "counter", "summary"] = "gauge"
    stage: Literal["experimental", "stable", "deprecated"] = "experimental"
    per_item: bool = False
    """Whether there is a series per item: only where ``metrics.items`` asks, and capped."""
